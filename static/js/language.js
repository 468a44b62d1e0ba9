// The language switch keeps the place: the section, and what was asked of each model on the page.
"use strict";
(() => {
  const languages = document.querySelectorAll("a[hreflang][data-to]");
  if (!languages.length) return;
  const KEY = "place";
  const LONGEST = 100_000;
  const bare = (path) => path.replace(/^\/(en|zh)\//, "/");
  const section = () => {
    const headings = [...document.querySelectorAll(".prose > [id]")];
    const last = headings.filter((each) => each.getBoundingClientRect().top < innerHeight / 3).pop();
    return last ? { id: last.id, below: -last.getBoundingClientRect().top } : null;
  };
  for (const language of languages) language.addEventListener("click", () => {
    const isOneOfTwo = /^\/(en|zh)\//.test(location.pathname); // else it has one address for both, and the link is right
    const to = `/${language.dataset.to}${location.pathname.replace(/^\/(en|zh)/, "")}${location.search}${location.hash}`;
    if (isOneOfTwo) language.href = `/language/${language.dataset.to}?to=${encodeURIComponent(to)}`;
    const place = { path: bare(location.pathname), at: Date.now(), section: section(), asked: [] };
    document.dispatchEvent(new CustomEvent("leave", { detail: place })); // `asked.js`, if it is here, says what was asked
    const kept = JSON.stringify(place);
    try { if (kept.length < LONGEST) sessionStorage.setItem(KEY, kept); } catch { /* the section's beginning then */ }
  });

  let kept = null;
  try {
    kept = JSON.parse(sessionStorage.getItem(KEY));
    sessionStorage.removeItem(KEY);
  } catch { /* nothing is kept */ }
  if (!kept || kept.path !== bare(location.pathname) || Date.now() - kept.at > 20_000) return;
  const scroll = () => {
    const heading = kept.section && document.getElementById(kept.section.id);
    if (heading) scrollTo({ top: heading.getBoundingClientRect().top + scrollY + Math.min(kept.section.below, innerHeight / 2), behavior: "instant" });
  };
  addEventListener("load", () => {
    scroll();
    if (kept.asked.length) need().then(() => document.dispatchEvent(new CustomEvent("arrive", { detail: { asked: kept.asked, then: scroll } })), () => {});
  });
})();
