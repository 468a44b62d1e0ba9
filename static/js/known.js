// Who comes back gets the page that is shown without a connection; a first visit loads nothing for it.
"use strict";
(() => {
  if (!("serviceWorker" in navigator)) return;
  try {
    const hasBeenHere = localStorage.getItem("been") === "1";
    localStorage.setItem("been", "1");
    if (hasBeenHere) addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
  } catch { /* storage may be forbidden: then there is no such page */ }
})();
