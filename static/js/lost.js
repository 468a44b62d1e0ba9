// What was asked for and did not come, since there is no line: it is said beside what was used, until the line is back.
"use strict";
(() => {
  const SAID = JSON.parse("LINE")[document.documentElement.lang.slice(0, 2)];
  const status = document.getElementById("status");
  let note = null;
  const clear = (said) => {
    if (!note) return;
    note.remove();
    note = null;
    if (status.textContent === SAID.lost) status.textContent = said;
  };
  // Players go on by themselves, answers to questions wait for the line.
  const isTold = (source, { method }) => source.closest("[data-player][data-steps]") || (method === "POST" && source.closest("[data-question]"));

  document.addEventListener("htmx:error", (event) => {
    const { ctx } = event.detail;
    const source = ctx?.sourceElement;
    if (!source?.isConnected || ctx.text !== undefined || isTold(source, ctx.request)) return;
    clear("");
    const used = ctx.sourceEvent?.submitter || source;
    const beside = used.closest(".presets, .field") || (used.matches("form") ? used.lastElementChild : used);
    note = Object.assign(document.createElement("span"), { className: "no-line", textContent: SAID.lost });
    beside.after(note);
    status.textContent = SAID.lost;
  });
  document.addEventListener("htmx:before:response", () => clear(""));
  addEventListener("online", () => clear(SAID.found));
})();
