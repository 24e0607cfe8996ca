// Copies the number beside a button to the clipboard; without it the number can be marked and copied by hand.
"use strict";
(() => {
  const button = document.getElementById("copy");
  const field = button && document.getElementById(button.dataset.copy);
  if (!field || !navigator.clipboard) {
    return;
  }
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      field.select(); // The browser does not allow it: it is marked, to be copied by hand.
    }
  });
})();
