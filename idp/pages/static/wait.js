// The card page asks its own address, every two seconds, whether the card has been read. Without this file the page
// reloads itself: nothing here is needed, it only spares the reader of the page the flicker.
(function () {
  "use strict";

  const SECOND = 1000;
  const PAUSE = 2 * SECOND;
  const LONGEST_PAUSE = 30 * SECOND;
  const KEEP_ALIVE = 120 * SECOND; // the card program's link dies five minutes after the page was last loaded
  const READ_ALOUD = 1.5 * SECOND;

  const box = document.getElementById("waiting");
  const words = box && box.querySelector("[role=status]");
  if (!words) return;

  const waiting = words.textContent;
  const renewAt = "renew" in box.dataset ? Date.now() + Number(box.dataset.renew) * SECOND : Infinity; // a new QR code
  let pause = PAUSE;
  let loaded = Date.now();
  let refusal; // of the first answer: a second refusal for another reason is news as well
  let timer;

  function plan(what, milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(what, milliseconds);
  }

  function say(text) {
    if (words.textContent !== text) words.textContent = text;
  }

  function ask(accept) {
    return fetch(location.href, {
      headers: { Accept: accept },
      cache: "no-store",
      credentials: "same-origin",
      signal: AbortSignal.timeout(10 * SECOND),
    });
  }

  async function keepAlive() {
    if (Date.now() - loaded < KEEP_ALIVE) return;
    await ask("text/html");
    loaded = Date.now();
  }

  async function look() {
    const answer = await ask("application/json");
    if (answer.status === 404 || answer.status === 410) return { state: "gone" };
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  async function turn() {
    try {
      const now = await look();
      if (refusal === undefined) refusal = now.refusal || null;
      if (now.state !== box.dataset.state || (now.refusal || null) !== refusal) {
        say(box.dataset.changed);
        plan(() => location.reload(), READ_ALOUD);
        return;
      }
      if (Date.now() >= renewAt) {
        location.reload();
        return;
      }
      await keepAlive();
      pause = PAUSE;
      say(waiting);
    } catch {
      pause = Math.min(pause * 2, LONGEST_PAUSE);
      say(box.dataset.offline);
    }
    if (!document.hidden) plan(turn, pause);
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.hidden) return;
    if (Date.now() - loaded > 2 * KEEP_ALIVE) location.reload();
    else plan(turn, 0);
  });
  turn();
})();
