// Follows the desk: loads this page anew when the other screen has changed what is being done. Nothing else moves it.
"use strict";
(() => {
  const seen = document.body.dataset.state;
  const address = document.body.dataset.follow;
  const look = async () => {
    try {
      const answer = await fetch(address, { cache: "no-store" });
      if (answer.ok && (await answer.text()) !== seen) {
        location.replace(location.pathname.replace(/\/(login|form|stop|clear|agree|present)$/, ""));
        return;
      }
    } catch {
      // The program was ended or is busy: look again.
    }
    setTimeout(look, 1000);
  };
  setTimeout(look, 1000);
})();
