// On a narrow page the answer stands below the question: after a tap it comes into the window.
"use strict";
(() => {
  document.addEventListener("htmx:after:swap", (event) => {
    const widget = event.detail?.ctx?.target;
    const verdict = widget?.matches?.(".calc") && document.getElementById(widget.id)?.querySelector(".result .verdict");
    if (!verdict) return;
    const box = verdict.getBoundingClientRect();
    if (box.top < 0 || box.bottom > innerHeight * .85) verdict.scrollIntoView({ block: "start", behavior: "instant" });
  });
})();
