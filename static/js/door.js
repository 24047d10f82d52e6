/* The door of an event: scans tickets by the camera (or a scanner that types), keeps each scan on this device
 * with an id and a time of its own until the server has answered it, and tells what became of it (E5, E6). */

const BATCH = 100;
const AGAIN_MS = 3000; // the same ticket held before the camera is one scan
const LOOK_MS = 180;
const RETRY_MS = 10_000;
const SHOWN = 30;

const root = document.querySelector("[data-door]");

/** What waits for the server: [{id, code, at}]; it outlives the page. */
class Queue {
  constructor(key) {
    this.key = key;
    this.kept = [];
    try {
      this.kept = JSON.parse(localStorage.getItem(key)) || [];
    } catch {
      // No storage (a privacy setting): the scans live as long as the page.
    }
  }

  save() {
    try {
      localStorage.setItem(this.key, JSON.stringify(this.kept));
    } catch {
      // As above.
    }
  }

  add(code) {
    const scan = { id: newId(), code: code.slice(0, 500), at: new Date().toISOString() };
    this.kept.push(scan);
    this.save();
    return scan;
  }

  done(ids) {
    this.kept = this.kept.filter((scan) => !ids.has(scan.id));
    this.save();
  }
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function element(tag, text, className = "") {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

class Door {
  constructor() {
    this.words = root.dataset;
    this.queue = new Queue(`quad.door.${root.dataset.door}`);
    this.sending = false;
    this.lastCode = "";
    this.lastAt = 0;
    this.csrf = root.querySelector("[name=csrfmiddlewaretoken]").value;
    const find = (name) => root.querySelector(`[data-door-${name}]`);
    this.parts = Object.fromEntries(
      ["view", "video", "start", "stop", "queue", "queue-text", "note", "last", "form", "list"].map((n) => [n, find(n)]),
    );
    this.parts.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const input = this.parts.form.querySelector("[name=code]");
      if (input.value.trim()) this.take(input.value.trim());
      input.value = "";
      input.focus();
    });
    this.parts.start.addEventListener("click", () => this.start());
    this.parts.stop.addEventListener("click", () => this.stop());
    window.addEventListener("online", () => this.send());
    setInterval(() => this.send(), RETRY_MS);
    this.tellQueue();
    this.send();
  }

  // --- the camera ---
  async start() {
    try {
      this.decode ??= await decoder(root.dataset.decoder);
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      this.note(this.words.noCamera);
      return;
    }
    this.note("");
    this.parts.video.srcObject = this.stream;
    this.shows(true);
    await this.parts.video.play();
    this.look();
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.shows(false);
  }

  shows(on) {
    this.parts.view.hidden = !on;
    this.parts.stop.hidden = !on;
    this.parts.start.hidden = on;
  }

  async look() {
    if (!this.stream) return;
    const code = await this.decode(this.parts.video).catch(() => "");
    const now = Date.now();
    if (code && (code !== this.lastCode || now - this.lastAt > AGAIN_MS)) this.take(code);
    if (code) {
      this.lastCode = code;
      this.lastAt = now;
    }
    setTimeout(() => this.look(), LOOK_MS);
  }

  // --- scans ---
  take(code) {
    const scan = this.queue.add(code);
    this.tell("kept", this.words.kept, "");
    this.tellQueue();
    navigator.vibrate?.(40);
    this.send();
    return scan;
  }

  async send() {
    if (this.sending || !this.queue.kept.length || !navigator.onLine) return this.tellQueue();
    this.sending = true;
    const scans = this.queue.kept.slice(0, BATCH);
    try {
      const answer = await fetch(this.words.scansUrl, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.csrf },
        body: JSON.stringify({ scans }),
      });
      if (answer.status === 401 || answer.status === 403) this.note(this.words.signedOut);
      else if (answer.ok) this.told((await answer.json()).data, scans);
      else if (answer.status < 500 && answer.status !== 429 && scans.length === 1) {
        this.told([{ id: scans[0].id, outcome: "refused", message: "" }], scans);
      }
    } catch {
      // No line: they wait here.
    }
    this.sending = false;
    this.tellQueue();
    if (this.queue.kept.length && this.queue.kept[0] !== scans[0]) await this.send();
  }

  told(results, scans) {
    this.note("");
    this.queue.done(new Set(scans.map((scan) => scan.id)));
    for (const result of results) this.result(result);
  }

  result({ outcome, name, at, message }) {
    const time = at ? new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short" }).format(new Date(at)) : "";
    const words = {
      marked: this.words.marked,
      already: `${this.words.already} ${time}`,
      refused: `${this.words.refused}${message ? `: ${message}` : ""}`,
    }[outcome];
    this.tell(outcome, words, name || "");
    navigator.vibrate?.(outcome === "marked" ? 80 : [80, 60, 80]);
  }

  // --- what is shown ---
  tell(outcome, words, name) {
    const card = element("div", "", `q-door-result is-${outcome}`);
    card.append(element("b", words));
    if (name) card.append(element("span", name, "h3"));
    this.parts.last.replaceChildren(card);
    if (outcome === "kept") return;
    const row = element("li");
    const main = element("span", "", "q-rows-main");
    main.append(element("b", name || "–"), element("br"), element("span", words, "q-small q-muted"));
    row.append(main);
    this.parts.list.prepend(row);
    while (this.parts.list.children.length > SHOWN) this.parts.list.lastElementChild.remove();
  }

  note(text) {
    this.parts.note.hidden = !text;
    this.parts.note.textContent = text;
  }

  tellQueue() {
    const count = this.queue.kept.length;
    this.parts.queue.hidden = !count;
    const number = new Intl.NumberFormat(document.documentElement.lang).format(count);
    this.parts["queue-text"].textContent = `${this.words.waiting} ${number}`;
  }
}

/** What reads a code from a picture: the browser's own reader where it has one, else jsQR. */
async function decoder(address) {
  if ("BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
    const own = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await own.detect(video))[0]?.rawValue ?? "";
  }
  await new Promise((resolve, reject) => {
    const script = element("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, 640 / (video.videoWidth || 640));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    if (!canvas.width) return "";
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    return window.jsQR(data, width, height)?.data ?? "";
  };
}

if (root) new Door();
