// The server's time on this page, and how times are told. Says the same as timing.py.

const MINUTE = 60, HOUR = 3600, DAY = 86400, TICK = 20_000;

export function span(seconds) {
  const whole = Math.max(0, Math.trunc(seconds));
  if (whole < MINUTE) return "under a minute";
  if (whole < HOUR) return `${Math.trunc(whole / MINUTE)} min`;
  if (whole < 2 * DAY) return `${Math.trunc(whole / HOUR)} h`;
  return `${Math.trunc(whole / DAY)} d`;
}

export function startClock(serverNow) {
  let ahead = Date.parse(serverNow) - Date.now();
  const clock = {
    set(now) { ahead = Date.parse(now) - Date.now(); },
    since(at) { return (Date.now() + ahead - Date.parse(at)) / 1000; },
    onTick(work) { setInterval(work, TICK); },
  };
  return clock;
}
