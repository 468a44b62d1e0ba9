// What a lesson can do with a script: mark the section in the list of contents, show a source where it is cited, copy code.
"use strict";
(() => {
  const prose = document.querySelector(".lesson .prose");
  if (!prose) return;
  const isPlain = (event) => !(event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

  // The list of contents: the section that is read is marked in it, and where it is folded stands beside its name.
  const contents = document.querySelector(".toc");
  const fold = contents.querySelector("details");
  const links = new Map([...contents.querySelectorAll("li a")].map((link) => [link.hash.slice(1), link]));
  const headings = [...links.keys()].map((id) => document.getElementById(id));
  const here = document.getElementById("toc-here");
  let marked = null;
  const mark = () => {
    const heading = headings.filter((each) => each.getBoundingClientRect().top < innerHeight / 3).pop();
    const link = heading ? links.get(heading.id) : null;
    if (link === marked) return;
    marked?.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "true");
    here.textContent = link ? link.textContent : "";
    marked = link;
  };
  let asked = false;
  addEventListener("scroll", () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; mark(); });
  }, { passive: true });
  mark();
  const wide = matchMedia("(min-width: 64.01rem)");
  const unfold = () => { fold.open = wide.matches; };
  wide.addEventListener("change", unfold);
  unfold();
  contents.addEventListener("click", (event) => { if (event.target.closest("a") && !wide.matches) fold.open = false; });
  document.addEventListener("click", (event) => { if (!wide.matches && !contents.contains(event.target)) fold.open = false; });
  contents.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || wide.matches) return;
    fold.open = false;
    fold.querySelector("summary").focus();
  });

  // A citation is called like its source, which leads back to each of them; the first way is there.
  for (const link of prose.querySelectorAll(".source a")) {
    const source = document.getElementById(link.hash.slice(1));
    const backs = source?.querySelector(".backs");
    if (!backs) continue;
    link.title = source.querySelector("a").textContent;
    if (link.id) continue;
    const back = backs.firstChild.cloneNode();
    const time = backs.children.length + 1;
    link.id = `cite-${source.id.slice(7)}-${time}`;
    back.href = `#${link.id}`;
    back.ariaLabel = back.ariaLabel.replace("1", time);
    back.textContent = `↑${time}`;
    backs.firstChild.textContent = "↑1";
    backs.append(" ", back);
  }
  if (location.hash.startsWith("#cite-")) document.getElementById(location.hash.slice(1))?.scrollIntoView({ behavior: "instant" });

  // A citation opens its source beside it; Escape, a click elsewhere or the citation itself close it again.
  if ("popover" in HTMLElement.prototype) {
    const note = document.createElement("div");
    note.className = "cited";
    note.popover = "auto";
    note.id = "cited";
    note.tabIndex = -1;
    note.setAttribute("role", "dialog");
    document.body.append(note);
    let from = null;
    const place = () => {
      const at = from.getBoundingClientRect();
      const room = document.documentElement.clientWidth - note.offsetWidth - 16;
      note.style.left = `${Math.max(16, Math.min(at.left - 24, room)) + scrollX}px`;
      const below = at.bottom + 8 + note.offsetHeight < innerHeight;
      note.style.top = `${(below ? at.bottom + 8 : at.top - 8 - note.offsetHeight) + scrollY}px`;
    };
    let closed = null;
    document.addEventListener("click", (event) => {
      const link = event.target.closest(".source a");
      const source = link && document.getElementById(link.hash.slice(1));
      if (!source || !isPlain(event)) return;
      event.preventDefault();
      // Pressing on the citation has closed its note already.
      if (closed && closed.link === link && event.timeStamp - closed.at < 400) { closed = null; return; }
      from = link;
      const text = document.createElement("p");
      text.append(...[...source.cloneNode(true).childNodes].filter((each) => !each.classList?.contains("backs")));
      note.replaceChildren(text);
      note.setAttribute("aria-label", `${prose.dataset.source} ${link.textContent}`);
      note.showPopover();
      place();
      link.setAttribute("aria-expanded", "true");
      note.focus({ preventScroll: true });
    });
    note.addEventListener("beforetoggle", (event) => {
      if (event.newState !== "closed" || !from) return;
      closed = { link: from, at: performance.now() };
      from.removeAttribute("aria-expanded");
      if (note.contains(document.activeElement)) from.focus({ preventScroll: true });
    });
  }

  // Code is copied without prompts and without what was printed.
  const command = (code) => {
    const copy = code.cloneNode(true);
    const prompts = copy.querySelectorAll(".c-gp");
    for (const each of prompts) each.remove();
    if (prompts.length) for (const each of copy.querySelectorAll(".c-go")) each.remove();
    return `${copy.textContent.split("\n").filter((line, at, all) => line.trim() || (!prompts.length && at < all.length - 1)).join("\n")}\n`;
  };
  if (navigator.clipboard) for (const pre of prose.querySelectorAll("pre.code")) {
    const box = document.createElement("div");
    box.className = "copyable";
    pre.replaceWith(box);
    box.append(pre, copyButton(prose.dataset.copy, prose.dataset.copied, () => command(pre.querySelector("code"))));
  }
})();
