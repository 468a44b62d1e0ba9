// The site as a process of its own on an empty database, and the browsers of this machine.
import { spawn, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

export const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

const freePort = () => new Promise((done) => {
  const listener = createServer().listen(0, "127.0.0.1", () => {
    const { port } = listener.address();
    listener.close(() => done(port));
  });
});

export const find = (...names) => {
  for (const name of names) {
    try { return execFileSync("which", [name], { encoding: "utf8" }).trim(); } catch { /* the next one */ }
  }
  throw new Error(`none of ${names.join(", ")} is on the PATH`);
};

export const chromium = () => find("chromium", "chromium-browser", "google-chrome");

// Runs `use(url)` while the site answers at `url`.
export const withSite = async (use) => {
  const folder = mkdtempSync(join(tmpdir(), "podscope-quality-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { ...process.env, PYTHONPATH: ROOT, PODSCOPE_LOG_LEVEL: "warning", PODSCOPE_PUBLIC_URL: `http://127.0.0.1:${port}` };
  const server = spawn(join(ROOT, ".venv/bin/python"), ["-m", "app", "serve", "--port", port], { cwd: folder, env, stdio: "inherit" });
  try {
    const until = Date.now() + 60_000;
    while (!(await fetch(`${url}/healthz`).then((answer) => answer.ok, () => false))) {
      if (Date.now() > until || server.exitCode !== null) throw new Error("the site does not answer");
      await new Promise((done) => setTimeout(done, 100));
    }
    return await use(url);
  } finally {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
};

// Every page that the site map lists, as a path.
export const pages = async (url) => {
  const map = await (await fetch(`${url}/sitemap.xml`)).text();
  return [...new Set([...map.matchAll(/<loc>([^<]+)<\/loc>/g)].map((found) => new URL(found[1]).pathname))];
};
