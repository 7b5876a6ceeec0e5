// What is owed on the open case: drawn anew when it changes, louder by the minute, and offered when a reply promises something.

import { span } from "./clock.js";

const byId = (id) => document.getElementById(id);

export class Promises {
  constructor(clock) {
    this.clock = clock;
    this.list = byId("owed");
    clock.onTick(() => this.tellTimes());
    this.tellTimes();
  }

  show(promises) {
    this.list.replaceChildren(...promises.map((facts) => this.row(facts)));
    byId("owed-none").hidden = promises.length > 0;
    this.tellTimes();
  }

  row(facts) {
    const row = byId("owed-row").content.firstElementChild.cloneNode(true);
    const field = (name) => row.querySelector(`[data-is="${name}"]`);
    for (const name of ["kind", "what", "by", "who", "made", "queue"]) field(name).textContent = facts[name];
    field("due").dataset.at = facts.due_at;
    field("who-part").hidden = !facts.who;
    field("handed-on").hidden = !facts.handed_on;
    field("hand-on").hidden = !facts.binds;
    field("keep").action = `/staff/promises/${facts.id}/keep`;
    field("hand-on").action = `/staff/promises/${facts.id}/hand-on`;
    return row;
  }

  tellTimes() {
    for (const due of [...this.list.querySelectorAll('[data-is="due"]'), byId("case-due")].filter(Boolean)) {
      const late = this.clock.since(due.dataset.at);
      due.textContent = late >= 0 ? `Overdue by ${span(late)}` : `Due in ${span(-late)}`;
      due.classList.toggle("over", late >= 0);
    }
  }

  offer({ line, what, kind, due_at: dueAt }) {
    const form = byId("offer");
    if (!form) return;
    form.elements.what.value = what;
    form.elements.kind.value = kind;
    form.elements.due_at.value = dueAt;
    form.querySelector('[data-is="heard"]').textContent = what;
    form.querySelector('[data-is="offered"]').textContent = line;
    form.hidden = false;
  }
}
