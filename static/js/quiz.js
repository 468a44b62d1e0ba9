// After an answer its verdict is in the window; moments are told in the reader's own time.
"use strict";
(() => {
  const form = new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : "zh-CN", { dateStyle: "medium", timeStyle: "short" });
  const tell = () => {
    for (const time of document.querySelectorAll("time[datetime]:not([title])")) {
      time.title = time.textContent;
      time.textContent = form.format(new Date(time.dateTime));
    }
  };
  tell();

  // What stays at the top of the window hides what is below it.
  const top = () => {
    const bar = document.querySelector(".toc");
    return bar && getComputedStyle(bar).position === "sticky" && bar.offsetWidth > innerWidth / 2 ? bar.offsetHeight : 0;
  };
  document.addEventListener("htmx:after:swap", () => {
    tell();
    const judged = document.activeElement;
    if (!judged?.matches(".judged")) return;
    const isOutside = (box) => box.top < top() || box.bottom > innerHeight;
    if (!isOutside(judged.getBoundingClientRect())) return;
    judged.closest("[data-question]")?.scrollIntoView({ block: "start", behavior: "instant" });
    if (isOutside(judged.getBoundingClientRect())) judged.scrollIntoView({ block: "center", behavior: "instant" });
  });
})();
