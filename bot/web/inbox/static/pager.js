// Urgent cases nobody has answered: a banner with a button, a count on the tab and the icon, and a sound for whoever allowed it.

import { post } from "./acts.js";
import { span } from "./clock.js";

const CHOICE = "wellspoken-staff-sound", CALL_EVERY = 8_000, MOST_LINES = 3;

export class Pager {
  constructor({ clock, csrf }) {
    this.clock = clock;
    this.csrf = csrf;
    this.place = document.getElementById("alarm");
    this.title = document.title;
    this.calling = 0;
    this.bindSound();
    clock.onTick(() => this.tellTimes());
    setInterval(() => { if (this.calling) this.ring(); }, CALL_EVERY);
  }

  show(rows, open) {
    const pages = rows.filter((row) => row.classList.contains("pages"));
    const marks = [pages.length ? `${pages.length} urgent` : "", open ? `${open}` : ""].filter(Boolean);
    document.title = marks.length ? `(${marks.join(", ")}) ${this.title}` : this.title;
    navigator.setAppBadge?.(pages.length).catch(() => {});
    const told = new Map([...this.place.children].map((line) => [line.dataset.id, line]));
    for (const row of pages.slice(0, MOST_LINES)) {
      if (!told.delete(row.dataset.id)) this.place.append(this.line(row));
    }
    told.forEach((line) => line.remove());
    if (pages.length > this.calling) this.ring();
    this.calling = pages.length;
    this.tellTimes();
  }

  line(row) {
    const line = document.createElement("p");
    const text = (name) => row.querySelector(`[data-is="${name}"]`).textContent;
    line.dataset.id = row.dataset.id;
    const since = document.createElement("span");
    since.dataset.is = "since";
    since.dataset.at = row.querySelector('[data-is="age"]').dataset.at;
    line.append(`Urgent, and nobody has said they have seen it: ${text("reason")}, ${text("queue")}. `, since, " ");
    const href = row.querySelector("a").getAttribute("href");
    if (!row.querySelector('[data-is="seen-it"]').hidden) line.append(this.button(row));
    if (href && row.dataset.id !== document.body.dataset.case) {
      const link = document.createElement("a");
      link.href = href;
      link.textContent = "Open it";
      line.append(" ", link);
    }
    return line;
  }

  button(row) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "I have seen it";
    button.addEventListener("click", async () => {
      button.disabled = true;
      const said = await post(row.querySelector("form").action, { csrf: this.csrf }).catch(() => null);
      button.disabled = Boolean(said?.done);
    });
    return button;
  }

  tellTimes() {
    for (const since of this.place.querySelectorAll('[data-is="since"]')) {
      since.textContent = `For ${span(this.clock.since(since.dataset.at))}.`;
    }
  }

  bindSound() {
    const button = document.getElementById("sound");
    button.hidden = false;
    const put = (on) => {
      this.on = on;
      button.setAttribute("aria-pressed", on ? "true" : "false");
      button.textContent = on ? "Sound on" : "Sound off";
      localStorage.setItem(CHOICE, on ? "on" : "off");
    };
    put(localStorage.getItem(CHOICE) === "on");
    button.addEventListener("click", () => {
      put(!this.on);
      if (this.on) this.ring();
    });
  }

  // Browsers let a page sound only after its reader has touched it; until then the banner and the tab must do.
  ring() {
    if (!this.on) return;
    this.audio ??= new AudioContext();
    if (this.audio.state === "suspended") this.audio.resume().catch(() => {});
    [0, 0.28].forEach((after, index) => {
      const tone = this.audio.createOscillator(), volume = this.audio.createGain();
      const start = this.audio.currentTime + after;
      tone.frequency.value = index ? 660 : 880;
      volume.gain.setValueAtTime(0.12, start);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.24);
      tone.connect(volume).connect(this.audio.destination);
      tone.start(start);
      tone.stop(start + 0.25);
    });
  }
}
