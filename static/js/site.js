// What plain HTML can't: the theme button, keys of questions, local times.
"use strict";
(() => {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const order = ["auto", "light", "dark"];

  const showTheme = () => {
    const theme = root.dataset.theme || "auto";
    document.getElementById("theme-name").textContent = button.dataset[theme];
  };
  if (button) {
    button.hidden = false;
    showTheme();
    button.addEventListener("click", () => {
      const next = order[(order.indexOf(root.dataset.theme || "auto") + 1) % order.length];
      if (next === "auto") delete root.dataset.theme; else root.dataset.theme = next;
      try { localStorage.setItem("theme", next); } catch { /* kept for this page only */ }
      showTheme();
    });
  }

  const visible = (element) => {
    const box = element.getBoundingClientRect();
    return Math.max(0, Math.min(box.bottom, innerHeight) - Math.max(box.top, 0));
  };

  // An attempt is named once, when its form appears, so that sending it twice stores it once.
  const nameAttempts = () => {
    for (const input of document.querySelectorAll("input[data-attempt]"))
      if (!input.value && crypto.randomUUID) input.value = crypto.randomUUID();
  };
  nameAttempts();

  // Digits choose an option of the question that has the focus, else of the first one in the window; Enter goes on.
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("textarea, select, input:not([type=radio], [type=checkbox])")) return;
    const questions = [...document.querySelectorAll("[data-question]")];
    const question = event.target.closest("[data-question]") || questions.find((each) => visible(each) > 120);
    if (!question) return;
    if (/^[1-9]$/.test(event.key)) {
      const option = question.querySelectorAll(".options input")[event.key - 1];
      if (option) { option.click(); option.focus(); event.preventDefault(); }
    } else if (event.key === "Enter" && event.target.matches(".judged")) {
      const next = question.querySelector("a[id$=-next]");
      if (next) { next.click(); event.preventDefault(); }
    } else if (event.key === "Enter" && event.target.matches(".options input")) {
      question.querySelector("form").requestSubmit(); event.preventDefault();
    }
  });

  // In a row of examples that is wider than the window, the one that is shown is in sight, and what has gone out of sight fades.
  const showEdge = (row) => row.classList.toggle("passed", row.scrollLeft > 1);
  document.addEventListener("scroll", ({ target }) => { if (target.matches?.(".presets ul")) showEdge(target); }, { capture: true, passive: true });
  const showExample = () => {
    for (const chosen of document.querySelectorAll(".presets [aria-current]")) {
      const row = chosen.closest("ul");
      const [here, all] = [chosen.getBoundingClientRect(), row.getBoundingClientRect()];
      if (here.left < all.left || here.right > all.right - 24) row.scrollLeft += here.left - all.left - (all.width - here.width) / 2;
      showEdge(row);
    }
  };
  showExample();

  // Moments are told in the reader's own time.
  const form = new Intl.DateTimeFormat(root.lang === "en" ? "en-GB" : "zh-CN", { dateStyle: "medium", timeStyle: "short" });
  const tell = () => {
    for (const time of document.querySelectorAll("time[datetime]:not([title])")) {
      time.title = time.textContent;
      time.textContent = form.format(new Date(time.dateTime));
    }
  };
  tell();
  document.addEventListener("htmx:after:swap", () => {
    showExample();
    nameAttempts();
    tell();
  });
})();
