// While an owner types: what a caller will hear, and what is wrong where. All of it works without, on saving.

const PAUSE_MS = 400;

function later(doing) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(doing, PAUSE_MS);
  };
}

async function ask(form, where, what) {
  const answer = await fetch(where, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": form.dataset.csrf },
    body: JSON.stringify(what),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function say(place, pieces) {
  place.replaceChildren(
    ...pieces.flatMap(([style, words, lang]) => {
      const piece = document.createElement("span");
      if (style) piece.className = style;
      if (lang) piece.lang = lang;
      piece.textContent = words;
      return [piece, " "];
    }),
  );
}

function mark(box, wrong) {
  if (wrong) box.setAttribute("aria-invalid", "true"); // empty, it would say "false"
  else box.removeAttribute("aria-invalid");
}

function watchWording(form, box) {
  const place = document.getElementById(`${box.id}-heard`);
  let latest = 0;
  const look = async () => {
    const mine = ++latest;
    const wording = box.value.trim();
    if (!wording) {
      box.removeAttribute("aria-invalid");
      return place.replaceChildren();
    }
    try {
      const told = await ask(form, form.dataset.heard, { wording, language: box.dataset.spoken });
      if (mine !== latest) return;
      mark(box, Boolean(told.problem));
      if (told.problem) say(place, [["wrong", told.problem]]);
      else say(place, [["hears", place.dataset.hears], ["", told.words, box.dataset.spoken]]);
    } catch {
      if (mine === latest) say(place, [["wrong", place.dataset.lost]]);
    }
  };
  box.addEventListener("input", later(look));
  if (box.value !== box.defaultValue) look(); // typed before this script was there
}

function watchFlow(form) {
  const box = form.elements.text;
  const place = document.getElementById("looked");
  let latest = 0;
  const look = async () => {
    const mine = ++latest;
    try {
      const { problem } = await ask(form, form.dataset.look, { flow: form.dataset.flow, text: box.value });
      if (mine !== latest) return;
      mark(box, Boolean(problem?.line));
      if (problem && !problem.line) say(place, [["wrong", problem.text]]);
      else if (problem) {
        const line = `${place.dataset.line} ${problem.line}: ${problem.shown}`;
        say(place, [["wrong", line], ["wrong", problem.text]]);
      } else say(place, [["good", place.dataset.fine]]);
    } catch {
      if (mine === latest) say(place, [["wrong", place.dataset.lost]]);
    }
  };
  box.addEventListener("input", later(look));
  if (box.value !== box.defaultValue) look(); // typed before this script was there
}

for (const form of document.querySelectorAll("form[data-heard]"))
  for (const box of form.querySelectorAll("textarea")) watchWording(form, box);
for (const form of document.querySelectorAll("form[data-look]")) watchFlow(form);
