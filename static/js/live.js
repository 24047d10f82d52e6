/*
 * Live events: one socket for the page, resumed from the last event this tab had.
 *
 * Listen on `document`:
 *   quad:event       detail {n, event, data, at, stream}: each event once, in order
 *   quad:reload      detail {stream, reason}: events may be missing; fetch what you show again
 *   quad:live        detail {connected}: the line is up or down
 *   quad:signed-out  the sign-in ended, here or on another device
 *
 * The module starts by itself where <body data-user-id> says that somebody is signed in, from the number
 * the page was rendered with (`data-live-head`). Other sockets (a chat) use `new LiveSocket(path, key)`,
 * with `begin()` where their page knows a number. The protocol is told in docs/realtime.md.
 */

const SILENCE_MS = 60_000; // the server says something at least every 25 seconds
const ANSWER_MS = 5_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
const TOO_MANY_DELAY_MS = 60_000;
const CLOSE = { SIGNED_OUT: 4401, RIGHT_LOST: 4403, TOO_SLOW: 4408, TOO_MANY: 4429 };

/** What this tab remembers of its streams: {stream: {last, epoch}}. */
class Memory {
  constructor(key) {
    this.key = key;
    this.streams = {};
    try {
      this.streams = JSON.parse(sessionStorage.getItem(key)) || {};
    } catch {
      // No storage (a privacy setting): the page then resumes within its own life only.
    }
  }

  get(stream) {
    return this.streams[stream];
  }

  set(stream, last, epoch) {
    this.streams[stream] = { last, epoch };
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.streams));
    } catch {
      // As above.
    }
  }
}

export class LiveSocket {
  constructor(path, key, target = document) {
    this.path = path;
    this.target = target;
    this.memory = new Memory(`quad.live.${key}`);
    this.attempts = 0;
    this.stopped = false;
    this.socket = null;
    this.timers = {};
    this.onVisible = () => document.visibilityState === "visible" && this.check();
    this.onOnline = () => this.reconnectNow();
    this.onHide = () => this.close();
    this.onShow = (event) => event.persisted && this.start();
    document.addEventListener("visibilitychange", this.onVisible);
    window.addEventListener("online", this.onOnline);
    window.addEventListener("pagehide", this.onHide);
    window.addEventListener("pageshow", this.onShow);
  }

  start() {
    this.stopped = false;
    this.connect();
    return this;
  }

  /** End it for good. */
  stop() {
    this.stopped = true;
    document.removeEventListener("visibilitychange", this.onVisible);
    window.removeEventListener("online", this.onOnline);
    window.removeEventListener("pagehide", this.onHide);
    window.removeEventListener("pageshow", this.onShow);
    this.close();
  }

  send(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  /**
   * Go on from what this page was rendered with: `head` is the stream's last event by then.
   * Where this tab had less, what it missed is repeated; where an older page of it had more, this
   * page may not show that yet: the smaller number is the one to resume from.
   */
  begin(stream, head, epoch) {
    const known = this.memory.get(stream);
    const last = known && known.epoch === epoch ? Math.min(known.last, head) : head;
    this.memory.set(stream, last, epoch);
    return this;
  }

  // --- the line ---
  connect() {
    this.clear("retry");
    if (this.stopped || this.socket) return;
    const address = new URL(this.path, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.searchParams.set("batch", "1");
    address.searchParams.set("lang", document.documentElement.lang || "en");
    const socket = new WebSocket(address);
    this.socket = socket;
    this.heard();
    socket.onmessage = (message) => {
      if (socket !== this.socket) return;
      this.heard();
      this.take(JSON.parse(message.data));
    };
    socket.onclose = (event) => socket === this.socket && this.lost(event.code);
  }

  close() {
    for (const name of Object.keys(this.timers)) this.clear(name);
    const socket = this.socket;
    this.socket = null;
    if (socket) socket.close(1000);
  }

  lost(code) {
    this.socket = null;
    this.clear("silence");
    this.clear("answer");
    this.tell("quad:live", { connected: false });
    if (code === CLOSE.SIGNED_OUT || code === CLOSE.RIGHT_LOST) {
      this.stopped = true;
      if (code === CLOSE.SIGNED_OUT) this.tell("quad:signed-out", {});
      return;
    }
    // Doubling, to a bound, and scattered: a restarted server is not met by everyone at once.
    const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.attempts);
    this.attempts += 1;
    const base = code === CLOSE.TOO_MANY ? TOO_MANY_DELAY_MS : longest;
    this.after("retry", base * (0.5 + Math.random()), () => this.connect());
  }

  reconnectNow() {
    if (this.stopped) return;
    this.attempts = 0;
    this.close();
    this.connect();
  }

  /** Back in sight (or awake): is the line still one? */
  check() {
    if (this.stopped) return;
    if (!this.socket) {
      this.reconnectNow();
    } else if (this.socket.readyState === WebSocket.OPEN) {
      this.send({ type: "ping" });
      this.after("answer", ANSWER_MS, () => this.reconnectNow());
    }
  }

  heard() {
    this.clear("answer");
    this.after("silence", SILENCE_MS, () => this.reconnectNow());
  }

  // --- frames ---
  take(frame) {
    switch (frame.type) {
      case "hello":
        return this.hello(frame);
      case "event":
        return this.event(frame);
      case "events":
        return frame.events.forEach((each) => this.event(each));
      case "heartbeat":
        return this.heartbeat(frame);
      case "reload":
        this.memory.set(frame.stream, frame.head, frame.epoch);
        return this.tell("quad:reload", { stream: frame.stream, reason: "missed" });
      case "error":
        return console.warn(`live: ${frame.code}: ${frame.message}`);
      default:
        return undefined; // a newer server may say more
    }
  }

  hello({ stream, epoch, head }) {
    this.attempts = 0;
    const known = this.memory.get(stream);
    if (known) {
      this.send({ type: "resume", stream, last: known.last, epoch: known.epoch });
      if (!known.epoch) {
        this.memory.set(stream, known.last, epoch); // the stream was new when the page was rendered
      } else if (known.epoch !== epoch) {
        this.memory.set(stream, head, epoch); // the answer is a reload
      }
    } else {
      // A page that was rendered without a number: what came since is in what a fetch tells.
      this.memory.set(stream, head, epoch);
      this.send({ type: "resume", stream, last: head, epoch });
      this.tell("quad:reload", { stream, reason: "new" });
    }
    this.tell("quad:live", { connected: true });
  }

  event({ stream, n, event, data, at }) {
    const known = this.memory.get(stream);
    if (!known || n <= known.last) return; // had it
    if (n > known.last + 1) {
      this.send({ type: "resume", stream, last: known.last, epoch: known.epoch });
      return;
    }
    this.memory.set(stream, n, known.epoch);
    this.tell("quad:event", { stream, n, event, data, at });
  }

  heartbeat({ stream, head }) {
    const known = this.memory.get(stream);
    if (known && head > known.last) {
      this.send({ type: "resume", stream, last: known.last, epoch: known.epoch });
    }
  }

  // --- small things ---
  tell(name, detail) {
    this.target.dispatchEvent(new CustomEvent(name, { detail }));
  }

  after(name, milliseconds, call) {
    this.clear(name);
    this.timers[name] = setTimeout(call, milliseconds);
  }

  clear(name) {
    clearTimeout(this.timers[name]);
    delete this.timers[name];
  }
}

const { userId, liveStream, liveHead, liveEpoch } = document.body?.dataset ?? {};

function ofThisPerson() {
  const socket = new LiveSocket("/ws/notifications/", `user.${userId}`);
  if (liveStream) socket.begin(liveStream, Number(liveHead), liveEpoch);
  return socket.start();
}

/** The socket of the bell, or null where nobody is signed in. */
export const live = userId ? ofThisPerson() : null;
