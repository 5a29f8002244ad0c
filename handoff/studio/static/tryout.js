// Try it: turns come in place, and a sentence can be spoken. No sound is kept, here or there.
const csrf = () => document.querySelector("#begin input[name=csrf]").value;
let recorder = null;

function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const fresh = page.getElementById("call");
  if (!fresh) return location.reload();
  // What was said stays where it is; only what is new is added, so that it alone is read out.
  const old = document.querySelector("#call .talk");
  const talk = fresh.querySelector(".talk");
  if (old && talk && talk.children.length >= old.children.length) {
    const more = [...talk.children].slice(old.children.length);
    talk.replaceWith(old);
    document.getElementById("call").replaceWith(fresh);
    for (const turn of more) old.append(turn);
  } else {
    document.getElementById("call").replaceWith(fresh);
  }
  ready();
  document.getElementById("words")?.focus();
  document.getElementById("call").lastElementChild?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.id !== "say") return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form));
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    show(await answer.text());
  } catch {
    form.submit();
  }
});

function ready() {
  const button = document.getElementById("record");
  if (!button || !navigator.mediaDevices || !window.MediaRecorder) return;
  button.hidden = false;
  button.onclick = () => (recorder ? recorder.stop() : record(button));
}

async function record(button) {
  const told = document.getElementById("heard");
  told.textContent = "";
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    told.textContent = button.dataset.denied;
    return;
  }
  const parts = [];
  recorder = new MediaRecorder(stream);
  recorder.ondataavailable = (event) => parts.push(event.data);
  recorder.onstop = async () => {
    const type = recorder.mimeType;
    recorder = null;
    for (const track of stream.getTracks()) track.stop();
    button.setAttribute("aria-pressed", "false");
    button.textContent = button.dataset.busy;
    button.disabled = true;
    await hear(button, told, new Blob(parts, { type }));
    button.disabled = false;
    button.textContent = button.dataset.start;
  };
  recorder.start();
  button.setAttribute("aria-pressed", "true");
  button.textContent = button.dataset.stop;
  setTimeout(() => recorder?.stop(), button.dataset.longest * 1000);
}

async function hear(button, told, sound) {
  try {
    const answer = await fetch(`/studio/try/voice?language=${button.dataset.language}`, {
      method: "POST",
      body: sound,
      headers: { "X-CSRF-Token": csrf(), "Content-Type": sound.type || "audio/webm" },
    });
    const heard = await answer.json();
    if (heard.problem) {
      told.textContent = heard.problem;
      return;
    }
    document.getElementById("words").value = heard.words;
    document.getElementById("say").requestSubmit();
  } catch {
    told.textContent = button.dataset.lost;
  }
}

ready();
document.getElementById("words")?.focus();
