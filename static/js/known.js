// Who comes back gets what they read without a connection; a first visit loads nothing for it. One switch turns it off.
"use strict";
(() => {
  if (!("serviceWorker" in navigator)) return;
  const remembered = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const hasBeenHere = remembered("been") === "1";
  try { localStorage.setItem("been", "1"); } catch { /* nothing is kept */ }
  if (hasBeenHere && remembered("offline") !== "off") addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
})();
