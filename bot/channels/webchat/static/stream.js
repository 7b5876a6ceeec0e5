// The live thread: server-sent events, taken up again after the last entry seen, however the connection ended.

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;
const QUIET_FOR = 3000;

export class Stream {
  #source = null;
  #seen = 0;
  #wait = FIRST_WAIT;
  #timer = 0;
  #complaint = 0;

  // onSaid({entries, used}) gets each entry once, in order. onTrouble(true | false) tells of a break of some seconds.
  // hasThread() answers false when the clinic keeps no such thread any more; then onGone() is called, and that is all.
  constructor({ onSaid, onTrouble, hasThread, onGone }) {
    this.onSaid = onSaid;
    this.onTrouble = onTrouble;
    this.hasThread = hasThread;
    this.onGone = onGone;
    addEventListener("online", () => this.#again());
    document.addEventListener("visibilitychange", () => document.hidden || this.#again());
  }

  // Open unless it is open already.
  open() {
    if (this.#source) return;
    clearTimeout(this.#timer);
    const source = new EventSource(`/api/chat/events?after=${this.#seen}`);
    this.#source = source;
    source.addEventListener("said", (event) => {
      this.#calm();
      const { entries, used } = JSON.parse(event.data);
      const fresh = entries.filter((entry) => entry.seq > this.#seen);
      this.#seen = Math.max(this.#seen, Number(event.lastEventId));
      this.onSaid({ entries: fresh, used });
    });
    source.addEventListener("error", () => {
      this.#complaint ||= setTimeout(() => this.onTrouble(true), QUIET_FOR);
      if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      this.#source = null;
      this.#timer = setTimeout(() => this.#retry(), this.#wait);
      this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
    });
  }

  // What was seen of a thread that is gone would hide as much of the next one.
  async #retry() {
    if (this.#seen && (await this.hasThread()) === false) return this.onGone();
    this.open();
  }

  #calm() {
    clearTimeout(this.#complaint);
    this.#complaint = 0;
    this.#wait = FIRST_WAIT;
    this.onTrouble(false);
  }

  // Sooner than planned, where a stream was open before and has ended.
  #again() {
    if (!this.#source && this.#timer) this.open();
  }
}
