// The golden paths in Firefox, over WebDriver BiDi, in four modes: with scripts or without, with motion or without.
import assert from "node:assert/strict";
import puppeteer from "puppeteer-core";
import { find, withSite } from "./site.mjs";

const PATHS = {
  "a sequence is stepped through to its end": async (page, url, { scripts }) => {
    await page.goto(`${url}/en/widgets/pod-birth?step=20`);
    const at = () => new URL(page.url()).searchParams.get("step");
    for (let step = 21; step <= 23; step += 1) {
      await follow(page, '[data-key="forward"]', scripts, () => at() === String(step));
    }
    assert.match(await text(page, "main"), /Running/);
  },
  "a calculator answers": async (page, url, { scripts }) => {
    await page.goto(`${url}/en/widgets/quantity`);
    await fill(page, '[name="text"]', "1.5Gi");
    await page.keyboard.press("Enter");
    await until(async () => /1610612736/.test(await text(page, "main")), "the exact value is shown");
    assert.equal(new URL(page.url()).searchParams.get("text"), "1.5Gi", scripts ? "pushed" : "asked for");
  },
  "a question is answered and explained": async (page, url) => {
    await page.goto(`${url}/en/quiz/oom-and-qos`);
    const choice = await page.waitForSelector('main form input[type="radio"], main form input[type="checkbox"]');
    await choice.click();
    await (await page.$('main form button[type="submit"], main form button:not([type])')).click();
    await until(async () => /[✓✗]/.test(await text(page, "main")), "the verdict is shown");
  },
  "a lesson is read in Chinese": async (page, url) => {
    await page.goto(`${url}/en/lessons/etcd`);
    await (await page.$('a[hreflang="zh"], a[lang="zh"], a[lang="zh-CN"], header a[href*="/zh/"]')).click();
    await until(async () => new URL(page.url()).pathname === "/zh/lessons/etcd", "the switch leads to the same lesson");
  },
};

const text = (page, selector) => page.$eval(selector, (element) => element.innerText).catch(() => "");
const fill = async (page, selector, value) => {
  const field = await page.waitForSelector(selector);
  await field.click({ count: 3 });
  await field.type(value);
};
const follow = async (page, selector, scripts, arrived) => {
  await (await page.waitForSelector(selector)).click();
  await until(async () => arrived(), `${selector} leads on`);
};
const until = async (holds, what) => {
  const end = Date.now() + 15_000;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > end) throw new Error(`not within 15 s: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
};

// None of the site's scripts arrives. (Firefox with JavaScript switched off can't be asked what its page shows.)
const withoutScripts = async (page) => {
  await page.setRequestInterception(true);
  page.on("request", (request) => (new URL(request.url()).pathname.endsWith(".js") ? request.abort() : request.continue()));
};

let failed = 0;
await withSite(async (url) => {
  for (const scripts of [true, false]) {
    for (const motion of [true, false]) {
      const browser = await puppeteer.launch({
        browser: "firefox", executablePath: find("firefox-esr", "firefox"), headless: true,
        extraPrefsFirefox: { "ui.prefersReducedMotion": motion ? 0 : 1 },
      });
      try {
        for (const [name, walk] of Object.entries(PATHS)) {
          const page = await browser.newPage();
          if (!scripts) await withoutScripts(page);
          const mode = `${scripts ? "scripts" : "no scripts"}, ${motion ? "motion" : "reduced motion"}`;
          try {
            await walk(page, url, { scripts, motion });
            console.log(`ok      ${mode}: ${name}`);
          } catch (error) {
            failed += 1;
            console.log(`FAILED  ${mode}: ${name}\n        ${error.message}`);
          }
          await page.close();
        }
      } finally {
        await browser.close();
      }
    }
  }
});
process.exitCode = failed ? 1 : 0;
