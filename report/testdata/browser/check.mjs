// Opens a report in Chromium and prints, as JSON, what a reader would meet:
//   node check.mjs PAGE MODULES SCREENSHOTS
// PAGE is the file, MODULES the folder with playwright-core and axe-core, and
// SCREENSHOTS a folder for pictures, or nothing.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";

const [page, modules, screenshots] = process.argv.slice(2);
const require = createRequire(resolve(modules) + "/");
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core"), "utf8");
const url = "file://" + resolve(page);
const name = basename(page, ".html");
const out = { errors: [], requests: [], violations: [], wide: [] };

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

async function open(options) {
  const context = await browser.newContext(options);
  const tab = await context.newPage();
  tab.on("console", (m) => { if (m.type() === "error") out.errors.push(m.text()); });
  tab.on("pageerror", (e) => out.errors.push(String(e)));
  tab.on("dialog", (d) => { out.errors.push("dialog: " + d.message()); d.dismiss(); });
  tab.on("request", (r) => { if (r.url() !== url) out.requests.push(r.url().slice(0, 200)); });
  const began = performance.now();
  await tab.goto(url);
  return { context, tab, opened: performance.now() - began };
}

// How long it takes to open and to search, in milliseconds.
{
  const { context, tab, opened } = await open({ viewport: { width: 1440, height: 900 } });
  out.opened = Math.round(opened);
  await tab.waitForFunction(() => document.getElementById("found").textContent !== "", null, { timeout: 60000 });
  out.found = await tab.textContent("#found");
  out.filtered = await tab.evaluate(async () => {
    const box = document.querySelector("[name=q]"), found = document.getElementById("found");
    const before = found.textContent;
    const began = performance.now();
    box.value = "no such text anywhere";
    box.dispatchEvent(new Event("input", { bubbles: true }));
    while (found.textContent === before) await new Promise((r) => setTimeout(r, 1));
    return Math.round(performance.now() - began);
  });
  out.foundNothing = await tab.textContent("#found");
  await context.close();
}

// The top of the page without its margins, but for a little.
function clip(width) {
  const shown = Math.min(width, 1260);
  return { x: (width - shown) / 2, y: 0, width: shown, height: width < 1000 ? 1400 : 1000 };
}

// Accessibility, on a wide screen and on a phone, in both colours.
for (const width of [1440, 360]) {
  for (const colorScheme of ["light", "dark"]) {
    const { context, tab } = await open({ viewport: { width, height: 900 }, colorScheme });
    if (await tab.evaluate(() => document.documentElement.scrollWidth > innerWidth)) out.wide.push(width);
    // axe-core copies the text of every element that it looks at: without the
    // embedded results, once they are read, it takes seconds rather than minutes.
    await tab.waitForFunction(() => document.getElementById("found").textContent !== "", null, { timeout: 60000 });
    await tab.evaluate(() => document.getElementById("results").remove());
    await tab.evaluate(axe);
    const found = await tab.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
    for (const v of found.violations) out.violations.push(`${width} ${colorScheme} ${v.id}: ${v.nodes.length}: ${v.nodes[0].html.slice(0, 200)}`);
    out.passes = (out.passes || 0) + found.passes.length;
    if (screenshots) await tab.screenshot({ path: `${screenshots}/${name}-${width}-${colorScheme}.png`, fullPage: true, clip: clip(width) });
    await context.close();
  }
}

// Without JavaScript the page says the same, and shows no control that does nothing.
{
  const { context, tab } = await open({ javaScriptEnabled: false, viewport: { width: 1440, height: 900 } });
  out.plain = (await tab.locator("body").innerText()).length;
  out.dead = await tab.locator("button:visible, input:visible, select:visible").count();
  await context.close();
}

// On paper.
{
  const { context, tab } = await open({});
  const pdf = await tab.pdf({ format: "A4", path: screenshots ? `${screenshots}/${name}.pdf` : undefined });
  out.pages = (pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g) || []).length;
  await context.close();
}

await browser.close();
console.log(JSON.stringify(out));
