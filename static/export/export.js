// Search in a static copy: every word must be somewhere in an entry; titles count more than texts.
"use strict";
(() => {
  const page = document.querySelector("[data-copy-search]");
  const rows = (window.PODSCOPE_INDEX || []).map((row) => ({ row, low: row.map((text) => text.toLowerCase()) }));
  const field = page.querySelector("input");
  const list = page.querySelector(".results");
  const count = page.querySelector(".count");
  const score = (low, words) => {
    let sum = 0;
    for (const word of words) {
      const found = (low[2] === word ? 30 : 0) + (low[2].includes(word) ? 10 : 0) + (low[5].includes(word) ? 8 : 0) + (low[3].includes(word) ? 2 : 0) + (low[4].includes(word) ? 1 : 0);
      if (!found) return 0;
      sum += found;
    }
    return sum * (low[0] === "term" ? 2 : 1);
  };
  const show = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length ? rows.map((each) => [score(each.low, words), each.row]).filter(([sum]) => sum).sort((a, b) => b[0] - a[0]) : [];
    count.textContent = words.length ? (found.length ? String(found.length) : page.dataset.nothing.replace("{query}", field.value)) : "";
    list.replaceChildren(...found.slice(0, 40).map(([, [, url, title, where, text]]) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = `../${url}`;
      link.textContent = title;
      const about = document.createElement("span");
      about.className = "about";
      about.textContent = where;
      const snippet = document.createElement("span");
      snippet.className = "snippet";
      snippet.textContent = text.slice(0, 180);
      item.append(link, about, snippet);
      return item;
    }));
  };
  field.addEventListener("input", show);
  page.querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); show(); });
  show();
})();
