// A colleague asks for help with a talk: told on every page of the desk, and answered there.

import { send } from "./stream.js";

const box = document.getElementById("asked");

function take({ asked }) {
  box.replaceChildren(...asked.map(notice));
}

function notice({ call, text }) {
  const line = document.createElement("p");
  line.className = "notice";
  const url = `/desk/calls/${encodeURIComponent(call)}`;
  const come = document.createElement("a");
  come.href = `${url}?sit=consult`;
  come.textContent = box.dataset.come;
  const no = document.createElement("button");
  no.type = "button";
  no.className = "link";
  no.textContent = box.dataset.no;
  no.addEventListener("click", () => refuse(url, line));
  line.append(text, " ", come, " ", no);
  return line;
}

async function refuse(url, line) {
  // Without an answer the line stays, and can be pressed again.
  if (await send(`${url}/talk/refuse`, {}, box.dataset.csrf)) line.remove();
}

document.addEventListener("kalm:asked", (event) => take(event.detail));
