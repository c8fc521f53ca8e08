// Asking: a question goes to the server, its answer comes in pieces, and the conversation stays in this tab.
import { filters } from "./filters.js";
import { byId, call, say, tell } from "./shared.js";
import { showSourcesOf } from "./sources.js";
import { asking, conversation, keep } from "./store.js";
import { events } from "./stream.js";

// What a follow-up question can lean on.
export const SENT_ALONG = 10;
const TRIES = 3;
// The events after which nothing comes.
const LAST = ["klaar", "gegevens"];
const field = () => document.querySelector("#vraag textarea");
const turns = () => [...document.querySelectorAll("#gesprek > .beurt")];
const exchanges = new WeakMap();
let running = null;
let editing = null;

const state = (name, on) => document.documentElement.classList.toggle(name, on);
const pause = (ms, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    reject(new DOMException("", "AbortError"));
  }, { once: true });
});

/** A copy of the template `name`, with the texts of `values` filled in. */
export function filled(name, values = {}) {
  const copy = byId(name).content.cloneNode(true);
  for (const [key, text] of Object.entries(values)) copy.querySelector(`[data-vul=${key}]`).textContent = text;
  return copy;
}

export const focusField = () => field().focus();

// What there is to know while typing; gone at the first letter, unless it can be undone.
function note(text, canUndo = false) {
  const line = byId("invoer-melding");
  line.hidden = !text;
  line.querySelector("span").textContent = text;
  line.querySelector("button").hidden = !canUndo;
  if (text) say(text);
}

/** Put `text` in the question field, as if it was typed. */
function type(text) {
  field().value = text;
  field().dispatchEvent(new Event("input", { bubbles: true }));
}

function spoken(turn) {
  const copy = turn.querySelector(".antwoord").cloneNode(true);
  const cited = new Set([...copy.querySelectorAll(".citaat")].map((link) => link.hash)).size;
  copy.querySelectorAll(".citaat, .klein, .vh, button").forEach((part) => part.remove());
  copy.querySelectorAll("p, li").forEach((part) => part.append(" "));
  const sources = cited ? ` ${cited} ${cited === 1 ? "bron" : "bronnen"}.` : "";
  return copy.textContent.replace(/\s+/g, " ").trim() + sources;
}

const settle = () => state("hw-gesprek", turns().length > 0);

/** The exchange that `turn` shows. */
export const exchangeOf = (turn) => exchanges.get(turn);
const numberOf = (turn) => conversation().indexOf(exchangeOf(turn));
const questionOf = (turn) => exchangeOf(turn)?.question ?? turn.dataset.vraag;

// A long answer is read from its question down.
const reveal = (turn) => turn.scrollIntoView({ block: turn.offsetHeight > innerHeight / 2 ? "start" : "nearest" });

function asHtml(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
}

/** Ask `question`, in the place of the turn `instead` and those after it. One question at a time. */
export async function ask(question, instead = null) {
  if (running) return;
  const stop = new AbortController();
  running = stop;
  editing = null;
  note("");
  byId("filters").open = false;
  document.querySelectorAll(".vervolg-plek").forEach((place) => place.replaceChildren());
  if (instead?.isConnected) cut(instead);
  const narrowed = filters();
  asking.set({ question });
  byId("gesprek").append(filled("t-bezig", { vraag: question }));
  const turn = turns().at(-1);
  settle();
  state("hw-bezig", true);
  byId("gesprek").setAttribute("aria-busy", "true");
  say("Bezig met zoeken in de documenten.");
  reveal(turn);
  try {
    await answered(turn, question, narrowed, stop.signal);
  } catch (error) {
    if (!turn.isConnected) return;
    if (error.name === "AbortError") stopped(turn, question);
    else interrupted(turn, question, "Dat lukte niet.", error.message);
  } finally {
    if (running === stop) ended();
    settle();
  }
}

// The next question can be asked as soon as an answer is there, before its connection is closed.
function ended() {
  running = null;
  asking.set(null);
  state("hw-bezig", false);
  byId("gesprek").removeAttribute("aria-busy");
}

async function answered(turn, question, narrowed, signal) {
  const body = { vraag: question, gesprek: conversation().slice(-SENT_ALONG), filters: narrowed };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await received(turn, body, signal);
    } catch (error) {
      const again = [0, 502, 503, 504].includes(error.status) && attempt < TRIES;
      if (!again) throw error;
      const words = `${error.message} Handwijzer probeert het opnieuw.`;
      turn.querySelector(".wacht").textContent = words;
      turn.querySelector(".wacht").hidden = false;
      turn.querySelector(".komt").replaceChildren();
      turn.querySelector(".melding")?.remove();
      say(words);
      await pause(Math.max(error.waitS, 2 ** attempt) * 1000, signal);
    }
  }
}

async function received(turn, body, signal) {
  for await (const [name, data] of events("/pagina/vragen", body, LAST, signal)) {
    if (name === "gegevens") personal(turn, body.vraag, data);
    else if (name === "klaar") finished(turn, data);
    else coming(turn, name, data);
    if (LAST.includes(name)) ended();
  }
}

const forgetComing = () => byId("bronnen").querySelector("[data-antwoord=nu]")?.remove();

function coming(turn, name, { html }) {
  if (name === "bronnen") {
    forgetComing();
    byId("bronnen").append(asHtml(html));
    showSourcesOf("nu");
    return;
  }
  turn.querySelector(".wacht").hidden = true;
  if (name === "melding") turn.querySelector(".antwoord").prepend(asHtml(html));
  else turn.querySelector(".komt").append(asHtml(html), " ");
}

function finished(turn, { beurt, bronnen, gesprek }) {
  keep([...conversation(), gesprek]);
  const whole = asHtml(beurt).querySelector(".beurt");
  exchanges.set(whole, gesprek);
  turn.replaceWith(whole);
  turns().filter((one) => exchangeOf(one) && numberOf(one) < 0).forEach((old) => old.remove());
  forgetComing();
  byId("bronnen").append(asHtml(bronnen));
  showSourcesOf(gesprek.answer?.id);
  say(spoken(whole));
  reveal(whole);
  tell("antwoord", whole);
}

function personal(turn, question, { html, vraag }) {
  turn.querySelector(".antwoord").replaceWith(asHtml(html));
  turn.classList.replace("bezig", "niet-verstuurd");
  turn.dataset.zonder = vraag;
  turn.dataset.vraag = question;
  say("Er is nog niet gezocht. In uw vraag staan waarschijnlijk persoonsgegevens.");
  turn.querySelector("[data-doe=zonder-gegevens]").focus();
}

function interrupted(turn, question, title, message) {
  forgetComing();
  showSourcesOf(conversation().at(-1)?.answer?.id ?? "");
  turn.classList.replace("bezig", "niet-verstuurd");
  turn.dataset.vraag = question;
  turn.querySelector(".antwoord").replaceWith(filled("t-onderbroken", { titel: title, melding: message }));
  say(`${title} ${message}`);
  reveal(turn);
}

const stopped = (turn, question) => interrupted(turn, question, "Gestopt.", "U hebt dit antwoord gestopt.");

// Drop the exchange of `turn` and those after it.
function cut(turn) {
  const number = numberOf(turn);
  if (number >= 0) keep(conversation().slice(0, number));
  turns().slice(turns().indexOf(turn)).forEach((one) => one.remove());
}

function send() {
  const question = field().value.trim();
  if (!question) {
    note("Typ eerst een vraag.");
    field().focus();
    return;
  }
  if (running) return;
  const instead = editing;
  document.querySelectorAll(".niet-verstuurd").forEach((turn) => turn.remove());
  type("");
  field().focus();
  ask(question, instead);
}

function renew() {
  running?.abort();
  keep([]);
  editing = null;
  note("");
  byId("gesprek").replaceChildren();
  byId("bronnen").replaceChildren();
  showSourcesOf("", "Stel een vraag. Hier leest u dan de passages waar het antwoord uit komt.");
  settle();
  say("Nieuw gesprek. Het vorige gesprek is gewist.");
  field().focus();
}

const ACTIONS = {
  nieuw: renew,
  bewerk(turn) {
    editing = exchangeOf(turn) ? turn : null;
    type(questionOf(turn));
    if (editing) note("U bewerkt een eerdere vraag. Verstuurt u haar, dan vervalt wat daarna kwam.", true);
    else turn.remove();
    settle();
    field().focus();
  },
  "niet-bewerken"() {
    editing = null;
    note("");
    type("");
    field().focus();
  },
  opnieuw: (turn) => ask(questionOf(turn), turn),
  "zonder-gegevens"(turn) {
    const question = turn.dataset.zonder;
    turn.remove();
    field().focus();
    ask(question);
  },
};

async function restore() {
  if (!conversation().length) return;
  try {
    const response = await call("/pagina/gesprek", { method: "POST", body: { gesprek: conversation() } });
    const { gesprek, bronnen } = await response.json();
    byId("gesprek").innerHTML = gesprek;
    byId("bronnen").innerHTML = bronnen;
    showSourcesOf(conversation().at(-1).answer?.id);
    turns().forEach((turn, number) => exchanges.set(turn, conversation()[number]));
    tell("antwoord", turns().at(-1));
  } catch (error) {
    // What this version can not read any more is of no use; what could not be fetched now is still there later.
    if (error.status === 400) keep([]);
    else say(error.message);
  }
  settle();
  turns().at(-1)?.scrollIntoView({ block: "nearest" });
}

export async function startChat() {
  field().addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    send();
  }, { capture: true });
  field().addEventListener("input", () => { if (!editing) note(""); });
  byId("verstuur").addEventListener("click", send);
  byId("stop").addEventListener("click", () => {
    running?.abort();
    field().focus();
  });
  document.addEventListener("click", (event) => {
    const action = ACTIONS[event.target.closest("[data-doe]")?.dataset.doe];
    if (action) action(event.target.closest(".beurt"));
  });
  const broken = asking.get();
  await restore();
  if (broken) ask(broken.question);
}
