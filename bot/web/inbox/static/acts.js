// Small acts on a case go out without leaving the page, so that nothing being written is lost.

const LOST = "This was not done: no answer from the clinic's computer. Press the button again.";
const SIGNED_OUT = "You are signed out. Copy your text, then sign in again.";

export async function post(action, fields) {
  const answer = await fetch(action, {
    method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(fields),
  });
  if (answer.status === 401) return { done: false, line: SIGNED_OUT };
  if (answer.status === 403 || answer.status === 404) return { done: false, line: "This is no longer yours to do." };
  return answer.json();
}

export function bindActs() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-acts]")) return;
    event.preventDefault();
    act(form);
  });
}

async function act(form) {
  const button = form.querySelector("button");
  if (button.disabled) return;
  button.disabled = true;
  let said;
  try {
    said = await post(form.action, new FormData(form));
  } catch {
    said = { done: false, line: LOST };
  } finally {
    button.disabled = false;
  }
  const own = form.querySelector('[data-is="told"]');
  if (own) {
    own.textContent = said.done ? "" : said.line;
    own.classList.toggle("bad", !said.done);
  }
  if (said.done || !own) tell(said);
  if (!said.done) return;
  if (form.hasAttribute("data-clears")) form.reset();
  if (form.id === "offer") form.hidden = true;
}

function tell({ done, line }) {
  const place = document.getElementById("said");
  if (!place) return;
  place.textContent = line;
  place.classList.toggle("good", Boolean(done));
  place.classList.toggle("bad", !done);
}
