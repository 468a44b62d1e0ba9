// Days are the reader's own: those of moments, and those by which the next two weeks are counted.
"use strict";
(() => {
  const LANG = document.documentElement.lang === "en" ? "en-GB" : "zh-CN";
  const long = new Intl.DateTimeFormat(LANG, { dateStyle: "long" });
  const short = new Intl.DateTimeFormat(LANG, { day: "numeric", month: "short" });
  for (const day of document.querySelectorAll("[data-day]"))
    day.textContent = (day.closest(".axis") ? short : long).format(new Date(day.dataset.day));

  const part = document.querySelector("[data-due]");
  if (!part) return;
  const all = (selector) => [...part.querySelectorAll(selector)];
  const rows = all("tbody tr");
  const today = new Date();
  const begins = Array.from({ length: rows.length + 1 }, (_, ahead) => new Date(today.getFullYear(), today.getMonth(), today.getDate() + ahead));
  const due = part.dataset.due.split(" ").filter(Boolean).map(Number);
  // What is overdue counts for today.
  const counts = rows.map((_, ahead) => due.filter((moment) => (!ahead || moment >= begins[ahead]) && moment < begins[ahead + 1]).length);

  const write = (selector, said) => all(selector).forEach((element, ahead) => { element.textContent = said(ahead); });
  write(".counts li", (ahead) => counts[ahead] || "");
  write(".dates li", (ahead) => begins[ahead].getDate());
  write("tbody th", (ahead) => long.format(begins[ahead]));
  write("tbody td", (ahead) => counts[ahead]);
  write(".last", () => short.format(begins[rows.length - 1]));
  write(".total", () => {
    const total = counts.reduce((one, other) => one + other, 0);
    const { one, other } = part.querySelector(".total").dataset;
    return total === 1 ? one : other.replace("0", total);
  });
  for (const utc of all(".utc")) utc.remove();

  const picture = part.querySelector(".columns");
  const { width, height } = picture.viewBox.baseVal;
  const step = width / rows.length;
  const most = Math.max(...counts) || 1;
  picture.replaceChildren(...counts.map((count, ahead) => {
    const column = document.createElementNS(picture.namespaceURI, "rect");
    const place = { class: "rest", x: step * (ahead + .1), y: height * (1 - count / most), width: step * .7, height: height * count / most };
    for (const [name, value] of Object.entries(place)) column.setAttribute(name, value);
    return column;
  }));
})();
