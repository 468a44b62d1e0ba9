// What a reader has made of a lesson's models stays with this entry of the browser's history: shown again after Reload and Back.
// The page itself is the same for everybody, and its address names no choice.
"use strict";
(() => {
  const models = () => [...document.querySelectorAll(".lesson .widget[id]")];
  const pageOf = (model) => model.querySelector(".hand")?.dataset.page ?? model.querySelector("a.own")?.getAttribute("href");
  const first = new Map(models().map((model) => [model.id, pageOf(model)]));

  const keep = () => {
    const changed = models().map((model) => [model.id, pageOf(model)]).filter(([id, page]) => page && page !== first.get(id));
    if (changed.length || history.state?.models) history.replaceState({ ...history.state, models: Object.fromEntries(changed) }, "");
  };
  const restore = async (model, page) => {
    const level = model.outerHTML.match(/embed=\d/)?.[0];
    if (!level || page === pageOf(model)) return;
    const answer = await fetch(`/fragments${page}${page.includes("?") ? "&" : "?"}${level}${model.matches(".player") ? "&whole=1" : ""}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const { id } = model;
    model.outerHTML = await answer.text();
    window.htmx?.process(document.getElementById(id));
    document.dispatchEvent(new CustomEvent("htmx:after:swap", { bubbles: true, detail: {} }));
  };
  const restored = ([id, page]) => {
    const model = document.getElementById(id);
    return model ? restore(model, page) : null;
  };
  Promise.allSettled(Object.entries(history.state?.models ?? {}).map(restored)).then(() => {
    document.addEventListener("htmx:after:swap", keep);
    addEventListener("pagehide", keep);
  });
})();
