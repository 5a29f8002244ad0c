// Incidents, live on every page of a supervisor: how many wait, and what is urgent, said once.
//
// A browser allows six streams to a server. So of all open pages one listens and tells the
// others; when it closes, another takes over.

import { follow } from "./stream.js";

const link = document.getElementById("incidents");
const count = document.getElementById("incident-count");
const alarm = document.getElementById("incident-alert");
const list = document.querySelector(".incidents-list[data-shown]");
const one = document.querySelector("main[data-mark]");
const changed = document.getElementById("incidents-changed");
const deskAlarm = document.getElementById("alarm");
const SAID = "kalm-incidents-said";

const channel = "BroadcastChannel" in self ? new BroadcastChannel("kalm-incidents") : null;
let latest = null;

function take(told) {
  latest = told;
  count.textContent = told.count;
  link.classList.toggle("urgent", told.urgent > 0);
  const marks = told.marks.split(" ");
  if (list && list.dataset.shown !== told.marks) changed.hidden = false;
  if (one && !marks.includes(one.dataset.mark)) changed.hidden = false;
  if (document.visibilityState === "visible") announce([...told.urgent_ones, ...(told.steps ?? [])]);
}

// What was said in one page is not said again in another, nor on the next page. What was
// decided is forgotten: when it comes back it is said again.
function announce(urgent) {
  const said = new Set(JSON.parse(localStorage.getItem(SAID) ?? "[]"));
  const fresh = urgent.filter((incident) => !said.has(incident.id));
  localStorage.setItem(SAID, JSON.stringify(urgent.map((incident) => incident.id)));
  const still = new Set(urgent.map((incident) => String(incident.id)));
  for (const line of [...alarm.children]) if (!still.has(line.dataset.id)) line.remove();
  for (const incident of fresh) {
    if (deskAlarm && incident.sign === "crisis") continue; // The desk's own alarm says it.
    const line = document.createElement("p");
    line.dataset.id = incident.id;
    const look = document.createElement("a");
    look.href = `/desk/incidents/${incident.incident ?? incident.id}`;
    look.textContent = alarm.dataset.look;
    line.append(incident.text, " ", look);
    alarm.append(line);
  }
}

function listen() {
  follow(link.dataset.live, {
    incidents: (told) => {
      take(told);
      channel?.postMessage(latest);
    },
  });
  return new Promise(() => {}); // Holds the lock until the page closes.
}

if (channel) {
  channel.addEventListener("message", (event) => {
    if (event.data !== "ask") take(event.data);
    else if (latest) channel.postMessage(latest);
  });
}
if (channel && navigator.locks) {
  navigator.locks.request("kalm-incidents", listen);
  channel.postMessage("ask");
} else {
  listen(); // Locks are only there on a safe connection.
}

document.addEventListener("visibilitychange", () => {
  if (latest) take(latest);
});
