// The panel's page: exchanges its opening for a session, kept in this page's memory alone, and shows what it is given.
import { host } from "./hosts.js";

const body = document.body;
const panel = document.getElementById("panel");
const where = { root: body.dataset.root, base: body.dataset.base };
const around = host(body.dataset.host, body.dataset.parent, location.search);
const RENEW_MS = 10 * 60 * 1000;
let opened = body.dataset.session; // what the opening was exchanged for; of no ticket yet where the frame tells it
let session = null; // of the ticket that is shown
let ticket = body.dataset.ticket || null;
let customer = null;
let isAll = false;
let typing = null;

body.removeAttribute("data-session");
history.replaceState(null, "", location.pathname); // the address may hold a proof: it does not stay in the bar

class Said extends Error {}

async function post(path, content, token = session) {
  let answer;
  try {
    answer = await fetch(`${where.base}/${path}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(content),
      credentials: "omit",
      cache: "no-store",
    });
  } catch {
    throw new Said("Billhouse did not answer. What you see may be old; nothing was changed by looking.");
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Said(told.error || "Billhouse did not understand. Open the panel anew.");
  return told;
}

function say(words, place = panel) {
  const line = document.createElement("p");
  line.className = "banner bad";
  line.setAttribute("role", "alert");
  line.textContent = words;
  if (place === panel && panel.querySelector("[data-object], .card h1")) panel.prepend(line);
  else place.replaceChildren(line);
  line.scrollIntoView({ block: "nearest" });
}

async function enter(grant = null) {
  const given = await post("session", { ticket, ...(grant || {}) }, opened);
  opened = given.opened;
  session = given.session;
}

async function show() {
  panel.classList.add("busy");
  try {
    if (!session) await enter();
    const given = await post("view", { customer, all: isAll });
    // What was opened while the answer came stays open, too.
    const open = [...panel.querySelectorAll("details[open][data-ref]")].map((one) => one.dataset.ref);
    draw(given.html, open);
  } catch (problem) {
    say(problem.message);
  } finally {
    panel.classList.remove("busy");
  }
}

function draw(html, open = []) {
  panel.innerHTML = html;
  customer = panel.querySelector("#switch")?.value || customer;
  for (const one of panel.querySelectorAll("details[data-ref]")) one.open = open.includes(one.dataset.ref);
}

async function begin(button) {
  const place = button.closest("[data-object]").querySelector(".slot");
  button.disabled = true;
  try {
    const given = await post("form", { customer, verb: button.dataset.verb, ref: button.dataset.ref });
    put(place, given.html);
  } catch (problem) {
    say(problem.message, place);
  } finally {
    button.disabled = false;
  }
}

function put(place, html) {
  for (const other of panel.querySelectorAll(".slot")) other.replaceChildren();
  place.innerHTML = html;
  (place.querySelector("input, select, textarea") || place.querySelector("button"))?.focus();
  place.scrollIntoView({ block: "nearest" });
}

function typed(form) {
  return Object.fromEntries(new FormData(form).entries());
}

async function preview(form) {
  const given = await post("preview", { draft: form.dataset.draft, values: typed(form) });
  const words = form.querySelector(".effect");
  words.textContent = given.words;
  words.classList.toggle("bad", !given.is_ready);
  const button = form.querySelector("[type=submit]");
  button.textContent = given.label;
  button.disabled = !given.is_ready;
}

async function confirm(form) {
  const button = form.querySelector("[type=submit]");
  const content = { draft: form.dataset.draft, values: typed(form), customer, all: isAll };
  clearTimeout(typing);
  button.disabled = true;
  button.textContent = "Waiting for the gateway's answer…";
  try {
    const given = await post("act", content);
    if (given.form) put(form.closest(".slot"), given.form);
    else draw(given.html);
    if (!given.form) panel.firstElementChild?.scrollIntoView({ block: "nearest" });
  } catch (problem) {
    const place = form.closest(".slot");
    say(`${problem.message} Refresh to see what became of it before you try again.`, place);
  }
}

async function note(form) {
  try {
    const given = await post("note", { text: typed(form).text, customer, all: isAll });
    draw(given.html);
  } catch (problem) {
    say(problem.message, form.parentElement.querySelector(".slot"));
  }
}

function signIn() {
  const nonce = crypto.randomUUID();
  const window_ = open(`${where.root}/sign-in?nonce=${nonce}`, "billhouse", "popup,width=480,height=680");
  addEventListener("message", async function heard(event) {
    if (event.origin !== location.origin || event.source !== window_ || !event.data?.grant) return;
    removeEventListener("message", heard);
    try {
      await enter({ grant: event.data.grant, nonce });
      await show();
    } catch (problem) {
      say(problem.message);
    }
  });
}

panel.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.verb) begin(button);
  else if ("keep" in button.dataset) button.closest(".slot").replaceChildren();
  else if ("all" in button.dataset) (isAll = true), show();
  else if (button.id === "refresh") show();
  else if (button.id === "sign-in") signIn();
});
panel.addEventListener("change", (event) => {
  if (event.target.id !== "switch") return;
  customer = event.target.value;
  show();
});
panel.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (!form) return;
  clearTimeout(typing);
  typing = setTimeout(() => preview(form).catch((problem) => say(problem.message, form.closest(".slot"))), 250);
});
panel.addEventListener("submit", (event) => {
  event.preventDefault();
  if ("note" in event.target.dataset) note(event.target);
  else if (!event.target.querySelector("[type=submit]").disabled) confirm(event.target);
});

around.onTicket((id) => {
  if (id === ticket && session) return;
  [ticket, session, customer, isAll] = [id, null, null, false];
  panel.innerHTML = '<p class="card faint">Reading this ticket\'s billing…</p>';
  if (ticket) show();
  else say("Open a single conversation to see its billing.");
});
new ResizeObserver(() => around.resize(Math.ceil(panel.offsetHeight) + 16)).observe(panel);
setInterval(() => enter().catch(() => {}), RENEW_MS);
if (ticket) show();
