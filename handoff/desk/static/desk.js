// The desk, live: tells of new cards, keeps the open card and its transcript up to
// date, and never moves what someone is reading or takes the focus away.

import { alarmed, takeAlarm } from "./alarm.js";
import { follow } from "./stream.js";
import { typed } from "./typed.js";

const announce = document.getElementById("announce");

function say(text) {
  announce.textContent = text;
}

function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

// Timers count on by themselves from what the server said.

const born = new WeakMap();

function tick() {
  for (const timer of document.querySelectorAll("[data-seconds]")) {
    if (!born.has(timer)) born.set(timer, performance.now());
    const gone = (performance.now() - born.get(timer)) / 1000;
    const seconds = Math.floor(Number(timer.dataset.seconds) + gone);
    const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    const two = (n) => String(n).padStart(2, "0");
    timer.textContent = h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  }
}

setInterval(tick, 1000);
tick();

// The list. New cards go to the end: that is where who waits shortest belongs. Only who is in
// danger, or threatens, moves up.

const waiting = document.getElementById("waiting");
const openCall = document.querySelector("#card")?.dataset.call;

function takeRow(told) {
  if (!waiting) return; // The list of closed cards stays as it is.
  const rows = [...document.querySelectorAll("li[data-call]")];
  let row = rows.find((each) => each.dataset.call === told.call);
  const fresh = fragment(told.html).firstElementChild;
  if (row) {
    const link = row.querySelector("a");
    const was = link.classList.contains("waiting");
    if (told.state === "bot") return leave(row); // The agent gave the call back.
    const back = told.state === "waiting" && row.parentElement !== waiting;
    const turn = row.querySelector(".turn");
    if (told.state !== "waiting") turn?.remove();
    else if (!turn) row.append(turnOf(told.call));
    // The link itself stays, and the focus with it.
    link.className = fresh.className;
    link.dataset.name = fresh.dataset.name;
    link.replaceChildren(...fresh.childNodes);
    if (back || link.dataset.urgency !== fresh.dataset.urgency) {
      link.dataset.urgency = fresh.dataset.urgency;
      const focused = document.activeElement === link;
      if (back || row.parentElement === waiting) place(row);
      if (focused) link.focus({ preventScroll: true });
    }
    if (was && told.state === "accepted" && told.agent && told.call !== openCall) {
      say(waiting.dataset.taken.replace("NAME", fresh.dataset.name).replace("AGENT", told.agent));
    }
  } else if (told.state === "waiting") {
    row = document.createElement("li");
    row.dataset.call = told.call;
    row.append(fresh, turnOf(told.call));
    place(row);
    say(waiting.dataset.arrived.replace("NAME", fresh.dataset.name));
  }
  markOpen();
  count();
}

// Who is asked, and what the caller was told of the wait; and the order in which they get a
// person, which is not changed under the hands or eyes of who is in the list.

let line = { order: [], turns: {} };

function turnOf(call) {
  const turn = document.createElement("p");
  turn.className = "turn";
  turn.innerHTML = line.turns[call] ?? "";
  return turn;
}

function takeQueue(told) {
  line = told;
  if (!waiting) return;
  for (const row of waiting.children) {
    const turn = row.querySelector(".turn");
    if (!turn) continue; // A colleague has it.
    const fresh = turnOf(row.dataset.call);
    // Seconds that count down are no news.
    if (plainTurn(turn) !== plainTurn(fresh)) turn.replaceChildren(...fresh.childNodes);
  }
  putInOrder();
}

function plainTurn(turn) {
  const plain = turn.cloneNode(true);
  plain.querySelector(".left")?.replaceChildren();
  return plain.innerHTML;
}

function putInOrder() {
  if (waiting.contains(document.activeElement) || waiting.matches(":hover")) return;
  const at = (row) => line.order.indexOf(row.dataset.call);
  const rows = [...waiting.children];
  const inLine = rows.filter((row) => at(row) >= 0).sort((one, other) => at(one) - at(other));
  // Who is in nobody's line any more stays where they are.
  const wanted = rows.map((row) => (at(row) >= 0 ? inLine.shift() : row));
  if (wanted.some((row, n) => row !== rows[n])) waiting.append(...wanted);
}

if (waiting) {
  document.addEventListener("kalm:queue", (event) => takeQueue(event.detail));
  waiting.addEventListener("pointerleave", putInOrder);
  waiting.addEventListener("focusout", () => setTimeout(putInOrder));
}

function leave(row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  if (row.contains(document.activeElement)) next?.querySelector("a").focus();
  row.remove();
  count();
}

function count() {
  document.getElementById("nobody").hidden = waiting.children.length > 0;
  entitle();
}

// The most urgent first, of those the longest waiting.
function place(row) {
  const rank = (each) => {
    const { urgency, since } = each.querySelector("a").dataset;
    return [Number(urgency), Number(since)];
  };
  const [urgency, since] = rank(row);
  const behind = [...waiting.children].find((each) => {
    const [others, began] = rank(each);
    return each !== row && (others < urgency || (others === urgency && began > since));
  });
  waiting.insertBefore(row, behind ?? null);
}

function entitle() {
  const many = waiting?.querySelectorAll("a.waiting").length;
  const marks = (alarmed() ? "(!) " : "") + (many ? `(${many}) ` : "");
  document.title = document.title.replace(/^(\(!\) )?(\(\d+\) )?/, marks);
}

function markOpen() {
  for (const row of document.querySelectorAll("li[data-call]")) {
    const link = row.querySelector("a");
    if (row.dataset.call === openCall) link.setAttribute("aria-current", "page");
  }
}

markOpen();
// Asleep for hours: the list is begun anew, but never over what is being written, or a talk.
function reload() {
  const talks = document.getElementById("talk-controls")?.hidden === false;
  if (!talks && !typed()) location.reload();
}

follow(document.querySelector("nav.list").dataset.live, {
  reload,
  row: takeRow,
  alarm: (told) => {
    takeAlarm(told);
    entitle();
  },
});

// The card: only what changed is replaced, part by part.

const body = document.getElementById("card-body");
const actions = document.getElementById("actions");
const lines = document.getElementById("lines");
const more = document.getElementById("more");

function takeCall(told) {
  document.dispatchEvent(new CustomEvent("kalm:call", { detail: told }));
  const fresh = fragment(told.card);
  const parts = (root) => [...root.querySelectorAll("[data-part]")];
  const known = new Map(parts(body).map((part) => [part.dataset.part, part]));
  const list = body.querySelector("dl");
  const wanted = parts(fresh);
  let previous = null;
  for (const part of wanted) {
    const now = known.get(part.dataset.part);
    known.delete(part.dataset.part);
    if (!now) {
      if (previous?.parentElement === list) previous.after(part);
      else list.prepend(part);
      previous = part;
    } else {
      if (now.innerHTML !== part.innerHTML) renew(now, part);
      previous = now;
    }
  }
  for (const gone of known.values()) gone.remove();
  // A card that was given to a colleague stands as before, and is somebody else's to close.
  if (actions.dataset.state !== told.state || actions.dataset.agent !== told.agent) {
    const focused = actions.contains(document.activeElement);
    actions.dataset.state = told.state;
    actions.dataset.agent = told.agent;
    actions.innerHTML = told.actions;
    const status = actions.querySelector("[role=status], button");
    if (focused && status) { // Given back to the bot, there is nothing to do here.
      status.tabIndex = -1;
      status.focus({ preventScroll: true });
    }
    say(actions.querySelector("[role=status]")?.textContent ?? "");
  }
  told.lines.forEach(takeLine);
  tick();
}

// A part is replaced as a whole; what was unfolded stays so, and the focus stays where it was.
function renew(now, part) {
  const focused = now.contains(document.activeElement) ? document.activeElement : null;
  const name = (one) =>
    [one.closest("svg, ol, table, dd")?.tagName, one.tagName, one.getAttribute("href"), one.dataset.was].join();
  const stops = "a, summary, button.wrong";
  const same = focused && [...part.querySelectorAll(stops)].find((one) => name(one) === name(focused));
  if (focused && !same) return;
  const unfolded = now.querySelector("details")?.open;
  now.replaceChildren(...part.childNodes);
  if (unfolded) now.querySelector("details")?.setAttribute("open", "");
  same?.focus({ preventScroll: true });
}

function takeLine(html) {
  const line = fragment(html).firstElementChild;
  const known = document.getElementById(line.id);
  const reading = lines.scrollHeight - lines.scrollTop - lines.clientHeight > 40;
  if (known) known.replaceWith(line);
  else lines.append(line);
  if (!reading) lines.scrollTop = lines.scrollHeight;
  else if (!known) more.hidden = false;
}

if (lines) {
  // A link to a moment of the conversation leads there; without one the latest counts.
  const moment = lines.querySelector(":target");
  if (moment) moment.scrollIntoView({ block: "center" });
  else lines.scrollTop = lines.scrollHeight;
  more.addEventListener("click", () => {
    lines.scrollTop = lines.scrollHeight;
    more.hidden = true;
    lines.focus({ preventScroll: true });
  });
  follow(document.getElementById("card").dataset.live, { call: takeCall });
}

// Keys: up and down choose a card, Enter opens it; on a card that waits, Enter accepts.

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const focus = document.activeElement;
  const nowhere = !focus || focus === document.body;
  if (event.key === "Enter" && nowhere && !event.repeat) {
    const talk = document.querySelector("#talk-start:not([hidden])");
    if (talk) talk.click();
    else document.getElementById("accept")?.requestSubmit();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const links = [...document.querySelectorAll("nav.list a.row")];
    const at = links.indexOf(focus);
    const free = at >= 0 || nowhere || focus.closest("#accept");
    if (!links.length || !free) return; // The arrows belong to the transcript or a form.
    const step = event.key === "ArrowDown" ? 1 : -1;
    const first = step > 0 ? 0 : links.length - 1;
    const next = at < 0 ? first : Math.max(0, Math.min(links.length - 1, at + step));
    links[next].focus();
    event.preventDefault();
  } else if (event.key === "Escape" && openCall && !focus?.matches?.("textarea, input")) {
    document.querySelector("nav.list a.row")?.focus();
  }
});

// The course of the mood is one stop for Tab; left and right go along it.

document.getElementById("card-body")?.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const points = [...(event.target.closest?.("svg.course")?.querySelectorAll("a") ?? [])];
  const at = points.indexOf(event.target);
  const next = points[at + step];
  if (at < 0 || !next) return;
  event.target.setAttribute("tabindex", "-1");
  next.setAttribute("tabindex", "0");
  next.focus();
  event.preventDefault();
});

// One press is one answer: a form is not sent twice.

document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
  setTimeout(() => delete event.target.dataset.sent, 3000); // Unless nothing came of it.
});

addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
