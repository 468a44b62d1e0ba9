// What was asked of each model on the page: it is kept when the language is switched, and asked again in the other one.
"use strict";
(() => {
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

  document.addEventListener("leave", (event) => {
    for (const hand of document.querySelectorAll("[data-player] > .hand")) {
      const root = hand.parentElement.id;
      if (!asked.has(root) || asked.get(root).method === "GET") asked.set(root, { action: hand.dataset.here, method: "GET", fields: [["whole", "1"]] });
    }
    event.detail.asked = [...asked];
  });
  document.addEventListener("arrive", (event) => {
    const lang = location.pathname.slice(1, 3);
    const isLesson = document.querySelector(".lesson");
    const again = (isLesson ? event.detail.asked : []).map(([id, { action, method, fields }]) => {
      const target = document.getElementById(id);
      const url = action.replace(/^\/fragments\/(en|zh)\//, `/fragments/${lang}/`);
      return target && htmx.ajax(method, url, { source: target, target: `#${id}`, swap: "outerMorph", values: Object.fromEntries(fields) });
    });
    Promise.all(again).then(event.detail.then, () => {});
  });
})();
