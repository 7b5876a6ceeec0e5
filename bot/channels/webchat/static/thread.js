// Draws the thread. Everything anyone wrote is set as text, never as markup.

const NEAR_END = 120;
const LINK = /https:\/\/[^\s<>"]+[^\s<>".,;:!?)]/g;

export class Thread {
  #pending = [];
  #used = new Set();
  #choices = [];
  #turn = null;
  #lastDay = "";

  // onPress(payload, label) when a choice is taken; onRetry(item) when an unsent message is to go out again.
  constructor({ log, newer, words, language, onPress, onRetry }) {
    Object.assign(this, { log, newer, words, onPress, onRetry });
    this.time = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
    this.day = new Intl.DateTimeFormat(language, { weekday: "long", month: "long", day: "numeric" });
    newer.addEventListener("click", () => this.toEnd());
    log.addEventListener("scroll", () => this.#nearEnd() && (newer.hidden = true));
  }

  // True while a message is stored and its turn not yet taken.
  get waiting() {
    return this.#pending.some(({ state }) => state === "sent");
  }

  // The patient's own message, shown before anyone has it, in whichever state it is.
  own(item, state) {
    if (item.stored) return; // its stored copy came first
    let pending = this.#pending.find((other) => other.item === item);
    if (!pending) {
      pending = { item, node: this.#entry("patient", item.label) };
      this.#pending.push(pending);
      this.#place(pending.node, true);
    }
    pending.state = state;
    // The stored copy is on screen, or on its way here.
    if (state === "repeated" || (state === "sent" && this.#used.has(item.inbound))) return this.#forgetPending(pending);
    this.#showState(pending);
  }

  // What the clinic's store says was said: entries in order, and the deliveries a turn has used.
  said({ entries, used }) {
    for (const entry of entries) {
      if (entry.away) {
        this.#putAway();
        continue;
      }
      if (entry.author === "patient" && this.#adopt(entry)) continue;
      if (!entry.text && !entry.buttons.length) continue;
      const node = this.#entry(entry.author, entry.text, new Date(entry.at), entry.urgent);
      if (entry.author !== "patient") this.#prompt(entry, node);
      this.#place(node, entry.author === "patient");
    }
    for (const inbound of used) this.#used.add(inbound);
    const theirs = entries.filter(({ author }) => author === "patient");
    for (const pending of this.#pending) {
      // Several messages may be stored as one entry; after a reconnect nothing else tells that this one is among them.
      const within = pending.state === "sent" && theirs.some(({ text }) => text.includes(pending.item.label));
      if (within || this.#used.has(pending.item.inbound)) this.#forgetPending(pending);
    }
  }

  // An answer that could not be stored: the safety text while the store is down.
  unstored(text) {
    this.#place(this.#entry("bot", text, null, true), true);
  }

  // The page's own greeting offers choices like any other prompt.
  adoptGreeting(node, onChoose) {
    const buttons = [...node.querySelectorAll("button")];
    for (const button of buttons) {
      button.addEventListener("click", () => {
        this.#choose(button);
        onChoose(button.textContent);
      });
    }
    this.#choices = buttons;
  }

  // No prompt is open any more (the patient has begun otherwise).
  closeChoices() {
    for (const button of this.#choices) button.disabled = true;
    this.#choices = [];
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.newer.hidden = true;
  }

  #prompt(entry, node) {
    if (entry.turn !== this.#turn) this.closeChoices();
    this.#turn = entry.turn;
    if (!entry.buttons.length) return;
    const group = element("div", "choices");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", this.words["thread.choices"]);
    for (const { label, payload } of entry.buttons) {
      const button = element("button", "", label);
      button.type = "button";
      button.addEventListener("click", () => {
        this.#choose(button);
        this.onPress(payload, label);
      });
      group.append(button);
      this.#choices.push(button);
    }
    node.append(group);
  }

  #choose(button) {
    button.classList.add("chosen");
    this.closeChoices();
  }

  // `at` is when the clinic stored it; what is not stored yet has no time.
  #entry(author, text, at = null, urgent = false) {
    const node = element("div", `entry ${author}`);
    const name = author === "patient" ? "you" : author;
    node.append(element("p", "author", this.words[`thread.${name}`]));
    const bubble = element("div", "bubble");
    bubble.dir = "auto";
    bubble.append(...(author === "patient" ? [text] : withLinks(text)));
    const meta = element("p", "meta");
    node.append(bubble, meta);
    node.dataset.author = author;
    if (at) this.#date(node, at);
    if (urgent) {
      node.classList.add("urgent-entry");
      if (this.log.getAttribute("aria-live") !== "off") node.setAttribute("role", "alert");
    }
    return node;
  }

  #place(node, mine) {
    const follow = mine || this.#nearEnd();
    if (this.log.lastElementChild?.dataset.author === node.dataset.author) node.classList.add("same");
    this.log.append(node);
    this.#startDay(node);
    if (follow) this.toEnd();
    else this.newer.hidden = false;
  }

  // The stored copy of a message already on screen takes the place of the one shown early.
  #adopt(entry) {
    const pending = this.#pending.find(({ item, state }) => item.label === entry.text && state !== "refused");
    if (!pending) return false;
    pending.item.stored = true;
    this.#pending = this.#pending.filter((other) => other !== pending);
    pending.node.classList.remove("not-sent");
    pending.node.querySelector(".meta").replaceChildren();
    this.#date(pending.node, new Date(entry.at));
    // It was stored after what came meanwhile, so it belongs below that.
    if (pending.node.matches(":has(~ [data-day])")) this.log.append(pending.node);
    this.#startDay(pending.node);
    return true;
  }

  #date(node, at) {
    const time = element("time", "", this.time.format(at));
    time.dateTime = at.toISOString();
    node.querySelector(".meta").append(time);
    node.dataset.day = this.day.format(at);
  }

  // One line stands for any number of entries in a row that are no longer shown on this device.
  #putAway() {
    if (this.log.lastElementChild?.matches(".away")) return;
    const line = element("p", "day away", this.words["thread.away"]);
    this.log.append(line);
  }

  // A new day is named above its first entry.
  #startDay(node) {
    const { day } = node.dataset;
    if (!day || day === this.#lastDay) return;
    this.#lastDay = day;
    node.classList.remove("same");
    node.before(element("p", "day", day));
  }

  #forgetPending(pending) {
    this.#pending = this.#pending.filter((other) => other !== pending);
    pending.node.remove();
  }

  #showState({ item, node, state }) {
    const meta = node.querySelector(".meta");
    meta.replaceChildren(element("span", "state", this.words[`thread.${state}`]));
    node.classList.toggle("not-sent", state !== "sending" && state !== "sent");
    if (state !== "unsent") return;
    const retry = element("button", "quiet", this.words["thread.retry"]);
    retry.type = "button";
    retry.addEventListener("click", () => this.onRetry(item));
    meta.append(retry);
  }

  #nearEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_END;
  }
}

export function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

// The clinic's words with their https addresses as links; a patient's words stay plain.
function withLinks(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const link = element("a", "", match[0]);
    link.href = match[0];
    link.rel = "noopener noreferrer";
    link.target = "_blank";
    parts.push(text.slice(end, match.index), link);
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}
