// Runs before the first paint: the chosen theme without a flash, and the policy that lets scripts make markup, and load two
// of ours.
"use strict";
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch { /* storage may be forbidden: the system's theme is used */ }
document.documentElement.classList.add("js");
if (window.trustedTypes && trustedTypes.createPolicy)
  trustedTypes.createPolicy("default", { createHTML: (text) => text, createScript: () => null, createScriptURL: (url) => /^(\/sw|\/static\/js\/later\.[0-9a-f]{12})\.js$/.test(url) ? url : null });
