// A button that copies a text: what stands on it, and what once it is done.
"use strict";
window.copyButton = (label, done, text) => {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "copy", textContent: label });
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text());
    button.textContent = document.getElementById("status").textContent = done;
    setTimeout(() => { button.textContent = label; }, 2000);
  });
  return button;
};
