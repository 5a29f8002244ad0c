// Streams of what is told: each comes back by itself, and the page says so while one is away.
//
// A browser tries again when a stream breaks off. One that is refused, as by a proxy while Kalm
// starts anew, it gives up for ever; and one whose cable was pulled it believes in for ever. So
// both are looked after here, and so is what is sent: a click is never lost without a word.

const box = document.getElementById("connection");
const SILENT = 25_000; // ms; the server says every 10 s that it is there
const AGAIN = 3000; // ms between tries
const PATIENCE = 5000; // ms: a stream ends now and then by itself, and comes back at once
const ANSWER = 8000; // ms in which what was sent is answered
const READ = 10_000; // ms for which it is said that something may not have arrived
const away = new Map(); // "lost" or "ended" of each stream that is away
const doubtful = new Set(); // streams that broke off: most come back before anybody is told
let missed = 0; // when the latest thing that was sent did not arrive, as far as we know

function show() {
  if (!box) return;
  const states = [...away.values()];
  const text = states.includes("ended") ? box.dataset.ended : missed ? box.dataset.missed : states.length ? box.dataset.lost : "";
  box.hidden = !text;
  if (box.textContent !== text) box.textContent = text;
}

// `state`: "well", "lost", or "ended" when one is logged out.
export function report(name, state) {
  if (state === "well") away.delete(name);
  else away.set(name, state);
  if (away.size === 0) missed = 0; // What stands on the page now is so.
  show();
}

export function follow(url, takers, tell = () => {}) {
  if (!url) return; // There is nothing to follow on this page.
  let source = null;
  let heard = Date.now();
  let last = null; // number of the last event, to go on from there
  let state = away.get(url) ?? "well"; // as another page, which followed it before us, told of it

  function become(now) {
    if (now === state) return;
    state = now;
    report(url, now);
    tell(now);
  }

  function hear(event) {
    heard = Date.now();
    doubtful.delete(url);
    if (event.lastEventId) last = event.lastEventId;
    if (!missed || away.size > 0 || heard - missed < READ) return;
    missed = 0; // It was only slow: the connection is there.
    show();
  }

  function open() {
    const from = new URL(url, location.href);
    if (last !== null && from.searchParams.has("after")) from.searchParams.set("after", last);
    source?.close();
    heard = Date.now();
    const mine = (source = new EventSource(from));
    mine.addEventListener("open", (event) => { hear(event); become("well"); });
    mine.addEventListener("beat", hear);
    for (const [name, take] of Object.entries(takers)) {
      mine.addEventListener(name, (event) => { hear(event); take(JSON.parse(event.data)); });
    }
    mine.addEventListener("error", () => {
      if (mine !== source) return;
      doubtful.add(url);
      if (mine.readyState === EventSource.CLOSED) return refused(mine);
      setTimeout(() => { if (mine === source && mine.readyState !== EventSource.OPEN) become("lost"); }, PATIENCE);
    });
  }

  async function refused(mine) {
    if ((await status(url)) === 401) return become("ended");
    become("lost");
    setTimeout(() => { if (mine === source) open(); }, AGAIN);
  }

  function look(atOnce = false) {
    if (state === "ended" || !(atOnce || Date.now() - heard > SILENT)) return;
    become("lost");
    open();
  }

  open();
  setInterval(look, 1000);
  addEventListener("online", () => look(state === "lost"));
}

async function status(url) {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), ANSWER);
  const answer = await fetch(url, { cache: "no-store", signal: stop.signal }).catch(() => null);
  stop.abort(); // What it goes on to tell is not for us.
  return answer?.status ?? null;
}

// Send something; null when no answer came, and then the page says so.
export async function send(url, body, csrf, method = "POST") {
  const form = body instanceof URLSearchParams;
  const answer = await fetch(url, {
    method,
    headers: form ? {} : { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: form ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER),
  }).catch(() => null);
  missed = answer === null ? Date.now() : 0;
  show();
  return answer;
}

// A form that leads to another page is sent only when the server can be reached: what was typed
// is not given for a browser's page of errors.
document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (away.size + doubtful.size === 0 || event.defaultPrevented || form.dataset.reached) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (form.dataset.asking) return; // One press is one answer.
  form.dataset.asking = "yes";
  missed = (await status(box.dataset.there)) === 200 ? 0 : Date.now();
  delete form.dataset.asking;
  show();
  if (missed) return;
  form.dataset.reached = "yes";
  form.requestSubmit(submitter);
  delete form.dataset.reached;
});
