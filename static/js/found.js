// Arrows go through what was found; how much it is, is said.
"use strict";
(() => {
  const finder = document.getElementById("finder");
  if (!finder?.showPopover) return;
  const field = finder.querySelector("input");
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && finder.contains(event.target)) {
      const stops = [field, ...finder.querySelectorAll("#found a")];
      const at = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      if (stops[at]) { event.preventDefault(); stops[at].focus(); }
    }
  });
  document.addEventListener("htmx:after:swap", () => {
    const said = finder.querySelector(".count");
    if (said && said.textContent !== finder.dataset.said) {
      finder.dataset.said = said.textContent;
      document.getElementById("status").textContent = said.textContent;
    }
  });
})();
