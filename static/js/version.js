// The version of Kubernetes that a reader has, chosen once like the theme. What differs is marked by the style sheet.
"use strict";
(() => {
  const select = document.getElementById("kube");
  if (!select) return;
  try {
    const kept = localStorage.getItem("kubernetes");
    if ([...select.options].some((option) => option.value === kept)) select.value = kept;
  } catch { /* storage may be forbidden: the choice holds for this page */ }
  select.addEventListener("change", () => {
    try { localStorage.setItem("kubernetes", select.value); } catch { /* as above */ }
  });
})();
