// The key `/` opens the search.
"use strict";
(() => {
  const finder = document.getElementById("finder");
  if (!finder?.showPopover) return;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    const onPage = document.getElementById("q");
    if (!onPage) finder.showPopover();
    const field = onPage || finder.querySelector("input");
    field.focus();
    field.select();
  });
})();
