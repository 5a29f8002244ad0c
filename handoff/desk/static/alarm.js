// The alarm: a caller in danger whom nobody has accepted yet. It stands on every page of the
// desk until somebody accepts, does not blink, and sounds twice a minute at most.

const box = document.getElementById("alarm");
const button = document.getElementById("sound");
const KEPT = "kalm alarm sound";
let context = null;

// What the page was made with is not new.
const known = new Set([...(box?.querySelectorAll("[data-call]") ?? [])].map((p) => p.dataset.call));
let again = Number(box?.dataset.again ?? 0);

export function alarmed() {
  return Boolean(box) && !box.hidden;
}

export function takeAlarm(told) {
  const fresh = told.calls.some((call) => !known.has(call));
  const repeated = told.calls.length > 0 && told.again > again;
  known.clear();
  told.calls.forEach((call) => known.add(call));
  again = told.again;
  // Screen readers read what changes in here: nothing is replaced by the same.
  const holder = document.createElement("template");
  holder.innerHTML = told.html;
  if (box.textContent.trim() !== holder.content.textContent.trim()) {
    const focused = box.contains(document.activeElement) ? document.activeElement.pathname : null;
    box.replaceChildren(holder.content);
    const links = [...box.querySelectorAll("a")];
    links.find((link) => link.pathname === focused)?.focus();
  }
  box.hidden = told.calls.length === 0;
  if (fresh || repeated) soundOnce();
}

// Who is working on a card keeps it: the caller in danger opens beside it, so that no note is
// lost and no talk is cut off.
function aim() {
  const busy = document.getElementById("actions")?.dataset.state === "accepted";
  for (const link of box.querySelectorAll("a")) {
    link.target = busy ? "_blank" : "";
    link.rel = "noopener";
  }
}

export function openAlarm() {
  const links = [...box.querySelectorAll("a")];
  const here = links.find((link) => link.pathname === location.pathname);
  const accept = document.querySelector("#talk-start:not([hidden]), #accept button");
  if (here && accept) accept.focus();
  else (links.find((link) => link !== here) ?? here)?.click();
}

// Two soft notes. Browsers let a page sound only after a key or a click on it, and each agent
// can switch it off.

function wanted() {
  return localStorage.getItem(KEPT) !== "off";
}

function ready() {
  if (!wanted()) return null;
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume();
  return context;
}

// Of several pages of one browser, one sounds.
function soundOnce() {
  if (!navigator.locks) return sound(); // Only there on a safe connection.
  navigator.locks.request(KEPT, { ifAvailable: true }, (lock) => {
    if (lock && sound()) return new Promise((over) => setTimeout(over, 2000));
  });
}

function sound() {
  if (!wanted() || context?.state !== "running") return false;
  for (const [hertz, after] of [[523, 0], [659, 0.35]]) {
    const at = context.currentTime + after;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.12, at + 0.05);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.6);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.65);
  }
  box.dataset.sounded = Number(box.dataset.sounded ?? 0) + 1;
  return true;
}

function show() {
  button.textContent = wanted() ? button.dataset.on : button.dataset.off;
}

if (box) {
  for (const gesture of ["pointerdown", "keydown"]) {
    addEventListener(gesture, ready, { once: true, capture: true });
  }
  box.addEventListener("click", aim, { capture: true });
}

if (button) {
  button.hidden = false;
  show();
  button.addEventListener("click", () => {
    localStorage.setItem(KEPT, wanted() ? "off" : "on");
    show();
    ready()?.resume().then(sound); // So that one hears what it will be.
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "F2" || !alarmed()) return;
  event.preventDefault();
  openAlarm();
});
