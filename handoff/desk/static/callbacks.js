// Call backs: the list follows what happens, rings once when a moment comes, and never changes
// under the hands of who is in it.

import { follow, send } from "./stream.js";

const box = document.getElementById("callbacks");
const list = document.getElementById("callback-list");
const said = document.getElementById("callbacks-said");
const button = document.getElementById("callback-sound");
const KEPT = "kalm callback sound";
const RUNG = "kalm callbacks rung";
let context = null;
let later = null;

function say(text) {
  said.textContent = "";
  requestAnimationFrame(() => (said.textContent = text));
}

function take(told) {
  if (list.contains(document.activeElement)) later = told;
  else show(told);
  ring(told.rings);
}

function show(told) {
  later = null;
  list.innerHTML = told.html;
  box.hidden = list.children.length === 0;
}

list.addEventListener("focusout", () => {
  setTimeout(() => {
    if (later && !list.contains(document.activeElement)) show(later);
  });
});

// Each rings once, in one of the pages of this browser.
function ring(keys) {
  const rung = new Set(JSON.parse(localStorage.getItem(RUNG) ?? "[]"));
  const fresh = keys.filter((key) => !rung.has(key));
  localStorage.setItem(RUNG, JSON.stringify([...new Set([...keys.filter((k) => rung.has(k)), ...fresh])]));
  if (!fresh.length) return;
  const row = [...list.children].find((one) => one.dataset.key === fresh[0]);
  say(box.dataset.rings.replace("NAME", row?.dataset.name ?? ""));
  sound();
}

function wanted() {
  return localStorage.getItem(KEPT) !== "off";
}

function tell() {
  button.textContent = wanted() ? box.dataset.on : box.dataset.off;
  button.setAttribute("aria-pressed", String(wanted()));
}

button.addEventListener("click", () => {
  localStorage.setItem(KEPT, wanted() ? "off" : "on");
  tell();
});
tell();

for (const kind of ["pointerdown", "keydown"]) {
  document.addEventListener(kind, () => {
    if (!wanted()) return;
    context ??= new AudioContext();
    if (context.state === "suspended") context.resume();
  });
}

// One low, soft note: other than the alarm's.
function sound() {
  box.dataset.sounded = Number(box.dataset.sounded ?? 0) + 1;
  if (!wanted() || context?.state !== "running") return;
  const at = context.currentTime;
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = 392;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.08, at + 0.08);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.9);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + 0.95);
}

list.addEventListener("click", async (event) => {
  const pressed = event.target.closest("button[data-result]");
  if (!pressed) return;
  const row = pressed.closest("li");
  for (const each of row.querySelectorAll("button")) each.disabled = true;
  const answer = await send(row.dataset.url, { result: pressed.dataset.result }, box.dataset.csrf);
  if (answer) say(answer.ok ? box.dataset.saved : box.dataset.gone);
  if (!answer || answer.status >= 500) {
    for (const each of row.querySelectorAll("button")) each.disabled = false;
    return;
  }
  // What was done leaves, and the focus goes to the next one.
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  (next?.querySelector("a") ?? document.querySelector("nav.list a"))?.focus();
  box.hidden = list.children.length === 0;
});

follow(box.dataset.live, { callbacks: take });
ring([...list.querySelectorAll("li.rings")].map((row) => row.dataset.key));
