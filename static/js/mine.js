// What is the reader's own comes after the page, which is the same for everybody, and again when something was answered.
// A part of it may belong elsewhere on the page: in place of what has its id, or inside what it names.
"use strict";
(() => {
  const place = (part) => {
    const [how, where] = part.getAttribute("hx-swap-oob").split(":");
    const there = where ? document.querySelector(where) : document.getElementById(part.id);
    part.remove();
    part.removeAttribute("hx-swap-oob");
    if (how === "true" && there?.contains(document.activeElement)) return there; // somebody is at it
    if (how === "true") there?.replaceWith(part); else there?.replaceChildren(...part.childNodes);
    return how === "true" ? part : there;
  };
  const fill = async (here) => {
    const answer = await fetch(here.dataset.mine, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const { body } = new DOMParser().parseFromString(await answer.text(), "text/html");
    const filled = [...body.querySelectorAll("[hx-swap-oob]")].map(place);
    here.replaceChildren(...body.childNodes);
    if (window.htmx) for (const each of [here, ...filled]) if (each) htmx.process(each);
    document.dispatchEvent(new CustomEvent("htmx:after:swap", { bubbles: true, detail: {} }));
    if (document.querySelector("[data-place]")) need().catch(() => {}); // where the reader is will be told
  };
  const ask = (selector) => { for (const each of document.querySelectorAll(selector)) fill(each).catch(() => {}); };
  ask("[data-mine]:not([data-mine-later])");
  document.body.addEventListener("answered", () => ask("[data-mine]"));
})();
