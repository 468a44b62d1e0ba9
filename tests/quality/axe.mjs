// axe with every set of its rules that says something of a page, on every page, in both themes and three widths; and
// no letter smaller than 11 px anywhere, in pictures too. `node axe.mjs etcd` looks at addresses with that alone.
import axe from "axe-core";
import puppeteer from "puppeteer-core";
import { FLAGS, chromium, pages, withSite } from "./site.mjs";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const SMALLEST = 11;
// Pages that no site map lists, for they are a learner's own, or one of many states.
const MORE = ["en", "zh"].flatMap((lang) => [
  "review", "progress", "interview", "search?q=pod", "offline", "nowhere", "widgets/pod-birth?view=storyboard",
  "widgets/pod-birth?fault=cni-missing&view=compare", "widgets/pod-birth?step=5&predict=1", "widgets/pod-end?step=9",
  "widgets/quantity?text=1X", "interview?seed=7&count=3&at=1", "quiz/etcd?only=mistakes",
].map((path) => `/${lang}/${path}`));

// Run in the page: the texts whose letters are drawn smaller than so many pixels.
const tiny = (smallest) => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement: element, data } = walker.currentNode;
    if (!data.trim() || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const box = element.getBoundingClientRect();
    if (box.width < 2 || element.closest(".sr-only, script, style, title, desc, defs")) continue;
    const matrix = element instanceof SVGGraphicsElement ? element.getScreenCTM() : null;
    const size = parseFloat(getComputedStyle(element).fontSize) * (matrix ? Math.hypot(matrix.a, matrix.b) : 1);
    if (size < smallest - 0.01) found.push(`${size.toFixed(1)} px: ${data.trim().slice(0, 40)}`);
  }
  return [...new Set(found)];
};

let wrong = 0, looked = 0;
await withSite(async (url) => {
  const browser = await puppeteer.launch({ executablePath: chromium(), args: FLAGS, headless: true });
  try {
    const page = await browser.newPage();
    await page.setBypassCSP(true);
    const only = process.argv[2];
    for (const path of [...(await pages(url)), ...MORE].filter((each) => !only || each.includes(only))) {
      for (const theme of ["light", "dark"]) {
        await page.emulateMediaFeatures([
          { name: "prefers-color-scheme", value: theme }, { name: "prefers-reduced-motion", value: "reduce" },
        ]);
        for (const width of [320, 390, 1280]) {
          await page.setViewport({ width, height: 900 });
          await page.goto(url + path, { waitUntil: "load" });
          await page.evaluate(axe.source);
          const { violations } = await page.evaluate((tags) => globalThis.axe.run({ runOnly: tags }), TAGS);
          const said = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}`));
          said.push(...(await page.evaluate(tiny, SMALLEST)));
          looked += 1;
          wrong += said.length;
          if (said.length) console.log(`${path} ${theme} ${width}\n  ${said.slice(0, 12).join("\n  ")}`);
        }
      }
    }
  } finally {
    await browser.close();
  }
});
console.log(`axe ${axe.version}, ${TAGS.join(" ")}: ${looked} views, ${wrong} faults`);
process.exitCode = looked && !wrong ? 0 : 1;
