// Single keys: j and k through the list, r and n to write, Esc out of it all. They can be switched off, and stay off.

const CHOICE = "wellspoken-staff-keys";

export function bindKeys(list) {
  const dialog = document.getElementById("keys");
  const opener = document.getElementById("keys-open");
  const on = document.getElementById("keys-on");
  opener.hidden = false;
  opener.addEventListener("click", () => dialog.showModal());
  on.checked = localStorage.getItem(CHOICE) !== "off";
  on.addEventListener("change", () => localStorage.setItem(CHOICE, on.checked ? "on" : "off"));

  const acts = {
    j: () => list.step(1),
    k: () => list.step(-1),
    r: () => document.getElementById("reply")?.focus(),
    n: () => document.getElementById("note")?.focus(),
    "?": () => dialog.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (dialog.open || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input, textarea, select");
    if (event.key === "Escape") {
      if (typing) document.getElementById("main").focus();
      else if (document.body.dataset.case) location.assign("/staff");
      return;
    }
    if (typing || !on.checked || !acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
}
