// Hints: a quiet list beside the card. A digit copies one, with Shift it goes into the note; the
// list never changes while somebody is in it, and nothing pops up.

import { copy } from "./card.js";

const box = document.getElementById("hints");
const list = document.getElementById("hint-list");
const said = document.getElementById("hints-said");
let later = null;

function say(text) {
  said.textContent = "";
  requestAnimationFrame(() => (said.textContent = text));
}

async function use(button, intoNote) {
  const text = button.querySelector(".words").textContent;
  const note = document.getElementById("note");
  if (intoNote && note) {
    note.value = [note.value.trimEnd(), text].filter(Boolean).join("\n");
    note.dispatchEvent(new Event("input", { bubbles: true }));
    return say(box.dataset.noted.replace("TEXT", text));
  }
  if (await copy(text)) say(box.dataset.used.replace("TEXT", text));
}

list?.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) use(button, event.shiftKey);
});

document.addEventListener("keydown", (event) => {
  if (!list || event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
  if (document.activeElement?.matches?.("input:not([type=radio]), textarea, select")) return;
  const digit = /^(?:Digit|Numpad)([1-5])$/.exec(event.code)?.[1];
  const button = digit && list.querySelector(`button[data-key="${digit}"]`);
  if (!button) return;
  event.preventDefault();
  use(button, event.shiftKey);
});

document.addEventListener("kalm:call", (event) => {
  if (event.detail.hints === undefined) return;
  if (list.contains(document.activeElement)) later = event.detail.hints;
  else if (list.innerHTML !== event.detail.hints) list.innerHTML = event.detail.hints;
});

list?.addEventListener("focusout", () => {
  setTimeout(() => {
    if (later === null || list.contains(document.activeElement)) return;
    list.innerHTML = later;
    later = null;
  });
});
