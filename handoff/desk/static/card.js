// The card in hand: copy it as text, print it, say what is wrong on it, and go from a fact to its
// moment in the conversation and back.

const tools = document.getElementById("tools");
const said = document.getElementById("tools-said");
const body = document.getElementById("card-body");
const box = document.getElementById("copy-text");

function say(text) {
  said.textContent = ""; // The same words twice are told twice.
  requestAnimationFrame(() => (said.textContent = text));
}

async function text() {
  const answer = await fetch(tools.dataset.text);
  if (!answer.ok) throw new Error(answer.status);
  return await answer.text();
}

export async function copy(words) {
  // A browser that wants a promise at the moment of the click gets one; some have no clipboard
  // at all without a secure connection, and then the old way still works in most.
  const promised = Promise.resolve(words);
  try {
    const blob = promised.then((plain) => new Blob([plain], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
    return true;
  } catch {
    const plain = await promised;
    const area = document.createElement("textarea");
    const focused = document.activeElement;
    area.value = plain;
    area.className = "unseen";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    focused?.focus({ preventScroll: true });
    return done;
  }
}

document.getElementById("copy")?.addEventListener("click", async () => {
  try {
    const plain = text();
    if (await copy(plain)) return say(tools.dataset.copied);
    box.value = await plain;
    box.hidden = false;
    box.select();
    say(tools.dataset.failed);
  } catch {
    say(tools.dataset.lost);
  }
});

document.getElementById("print")?.addEventListener("click", () => print());

// Wrong: one click marks it; what it should be may be told, and need not.

async function dispute(button, now) {
  const { field, of, was } = button.dataset;
  const answer = await fetch(tools.dataset.disputes, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": tools.dataset.csrf },
    body: JSON.stringify({ field, of: Number(of), was, now }),
    signal: AbortSignal.timeout(8000),
  }).catch(() => null);
  return Boolean(answer?.ok);
}

body?.addEventListener("click", async (event) => {
  const button = event.target.closest("button.wrong");
  if (!button || button.disabled) return;
  button.disabled = true;
  const back = button.dataset.now ?? "";
  const done = await dispute(button, back);
  button.disabled = false;
  if (!done) return say(tools.dataset.notMarked);
  if (back) return say(tools.dataset.unmarked);
  say(tools.dataset.marked);
  correct(button);
});

// The part is not replaced while somebody types in it.
function correct(button) {
  const fact = button.closest(".fact");
  if (!fact) return; // The card was renewed before we came.
  const live = document.contains(fact) ? fact : again(button);
  if (!live) return;
  live.classList.add("disputed");
  const input = document.createElement("input");
  input.className = "correction";
  input.maxLength = 500;
  input.placeholder = tools.dataset.correction;
  input.setAttribute("aria-label", `${tools.dataset.correction} ${button.dataset.was}`);
  live.append(input);
  input.focus({ preventScroll: true });
  let over = false;
  const end = async () => {
    if (over) return;
    over = true;
    const now = input.value.trim();
    input.remove();
    if (now && !(await dispute(button, now))) say(tools.dataset.notMarked);
  };
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") input.value = "";
    if (event.key === "Enter" || event.key === "Escape") end();
  });
  input.addEventListener("blur", end);
}

function again(button) {
  const { field, of, was } = button.dataset;
  const same = [...body.querySelectorAll("button.wrong")].find(
    (one) => one.dataset.field === field && one.dataset.of === of && one.dataset.was === was,
  );
  return same?.closest(".fact");
}

// From a fact to its moment, for eyes and for screen readers, and back with Escape.

let from = null;

body?.addEventListener("click", (event) => {
  const link = event.target.closest("a.source");
  const moment = link && document.getElementById(link.hash.slice(1));
  if (!moment || link.pathname !== location.pathname) return;
  from = link;
  moment.tabIndex = -1;
  // After the browser itself has scrolled there and marked it.
  requestAnimationFrame(() => moment.focus({ preventScroll: true }));
});

document.getElementById("lines")?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !from) return;
  const same = document.contains(from)
    ? from
    : [...body.querySelectorAll("a.source")].find((one) => one.textContent === from.textContent);
  from = null;
  same?.focus();
  event.stopPropagation();
});
