// Messages on their way to the clinic: one at a time, in order, each retried under one id until it is stored.

const STORE = "wellspoken-unsent";
const TRIES = 6;
const FIRST_WAIT = 1000;

// A pause, cut short when the connection comes back.
export const pause = (ms) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    addEventListener("online", () => (clearTimeout(timer), resolve()), { once: true });
  });

export class Delivery {
  #queue = [];
  #busy = false;

  // onState(item, state) with state sending | sent | repeated | unsent | refused | too_long, where repeated means it
  // had been stored before; an item is {id, text | press, label}.
  // onNotice(kind, waiting) with kind busy | unavailable | session. onReplies([{text}]) when the store is down.
  constructor({ onState, onNotice, onReplies }) {
    Object.assign(this, { onState, onNotice, onReplies });
    addEventListener("online", () => this.#queue.filter(({ waiting }) => !waiting).forEach((item) => this.retry(item)));
  }

  // What an earlier load of this page could not send; the caller shows each and it goes out again.
  restore() {
    const kept = JSON.parse(sessionStorage.getItem(STORE) ?? "[]");
    for (const item of kept) this.#enqueue(item);
  }

  say(text) {
    this.#enqueue({ id: newId(), text, label: text });
  }

  press(payload, label) {
    this.#enqueue({ id: newId(), press: payload, label });
  }

  retry(item) {
    item.waiting = true;
    this.onState(item, "sending");
    this.#drain();
  }

  #enqueue(item) {
    item.waiting = true;
    this.#queue.push(item);
    this.#keep();
    this.onState(item, "sending");
    this.#drain();
  }

  #keep() {
    const unsent = this.#queue.map(({ id, text, press, label }) => ({ id, text, press, label }));
    sessionStorage.setItem(STORE, JSON.stringify(unsent));
  }

  #settle(item, state) {
    this.#queue = this.#queue.filter((other) => other !== item);
    this.#keep();
    this.onState(item, state);
  }

  async #drain() {
    if (this.#busy) return;
    this.#busy = true;
    let item;
    while ((item = this.#queue.find((waiting) => waiting.waiting))) await this.#deliver(item);
    this.#busy = false;
  }

  async #deliver(item) {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const answer = await this.#post(item);
      if (answer?.status === 202) {
        const { inbound, duplicate } = await answer.json();
        item.inbound = inbound;
        this.#clearNotices();
        return this.#settle(item, duplicate ? "repeated" : "sent");
      }
      if (answer?.status === 400 || answer?.status === 403) return this.#settle(item, "refused");
      if (answer?.status === 413) return this.#settle(item, "too_long");
      await this.#explain(item, answer);
      await pause(Math.max(FIRST_WAIT * 2 ** attempt, Number(answer?.headers.get("Retry-After") ?? 0) * 1000));
    }
    // Kept, and offered to the patient to try again; what was written after it waits behind it no longer.
    item.waiting = false;
    this.#clearNotices();
    this.onState(item, "unsent");
  }

  async #post({ id, text, press }) {
    try {
      return await fetch("/api/chat/messages", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(press === undefined ? { id, text } : { id, press }),
      });
    } catch {
      return null; // no connection
    }
  }

  async #explain(item, answer) {
    if (answer?.status === 401 && !(await openSession())) this.onNotice("session", true);
    this.onNotice("busy", answer?.status === 429);
    this.onNotice("unavailable", answer?.status >= 500);
    if (answer?.status !== 503 || item.warned) return;
    const { replies } = await answer.json().catch(() => ({}));
    if (!replies?.length) return;
    item.warned = true;
    this.onReplies(replies);
  }

  #clearNotices() {
    for (const kind of ["busy", "unavailable", "session"]) this.onNotice(kind, false);
  }
}

// A random UUID, also where a browser keeps randomUUID for https.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// Start or take up the session: {conversation: whether there is a thread to show}, or null when that did not work.
export async function openSession() {
  try {
    const answer = await fetch("/api/chat/session", { method: "POST" });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

export async function endSession() {
  sessionStorage.removeItem(STORE);
  await fetch("/api/chat/end", { method: "POST" });
}
