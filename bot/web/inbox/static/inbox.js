// Brings the staff pages to life: the list, the open thread, the forms, the keys. Without it, pages still work by themselves.

import { startClock } from "./clock.js";
import { CaseList } from "./cases.js";
import { Pager } from "./pager.js";
import { Promises } from "./promises.js";
import { Thread } from "./thread.js";
import { beat, showColleagues } from "./colleagues.js";
import { bindActs } from "./acts.js";
import { bindForms } from "./forms.js";
import { bindKeys } from "./keys.js";
import { watchIdleness } from "./idle.js";
import { follow } from "./live.js";

const page = document.body.dataset;
const clock = startClock(page.now);
const list = new CaseList(clock, new Pager({ clock, csrf: page.csrf }));
const thread = page.case ? new Thread(page) : null;
const promises = page.case ? new Promises(clock) : null;

const leave = () => location.replace("/staff/sign-in?out");

const showThread = (data) => {
  thread.show(data);
  promises.show(data.promises);
};

const live = follow({
  caseId: page.case,
  seen: () => (thread ? thread.latest : 0),
  cases: (data) => list.show(data),
  thread: showThread,
  colleagues: showColleagues,
  gone: () => location.replace("/staff"),
  signedOut: leave,
});

bindActs();
if (thread) {
  bindForms({ thread, promises });
  beat({ caseId: page.case, csrf: page.csrf });
}
bindKeys(list);
watchIdleness({ seconds: Number(page.idleSeconds), csrf: page.csrf, leave });
addEventListener("pagehide", () => live.close());
// A page kept by the browser for "back" may show what its reader may no longer see.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
