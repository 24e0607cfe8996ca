"use strict";
// The collector: every record is encrypted to the municipality's public key before it is stored (RFC 7516,
// ECDH-ES with a fresh key and A256GCM). The page keeps no key that could open a record.
(() => {
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const element = (id) => document.getElementById(id);
  const ascii = (text) => new TextEncoder().encode(text);
  const seen = new Set();
  let database, file, count = 0, language = "ja";

  // Encryption

  const base64url = (bytes) =>
    btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""))
      .replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

  const joined = (...parts) => {
    const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
    return all;
  };

  const bigEndian = (number) => new Uint8Array([number >>> 24, number >>> 16, number >>> 8, number]);

  // RFC 7518 section 4.6.2: AlgorithmID, empty PartyUInfo and PartyVInfo, SuppPubInfo.
  const otherInfo = joined(bigEndian(7), ascii("A256GCM"), bigEndian(0), bigEndian(0), bigEndian(256));

  async function sealed(record, sequence) {
    const curve = { name: "ECDH", namedCurve: "P-256" };
    const { kty, crv, x, y } = settings.key;
    const theirs = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, curve, false, []);
    const own = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
    const agreed = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, own.privateKey, 256));
    const digest = await crypto.subtle.digest("SHA-256", joined(bigEndian(1), agreed, otherInfo));
    const key = await crypto.subtle.importKey("raw", digest, "AES-GCM", false, ["encrypt"]);
    const point = await crypto.subtle.exportKey("jwk", own.publicKey);
    const header = {
      alg: "ECDH-ES", enc: "A256GCM", kid: settings.key.kid, file, seq: sequence,
      epk: { kty: "EC", crv: "P-256", x: point.x, y: point.y },
    };
    const header64 = base64url(ascii(JSON.stringify(header)));
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const options = { name: "AES-GCM", iv, additionalData: ascii(header64) };
    const secret = new Uint8Array(await crypto.subtle.encrypt(options, key, ascii(JSON.stringify(record))));
    return [header64, "", base64url(iv), base64url(secret.slice(0, -16)), base64url(secret.slice(-16))].join(".");
  }

  // Storage: `lines` holds what is encrypted, by its place in the file; `state` the file's random number.

  const settled = (request) => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

  const committed = (transaction) => new Promise((done, failed) => {
    transaction.oncomplete = () => done();
    transaction.onabort = () => failed(transaction.error);
  });

  const writing = (...stores) => database.transaction(stores, "readwrite", { durability: "strict" });

  const randomFile = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  async function open() {
    const request = indexedDB.open(`collector-${settings.key.kid}`, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("lines");
      request.result.createObjectStore("state");
    };
    database = await settled(request);
    await refresh();
  }

  async function refresh() {
    const transaction = writing("lines", "state");
    const state = transaction.objectStore("state");
    file = await settled(state.get("file"));
    if (!file) state.put(file = randomFile(), "file");
    const cursor = await settled(transaction.objectStore("lines").openKeyCursor(null, "prev"));
    count = cursor ? cursor.key : 0;
    await committed(transaction);
  }

  async function append(record) {
    for (;;) { // another tab, or a record made meanwhile in this one, may take the same place first
      const place = count + 1; // the one that the line names: `count` may have moved on once it is sealed
      const line = await sealed(record, place);
      const transaction = writing("lines");
      transaction.objectStore("lines").add(line, place);
      try {
        await committed(transaction);
        count = place;
        return;
      } catch (error) {
        if (!error || error.name !== "ConstraintError") throw error;
        await refresh();
      }
    }
  }

  // What a person does

  function serialOf(text, decimal) {
    const plain = text.normalize("NFKC").replace(/[\s:]/g, "").toLowerCase().replace(/^0x/, decimal ? "0x" : "");
    if (!(decimal ? /^[0-9]{1,48}$/ : /^[0-9a-f]{1,42}$/).test(plain)) return null;
    const number = BigInt(decimal ? plain : "0x" + plain);
    return number > 0n && number < 1n << 159n ? number.toString(16) : null;
  }

  const chosen = (name) => document.querySelector(`input[name="${name}"]:checked`).value;

  function say(id, name, values = {}, wrong = false) {
    const place = element(id);
    const text = settings.texts[language][name];
    place.textContent = text.replace(/\{(\w+)\}/g, (_, member) => values[member]);
    place.classList.toggle("wrong", wrong);
  }

  function show() {
    element("count").textContent = count;
    element("file").textContent = file.slice(0, 8);
  }

  function refuse(input, name) {
    input.setAttribute("aria-invalid", "true");
    say("said", name, {}, true);
    input.focus();
  }

  async function record(event) {
    event.preventDefault();
    const place = element("place"), input = element("serial");
    for (const field of [place, input]) field.removeAttribute("aria-invalid");
    const where = place.value.trim().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "");
    if (!where) return refuse(place, "said_place");
    const serial = serialOf(input.value, chosen("form") === "decimal");
    if (!serial) return refuse(input, "said_serial");
    const kind = chosen("kind"), name = `${kind} ${serial}`;
    input.value = "";
    input.focus();
    if (seen.has(name)) return say("said", "said_repeated", {}, true);
    seen.add(name); // before it is stored: a slow tablet is pressed twice
    const at = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    try {
      await append({ kind, serial, issuer_key_id: null, at, place: where });
    } catch {
      seen.delete(name);
      return say("said", "said_failed", {}, true);
    }
    element("removal").hidden = true; // what was exported is not all any more
    say("said", "said_recorded", { count });
    show();
  }

  async function exportFile() {
    await refresh();
    if (count === 0) return say("exported", "said_nothing", {}, true);
    const lines = await settled(database.transaction("lines").objectStore("lines").getAll());
    lines.push(await sealed({ total: lines.length }, lines.length));
    const name = `collect-${file.slice(0, 8)}-${lines.length - 1}.jwel`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines.join("\n"), "\n"], { type: "application/octet-stream" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    element("confirmed").checked = false;
    element("remove").disabled = true;
    element("removal").hidden = false;
    element("removal").dataset.count = lines.length - 1;
    say("exported", "said_exported", { count: lines.length - 1, name });
    show();
  }

  async function remove() {
    await refresh();
    if (String(count) !== element("removal").dataset.count) { // another tab has recorded meanwhile
      element("removal").hidden = true;
      return show();
    }
    const transaction = writing("lines", "state");
    transaction.objectStore("lines").clear();
    transaction.objectStore("state").clear();
    await committed(transaction);
    seen.clear();
    await refresh();
    element("removal").hidden = true;
    say("exported", "said_removed");
    show();
  }

  function speak(code) {
    language = code;
    const texts = settings.texts[code];
    document.documentElement.lang = code;
    document.title = `${texts.title} | ${settings.names[code] || settings.names.ja}`;
    element("municipality").textContent = settings.names[code] || settings.names.ja;
    for (const place of document.querySelectorAll("[data-t]")) place.textContent = texts[place.dataset.t];
    for (const button of document.querySelectorAll(".languages button"))
      button.setAttribute("aria-pressed", String(button.lang === code));
  }

  for (const button of document.querySelectorAll(".languages button"))
    button.addEventListener("click", () => speak(button.lang));
  element("entry").addEventListener("submit", record);
  element("export").addEventListener("click", exportFile);
  element("remove").addEventListener("click", remove);
  element("confirmed").addEventListener("change", () => { element("remove").disabled = !element("confirmed").checked; });

  const usable = globalThis.crypto && crypto.subtle && globalThis.indexedDB;
  (usable ? open() : Promise.reject(new Error("no cryptography or storage")))
    .then(() => {
      if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
      element("usable").hidden = false;
      show();
    })
    .catch(() => { element("unusable").hidden = false; });
})();
