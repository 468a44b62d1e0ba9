// What comes later may be drawn with glyphs that this page began without.
"use strict";
(() => {
  const own = document.querySelector(".sprite defs");
  const all = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  all.innerHTML = "GLYPHS";
  for (const glyph of [...all.children]) if (!document.getElementById(glyph.id)) own?.append(glyph);
})();
