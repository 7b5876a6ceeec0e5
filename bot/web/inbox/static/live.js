// The live stream. The browser's own reconnecting would ask for what is long past, so each try says what the page has.

const FIRST_WAIT = 1_000, LONGEST_WAIT = 15_000;

export function follow({ caseId, seen, cases, thread, colleagues, gone, signedOut }) {
  const state = document.getElementById("link-state");
  let source, wait = FIRST_WAIT, timer, closed = false;

  const on = (name, work) => source.addEventListener(name, (event) => work(JSON.parse(event.data)));

  const open = () => {
    const query = caseId ? `?${new URLSearchParams({ case: caseId, after: seen() })}` : "";
    source = new EventSource(`/staff/events${query}`);
    source.addEventListener("open", () => { wait = FIRST_WAIT; state.textContent = ""; });
    source.addEventListener("error", again);
    on("cases", cases);
    on("thread", thread);
    on("colleagues", colleagues);
    on("case_gone", () => { close(); gone(); });
    on("signed_out", () => { close(); signedOut(); });
  };

  const again = () => {
    source.close();
    if (closed) return;
    if (wait > FIRST_WAIT) state.textContent = "Not live at the moment. Trying again.";
    timer = setTimeout(open, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  };

  const close = () => { closed = true; clearTimeout(timer); source.close(); };

  open();
  return { close };
}
