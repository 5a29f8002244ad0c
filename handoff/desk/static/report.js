// A threat or abuse that the agent reports by hand: one press is one report.

const panel = document.getElementById("report");
const $ = (id) => document.getElementById(`report-${id}`);

function say(text) {
  $("said").textContent = "";
  requestAnimationFrame(() => ($("said").textContent = text));
}

async function send() {
  if ($("send").disabled) return;
  $("send").disabled = true;
  const response = await fetch(panel.dataset.url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": panel.dataset.csrf },
    body: JSON.stringify({ kind: $("kind").value, note: $("note").value }),
  }).catch(() => null);
  $("send").disabled = false;
  if (!response) return say(panel.dataset.lost);
  if (!response.ok) return say(response.status === 403 ? panel.dataset.refused : panel.dataset.failed);
  $("note").value = "";
  panel.open = false;
  panel.querySelector("summary").focus({ preventScroll: true });
  say(panel.dataset.done);
}

$("send").addEventListener("click", send);
$("note").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  send();
});
