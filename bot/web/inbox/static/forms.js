// Replies and notes go out without leaving the page. An id made here makes a repeated send harmless.

const LOST = "This was not sent: no answer from the clinic's computer. Press the button again.";
const SIGNED_OUT = "You are signed out. Copy your text, then sign in again.";

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export function bindForms({ thread, promises }) {
  for (const form of document.querySelectorAll("form[data-sends]")) {
    new Sending(form, thread, promises);
  }
  for (const box of document.querySelectorAll("textarea")) {
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) box.form.requestSubmit();
    });
  }
}

class Sending {
  constructor(form, thread, promises) {
    this.form = form;
    this.promises = promises;
    this.thread = thread;
    this.box = form.elements.text;
    this.button = form.querySelector("button");
    this.label = form.dataset.sends === "reply" ? "Send to patient" : this.button.textContent;
    this.line = form.querySelector('[data-is="told"]');
    form.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
  }

  async send() {
    if (this.button.disabled) return;
    this.button.disabled = true;
    this.tell("");
    try {
      const answer = await fetch(this.form.action, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: new URLSearchParams(new FormData(this.form)),
      });
      this.heard(answer, await answer.json());
    } catch {
      this.tell(LOST);
    } finally {
      this.button.disabled = false;
    }
  }

  heard(answer, said) {
    if (answer.status === 401 || answer.status === 403) return this.tell(said.code ? said.line : SIGNED_OUT);
    if (said.done) return this.sent(said);
    if (said.code === "patient_wrote") this.confirm(said.latest_seq);
    this.tell(said.line ?? LOST);
  }

  sent(said) {
    this.box.value = "";
    this.form.elements.client_id.value = newId();
    this.form.elements.confirmed?.remove();
    this.button.textContent = this.label;
    document.getElementById("said").textContent = said.line;
    if (said.offer) this.promises.offer(said.offer);
    this.box.focus();
    // Sending on an open case took it: the page needs the controls of whoever has a case.
    if (document.getElementById("claim") && this.form.dataset.sends === "reply") location.assign(`${location.pathname}?done=sent`);
  }

  confirm(latest) {
    this.thread.sawUpTo(latest);
    this.thread.toEnd();
    if (this.form.elements.confirmed) return;
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "confirmed";
    field.value = "yes";
    this.form.append(field);
    this.button.textContent = "Send anyway";
  }

  tell(line) {
    this.line.textContent = line;
    this.line.classList.toggle("bad", Boolean(line));
  }
}
