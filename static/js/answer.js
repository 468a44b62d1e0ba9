// On a narrow page the answer stands below the question: after a tap it comes into the window. If there is none, the reason
// does, which stands at the input.
"use strict";
(() => {
  document.addEventListener("htmx:after:swap", (event) => {
    const widget = event.detail?.ctx?.target;
    const calc = widget?.matches?.(".calc") && document.getElementById(widget.id);
    const [why, verdict] = [".why-not", ".result .verdict"].map((each) => calc?.querySelector?.(each));
    if (why) why.scrollIntoView({ block: "nearest", behavior: "instant" });
    if (why || !verdict) return;
    const box = verdict.getBoundingClientRect();
    if (box.top < 0 || box.bottom > innerHeight * .85) verdict.scrollIntoView({ block: "start", behavior: "instant" });
  });
})();
