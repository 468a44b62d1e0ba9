// The switch of reading without a connection, and what can be read without one.
"use strict";
(() => {
  if (!("serviceWorker" in navigator)) return;
  const READ = "podscope-read";
  const isOff = () => { try { return localStorage.getItem("offline") === "off"; } catch { return false; } };
  const remember = (value) => { try { localStorage.setItem("offline", value); } catch { /* for this page only */ } };
  const on = () => navigator.serviceWorker.register("/sw.js").catch(() => {});
  const off = async () => {
    for (const each of await navigator.serviceWorker.getRegistrations()) await each.unregister();
    for (const name of await caches.keys()) if (name.startsWith("podscope-")) await caches.delete(name);
  };

  for (const box of document.querySelectorAll("[data-offline]")) {
    box.checked = !isOff();
    box.addEventListener("change", () => {
      remember(box.checked ? "on" : "off");
      if (box.checked) on(); else off();
    });
  }

  // The page without a connection names what can be read all the same.
  const list = document.querySelector("[data-kept]");
  const show = async () => {
    const cache = await caches.open(READ);
    const lang = location.pathname.slice(0, 4);
    const items = [];
    for (const request of await cache.keys()) {
      const url = new URL(request.url);
      const response = await cache.match(request);
      if (!(response.headers.get("content-type") || "").startsWith("text/html") || (lang.match(/^\/(en|zh)\/$/) && !url.pathname.startsWith(lang))) continue;
      const title = /<title>([^<]*)<\/title>/.exec(await response.text());
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = url.pathname + url.search;
      link.textContent = title ? new DOMParser().parseFromString(title[1], "text/html").body.textContent.replace(/ · Podscope$/, "") : url.pathname;
      item.append(link);
      items.unshift(item);
    }
    list.replaceChildren(...items);
    list.parentElement.hidden = !items.length;
  };
  if (list && "caches" in window) show().catch(() => {});
})();
