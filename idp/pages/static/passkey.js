// Asks the browser for a passkey, or to make one, and sends what it brings by the form on the page. Nothing is decided
// here: the server judges the answer.
(function () {
  "use strict";

  const form = document.getElementById("passkey-form");
  const button = form && form.querySelector("button[type=button]");
  const status = document.getElementById("passkey-status");
  if (!button) return;

  function bytes(text) {
    const padded = text.replace(/-/g, "+").replace(/_/g, "/");
    return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
  }

  function text(buffer) {
    const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
    return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  // The options as the browser takes them: what is base64url in JSON becomes bytes.
  function asked() {
    const options = JSON.parse(form.dataset.options);
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of ["allowCredentials", "excludeCredentials"])
      for (const credential of options[list] || []) credential.id = bytes(credential.id);
    return { publicKey: options };
  }

  function answer(credential) {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (credential.response[name]) response[name] = text(credential.response[name]);
    const id = text(credential.rawId);
    return JSON.stringify({ id, rawId: id, type: credential.type, response, clientExtensionResults: {} });
  }

  button.addEventListener("click", async () => {
    if (!window.PublicKeyCredential) {
      status.textContent = status.dataset.missing;
      return;
    }
    button.disabled = true;
    status.textContent = "";
    try {
      const credential = await navigator.credentials[form.dataset.kind](asked());
      form.elements.answer.value = answer(credential);
      form.submit();
    } catch (error) {
      status.textContent = status.dataset.cancelled;
      button.disabled = false;
    }
  });
})();
