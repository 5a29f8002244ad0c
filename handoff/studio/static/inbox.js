// The inbox by keyboard: f and a number or first letters file, a sets aside, u takes back.
const box = () => document.getElementById("inbox");
const items = () => [...box().querySelectorAll("[data-item]")];
let here = 0;
let busy = false;

function chosen() {
  const found = document.activeElement?.closest("[data-item]");
  return found ?? items()[here] ?? null;
}

function go(index) {
  const all = items();
  if (!all.length) return;
  here = Math.max(0, Math.min(index, all.length - 1));
  all[here].focus();
}

// A sentence alone, or with its group: what is sent is what has a mark.
function onlyThis(item) {
  const form = item.closest("form");
  if (item !== form) {
    for (const mark of form.querySelectorAll("input[name=key]")) mark.checked = item.contains(mark);
  }
  return form;
}

async function send(form, button) {
  if (busy) return;
  busy = true;
  const all = items();
  here = Math.max(0, all.indexOf(all.find((item) => item === form || form.contains(item))));
  const action = button?.getAttribute("formaction") ?? form.getAttribute("action");
  const body = new FormData(form, button?.name ? button : undefined);
  try {
    const answer = await fetch(action, { method: "POST", body: new URLSearchParams(body) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("inbox");
    if (!fresh) return location.reload();
    const said = fresh.querySelector("#told").textContent;
    fresh.querySelector("#told").textContent = "";
    box().replaceWith(fresh);
    fresh.querySelector("#told").textContent = said; // after it is there, so that it is read out
    go(here);
  } catch {
    form.submit();
  } finally {
    busy = false;
  }
}

document.addEventListener("submit", (event) => {
  if (!box().contains(event.target)) return;
  event.preventDefault();
  const form = event.target;
  // Enter in the field files; the first button of the form would be a guess.
  const typed = form.querySelector("input[name=typed]");
  const byField = document.activeElement === typed && typed?.value;
  send(form, byField ? form.querySelector("button.file") : event.submitter);
});

// First letters are enough: the first intent that begins with them, or has them in it.
function completed(letters) {
  const names = box().dataset.intents.split(" ");
  const wanted = letters.trim().toLowerCase().replaceAll(" ", "_");
  return names.find((n) => n === wanted) ?? names.find((n) => n.startsWith(wanted)) ??
    names.find((n) => n.includes(wanted)) ?? letters;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.closest("input, textarea, select");
  if (field?.name === "typed") {
    const form = field.closest("form");
    const guesses = form.querySelectorAll("button[name=intent]");
    const guess = field.value === "" && /^[1-9]$/.test(event.key) ? guesses[event.key - 1] : null;
    if (guess) {
      event.preventDefault();
      send(form, guess);
    } else if (event.key === "Enter" && field.value) {
      event.preventDefault();
      field.value = completed(field.value);
      send(form, form.querySelector("button.file"));
    } else if (event.key === "Escape") {
      event.preventDefault();
      field.value = "";
      go(items().indexOf(form));
    }
    return;
  }
  if (field && field.type !== "checkbox") return;
  const item = chosen();
  if (event.key === "ArrowDown" || event.key === "j") {
    event.preventDefault();
    go(document.activeElement?.closest("[data-item]") ? items().indexOf(item) + 1 : here);
  } else if (event.key === "ArrowUp" || event.key === "k") {
    event.preventDefault();
    go(items().indexOf(item) - 1);
  } else if (event.key === "f" && item) {
    const typed = onlyThis(item).querySelector("input[name=typed]");
    if (typed) {
      event.preventDefault();
      typed.focus();
    }
  } else if (event.key === "a" && item) {
    event.preventDefault();
    const form = onlyThis(item);
    send(form, form.querySelector("button.aside"));
  } else if (event.key === "u") {
    event.preventDefault();
    send(document.getElementById("undo"), null);
  }
});
