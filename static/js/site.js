// What plain HTML can't: the theme button, keys of the player, and the language link that follows the page's state.
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

  // The language switch keeps what htmx has changed in the address since the page was made.
  const language = document.getElementById("language");
  if (language) language.addEventListener("click", () => {
    const to = "/" + language.dataset.to + location.pathname.replace(/^\/(en|zh)/, "") + location.search + location.hash;
    language.href = "/language/" + language.dataset.to + "?to=" + encodeURIComponent(to);
  });

  // Keys work on the player that has the focus, else on the one that fills most of the window.
  const keys = { ArrowLeft: "back", ArrowRight: "forward", " ": "play", Home: "first", End: "last" };
  const visible = (element) => {
    const box = element.getBoundingClientRect();
    return Math.max(0, Math.min(box.bottom, innerHeight) - Math.max(box.top, 0));
  };
  let keysOn = true;
  try { keysOn = localStorage.getItem("keys") !== "off"; } catch { /* on for this page */ }
  const showKeys = () => { for (const box of document.querySelectorAll("[data-keys-on]")) box.checked = keysOn; };
  showKeys();
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-keys-on]")) return;
    keysOn = event.target.checked;
    try { localStorage.setItem("keys", keysOn ? "on" : "off"); } catch { /* for this page only */ }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "?" && !event.target.closest("input, textarea, select")) {
      const help = document.querySelector("[data-keys]");
      if (help) { help.open = true; help.querySelector("summary").focus(); }
    }
    if (!keysOn || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !(event.key in keys)) return;
    if (event.target.closest("input, textarea, select, button, summary, pre, [contenteditable]")) return;
    if (event.key === " " && event.target.closest("a")) return;
    const players = [...document.querySelectorAll("[data-player]")];
    const focused = event.target.closest("[data-player]");
    const player = focused || players.filter((each) => visible(each) > innerHeight / 3).sort((a, b) => visible(b) - visible(a))[0];
    const link = player && player.querySelector(`[data-key="${keys[event.key]}"]`);
    if (!link || (!focused && (event.key === "Home" || event.key === "End"))) return;
    event.preventDefault();
    link.click();
  });

  // What a step wrote is in sight.
  const showWritten = () => {
    for (const pre of document.querySelectorAll(".pane pre")) {
      const written = pre.querySelector("ins");
      if (written) pre.scrollTop = written.offsetTop - pre.offsetTop - pre.clientHeight / 3;
    }
  };
  showWritten();

  // Dragging along the ruler scrubs through the steps.
  let scrubbed = null;
  document.addEventListener("pointerdown", (event) => { scrubbed = event.target.closest(".ruler a"); });
  document.addEventListener("pointerup", () => { scrubbed = null; });
  document.addEventListener("dragstart", (event) => { if (event.target.closest(".ruler a")) event.preventDefault(); });
  document.addEventListener("pointermove", (event) => {
    if (!scrubbed || !event.buttons) return;
    const over = document.elementFromPoint(event.clientX, event.clientY)?.closest(".ruler a");
    if (over && over.id !== scrubbed.id) { scrubbed = over; over.click(); }
  });

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

  // Steps to be ordered can also be dragged; the buttons beside them do the same without a mouse.
  let dragged = null;
  const reorder = (list) => {
    const steps = [...list.children];
    list.parentElement.querySelector("input[name=order]").value = steps.map((each) => each.dataset.token).join(",");
    for (const [place, step] of steps.entries()) {
      const [up, down] = step.querySelectorAll("button");
      up.disabled = place === 0;
      down.disabled = place === steps.length - 1;
    }
  };
  document.addEventListener("pointerdown", (event) => {
    const step = event.target.closest(".ordering > li");
    if (step) step.draggable = !event.target.closest("button");
  });
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest ? event.target.closest(".ordering > li") : null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.token);
  });
  document.addEventListener("dragover", (event) => {
    const over = dragged && event.target.closest(".ordering > li");
    if (!over || over.parentElement !== dragged.parentElement) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    if (over !== dragged) over.parentElement.insertBefore(dragged, event.clientY < box.top + box.height / 2 ? over : over.nextSibling);
    reorder(over.parentElement);
  });
  document.addEventListener("drop", (event) => { if (dragged) event.preventDefault(); });
  document.addEventListener("dragend", () => { dragged = null; });

  // After a swap: a new answer is announced as one short sentence, a judged question takes the focus.
  document.addEventListener("htmx:after:swap", () => {
    nameAttempts();
    showKeys();
    showWritten();
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
