// Signing out for want of use: a person at work keeps the session, a person away is warned and then leaves nothing behind.

const WARN_BEFORE = 120, TELL_SERVER_EVERY = 120_000, LOOK_EVERY = 5_000;

export function watchIdleness({ seconds, csrf, leave }) {
  const line = document.getElementById("idle");
  let told = Date.now(), used = false;

  const stay = async () => {
    told = Date.now();
    used = false;
    const answer = await fetch("/staff/stay", {
      method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams({ csrf }),
    }).catch(() => null);
    if (answer?.status === 401) leave();
    if (answer?.ok) line.replaceChildren();
  };

  const warn = () => {
    if (line.childElementCount) return;
    const button = document.createElement("button");
    button.textContent = "Stay signed in";
    button.addEventListener("click", stay);
    line.append("You will be signed out in two minutes. ", button);
  };

  for (const sign of ["keydown", "pointerdown"]) addEventListener(sign, () => { used = true; }, { passive: true });
  setInterval(() => {
    const quiet = Date.now() - told;
    if (used && quiet > TELL_SERVER_EVERY) stay();
    else if (quiet > seconds * 1000) leave();
    else if (quiet > (seconds - WARN_BEFORE) * 1000) warn();
  }, LOOK_EVERY);
}
