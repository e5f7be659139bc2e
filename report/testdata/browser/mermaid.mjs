// Has Mermaid draw flowcharts in Chromium, and prints what it says, as JSON:
//   node mermaid.mjs MODULES FILE...
// For each file that is the number of nodes that were drawn, or an error, and
// what the picture has in it that a browser would load or run.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const [modules, ...files] = process.argv.slice(2);
const require = createRequire(resolve(modules) + "/");
const { chromium } = require("playwright-core");
const mermaid = resolve(modules, "mermaid/dist/mermaid.min.js");

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const tab = await browser.newPage();
const out = [];
let said = [];
tab.on("dialog", (d) => { said.push("dialog: " + d.message()); d.dismiss(); });
tab.on("request", (r) => said.push("request: " + r.url().slice(0, 200)));
await tab.setContent("<!DOCTYPE html><body></body>");
await tab.addScriptTag({ path: mermaid });
await tab.evaluate(() => window.mermaid.initialize({ startOnLoad: false }));
for (const file of files) {
  said = [];
  const drawn = await tab.evaluate(async (text) => {
    try {
      const { diagramType } = await window.mermaid.parse(text);
      const { svg } = await window.mermaid.render("picture", text);
      document.body.innerHTML = svg;
      const active = [...document.body.querySelectorAll("script, img, image, iframe, a, [onerror], [onload], [onclick]")];
      return { type: diagramType, nodes: document.querySelectorAll(".node, .cluster").length, active: active.map((e) => e.outerHTML.slice(0, 200)) };
    } catch (e) {
      return { error: String(e).slice(0, 400), active: [] };
    }
  }, readFileSync(file, "utf8"));
  out.push({ ...drawn, active: [...drawn.active, ...said] });
}
await browser.close();
console.log(JSON.stringify(out));
