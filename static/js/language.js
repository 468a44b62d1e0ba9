// The language switch keeps the place: the section, and what was asked of each model on the page.
"use strict";
(() => {
  const languages = document.querySelectorAll("a[hreflang][data-to]");
  if (!languages.length) return;
  const KEY = "place";
  const LONGEST = 100_000;
  const bare = (path) => path.replace(/^\/(en|zh)\//, "/");
  const asked = new Map();

  // What htmx was asked for last, by the model that it was asked for.
  document.addEventListener("htmx:after:swap", (event) => {
    const context = event.detail?.ctx;
    const target = context?.target;
    if (!target?.matches?.(".widget") || !context.request) return;
    const { action, method, body } = context.request;
    if (!action?.startsWith("/fragments/")) return;
    const fields = body instanceof FormData || body instanceof URLSearchParams ? [...body].filter(([, value]) => typeof value === "string") : [];
    asked.set(target.id, { action, method, fields });
  });

  const section = () => {
    const headings = [...document.querySelectorAll(".prose > [id]")];
    const last = headings.filter((each) => each.getBoundingClientRect().top < innerHeight / 3).pop();
    return last ? { id: last.id, below: -last.getBoundingClientRect().top } : null;
  };
  for (const language of languages) language.addEventListener("click", () => {
    const to = `/${language.dataset.to}${location.pathname.replace(/^\/(en|zh)/, "")}${location.search}${location.hash}`;
    language.href = `/language/${language.dataset.to}?to=${encodeURIComponent(to)}`;
    for (const hand of document.querySelectorAll("[data-player] > .hand")) {
      const root = hand.parentElement.id;
      if (!asked.has(root) || asked.get(root).method === "GET") asked.set(root, { action: hand.dataset.here, method: "GET", fields: [["whole", "1"]] });
    }
    const kept = JSON.stringify({ path: bare(location.pathname), at: Date.now(), section: section(), asked: [...asked] });
    try { if (kept.length < LONGEST) sessionStorage.setItem(KEY, kept); } catch { /* the section's beginning then */ }
  });

  let kept = null;
  try {
    kept = JSON.parse(sessionStorage.getItem(KEY));
    sessionStorage.removeItem(KEY);
  } catch { /* nothing is kept */ }
  if (!kept || kept.path !== bare(location.pathname) || Date.now() - kept.at > 20_000) return;
  const lang = location.pathname.slice(1, 3);
  const scroll = () => {
    const heading = kept.section && document.getElementById(kept.section.id);
    if (heading) scrollTo({ top: heading.getBoundingClientRect().top + scrollY + Math.min(kept.section.below, innerHeight / 2), behavior: "instant" });
  };
  const isLesson = document.querySelector(".lesson");
  const again = () => Promise.all((isLesson ? kept.asked : []).map(([id, { action, method, fields }]) => {
    const target = document.getElementById(id);
    const url = action.replace(/^\/fragments\/(en|zh)\//, `/fragments/${lang}/`);
    return target && htmx.ajax(method, url, { source: target, target: `#${id}`, swap: "outerMorph", values: Object.fromEntries(fields) });
  }));
  addEventListener("load", () => { scroll(); if (kept.asked.length) need().then(again).then(scroll, () => {}); });
})();
