// What is done with a question or a model once htmx is here: steps are put in order, an answer is said and comes into the window.
"use strict";
(() => {
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

  // What a reader has unfolded in a model stays unfolded from one answer to the next.
  let unfolded = [];
  document.addEventListener("htmx:before:swap", () => {
    unfolded = [...document.querySelectorAll(".widget details[open][id]")].map((each) => each.id);
  });

  // What stays at the top of the window hides what is below it.
  const top = () => {
    const bar = document.querySelector(".toc");
    return bar && getComputedStyle(bar).position === "sticky" && bar.offsetWidth > innerWidth / 2 ? bar.offsetHeight : 0;
  };
  const showJudged = () => {
    const judged = document.activeElement;
    if (!judged?.matches(".judged")) return;
    const isOutside = (box) => box.top < top() || box.bottom > innerHeight;
    if (!isOutside(judged.getBoundingClientRect())) return;
    judged.closest("[data-question]")?.scrollIntoView({ block: "start", behavior: "instant" });
    if (isOutside(judged.getBoundingClientRect())) judged.scrollIntoView({ block: "center", behavior: "instant" });
  };

  // What may be run next is copied by a button beside it.
  const offerCopies = () => {
    if (!navigator.clipboard) return;
    for (const code of document.querySelectorAll(".commands[data-copy] code:only-child")) {
      const { copy, copied } = code.closest(".commands").dataset;
      const button = copyButton(copy, copied, () => code.textContent);
      button.setAttribute("aria-label", `${copy}: ${code.textContent}`);
      code.after(button);
    }
  };
  offerCopies();

  // After a swap: a new answer is announced as one short sentence, a judged question takes the focus and stands in the window.
  document.addEventListener("htmx:after:swap", () => {
    offerCopies();
    for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
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
    showJudged();
  });
  for (const verdict of document.querySelectorAll(".calc .result .verdict")) verdict.dataset.said = verdict.textContent.trim();
})();
