// Keeps what was read, and shows it when the line is cut: pages that are public, and what they are drawn with; never
// anything of a learner's own. No more than 5 MB; what was read longest ago goes first. Nothing is kept once the reader
// has switched it off: then this worker is gone.
"use strict";
const SHELL = "podscope-{{ version }}";
const READ = "podscope-read";
const MOST = 5 * 1024 * 1024;
const SIZE = "x-kept-bytes";
const PAGES = { en: "/en/offline", zh: "/zh/offline" };
const FILES = [...Object.values(PAGES), "{{ asset("css/site.css") }}", "{{ asset("js/head.js") }}", "{{ asset("js/page.js") }}", "{{ asset("js/later.js") }}"];
addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(FILES)).then(() => skipWaiting()));
});
addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== SHELL && name !== READ).map((name) => caches.delete(name)))).then(() => clients.claim()));
});
// A page of the reader's own says so (private, no-store), and so does whatever somebody has pasted.
const isPublic = (response) => response.status === 200 && response.type === "basic" && !response.redirected && /\bpublic\b/.test(response.headers.get("cache-control") || "");
const keep = async (request, response) => {
  const cache = await caches.open(READ);
  const body = await response.blob();
  if (body.size > MOST / 4) return;
  const headers = new Headers(response.headers);
  headers.delete("content-encoding");
  headers.set(SIZE, String(body.size));
  await cache.delete(request);
  await cache.put(request, new Response(body, { headers }));
  const kept = [];
  for (const each of await cache.keys()) kept.push([each, Number((await cache.match(each))?.headers.get(SIZE)) || 0]);
  let sum = kept.reduce((all, [, size]) => all + size, 0);
  for (const [each, size] of kept) {
    if (sum <= MOST) break;
    await cache.delete(each);
    sum -= size;
  }
};
const read = async (event, otherwise) => {
  try {
    const response = await fetch(event.request);
    if (isPublic(response)) event.waitUntil(keep(event.request, response.clone()).catch(() => {}));
    return response;
  } catch (error) {
    const kept = await caches.match(event.request);
    if (kept) return kept;
    if (otherwise) return caches.match(otherwise);
    throw error;
  }
};
// What has its hash in its name never changes: once it is here nobody is asked for it.
const immutable = async (event) => (await caches.match(event.request)) || read(event);
addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(read(event, PAGES[url.pathname.startsWith("/zh/") ? "zh" : "en"]));
  else if (url.pathname.startsWith("/static/")) event.respondWith(immutable(event));
});
