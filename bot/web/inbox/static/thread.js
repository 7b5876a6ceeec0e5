// The open conversation: new words appear at its end, once each; a reader has seen them after a moment in view.

const SEEN_AFTER = 2_000;

export class Thread {
  constructor(page) {
    this.entries = document.getElementById("entries");
    this.box = document.getElementById("thread");
    this.template = document.getElementById("entry-row");
    this.me = page.me;
    this.latest = Number(page.seen);
    this.seen = this.latest;
    this.state = this.box.dataset.state;
    this.atEnd = true;
    this.box.addEventListener("scroll", () => { this.atEnd = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < 40; });
    // A line that appears below makes the thread smaller: whoever read its end still reads its end.
    new ResizeObserver(() => { if (this.atEnd) this.toEnd(); }).observe(this.box);
    this.toEnd();
    document.addEventListener("visibilitychange", () => this.lookedAt());
  }

  show({ entries, latest_seq: latest, status, holder, owner, acknowledged, pages }) {
    const { atEnd } = this;
    for (const entry of entries) this.add(entry);
    this.latest = Math.max(this.latest, latest);
    if (entries.length && atEnd) this.toEnd();
    this.lookedAt();
    this.answered(acknowledged, pages);
    this.stand(status, holder, owner);
  }

  // Who has seen an urgent case; its button goes for all once somebody has.
  answered(acknowledged, pages) {
    const line = document.getElementById("acknowledged"), form = document.getElementById("page");
    if (line) line.textContent = acknowledged;
    if (form && (!pages || form.dataset.may !== "no")) form.hidden = !pages;
  }

  toEnd() {
    this.box.scrollTop = this.box.scrollHeight;
    this.atEnd = true;
  }

  add(entry) {
    const last = Number(this.entries.lastElementChild?.dataset.seq ?? 0);
    if (entry.seq <= last) return;
    const row = this.template.content.firstElementChild.cloneNode(true);
    const field = (name) => row.querySelector(`[data-is="${name}"]`);
    row.dataset.seq = entry.seq;
    row.classList.add(`by-${entry.author}`);
    field("who").textContent = entry.who;
    field("time").textContent = entry.time;
    field("time").dateTime = entry.at;
    field("text").textContent = entry.text;
    field("offered").textContent = entry.buttons;
    field("buttons").hidden = !entry.buttons;
    this.entries.append(row);
  }

  // What just came in has not been read yet by someone busy writing: only after a moment does it count as seen.
  lookedAt() {
    if (document.visibilityState !== "visible" || this.seen >= this.latest) return;
    const upTo = this.latest;
    setTimeout(() => { if (document.visibilityState === "visible") this.sawUpTo(upTo); }, SEEN_AFTER);
  }

  sawUpTo(seq) {
    this.seen = Math.max(this.seen, seq);
    for (const field of document.querySelectorAll('[data-is="seen"]')) field.value = this.seen;
  }

  // A colleague took the case, or it was closed: the controls on this page are no longer true.
  stand(status, holder, owner) {
    const state = `${status}/${holder}`;
    if (this.state === state) return;
    this.state = state;
    document.getElementById("owner").textContent = owner;
    if (state === `claimed/${this.me}`) return;
    for (const stale of document.querySelectorAll("[data-stands]")) stale.hidden = true;
    const line = document.getElementById("changed");
    line.textContent = status === "closed" ? "This case has been closed. " : `Now with: ${owner}. `;
    const again = document.createElement("a");
    again.href = location.pathname;
    again.textContent = "Show the case anew";
    line.append(again);
  }
}
