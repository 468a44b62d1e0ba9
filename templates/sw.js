// Shows a page of ours when a page can't be reached. Nothing else is kept, so that nothing can be out of date.
"use strict";
const KEPT = "podscope-{{ version }}";
const PAGES = { en: "/en/offline", zh: "/zh/offline" };
const FILES = [...Object.values(PAGES), "{{ asset("css/site.css") }}", "{{ asset("js/head.js") }}", "{{ asset("js/page.js") }}"];
addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(FILES)).then(() => skipWaiting()));
});
addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)))));
});
addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const lang = url.pathname.startsWith("/zh/") ? "zh" : "en";
  if (event.request.mode === "navigate") event.respondWith(fetch(event.request).catch(() => caches.match(PAGES[lang])));
  else if (FILES.includes(url.pathname)) event.respondWith(fetch(event.request).catch(() => caches.match(url.pathname)));
});
