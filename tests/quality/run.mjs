// All of it, one after another; `node axe.mjs`, `node firefox.mjs` and `node lighthouse.mjs` run alone too.
import { spawnSync } from "node:child_process";

const failed = ["axe.mjs", "firefox.mjs", "lighthouse.mjs"].filter((script) => {
  console.log(`== ${script}`);
  return spawnSync(process.execPath, [script], { cwd: import.meta.dirname, stdio: "inherit" }).status !== 0;
});
if (failed.length) console.log(`not as it should be: ${failed.join(", ")}`);
process.exitCode = failed.length ? 1 : 0;
