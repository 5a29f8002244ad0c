// Publish: shows how far the comparison is, and when a version is in force.
const running = document.querySelector("#compare[data-running]");
const published = document.getElementById("in-force");
const LOOK_MS = 1000;

async function look() {
  let now;
  try {
    now = await (await fetch("/studio/publish/progress")).json();
  } catch {
    return setTimeout(look, LOOK_MS);
  }
  if (running) {
    if (now.stage !== "running") return location.reload();
    const bar = running.querySelector("progress");
    if (now.total) {
      bar.max = now.total;
      bar.value = now.done;
    }
    return setTimeout(look, LOOK_MS);
  }
  if (published) {
    if (String(now.in_force) !== published.dataset.version) return setTimeout(look, LOOK_MS);
    published.textContent = published.dataset.done;
    published.dataset.inForce = now.in_force;
  }
}

if (running || published) look();
