// The chat page: ties what the patient does to the thread, the way out and the live stream.

import { Delivery, endSession, openSession, pause } from "./delivery.js";
import { Stream } from "./stream.js";
import { Thread } from "./thread.js";

const SLOW_AFTER = 20000;
const ANNOUNCE_AFTER = 500;
const START_AGAIN_AFTER = 3000;

const $ = (id) => document.getElementById(id);
const words = JSON.parse(document.body.dataset.words);
const touch = matchMedia("(pointer: coarse)");
const wide = matchMedia("(min-width: 60rem)");
const title = document.title;
const notices = new Set();
let unread = 0;
let slow = 0;
let restored = false;

const thread = new Thread({
  log: $("log"),
  newer: $("newer"),
  words,
  language: document.documentElement.lang,
  onPress: (payload, label) => {
    delivery.press(payload, label);
    refocus();
  },
  onRetry: (item) => delivery.retry(item),
});

const delivery = new Delivery({
  onState: (item, state) => {
    thread.own(item, state);
    if (state === "sent" || state === "repeated") stream.open();
    showWriting();
  },
  onNotice: showNotice,
  onReplies: (replies) => replies.forEach(({ text }) => thread.unstored(text)),
});

const stream = new Stream({
  onSaid: (news) => {
    if (news.entries.length && !$("log").querySelector(".entry:not(#greeting)")) $("greeting").hidden = true;
    thread.said(news);
    showWriting();
    countUnread(news.entries);
    restore();
    // History is not read aloud; what comes after it is.
    setTimeout(() => $("log").setAttribute("aria-live", "polite"), ANNOUNCE_AFTER);
  },
  onTrouble: (broken) => showNotice("reconnecting", broken),
  hasThread: async () => (await openSession())?.conversation,
  onGone: () => location.reload(),
});

// What an earlier load could not send goes out again, below the history it followed.
function restore() {
  if (!restored) delivery.restore();
  restored = true;
}

function showNotice(kind, on) {
  if (on) notices.add(kind);
  else notices.delete(kind);
  const shown = ["session", "offline", "unavailable", "busy", "reconnecting"].find((known) => notices.has(known));
  $("notice").hidden = !shown;
  $("notice").textContent = shown ? words[`notice.${shown}`] : "";
}

function showWriting() {
  const waiting = thread.waiting;
  if (!waiting || !slow) {
    clearTimeout(slow);
    slow = waiting ? setTimeout(() => writing("thread.slow"), SLOW_AFTER) : 0;
    writing(waiting ? "thread.writing" : "");
  }
}

function writing(key) {
  $("writing").textContent = key ? words[key] : "";
  $("writing").classList.toggle("dots", key === "thread.writing");
}

function countUnread(entries) {
  if (!document.hidden) return;
  unread += entries.filter(({ author }) => author !== "patient").length;
  document.title = unread ? `(${unread}) ${title}` : title;
}

// A finger gets no keyboard it did not ask for.
function refocus() {
  (touch.matches ? $("log") : $("text")).focus({ preventScroll: true });
}

function grow() {
  const text = $("text");
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
}

function send(event) {
  event?.preventDefault();
  const text = $("text").value.trim();
  if (!text) return $("text").focus();
  $("text").value = "";
  grow();
  delivery.say(text);
  $("text").focus();
}

$("composer").addEventListener("submit", send);
$("text").addEventListener("input", grow);
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !touch.matches) send(event);
});

$("forget").addEventListener("click", () => $("forget-dialog").showModal());
$("forget-dialog").addEventListener("close", async () => {
  if ($("forget-dialog").returnValue !== "yes") return;
  await endSession();
  location.assign("/");
});

document.addEventListener("visibilitychange", () => {
  unread = document.hidden ? unread : 0;
  if (!document.hidden) document.title = title;
});
addEventListener("offline", () => showNotice("offline", true));
addEventListener("online", () => showNotice("offline", false));

const fold = () => {
  $("about").open = wide.matches;
};
wide.addEventListener("change", fold);
fold();

async function start() {
  showNotice("offline", !navigator.onLine);
  thread.adoptGreeting($("greeting"), (text) => {
    delivery.say(text);
    refocus();
  });
  let session = await openSession();
  while (!session) {
    showNotice("session", navigator.onLine);
    await pause(START_AGAIN_AFTER);
    session = await openSession();
  }
  showNotice("session", false);
  if (session.conversation) {
    stream.open();
  } else {
    $("greeting").hidden = false;
    $("log").setAttribute("aria-live", "polite");
    restore();
  }
}

start();
