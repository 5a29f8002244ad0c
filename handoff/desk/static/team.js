// The team page, live: parts that changed are shown anew, without taking the focus away.

import { follow } from "./stream.js";

const main = document.getElementById("team");
let behind = Number(main.dataset.now) - Date.now() / 1000; // of our clock to the server's

function tick() {
  const now = Date.now() / 1000 + behind;
  for (const timer of main.querySelectorAll("[data-since]")) {
    const seconds = Math.max(0, Math.floor(now - Number(timer.dataset.since)));
    const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    const two = (n) => String(n).padStart(2, "0");
    timer.textContent = h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  }
}

function take({ now, parts }) {
  behind = now - Date.now() / 1000;
  for (const [name, html] of Object.entries(parts)) {
    const place = document.getElementById(`team-${name}`);
    const focused = place.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    place.innerHTML = html;
    if (focused) [...place.querySelectorAll("a")].find((each) => each.getAttribute("href") === focused)?.focus({ preventScroll: true });
  }
  tick();
}

follow(main.dataset.live, { team: take });
setInterval(tick, 1000);
tick();
