// A threat or abuse that the agent reports by hand: one press is one report.

import { send } from "./stream.js";

const panel = document.getElementById("report");
const $ = (id) => document.getElementById(`report-${id}`);
let underWay = false;

function say(text) {
  $("said").textContent = "";
  requestAnimationFrame(() => ($("said").textContent = text));
}

async function report() {
  if (underWay) return;
  underWay = true;
  const told = { kind: $("kind").value, note: $("note").value };
  const response = await send(panel.dataset.url, told, panel.dataset.csrf);
  underWay = false;
  if (!response) return; // The page says so; what was typed stays, to be sent again.
  if (!response.ok) return say(response.status === 403 ? panel.dataset.refused : panel.dataset.failed);
  $("note").value = "";
  panel.open = false;
  panel.querySelector("summary").focus({ preventScroll: true });
  say(panel.dataset.done);
}

$("send").addEventListener("click", report);
$("note").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  report();
});

// Who has the caller may report, and whoever had: after a hand-on, or when the talk was lost.
function keep() {
  if (document.querySelector("#actions form.close")) panel.dataset.had = "yes";
}

keep();
// Right after the page has taken in how the call goes on.
document.addEventListener("kalm:call", () => queueMicrotask(keep));
