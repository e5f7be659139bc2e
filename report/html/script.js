"use strict";
// The results are embedded below as JSON. The page is whole without this script;
// it adds the search and opens what a link points to.
(() => {
  const page = 100; // rows that are added at a time
  const $ = (id) => document.getElementById(id);
  const form = $("filters"), rows = $("found-rows"), found = $("found"), more = $("found-more");
  let all = null, rules = null, matches = [], shown = 0;
  document.documentElement.classList.add("scripted");

  // visible writes control characters and marks that change the direction of
  // text as escapes, as the rest of the page does.
  const visible = (s) => s.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => "\\u{" + c.codePointAt(0).toString(16) + "}");
  const short = (s, n) => visible(s.length > n ? s.slice(0, n) + "…" : s);
  const make = (name, text, parent, className) => {
    const e = document.createElement(name);
    if (text !== "") e.textContent = text;
    if (className) e.className = className;
    if (parent) parent.append(e);
    return e;
  };
  const state = (r) => r.waiver ? "waived" : r.known ? "known" : r.status;

  function load() {
    if (all) return;
    const data = JSON.parse($("results").textContent);
    all = data.results;
    rules = new Map(data.rules.map((r) => [r.id, r]));
    for (const r of all) {
      r.state = state(r);
      r.text = (r.rule + " " + r.resource.id + " " + r.resource.arn + " " + r.resource.name + " " + r.message).toLowerCase();
    }
  }

  function row(r) {
    const li = make("li", "", null, "row");
    const p = make("p", "", li);
    make("span", r.state.replace("_", " "), p, "status " + r.status);
    p.append(" ");
    make("span", r.severity, p, "severity " + r.severity);
    p.append(" ");
    make("b", short(r.resource.id, 100), p);
    if (r.resource.name && r.resource.name !== r.resource.id) p.append(" (" + short(r.resource.name, 100) + ")");
    p.append(" in " + short(r.resource.region, 40) + " " + short(r.message, 400) + " ");
    const a = make("a", "", p);
    a.href = "#rule-" + r.rule;
    make("code", r.rule, a);
    if (r.waiver) make("p", "Waived by " + short(r.waiver.owner, 100) + " until " + short(r.waiver.expires, 10) + ": " + short(r.waiver.reason, 400), li);
    const dl = make("dl", "", li, "evidence");
    for (const e of r.evidence.slice(0, 8)) {
      const div = make("div", "", dl);
      const dt = make("dt", short(e.field, 200) + " = ", div);
      make("code", short(JSON.stringify(e.value), 120), dt);
      make("dd", short(e.source, 400), div);
    }
    if (r.evidence.length > 8) make("p", "and " + (r.evidence.length - 8) + " more facts", li, "more");
    if (r.evidence.length === 0) dl.remove();
    return li;
  }

  function showMore() {
    const part = document.createDocumentFragment();
    for (const r of matches.slice(shown, shown + page)) part.append(row(r));
    rows.append(part);
    shown = Math.min(shown + page, matches.length);
    more.hidden = shown >= matches.length;
    found.textContent = matches.length.toLocaleString("en") + " of " + all.length.toLocaleString("en") + " results" +
      (shown < matches.length ? ", the first " + shown.toLocaleString("en") + " are shown" : "");
  }

  function search() {
    load();
    const f = Object.fromEntries(new FormData(form));
    const words = f.q.toLowerCase().split(/\s+/).filter((w) => w);
    matches = all.filter((r) =>
      (!f.status || r.state === f.status || (f.status === "fail" && r.status === "fail" && r.state === "fail")) &&
      (!f.severity || r.severity === f.severity) && (!f.rule || r.rule === f.rule) &&
      (!f.region || r.resource.region === f.region) && (!f.account || r.resource.account === f.account) &&
      (!f.pillar || (rules.get(r.rule) && rules.get(r.rule).pillars.includes(f.pillar))) &&
      words.every((w) => r.text.includes(w)));
    rows.replaceChildren();
    shown = 0;
    showMore();
    const set = new URLSearchParams(Object.entries(f).filter(([, v]) => v));
    history.replaceState(null, "", set.size ? "#search?" + set : "#search");
  }

  // filter sets the form as a query says, searches, and shows the search.
  function filter(query) {
    form.reset();
    for (const [name, value] of new URLSearchParams(query)) if (form.elements[name]) form.elements[name].value = value;
    search();
    $("search").scrollIntoView();
  }

  // follow opens what the address points to: a search, a rule, a resource.
  function follow() {
    const hash = decodeURIComponent(location.hash.slice(1));
    if (hash.startsWith("search?")) return filter(location.hash.slice("#search?".length));
    const target = $(hash);
    if (!target) return;
    for (let e = target; e; e = e.parentElement) if (e.tagName === "DETAILS") e.open = true;
    target.scrollIntoView();
  }

  let timer;
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 60); });
  form.addEventListener("reset", () => setTimeout(search));
  form.addEventListener("submit", (e) => { e.preventDefault(); search(); });
  more.addEventListener("click", showMore);
  addEventListener("hashchange", follow);
  document.addEventListener("click", (e) => {
    const at = e.target.closest("[data-filter],[data-resource]");
    if (!at) return;
    if (at.dataset.filter) { e.preventDefault(); filter(at.dataset.filter); return; }
    const target = at.getAttribute("href").slice(1);
    if (!$(target)) { e.preventDefault(); filter(new URLSearchParams({ q: at.dataset.resource })); }
  });
  // Parsing many results takes a moment: do it when nothing else is to be done.
  addEventListener("load", () => { follow(); (window.requestIdleCallback || setTimeout)(() => { load(); if (!shown) { matches = all; showMore(); } }); });
})();
