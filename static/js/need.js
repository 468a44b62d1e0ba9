// htmx and the player come when they are needed first: a reader touches what asks the server, or what is moved by a finger is in the window.
// What is done meanwhile is done again as soon as they are there; if they do not come, the page's own links and forms serve.
"use strict";
(() => {
  const { later, look } = document.currentScript.dataset;
  const ASKS = "[hx-get], [hx-post], [data-player]";
  let isHere = false;
  let isPlain = false; // they did not come
  let coming = null;
  window.need = () => coming ??= new Promise((done, fail) => {
    const script = document.querySelector(`script[src="${later}"]`) || document.createElement("script");
    let styled = null;
    script.addEventListener("load", () => setTimeout(async () => { await styled; isHere = true; done(); })); // htmx begins in a task of its own
    script.addEventListener("error", () => { script.remove(); coming = null; fail(new Error(later)); });
    if (script.isConnected) return;
    if (look && !document.querySelector(`link[href="${look}"]`)) {
      const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: look });
      styled = new Promise((there) => { link.onload = link.onerror = there; });
      document.querySelector('link[rel="stylesheet"]').after(link);
    }
    script.src = later;
    document.head.append(script);
  });
  const fetchIt = () => { need().catch(() => {}); };
  // What waits for a connection, what was made of a lesson's models, and what a page has that is told or switched by one.
  let waits = false;
  try { waits = localStorage.getItem("waiting")?.length > 2; } catch { /* nothing is kept */ }
  if (waits || history.state?.models || document.querySelector(`script[src="${later}"], [data-offline], [data-kept]`)) fetchIt();
  addEventListener("storage", (event) => { if (event.key === "waiting") fetchIt(); });

  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((each) => each.isIntersecting)) return;
    seen.disconnect();
    fetchIt();
  });
  for (const each of document.querySelectorAll("[data-player], .ordering")) seen.observe(each);
  for (const name of ["pointerover", "pointerdown", "focusin"])
    addEventListener(name, (event) => { if (!isHere && event.target.closest?.(ASKS)) fetchIt(); }, { capture: true, passive: true });

  // With a modifier a link is the browser's: a new tab, a new window. htmx would hold it back, and do nothing itself.
  addEventListener("click", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey) return;
    if (event.target.closest("a[href]")?.closest(ASKS)) event.stopImmediatePropagation();
  }, true);

  // A link in a picture has no click of its own.
  const press = (pressed) => pressed.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, view: window }));
  const again = (event, act) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    need().then(act, () => { isPlain = true; act(); isPlain = false; });
  };
  addEventListener("click", (event) => {
    if (isHere || isPlain || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const pressed = event.target.closest("a, button:not([popovertarget])");
    if (pressed?.closest(ASKS)) again(event, () => press(pressed));
  }, true);
  addEventListener("submit", (event) => {
    if (!isHere && !isPlain && event.target.matches(ASKS)) again(event, () => event.target.requestSubmit(event.submitter));
  }, true);
  for (const name of ["change", "input"])
    addEventListener(name, (event) => {
      const { target } = event;
      if (!isHere && target.closest("[hx-trigger], [data-player]")) again(event, () => { if (isHere) target.dispatchEvent(new Event(name, { bubbles: true })); });
    }, true);
})();
