// The clock of an interview of a set length: it runs from the first question on, whatever page one is on.
"use strict";
(() => {
  const clock = document.querySelector("[data-clock]");
  if (!clock) return;
  const key = `clock-${clock.dataset.sitting}`;
  let began = Date.now();
  try {
    began = Number(sessionStorage.getItem(key)) || began;
    sessionStorage.setItem(key, String(began));
  } catch { /* it runs from this page on */ }
  const show = () => {
    const left = Math.round(Number(clock.dataset.clock) * 60 - (Date.now() - began) / 1000);
    const size = Math.abs(left);
    const time = `${Math.floor(size / 60)}:${String(size % 60).padStart(2, "0")}`;
    clock.textContent = left < 0 ? `+${time} ${clock.dataset.over}` : clock.dataset.left.replace("0:00", time);
    clock.classList.toggle("bad", left < 0);
  };
  clock.hidden = false;
  show();
  setInterval(show, 1000);
})();
