// A recovery code behind the # of the address (from the QR picture) is filled in, and taken out of the address.
"use strict";
(() => {
  const input = document.querySelector("input[data-code]");
  if (!input || !/^#[a-z-]{20,60}$/.test(location.hash)) return;
  input.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname + location.search);
  input.focus();
})();
