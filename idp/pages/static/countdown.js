// Counts down on the page what the server counts anyway, and loads the page anew when it is over. Read aloud only at
// two minutes, thirty and ten seconds.
(function () {
  "use strict";

  const SECOND = 1000;
  const READ_ALOUD = [120, 30, 10];

  for (const box of document.querySelectorAll(".countdown")) {
    const shown = box.querySelector("b");
    const bar = box.querySelector("progress");
    const spoken = box.querySelector("[role=status]");
    const ends = Date.now() + Number(box.dataset.left) * SECOND;
    let said = Number(box.dataset.left);

    const words = (left) =>
      left > 90
        ? box.dataset.minutes.replace("{n}", Math.ceil(left / 60))
        : box.dataset.seconds.replace("{n}", left);

    const turn = () => {
      const left = Math.max(0, Math.ceil((ends - Date.now()) / SECOND));
      shown.textContent = words(left);
      bar.value = left;
      const due = READ_ALOUD.find((moment) => left <= moment && said > moment);
      if (due !== undefined) spoken.textContent = words(left);
      said = left;
      if (left > 0) setTimeout(turn, SECOND);
      else setTimeout(() => location.reload(), SECOND);
    };
    turn();
  }
})();
