// Runs one program at a time and shows its output as it comes.
"use strict";

const form = document.getElementById("form");
const start = document.getElementById("start");
const cancel = document.getElementById("cancel");
const state = document.getElementById("state");
const output = document.getElementById("output");
const served = document.getElementById("served");
let run = "";

function post(path, fields) {
  const token = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/);
  return fetch(path, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { "X-XSRFToken": token ? decodeURIComponent(token[1]) : "" },
  });
}

function say(text, kind) {
  state.textContent = text;
  state.className = kind || "";
}

function ending(line) {
  const time = line.wall.toFixed(1) + " s";
  if (line.timed_out) return ["Timed out after " + time + ".", "bad"];
  if (cancel.dataset.asked) return ["Cancelled after " + time + ".", "bad"];
  if (line.status === 0) return ["Exit status 0 after " + time + ".", "good"];
  if (line.status < 0) return ["Ended by signal " + -line.status + " after " + time + ".", "bad"];
  return ["Exit status " + line.status + " after " + time + ".", "bad"];
}

function handle(line) {
  if (line.run) {
    run = line.run;
    served.textContent = ", the program runs at port " + run.split("-")[0];
    cancel.disabled = false;
    say("Running…");
  } else if (line.output !== undefined) {
    output.append(line.output);
  } else if (line.error) {
    say(line.error, "bad");
  } else {
    say(...ending(line));
  }
}

async function follow(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    lines.forEach((line) => handle(JSON.parse(line)));
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  output.textContent = "";
  delete cancel.dataset.asked;
  start.disabled = true;
  say("Starting…");
  try {
    const response = await post("/run", { command: document.getElementById("command").value });
    if (response.ok || response.status === 503) await follow(response);
    else say("The server said " + response.status + ".", "bad");
  } catch (error) {
    say("The connection broke: " + error.message, "bad");
  }
  start.disabled = false;
  cancel.disabled = true;
});

cancel.addEventListener("click", () => {
  cancel.dataset.asked = "yes";
  cancel.disabled = true;
  say("Cancelling…");
  post("/cancel", { run });
});
