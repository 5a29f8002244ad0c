// Talking with the caller of the open card: the agent's microphone and loudspeaker over WebRTC.
// A colleague who is asked, and a supervisor, sit in by the same page (?sit=consult, listen, whisper).
// The server decides what is so; this page asks, and shows what it is told.

const $ = (id) => document.getElementById(`talk-${id}`);
const panel = document.getElementById("talk");
const CONNECT = 14000; // ms for the sound to find its way; after that, something blocks it
const GATHER = 1000; // ms for the browser to find its own addresses; they are all local
const ANSWER = 12_000; // ms in which the server answers; it waits no longer for our sound
const texts = JSON.parse(panel.dataset.texts);

let possible = panel.dataset.possible === "yes"; // the caller can be talked with
let talk = null; // {peer, channel, microphone, began} from the click until it is over
let state = null; // name of the text in the status line
let who = ""; // whom that text is about
let place = ""; // what we are in the talk and how it stands, as "agent:talking"
const wish = new URLSearchParams(location.search).get("sit");
let sit = ["consult", "listen", "whisper"].includes(wish) ? wish : wish === "take" ? "listen" : null;
const ENDS = ["given_back", "agent_hung_up", "caller_gone", "lost", "cut", "handed_on", "left", "taken_over", "over"];
const STAY = ["lost", "cut", "closed"]; // after these, the caller may be there for us still

function show(name, problem = null) {
  state = name;
  const words = name ? (texts[name] ?? "").replaceAll("WHO", who) : "";
  if ($("state").textContent !== words) $("state").textContent = words;
  if (problem !== null) $("problem").textContent = problem;
  $("problem").hidden = !$("problem").textContent;
  $("start").hidden = talk !== null || !(possible || sit);
  $("start-text").textContent = texts[sit ? `start_${wish}` : "start"];
  $("controls").hidden = talk === null;
  panel.dataset.state = state ?? "";
  tick();
}

function tick() {
  if (!talk?.began) { $("time").textContent = ""; return; }
  const seconds = Math.floor((Date.now() - talk.began) / 1000);
  $("time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

async function microphone() {
  if (!window.isSecureContext || !navigator.mediaDevices) throw new Error("insecure");
  if (!window.RTCPeerConnection) throw new Error("unsupported");
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
  } catch (error) {
    const known = { NotFoundError: "missing", OverconstrainedError: "missing", NotReadableError: "busy", AbortError: "busy" };
    throw new Error(known[error.name] || "refused");
  }
}

async function start() {
  if (talk || !(possible || sit)) return; // a second press is the same wish
  const mine = (talk = { began: 0 });
  show("microphone", "");
  $("mute").focus();
  try {
    mine.microphone = await microphone();
    show("connecting");
    await connect(mine);
  } catch (error) {
    if (talk === mine) stop(null, texts[error.message] ?? error.message);
  }
}

async function connect(mine) {
  const peer = (mine.peer = new RTCPeerConnection());
  const [track] = mine.microphone.getAudioTracks();
  track.addEventListener("ended", () => { if (talk === mine) show(state, texts.unplugged); });
  peer.addTransceiver(track, { direction: "sendrecv" });
  peer.addEventListener("track", (event) => {
    $("sound").srcObject = event.streams[0] || new MediaStream([event.track]);
    $("sound").play().catch(() => {});
  });
  peer.addEventListener("connectionstatechange", () => changed(mine));
  mine.channel = peer.createDataChannel("kalm");
  mine.channel.addEventListener("message", (event) => told(mine, event.data));
  mine.channel.addEventListener("close", () => { if (talk === mine) stop("cut"); });
  await peer.setLocalDescription(await peer.createOffer());
  await gathered(peer);
  const sdp = peer.localDescription.sdp;
  const response = await (sit ? ask("/sit-in", { sdp, how: sit }) : ask("", { sdp }));
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.problem);
  await peer.setRemoteDescription(answer);
  setTimeout(() => { if (talk === mine && state === "connecting") stop(null, texts.blocked); }, CONNECT);
}

function gathered(peer) {
  return new Promise((resolve) => {
    if (peer.iceGatheringState === "complete") return resolve();
    peer.addEventListener("icegatheringstatechange", () => { if (peer.iceGatheringState === "complete") resolve(); });
    setTimeout(resolve, GATHER);
  });
}

async function ask(what, body) {
  try {
    return await fetch(panel.dataset.url + what, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": panel.dataset.csrf },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER),
    });
  } catch {
    throw new Error("unreachable");
  }
}

function changed(mine) {
  if (talk !== mine) return;
  const now = mine.peer.connectionState;
  if (now === "connected" && state === "connecting") show("waiting");
  else if (now === "connected" && state === "shaky") show(muted() ? "muted" : "talking");
  else if (now === "disconnected" && mine.began) show("shaky");
  else if (now === "failed" || now === "closed") stop("cut");
}

function told(mine, data) {
  if (talk !== mine) return;
  let message;
  try { message = JSON.parse(data); } catch { return; }
  if (message.type !== "talk") return;
  if (ENDS.includes(message.state)) return stop(message.state);
  mine.began ||= Date.now();
  arrange(message);
  if (message.state === "listened_to" || message.state === "whispered_to") return watched(message);
  if (message.state === "alone" && message.who === $("watched").dataset.who) return unwatched(message.who);
  who = message.who || who;
  if (message.state === "listen" && wish === "take") finish("/take-over", {});
  show(message.state === "talking" && muted() ? "muted" : message.state);
}

// Which buttons there are follows from our place in the talk and how it stands.

function arrange({ role, stage }) {
  if (!role || place === `${role}:${stage}`) return;
  place = `${role}:${stage}`;
  for (const each of panel.querySelectorAll("[data-for]")) {
    each.hidden = !each.dataset.for.split(" ").includes(place);
  }
  if (place !== "agent:talking") $("on").open = false;
  if (role === "agent") sit = null; // taken over, or given to us
  const focused = document.activeElement;
  if (focused?.hidden || focused?.closest?.("[hidden]")) $("mute").focus();
}

// That somebody listens is said for as long as they do, and sounds once.

function watched(message) {
  $("watched").textContent = texts[message.state].replaceAll("WHO", message.who);
  $("watched").dataset.who = message.who;
  try {
    const context = new AudioContext();
    const [tone, level] = [context.createOscillator(), context.createGain()];
    tone.frequency.value = 880;
    level.gain.value = 0.06;
    tone.connect(level).connect(context.destination);
    tone.start();
    tone.stop(context.currentTime + 0.25);
    tone.addEventListener("ended", () => context.close());
  } catch { /* the line is there all the same */ }
}

function unwatched(name) {
  if (name && name !== $("watched").dataset.who) return;
  $("watched").textContent = "";
  delete $("watched").dataset.who;
}

function stop(name, problem = "") {
  const mine = talk;
  talk = null;
  place = "";
  unwatched("");
  for (const track of mine.microphone?.getTracks() ?? []) track.stop();
  mine.peer?.close();
  $("sound").srcObject = null;
  $("mute").setAttribute("aria-pressed", "false");
  enable(true);
  if (ENDS.includes(name) && !STAY.includes(name)) possible = sit = false; // over, for us
  const focused = panel.contains(document.activeElement) || document.activeElement === document.body;
  show(name, problem);
  if (focused) {
    // Where to go on: talk again, or wrap up; else at what is told.
    const wrapUp = name === "given_back" ? null : document.querySelector("#actions input[type=radio], #actions button");
    const next = possible || sit ? $("start") : (wrapUp ?? $("state"));
    if (next === $("state")) next.tabIndex = -1;
    next.focus({ preventScroll: true });
  }
}

async function finish(what, body) {
  const mine = talk;
  if (!mine || $("end").disabled) return; // one press is one answer
  enable(false);
  let problem = "";
  try {
    const response = await ask(what, body);
    if (!response.ok) problem = (await response.json()).problem;
  } catch {
    problem = texts.unreachable;
  }
  // How it ended is told by the server, over the channel; only a refusal is told here.
  enable(true);
  if (talk === mine && problem) show(state, problem);
}

function enable(may) {
  for (const each of $("controls").querySelectorAll("button:not(#talk-mute)")) each.disabled = !may;
}

// To a colleague: who is there is looked up when the panel opens.

$("on").addEventListener("toggle", async () => {
  if (!$("on").open) return;
  const options = [new Option($("to").options[0].text, "")];
  try {
    const response = await fetch(`${panel.dataset.url}/colleagues`);
    const { colleagues, skills } = await response.json();
    for (const { name, words } of colleagues) options.push(new Option(`${name} (${words})`, `to:${name}`));
    for (const skill of skills) options.push(new Option($("to").dataset.skilled.replace("SKILL", skill), `skill:${skill}`));
  } catch {
    show(state, texts.unreachable);
  }
  const chosen = $("to").value;
  $("to").replaceChildren(...options);
  $("to").value = options.some((each) => each.value === chosen) ? chosen : "";
});

let wanted = {}; // to whom, while it is on its way

function other(button) {
  const what = button.dataset.do;
  let body = {};
  if (what === "hand-on" || what === "ask") {
    const [kind, name] = [$("to").value.split(":", 1)[0], $("to").value.slice($("to").value.indexOf(":") + 1)];
    if (place === "agent:talking") wanted = { ...(kind && { [kind]: name }), note: $("note").value };
    if (!(wanted.to || (wanted.skill && what === "hand-on"))) return show(state, texts.nobody_chosen);
    body = what === "ask" ? { to: wanted.to } : { ...wanted, warm: !("cold" in button.dataset) };
  }
  if (what === "give") body = { note: $("note").value };
  if (what === "speak") body = { how: button.dataset.how };
  show(state, "");
  finish(`/${what}`, body);
}

for (const button of panel.querySelectorAll("[data-do]")) button.addEventListener("click", () => other(button));

function muted() {
  return $("mute").getAttribute("aria-pressed") === "true";
}

function mute() {
  if (!talk?.microphone) return;
  const now = !muted();
  for (const track of talk.microphone.getAudioTracks()) track.enabled = !now;
  $("mute").setAttribute("aria-pressed", String(now));
  if (talk.began) show(now ? "muted" : "talking");
}

$("start").addEventListener("click", start);
$("mute").addEventListener("click", mute);
$("back").addEventListener("click", () => finish("/return", { task: $("task").value || null }));
$("end").addEventListener("click", () => finish("/end", {}));
setInterval(tick, 500);

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
  const typing = document.activeElement?.matches?.("textarea, select, input:not([type=radio])");
  if (event.key.toLowerCase() === "m" && talk && !typing) mute();
});

// Another page ends the talk: who goes there by accident is asked, and a card is closed after it.

addEventListener("beforeunload", (event) => { if (talk?.began) event.preventDefault(); });
addEventListener("pagehide", () => talk?.peer?.close());
document.addEventListener("submit", (event) => {
  if (!talk) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  show(state, texts.first_end);
}, { capture: true });

// What happens to the call elsewhere.

document.addEventListener("kalm:call", (event) => {
  possible = event.detail.talk === true;
  if (!talk) show(state);
});

show(null);
