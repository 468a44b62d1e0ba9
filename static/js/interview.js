// The timer of an interview: runs until the model answer is shown or it is stopped, and its seconds go with the marks.
"use strict";
(() => {
  const timer = document.querySelector("[data-timer]");
  if (!timer) return;
  const time = document.getElementById("timer-time");
  const button = document.getElementById("timer-stop");
  let before = 0;
  let since = Date.now();

  const seconds = () => Math.floor((before + (since === null ? 0 : Date.now() - since)) / 1000);
  const show = () => {
    const spent = seconds();
    time.textContent = `${Math.floor(spent / 60)}:${String(spent % 60).padStart(2, "0")}`;
  };
  const stop = () => {
    if (since !== null) before += Date.now() - since;
    since = null;
    button.textContent = button.dataset.start;
    const field = document.querySelector("[data-seconds]");
    if (field) field.value = Math.min(seconds(), 86400);
    show();
  };
  const start = () => {
    since = Date.now();
    button.textContent = button.dataset.stop;
  };

  timer.hidden = false;
  setInterval(show, 250);
  button.addEventListener("click", () => (since === null ? start() : stop()));
  document.getElementById("reveal").addEventListener("toggle", (event) => { if (event.target.open) stop(); });
})();
