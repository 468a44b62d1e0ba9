// Lighthouse as a phone sees four kinds of page: the middle of three runs is 100 in each of its four categories.
import lighthouse from "lighthouse";
import puppeteer from "puppeteer-core";
import { FLAGS, chromium, withSite } from "./site.mjs";

const PAGES = ["/en/", "/en/lessons/oom-and-qos", "/en/widgets/oom-score", "/en/quiz/oom-and-qos"];
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const RUNS = Number(process.env.RUNS ?? 3);
const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

let short = 0;
await withSite(async (url) => {
  for (const path of PAGES) {
    const scores = Object.fromEntries(CATEGORIES.map((name) => [name, []]));
    const said = new Set();
    for (let run = 0; run < RUNS; run += 1) {
      const browser = await puppeteer.launch({ executablePath: chromium(), args: FLAGS, headless: true });
      try {
        const { port } = new URL(browser.wsEndpoint());
        const { lhr } = await lighthouse(url + path, { port: Number(port), onlyCategories: CATEGORIES, logLevel: "error" });
        for (const name of CATEGORIES) {
          const { score: whole } = lhr.categories[name];
          // Without a figure Lighthouse saw no page, or could not trace it: that says nothing of the page.
          if (whole === null) said.add(`${name}: no result, ${lhr.runtimeError?.message ?? "for an audit failed"}`);
          else scores[name].push(Math.round(whole * 100));
          for (const { id, weight } of lhr.categories[name].auditRefs) {
            const { score, title, displayValue, errorMessage } = lhr.audits[id];
            if (weight && errorMessage) said.add(`${name} ${id}: ${errorMessage}`);
            if (weight && score !== null && score < 0.9) said.add(`${name} ${id}: ${title} ${displayValue ?? ""}`);
          }
        }
      } finally {
        await browser.close();
      }
    }
    const row = CATEGORIES.map((name) => middle(scores[name]));
    short += row.filter((score) => score < 100).length;
    console.log(path.padEnd(28), CATEGORIES.map((name, at) => `${name} ${row[at]} (${scores[name].join(" ")})`).join("  "));
    for (const each of said) console.log("   ", each);
  }
});
process.exitCode = short ? 1 : 0;
