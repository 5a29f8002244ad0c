// The bar of every page: how I am there, how many wait, and the call that I am asked to take.
//
// An offer never takes the focus and moves nothing: its place is kept free while one may come.
// A browser allows six streams to a server, so of all open pages one listens and tells the
// others; when it closes, another takes over.

import { follow, report, send } from "./stream.js";
import { typed } from "./typed.js";

const $ = (id) => document.getElementById(id);
const bar = $("presence");
const region = $("offer");
const card = $("offer-card");
const note = $("offer-note");
const jump = $("offer-jump");
const button = $("offer-sound");
const texts = JSON.parse(bar.dataset.texts);
const SOUND = "kalm offer sound";
const TALK = "kalm talk";
const ARMED = 700; // ms that an offer must have been seen before Enter or Escape answers it
const channel = "BroadcastChannel" in self ? new BroadcastChannel("kalm-offer") : null;
const latest = {};

let behind = bar.dataset.now ? Number(bar.dataset.now) - Date.now() / 1000 : 0; // server minus us
let shown = null; // {call, until, answering} of the offer on this page
let context = null;

// Time: what the server said, counted on.

const serverNow = () => Date.now() / 1000 + behind;
const two = (n) => String(n).padStart(2, "0");

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function tick() {
  for (const timer of document.querySelectorAll("[data-since]:is(b)")) {
    const gone = Math.max(0, Math.floor(serverNow() - Number(timer.dataset.since)));
    const [h, m, s] = [Math.floor(gone / 3600), Math.floor(gone / 60) % 60, gone % 60];
    write(timer, h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`);
  }
  for (const left of document.querySelectorAll(".left[data-until]")) {
    write(left, texts.left.replace("12345", seconds(left)));
  }
  const form = card.querySelector("form");
  if (!form) return;
  const part = Math.min(1, seconds(form) / Number(form.dataset.answer));
  form.querySelector(".runs-out div").style.transform = `scaleX(${part})`;
  write(jump, texts.jump.replace("LEFT", texts.left.replace("12345", seconds(form))));
}

function seconds(element) {
  return Math.max(0, Math.round(Number(element.dataset.until) - serverNow()));
}

setInterval(tick, 1000);

// How I am there.

function takePresence(there) {
  const state = $("presence-state");
  state.dataset.state = there.state;
  write(state, there.words);
  for (const each of $("presence-form").querySelectorAll("button")) {
    each.setAttribute("aria-pressed", String(each.value === there.choice));
  }
  // Room for an offer is made when I choose to be there, and stays while this page is open.
  if (there.state === "available") region.classList.add("kept");
  if (there.state === "available" && !note.textContent) note.textContent = texts.here;
  else if (there.state !== "available" && note.textContent === texts.here) note.textContent = "";
}

$("presence-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation();
  const choice = event.submitter?.value;
  if (!choice) return;
  const minutes = Number(event.target.elements.break_minutes.value);
  const chosen = choice === "break" && minutes ? { choice, break_minutes: minutes } : { choice };
  const answer = await send("/api/presence", chosen, bar.dataset.csrf, "PUT");
  if (!answer?.ok) tell(answer?.status === 401 ? texts.ended : texts.lost);
});

// The offer.

function tell(text) {
  region.classList.add("kept");
  note.textContent = text;
  $("offer-said").textContent = "";
  requestAnimationFrame(() => ($("offer-said").textContent = text));
}

function takeOffer(told) {
  takePresence(told.presence);
  const offer = told.offer;
  if (!offer || !offer.html) {
    if (!shown) return card.replaceChildren(); // What the page was made with is over by now.
    const over = told.over?.call === shown.call ? told.over : null;
    const { answering, unsure, call } = shown;
    const { url } = card.querySelector("form").dataset;
    hide();
    // We did not hear that our yes had arrived, and it had.
    if (unsure && told.presence.call === call) return go(url, null);
    if (over?.how !== "accepted" || !answering) tell(over?.text ?? texts.over);
    return;
  }
  if (shown?.call === offer.call && shown.until === offer.until) {
    if (shown.unsure) tell(texts.still);
    shown.unsure = false;
    return;
  }
  const focused = card.contains(document.activeElement);
  card.innerHTML = offer.html;
  region.classList.add("kept");
  note.textContent = "";
  const mine = (shown = { call: offer.call, until: offer.until, answering: false });
  delete region.dataset.armed;
  setTimeout(() => { if (shown === mine) region.dataset.armed = "yes"; }, ARMED);
  jump.hidden = false;
  if (focused) card.querySelector("button").focus({ preventScroll: true });
  tick();
  const form = card.querySelector("form");
  // Read out once, with the seconds there are; the countdown itself stays silent.
  $("offer-said").textContent = `${form.dataset.said} ${form.querySelector(".answer .left").textContent}`;
  entitle();
  soundOnce();
}

function hide() {
  const focused = card.contains(document.activeElement);
  card.replaceChildren();
  shown = null;
  jump.hidden = true;
  entitle();
  if (focused) {
    region.tabIndex = -1;
    region.focus({ preventScroll: true });
  }
}

function entitle() {
  const mark = shown ? "☎ " : "";
  document.title = mark + document.title.replace(/^☎ /, "");
}

async function answer(what) {
  const form = card.querySelector("form");
  if (!form || !shown || shown.answering) return; // one press is one answer
  const { url, api, call, talk } = form.dataset;
  if (what === "accept" && talk === "yes") return go(url, call);
  const mine = shown;
  mine.answering = true;
  for (const each of form.querySelectorAll("button")) each.disabled = true;
  const body = what === "decline" ? { reason: form.elements.reason.value } : {};
  const response = await send(`${api}/${what}`, body, bar.dataset.csrf);
  mine.answering = false;
  mine.unsure = response === null;
  if (response?.ok && what === "accept") return go(url, null);
  if (response?.ok) return; // the stream tells that it is over
  if (!response || response.status >= 500) {
    for (const each of form.querySelectorAll("button")) each.disabled = false;
    return tell(response ? texts.not_stored : texts.lost);
  }
  const { detail } = await response.json().catch(() => ({}));
  if (shown === mine) hide();
  tell(refusal(response.status, detail));
}

function refusal(status, detail) {
  if (status === 401) return texts.ended;
  if (detail?.asks_for) return texts[detail.asks_for] ?? texts.over;
  if (detail?.taken_by) return texts.taken.replace("AGENT", detail.taken_by);
  return status === 409 ? texts.over : texts.changed;
}

// To the card; with `talk`, its page begins to talk at once. Who has typed something that is not
// sent keeps it: the card opens beside it.
function go(url, talk) {
  if (talk) sessionStorage.setItem(TALK, talk);
  if (!typed() || !window.open(url)) return location.assign(url);
  sessionStorage.removeItem(TALK);
}

addEventListener("DOMContentLoaded", () => {
  const wanted = sessionStorage.getItem(TALK);
  sessionStorage.removeItem(TALK);
  if (!wanted || $("card")?.dataset.call !== wanted) return;
  document.querySelector("#talk-start:not([hidden])")?.click();
});

card.addEventListener("submit", (event) => {
  event.preventDefault();
  event.stopPropagation();
  answer(event.submitter?.dataset.do === "decline" ? "decline" : "accept");
});

// Keys, when the focus is in the offer or nowhere: Enter accepts, a digit chooses why not, Escape
// says so. F8 leads to the offer from anywhere.

addEventListener("keydown", (event) => {
  if (!shown || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const focus = document.activeElement;
  const inside = region.contains(focus);
  if (event.key === "F8") {
    jumpTo();
    return done(event);
  }
  // Who just chose to be available still stands on that button, where Enter has nothing to do.
  const idle = !focus || focus === document.body || focus.matches("#presence-form [aria-pressed=true]");
  if (!inside && !idle) return;
  const reason = card.querySelector("select");
  if (/^[1-5]$/.test(event.key)) {
    reason.selectedIndex = Number(event.key) - 1;
    return done(event);
  }
  const what = { Enter: "accept", Escape: "decline" }[event.key];
  if (!what || (what === "accept" && inside && focus.matches("button"))) return;
  done(event);
  // A key that was meant for something else, just as the offer came, answers nothing.
  if (!event.repeat && region.dataset.armed) answer(what);
}, { capture: true });

function done(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

function jumpTo() {
  card.querySelector("button")?.focus();
}

jump.addEventListener("click", jumpTo);
jump.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus

// One soft, rising pair of notes: other than those of the alarm and of call backs.

function wanted() {
  return localStorage.getItem(SOUND) !== "off";
}

function tellSound() {
  button.hidden = false;
  button.textContent = wanted() ? texts.on : texts.off;
  button.setAttribute("aria-pressed", String(wanted()));
}

button.addEventListener("click", () => {
  localStorage.setItem(SOUND, wanted() ? "off" : "on");
  tellSound();
});
tellSound();

for (const kind of ["pointerdown", "keydown"]) {
  document.addEventListener(kind, () => {
    if (!wanted()) return;
    context ??= new AudioContext();
    if (context.state === "suspended") context.resume();
  });
}

// Of several pages of one browser, one sounds.
function soundOnce() {
  if (!navigator.locks) return sound();
  navigator.locks.request(SOUND, { ifAvailable: true }, (lock) => {
    if (lock && sound()) return new Promise((over) => setTimeout(over, 2000));
  });
}

function sound() {
  if (!wanted() || context?.state !== "running") return false;
  for (const [hertz, after] of [[330, 0], [440, 0.3]]) {
    const at = context.currentTime + after;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.07, at + 0.1);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.8);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.85);
  }
  region.dataset.sounded = Number(region.dataset.sounded ?? 0) + 1;
  return true;
}

// What is told, to this page and to the others.

const takers = {
  offer: takeOffer,
  queue: (told) => {
    $("presence-queue").innerHTML = told.queue;
    document.dispatchEvent(new CustomEvent("kalm:queue", { detail: told }));
  },
  asked: (told) => document.dispatchEvent(new CustomEvent("kalm:asked", { detail: told })),
};

function take(name, told) {
  const heard = told.heard ?? Date.now();
  latest[name] = { ...told, heard };
  behind = told.now - heard / 1000;
  takers[name](told);
  tick();
}

function listen() {
  const all = {};
  for (const name of Object.keys(takers)) {
    all[name] = (told) => {
      take(name, told);
      channel?.postMessage({ name, told: latest[name] });
    };
  }
  follow(bar.dataset.live, all, (state) => channel?.postMessage({ state }));
  return new Promise(() => {}); // Holds the lock until the page closes.
}

channel?.addEventListener("message", ({ data }) => {
  if (data.state) return report(bar.dataset.live, data.state);
  if (data !== "ask") return take(data.name, data.told);
  for (const [name, told] of Object.entries(latest)) channel.postMessage({ name, told });
});
if (channel && navigator.locks) {
  navigator.locks.request("kalm-offer", listen);
  channel.postMessage("ask");
} else {
  listen(); // Locks are only there on a safe connection.
}

tick();
