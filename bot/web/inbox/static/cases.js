// The list of cases: kept in the server's order, filtered here; what calls is the pager's business.

import { span } from "./clock.js";

const byId = (id) => document.getElementById(id);

function put(row, name, text) {
  const field = row.querySelector(`[data-is="${name}"]`);
  if (field.textContent !== text) field.textContent = text;
  return field;
}

export class CaseList {
  constructor(clock, pager) {
    this.clock = clock;
    this.pager = pager;
    this.cases = byId("cases");
    this.current = document.body.dataset.case;
    this.queue = byId("by-queue");
    this.whose = byId("by-whose");
    byId("filters").hidden = false;
    for (const choice of [this.queue, this.whose]) choice.addEventListener("change", () => this.filter());
    clock.onTick(() => this.tellTimes());
    this.nameQueues();
    this.filter();
    this.sound();
  }

  show({ now, rows, beyond }) {
    this.clock.set(now);
    const present = new Map(this.rows().map((row) => [row.dataset.id, row]));
    const focused = document.activeElement?.closest?.(".case")?.dataset.id;
    rows.forEach((facts, index) => {
      const row = present.get(facts.id) ?? byId("case-row").content.firstElementChild.cloneNode(true);
      present.delete(facts.id);
      this.fill(row, facts);
      if (this.cases.children[index] !== row) this.cases.insertBefore(row, this.cases.children[index] ?? null);
    });
    present.forEach((row) => row.remove());
    byId("beyond").hidden = !beyond;
    byId("beyond").firstElementChild.textContent = beyond;
    this.nameQueues();
    this.filter();
    this.tellTimes();
    this.sound();
    if (focused && document.activeElement === document.body) this.rowOf(focused)?.querySelector("a").focus();
  }

  fill(row, facts) {
    row.dataset.id = facts.id;
    row.dataset.queue = facts.queue_id;
    row.dataset.whose = facts.mine ? "mine" : facts.open ? "open" : "other";
    row.classList.toggle("urgent", facts.urgent);
    const link = row.querySelector("a");
    if (facts.readable) link.href = facts.href; else link.removeAttribute("href");
    if (facts.id === this.current) link.setAttribute("aria-current", "page");
    row.querySelector('[data-is="flag"]').hidden = !facts.urgent;
    put(row, "about", facts.about).hidden = !facts.about;
    for (const name of ["reason", "queue", "language", "channel", "owner"]) put(row, name, facts[name]);
    put(row, "age", facts.age).dataset.at = facts.opened_at;
    put(row, "due", facts.due).dataset.at = facts.due_at;
    const promise = put(row, "promise", facts.promise);
    promise.dataset.at = facts.promise_due_at;
    promise.hidden = !facts.promise;
    put(row, "acknowledged", facts.acknowledged).hidden = !facts.acknowledged;
    row.classList.toggle("pages", facts.pages);
    const seenIt = row.querySelector('[data-is="seen-it"]');
    seenIt.action = `${facts.href}/acknowledge`;
    seenIt.hidden = !facts.pages || !facts.may_acknowledge;
  }

  rows() { return [...this.cases.querySelectorAll(".case")]; }

  rowOf(id) { return this.rows().find((row) => row.dataset.id === id); }

  tellTimes() {
    for (const row of this.rows()) {
      const age = row.querySelector('[data-is="age"]');
      put(row, "age", `Waiting ${span(this.clock.since(age.dataset.at))}`);
      const late = this.clock.since(row.querySelector('[data-is="due"]').dataset.at);
      put(row, "due", late >= 0 ? `Overdue by ${span(late)}` : `Due in ${span(-late)}`);
      row.querySelector('[data-is="due"]').classList.toggle("over", late >= 0);
      const promise = row.querySelector('[data-is="promise"]');
      const owed = promise.hidden ? -1 : this.clock.since(promise.dataset.at);
      if (!promise.hidden) put(row, "promise", owed >= 0 ? `Promise overdue by ${span(owed)}` : `Promise due in ${span(-owed)}`);
      promise.classList.toggle("over", owed >= 0);
      row.classList.toggle("late", late >= 0 || owed >= 0);
    }
  }

  nameQueues() {
    const names = new Map(this.rows().map((row) => [row.dataset.queue, row.querySelector('[data-is="queue"]').textContent]));
    const chosen = this.queue.value;
    const wanted = [...names].sort((one, other) => one[1].localeCompare(other[1]));
    const known = [...this.queue.options].slice(1).map((option) => option.value);
    if (known.join("\n") === wanted.map(([id]) => id).join("\n")) return;
    this.queue.length = 1;
    for (const [id, name] of wanted) this.queue.add(new Option(name, id, false, id === chosen));
  }

  filter() {
    let shown = 0;
    for (const row of this.rows()) {
      row.hidden = Boolean((this.queue.value && row.dataset.queue !== this.queue.value)
        || (this.whose.value && row.dataset.whose !== this.whose.value));
      shown += row.hidden ? 0 : 1;
    }
    byId("count").textContent = shown;
    byId("none").hidden = shown > 0;
  }

  sound() {
    const rows = this.rows();
    this.pager.show(rows, rows.filter((row) => row.dataset.whose === "open").length);
  }

  step(by) {
    const links = this.rows().filter((row) => !row.hidden).map((row) => row.querySelector("a[href]")).filter(Boolean);
    if (!links.length) return;
    const at = links.findIndex((link) => link === document.activeElement);
    const start = at >= 0 ? at : links.findIndex((link) => link.hasAttribute("aria-current"));
    const next = Math.min(links.length - 1, Math.max(0, start < 0 ? (by > 0 ? 0 : links.length - 1) : start + by));
    links[next].focus();
  }
}
