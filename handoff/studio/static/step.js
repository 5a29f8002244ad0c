// While an owner fills in a form: what is wrong, below its field. Without it the same is told on saving.

const PAUSE_MS = 500;

for (const form of document.querySelectorAll("form[data-check]")) {
  let timer;
  let latest = 0;
  const look = async () => {
    const mine = ++latest;
    try {
      const answer = await fetch(form.dataset.check, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (!answer.ok || mine !== latest) return;
      const { wrong } = await answer.json();
      if (mine !== latest) return;
      for (const place of document.querySelectorAll("[id$='-wrong']")) {
        const words = wrong[place.id.slice(0, -"-wrong".length)] ?? "";
        if (place.textContent !== words) place.textContent = words;
      }
      for (const box of form.querySelectorAll("[data-field]")) {
        if (box.dataset.field in wrong) box.setAttribute("aria-invalid", "true");
        else box.removeAttribute("aria-invalid");
      }
    } catch {
      // Not reached now: it is looked at when the form is saved.
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
  // Typed before this script was there.
  if ([...form.elements].some((box) => "defaultValue" in box && box.value !== box.defaultValue)) look();
}
