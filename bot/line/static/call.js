"use strict";
// The caller's page: one call at a time, over WebRTC, with captions and keys over its data channel.

const $ = (id) => document.getElementById(id);
const ASK_AGAIN = 2000; // ms between questions whether the models are loaded
const ASK_FOR_PLACE = 4000; // ms between questions whether a line is free
const WAIT_FOR_PLACE = 180000; // ms that the page tries by itself, once its visitor has called
const CONNECT = 10000; // ms for the sound to find its way; after that, something blocks it
const GATHER = 1000; // ms for the browser to find its own addresses; they are all local

let language = "nl";
let company = "";
let phase = "idle"; // idle, starting, connecting, live, ended
let state = null; // key of the text in the status line
let problem = null;
let outcome = null;
let tried = false;
let wantedSince = 0; // when the visitor called in vain since every line was busy; 0: did not
let asking = null; // timer of the next question to the server
let call = null; // {peer, channel, microphone, id, began, hungUp}

// ---- texts ----

function text(key, ...values) {
  const found = key.split(".").reduce((texts, part) => texts && texts[part], TEXTS[language]);
  return typeof found === "string" ? values.reduce((s, v, i) => s.replace(`{${i}}`, v), found) : found;
}

function render() {
  document.documentElement.lang = language;
  document.body.dataset.phase = phase;
  document.title = text("title", company);
  for (const each of document.querySelectorAll("[data-text]")) each.textContent = text(each.dataset.text, company);
  for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", text(each.dataset.label));
  for (const each of document.querySelectorAll("[data-language]")) each.setAttribute("aria-pressed", String(each.dataset.language === language));
  for (const each of document.querySelectorAll("#captions li")) each.querySelector("b").textContent = text(each.dataset.who);
  $("company").textContent = company;
  $("call-label").textContent = text(problem === "full" ? "retry" : tried ? "again" : "call");
  const inCall = phase === "live" || phase === "connecting";
  $("call").hidden = inCall;
  $("call").disabled = phase === "starting";
  $("controls").hidden = !inCall;
  if (!inCall) showKeypad(false);
  $("conversation").hidden = !$("captions").children.length;
  $("ended").hidden = phase !== "ended";
  $("outcome").textContent = outcome ? text(`outcomes.${outcome}`) || text("outcomes.unknown") : "";
  $("call-id").textContent = call && call.id ? call.id : "";
  const [what, cure] = problem ? text(`problems.${problem}`) : ["", ""];
  if ($("problem-what").textContent !== what) {
    $("problem-what").textContent = what;
    $("problem-cure").textContent = cure;
  }
  $("problem").hidden = !problem;
  say(state);
  tick();
}

function say(key, ...values) {
  const words = key ? text(key, ...values) : "";
  if ($("state").textContent !== words) $("state").textContent = words;
}

function show(changes) {
  if ("phase" in changes) phase = changes.phase;
  if ("state" in changes) state = changes.state;
  if ("problem" in changes) problem = changes.problem;
  if ("outcome" in changes) outcome = changes.outcome;
  render();
}

function chooseLanguage(chosen) {
  language = chosen;
  try { localStorage.setItem("kalm-language", chosen); } catch { /* private windows may refuse */ }
  render();
}

function firstLanguage() {
  let kept = null;
  try { kept = localStorage.getItem("kalm-language"); } catch { /* as above */ }
  const wanted = [kept, ...(navigator.languages || [navigator.language])].filter(Boolean);
  const known = wanted.map((each) => each.slice(0, 2).toLowerCase()).find((each) => each in TEXTS);
  return known || "nl";
}

// ---- before a call ----

async function askStatus() {
  let status;
  try {
    status = await (await fetch("/lines/browser/status", { cache: "no-store" })).json();
  } catch {
    if (phase === "starting" || problem === "full") asking = setTimeout(askStatus, ASK_AGAIN);
    return;
  }
  company = status.company;
  if (phase === "idle" || phase === "starting") {
    if (status.state === "loading") {
      show({ phase: "starting", state: "starting" });
      setTimeout(askStatus, ASK_AGAIN);
      return;
    }
    if (status.state === "full") return waitForPlace();
    if (problem === "full" && status.state === "open") return placeIsFree();
    const refused = status.state === "open" ? null : status.state;
    show({ phase: "idle", state: null, problem: problem === "full" ? refused : problem || refused });
  } else {
    render();
  }
}

function waitForPlace() {
  const tooLong = wantedSince && Date.now() - wantedSince > WAIT_FOR_PLACE;
  if (tooLong) wantedSince = 0;
  const told = tooLong || state === "still_full" ? "still_full" : wantedSince ? "waiting" : null;
  show({ phase: "idle", state: told, problem: "full" });
  clearTimeout(asking);
  asking = setTimeout(askStatus, ASK_FOR_PLACE);
}

function placeIsFree() {
  show({ problem: null, state: "free" });
  // Who has called and waits is called for; who only looks at the page is told.
  if (wantedSince) begin();
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

// ---- a call ----

async function begin() {
  clearTimeout(asking);
  if (state === "still_full") state = null;
  $("captions").replaceChildren();
  call = { began: 0 };
  tried = true;
  const mine = call;
  show({ phase: "connecting", state: "microphone", problem: null, outcome: null });
  $("hangup").focus();
  try {
    mine.microphone = await microphone();
    if (call !== mine || mine.hungUp) return release(mine);
    show({ state: "connecting" });
    await connect(mine);
  } catch (error) {
    release(mine);
    if (call !== mine || mine.hungUp) return;
    call = null;
    const known = error.message in TEXTS.nl.problems ? error.message : "unreachable";
    if (known === "full") {
      wantedSince = wantedSince || Date.now();
      waitForPlace();
    } else {
      wantedSince = 0;
      show({ phase: "idle", state: null, problem: known });
      if (known === "loading") askStatus();
    }
    $("call").focus();
  }
}

async function connect(mine) {
  const peer = new RTCPeerConnection();
  mine.peer = peer;
  const [track] = mine.microphone.getAudioTracks();
  track.addEventListener("ended", () => { if (phase === "live") show({ problem: "missing" }); });
  peer.addTransceiver(track, { direction: "sendrecv" });
  peer.addEventListener("track", (event) => {
    $("sound").srcObject = event.streams[0] || new MediaStream([event.track]);
    $("sound").play().catch(() => {});
  });
  peer.addEventListener("connectionstatechange", () => changed(mine));
  mine.channel = peer.createDataChannel("kalm");
  mine.channel.addEventListener("message", (event) => told(mine, event.data));
  mine.channel.addEventListener("close", () => over(mine));
  await peer.setLocalDescription(await peer.createOffer());
  await gathered(peer);
  const response = await fetch("/lines/browser/offer", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ sdp: peer.localDescription.sdp, type: "offer", language }),
  });
  const reply = await response.json();
  if (!response.ok) throw new Error(reply.state || "unreachable");
  mine.id = reply.call_id;
  if (mine.hungUp) return release(mine);
  await peer.setRemoteDescription({ sdp: reply.sdp, type: reply.type });
  setTimeout(() => { if (call === mine && phase === "connecting") over(mine); }, CONNECT);
}

function gathered(peer) {
  return new Promise((resolve) => {
    if (peer.iceGatheringState === "complete") return resolve();
    peer.addEventListener("icegatheringstatechange", () => { if (peer.iceGatheringState === "complete") resolve(); });
    setTimeout(resolve, GATHER);
  });
}

function changed(mine) {
  if (call !== mine) return;
  const now = mine.peer.connectionState;
  if (now === "connected" && phase === "connecting") {
    mine.began = Date.now();
    wantedSince = 0;
    show({ phase: "live", state: "connected" });
  } else if (now === "connected") {
    show({ state: "listening" });
  } else if (now === "disconnected") {
    show({ state: "shaky" });
  } else if (now === "failed") {
    over(mine, "lost");
  } else if (now === "closed") {
    over(mine);
  }
}

function told(mine, data) {
  if (call !== mine) return;
  let message;
  try { message = JSON.parse(data); } catch { return; }
  if (message.type === "caption") caption(message);
  else if (message.type === "state" && message.state in TEXTS.nl) show({ state: message.state });
  else if (message.type === "ended") mine.outcome = message.outcome;
  else if (message.type === "signalling" && message.message && message.message.type === "peerLeft") over(mine, mine.outcome || "unknown");
}

function caption({ who, text: words, language: spoken }) {
  const list = $("captions");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const line = document.createElement("li");
  line.dataset.who = who === "caller" ? "caller" : "bot";
  const name = document.createElement("b");
  name.textContent = text(line.dataset.who);
  const said = document.createElement("span");
  said.lang = spoken;
  said.textContent = words;
  line.append(name, " ", said);
  list.append(line);
  $("conversation").hidden = false;
  // Who reads back is not torn away from it.
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function over(mine, how) {
  if (call !== mine || phase === "ended") return;
  release(mine);
  const lost = how === "lost" || (!how && !mine.outcome && !mine.hungUp);
  const wasLive = mine.began > 0;
  if (!wasLive && !mine.hungUp) {
    show({ phase: "idle", state: null, problem: "blocked" });
  } else {
    show({ phase: "ended", state: null, outcome: mine.hungUp ? "hung_up" : how || mine.outcome || "lost", problem: lost ? "lost" : null });
  }
  $("call").focus();
}

function hangUp() {
  if (!call) return;
  call.hungUp = true;
  if (call.began) over(call, "hung_up");
  else {
    release(call);
    call = null;
    wantedSince = 0;
    show({ phase: "idle", state: null });
    $("call").focus();
  }
}

function release(mine) {
  if (mine.microphone) for (const track of mine.microphone.getTracks()) track.stop();
  if (mine.peer) mine.peer.close();
  $("sound").srcObject = null;
  $("mute").setAttribute("aria-pressed", "false");
}

// ---- mute and keys ----

function mute() {
  if (!call || !call.microphone) return;
  const muted = $("mute").getAttribute("aria-pressed") !== "true";
  for (const track of call.microphone.getAudioTracks()) track.enabled = !muted;
  $("mute").setAttribute("aria-pressed", String(muted));
  show({ state: muted ? "muted" : "unmuted" });
}

function press(key) {
  if (!call || !call.channel || call.channel.readyState !== "open") return;
  call.channel.send(JSON.stringify({ type: "key", key }));
  say("key", { "*": text("star"), "#": text("hash") }[key] || key);
}

function showKeypad(open) {
  $("keypad").hidden = !open;
  $("keys").setAttribute("aria-expanded", String(open));
}

function buildKeypad() {
  for (const key of "123456789*0#") {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = key;
    button.dataset.key = key;
    button.addEventListener("click", () => press(key));
    $("keypad").append(button);
  }
  // The keyboard's own digits work while the focus is on the keypad, and only there.
  $("keypad").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.length === 1 && "0123456789*#".includes(event.key)) {
      event.preventDefault();
      press(event.key);
    } else if (event.key === "Escape") {
      showKeypad(false);
      $("keys").focus();
    }
  });
}

function tick() {
  if (phase !== "live" || !call) { $("timer").textContent = ""; return; }
  const seconds = Math.floor((Date.now() - call.began) / 1000);
  $("timer").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

// ---- begin ----

language = firstLanguage();
buildKeypad();
for (const each of document.querySelectorAll("[data-language]")) each.addEventListener("click", () => chooseLanguage(each.dataset.language));
$("call").addEventListener("click", begin);
$("hangup").addEventListener("click", hangUp);
$("mute").addEventListener("click", mute);
$("keys").addEventListener("click", () => {
  showKeypad($("keypad").hidden);
  if (!$("keypad").hidden) $("keypad").firstElementChild.focus();
});
window.addEventListener("pagehide", () => { if (call && call.peer) call.peer.close(); });
setInterval(tick, 500);
render();
askStatus();
