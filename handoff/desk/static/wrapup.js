// The wrap-up: one key sends it, a try that failed suggests the next one, and what an agent has not
// touched follows the call until it is over.

const actions = document.getElementById("actions");
const touched = new Set();
const wrapup = () => document.getElementById("wrapup");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat) return;
  const form = wrapup();
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
});

actions?.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.form || field.form.id !== "wrapup") return;
  touched.add(field.name);
  if (field.name === "disposition") suggest(field);
  if (field.name === "promise") oneMore(field);
});

// Who was not reached is called again: the moment is proposed, and can be changed or taken out.
function suggest(chosen) {
  const due = chosen.form.elements.callback_due;
  if (!due || touched.has("callback_due")) return;
  const again = chosen.value === "not_reached";
  if (again) due.closest("details").open = true;
  due.value = again ? due.dataset.suggested : "";
}

// There is always one empty row for a promise.
function oneMore(field) {
  const rows = [...field.form.querySelectorAll(".promises .promise")];
  const last = rows.at(-1);
  if (!last.contains(field) || !field.value || rows.length >= 10) return;
  const row = last.cloneNode(true);
  for (const input of row.querySelectorAll("input")) input.value = "";
  last.after(row);
}

document.addEventListener("kalm:call", (event) => {
  const draft = event.detail.draft;
  const form = wrapup();
  if (!draft || !form || event.detail.state !== actions.dataset.state) return;
  if (!touched.has("done")) form.elements.done.value = draft.done;
  if (!touched.has("disposition") && draft.disposition) {
    form.elements.disposition.value = draft.disposition;
  }
});
