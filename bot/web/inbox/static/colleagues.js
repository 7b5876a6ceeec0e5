// Who else is on the open case. This page says that it is looked at, and that somebody writes; nothing of what they write.

const LOOKING_EVERY = 10_000, WRITING_EVERY = 3_000;

export function showColleagues({ lines }) {
  const place = document.getElementById("colleagues");
  place.replaceChildren(...lines.map((line) => {
    const row = document.createElement("p");
    row.textContent = line;
    return row;
  }));
  place.hidden = !lines.length;
}

export function beat({ caseId, csrf }) {
  const here = `/staff/cases/${encodeURIComponent(caseId)}/here`;
  const boxes = [["reply", document.getElementById("reply")], ["note", document.getElementById("note")]];
  let last = "", at = 0;

  const doing = () => {
    if (document.visibilityState !== "visible") return "gone";
    const writing = boxes.find(([, box]) => box && box.value.trim() && box.offsetParent);
    return writing ? writing[0] : "looking";
  };

  const say = (what) => {
    last = what;
    at = Date.now();
    fetch(here, { method: "POST", keepalive: true, body: new URLSearchParams({ csrf, doing: what }) }).catch(() => {});
  };

  const look = () => {
    const now = doing(), age = Date.now() - at;
    if (now !== last || (now === "looking" && age >= LOOKING_EVERY)) say(now);
    else if (now !== "gone" && now !== "looking" && age >= WRITING_EVERY) say(now);
  };

  for (const [, box] of boxes) box?.addEventListener("input", look);
  document.addEventListener("visibilitychange", look);
  addEventListener("pagehide", () => say("gone"));
  setInterval(look, 1_000);
  look();
}
