// Care: the break that is offered and colleagues' lines, brought up to date by themselves but
// never under the hands of who is in them; and a breathing aid that starts when it is asked to.

import { send } from "./stream.js";

const care = document.getElementById("care");
const now = document.getElementById("care-now");
const said = document.getElementById("care-said");
const LOOK_MS = 15_000;
let told = new Set();
let latest = now.innerHTML.trim();
let later = null;
let first = true;

// Said once: what stands there already when a page is opened is read with the page.
function show(html) {
  later = null;
  if (!first && !now.innerHTML.trim()) care.classList.add("late");
  now.innerHTML = html;
  const lines = [...now.querySelectorAll("[data-said]")].map((one) => one.dataset.said);
  const fresh = lines.filter((line) => !told.has(line));
  told = new Set(lines);
  if (fresh.length) said.textContent = fresh.join(" ");
}

async function look() {
  const answer = await fetch(care.dataset.now).catch(() => null);
  if (!answer?.ok) return;
  const { html } = await answer.json();
  if (html === latest) return;
  latest = html;
  if (now.contains(document.activeElement)) later = html;
  else show(html);
}

// On the desk nothing is left that is being typed: the page stays, and only this part is renewed.
now.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation();
  const body = new URLSearchParams(new FormData(event.target, event.submitter));
  for (const button of event.target.querySelectorAll("button")) button.disabled = true;
  const done = await send(event.target.action, body);
  const answer = done && (await fetch(care.dataset.now).catch(() => null));
  if (!answer?.ok) {
    for (const button of event.target.querySelectorAll("button")) button.disabled = false;
    return;
  }
  latest = (await answer.json()).html;
  show(latest);
  const next = now.querySelector("button, a");
  if (next) next.focus({ preventScroll: true });
});

now.addEventListener("focusout", () => {
  setTimeout(() => {
    if (later !== null && !now.contains(document.activeElement)) show(later);
  });
});

document.addEventListener("kalm:call", (event) => {
  if (event.detail.state !== "waiting") look();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") look();
});
setInterval(() => {
  if (document.visibilityState === "visible") look();
}, LOOK_MS);
look().finally(() => {
  first = false;
  care.dataset.looked = "yes";
});

// Breathing: words for who wants no motion, a circle for the others, silence for all but those
// who ask for a sound.

const breath = document.getElementById("breath");
const start = document.getElementById("breath-start");
const word = document.getElementById("breath-word");
const spoken = document.getElementById("breath-said");
const sound = document.getElementById("breath-sound");
const IN_MS = 4000;
const OUT_MS = 6000;
let turn = null;
let context = null;

function breathe(inward) {
  word.textContent = inward ? breath.dataset.in : breath.dataset.out;
  if (sound.checked) tone(inward);
  turn = setTimeout(() => breathe(!inward), inward ? IN_MS : OUT_MS);
}

function tone(inward) {
  context ??= new AudioContext();
  const at = context.currentTime;
  const note = context.createOscillator();
  const volume = context.createGain();
  note.frequency.value = inward ? 220 : 165;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.05, at + 0.4);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 2);
  note.connect(volume).connect(context.destination);
  note.start(at);
  note.stop(at + 2.1);
}

function set(going) {
  clearTimeout(turn);
  turn = null;
  breath.hidden = !going;
  start.textContent = going ? start.dataset.stop : start.dataset.start;
  spoken.textContent = going ? spoken.dataset.text : spoken.dataset.over;
  if (going) breathe(true);
}

start?.addEventListener("click", () => set(turn === null));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && turn !== null) set(false);
});
