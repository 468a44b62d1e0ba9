// What plain HTML can't: the theme button, keys of questions, steps put in order.
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

  // Steps are put in order by their buttons, or dragged: by mouse and pen anywhere, by a finger at the grip (elsewhere it
  // scrolls the page). The step that is held stays in the document while its neighbours move, so that focus stays too.
  let held = null;
  const showOrder = (list) => {
    const steps = [...list.children];
    list.parentElement.querySelector("input[name=order]").value = steps.map((each) => each.dataset.token).join(",");
    for (const [place, step] of steps.entries()) {
      const [up, down] = step.querySelectorAll("button");
      up.setAttribute("aria-disabled", place === 0);
      down.setAttribute("aria-disabled", place === steps.length - 1);
    }
  };
  const sayPlace = (step) => {
    const steps = [...step.parentElement.children];
    const said = { place: steps.indexOf(step) + 1, count: steps.length, text: step.querySelector(".text").textContent.trim() };
    document.getElementById("status").textContent = step.parentElement.dataset.moved.replace(/\{(\w+)\}/g, (_, name) => said[name]);
  };
  const middle = (step) => { const box = step.getBoundingClientRect(); return box.top + box.height / 2; };
  document.addEventListener("pointerdown", (event) => {
    const step = event.target.closest(".ordering > li");
    if (!step || held || event.button || event.target.closest("button")) return;
    if (event.pointerType === "touch" && !event.target.closest(".grip")) return;
    held = { step, pointer: event.pointerId, from: [...step.parentElement.children].indexOf(step) };
    step.parentElement.setPointerCapture(event.pointerId);
    step.classList.add("held");
    event.preventDefault();
  });
  document.addEventListener("pointermove", (event) => {
    if (!held || event.pointerId !== held.pointer) return;
    const { step } = held;
    for (let before; (before = step.previousElementSibling) && event.clientY < middle(before);) step.after(before);
    for (let after; (after = step.nextElementSibling) && event.clientY > middle(after);) step.before(after);
    showOrder(step.parentElement);
  });
  const letGo = (event) => {
    if (!held || event.pointerId !== held.pointer) return;
    held.step.classList.remove("held");
    if ([...held.step.parentElement.children].indexOf(held.step) !== held.from) sayPlace(held.step);
    held = null;
  };
  document.addEventListener("pointerup", letGo);
  document.addEventListener("pointercancel", letGo);
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".moves button");
    if (!button) return;
    event.preventDefault();
    const step = button.closest("li");
    const isUp = button.value.endsWith(":up");
    const other = isUp ? step.previousElementSibling : step.nextElementSibling;
    if (!other) return;
    if (isUp) step.after(other); else step.before(other);
    showOrder(step.parentElement);
    sayPlace(step);
  });

  // In a row of examples that is wider than the window, the one that is shown is in sight.
  const showExample = () => {
    for (const chosen of document.querySelectorAll(".presets [aria-current]")) {
      const row = chosen.closest("ul");
      const [here, all] = [chosen.getBoundingClientRect(), row.getBoundingClientRect()];
      if (here.left < all.left || here.right > all.right - 24) row.scrollLeft += here.left - all.left - (all.width - here.width) / 2;
    }
  };
  showExample();

  // What a reader has unfolded in a model stays unfolded from one answer to the next.
  let unfolded = [];
  document.addEventListener("htmx:before:swap", () => {
    unfolded = [...document.querySelectorAll(".widget details[open][id]")].map((each) => each.id);
  });

  // After a swap: a new answer is announced as one short sentence, a judged question takes the focus.
  document.addEventListener("htmx:after:swap", () => {
    for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
    showExample();
    nameAttempts();
    for (const judged of document.querySelectorAll(":is(.judged, .predicted):not([data-seen])")) {
      judged.dataset.seen = "1";
      judged.focus({ preventScroll: true });
    }
    for (const verdict of document.querySelectorAll(".calc .result .verdict")) {
      const text = verdict.textContent.trim();
      if (verdict.dataset.said === text) continue;
      verdict.dataset.said = text;
      document.getElementById("status").textContent = text;
    }
  });
  for (const verdict of document.querySelectorAll(".calc .result .verdict")) verdict.dataset.said = verdict.textContent.trim();
})();
