// <handwijzer-chat>: a visitor of any page asks Handwijzer and reads the answer with its sources.
//
//   <script src="https://handwijzer.example.nl/widget.js" defer></script>
//   <handwijzer-chat key="hw_…"></handwijzer-chat>
//
// One file, no dependencies. Whatever a server, document or visitor wrote is set as text, never as HTML. Styles are
// constructed, so that a Content-Security-Policy needs nothing but this server. Attributes, design tokens and events:
// docs/widget.md.
(() => {
"use strict";
if (customElements.get("handwijzer-chat")) return;

const SCRIPT = (document.currentScript ?? document.querySelector('script[src*="/widget.js"]'))?.src;
const KEPT_MESSAGES = 10;
const MAX_QUESTION = 2000;
const MAX_MESSAGE = 20000;
const SILENCE_MS = 90_000; // a server at work sends heart-beats far more often
const FILE_MS = 300_000;
const REVOKE_MS = 60_000; // a viewer has read the file by then
const CONTEXT = 160; // characters shown around the quoted words
// What a browser shows without running it in the name of this page; the rest is downloaded.
const SHOWN = { "application/pdf": "application/pdf", "text/plain": "text/plain;charset=utf-8" };
const STOPPED = Symbol("stopped");

const MESSAGES = {
  offline: "U bent niet verbonden met internet. Controleer uw verbinding.",
  unreachable: "Handwijzer is niet bereikbaar. Controleer uw verbinding. Blijft dit zo, meld het dan bij de beheerder "
    + "van deze pagina.",
  slow: "Handwijzer geeft geen antwoord meer.",
  unreadable: "Handwijzer gaf een antwoord dat niet te lezen is. Meld dit bij de beheerder van deze pagina.",
  address: "Het adres van Handwijzer klopt niet. Meld dit bij de beheerder van deze pagina.",
  401: "Deze pagina heeft geen geldige sleutel voor Handwijzer. Meld dit bij de beheerder van deze pagina.",
  403: "Deze pagina mag Handwijzer niet gebruiken. Meld dit bij de beheerder van deze pagina.",
  429: "Er zijn te veel vragen achter elkaar gesteld.",
  503: "Handwijzer is even niet beschikbaar.",
};

// --- Text ---

const plural = (count, one, more) => `${count} ${count === 1 ? one : more}`;

function inWords(seconds) {
  const minutes = Math.floor(seconds / 60), rest = seconds % 60;
  return [
    minutes && plural(minutes, "minuut", "minuten"), rest && plural(rest, "seconde", "seconden"),
  ].filter(Boolean).join(" en ");
}

function longDate(date) {
  const day = new Date(`${date}T00:00:00Z`);
  if (!date || Number.isNaN(day.getTime())) return "zonder datum";
  return day.toLocaleDateString("nl-NL", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const facts = (source) => [capital(text(source.soort)), longDate(source.datum), text(source.uitgever)].filter(Boolean);
const page = (source) => (source.pagina ? `pagina ${source.pagina}` : "");
const expired = (source) => (source.verlopen ? `verlopen: geldig tot en met ${longDate(source.geldigTot)}` : "");
const text = (value) => (typeof value === "string" ? value : "");
const list = (value) => (Array.isArray(value) ? value : []);

function citationName(source) {
  const about = [text(source.titel), page(source), source.verlopen && "verlopen"].filter(Boolean);
  return `Bron ${source.nummer}: ${about.join(", ")}`;
}

// An answer in pieces: what is said, and the numbers of the sources that say it.
function pieces(answer, sources) {
  const known = new Set(sources.map((source) => source.nummer));
  const found = [];
  let from = 0;
  for (const match of answer.matchAll(/(?:\s*\[\d+\])+/g)) {
    const numbers = match[0].match(/\d+/g).map(Number);
    if (!numbers.every((number) => known.has(number))) continue;
    found.push({ said: answer.slice(from, match.index).trim(), numbers });
    from = match.index + match[0].length;
  }
  const rest = answer.slice(from).trim();
  return rest ? [...found, { said: rest, numbers: [] }] : found;
}

// Pieces from the same sources make one paragraph.
function paragraphs(found) {
  const grouped = [];
  for (const piece of found) {
    const last = grouped.at(-1);
    if (last && String(last[0].numbers) === String(piece.numbers)) last.push(piece);
    else grouped.push([piece]);
  }
  return grouped;
}

// --- Elements ---

function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter(Boolean));
  return node;
}

const hidden = (words) => h("span", { class: "vh" }, words);
const button = (words, onclick, more = {}) => h("button", { type: "button", onclick, ...more }, words);

// Shows `items` in `parent`. What was shown already stays as it is, so that focus and selection stay too.
function show(parent, items, make) {
  items.forEach((item, index) => {
    const key = JSON.stringify(item), old = parent.children[index];
    if (old?.shows === key) return;
    const made = make(item);
    made.shows = key;
    if (old) old.replaceWith(made);
    else parent.append(made);
  });
  while (parent.children.length > items.length) parent.lastElementChild.remove();
}

// Offsets count Unicode characters, as Python does. Stretches may overlap or lie outside: each character shows once.
function marked(source, whole) {
  const letters = Array.from(text(source.tekst));
  const marks = list(source.markeringen)
    .filter((mark) => Array.isArray(mark) && mark[0] < mark[1] && mark[0] < letters.length)
    .sort((a, b) => a[0] - b[0]);
  let first = 0, last = letters.length;
  if (!whole) {
    first = Math.max(0, (marks[0]?.[0] ?? 0) - CONTEXT);
    last = Math.max(CONTEXT * 2, ...marks.map((mark) => mark[1] + CONTEXT));
    if (first < CONTEXT / 2) first = 0;
    else while (first < letters.length && !/\s/.test(letters[first - 1])) first += 1;
    if (last > letters.length - CONTEXT / 2) last = letters.length;
    else while (!/\s/.test(letters[last])) last -= 1;
  }
  const parts = first ? ["… "] : [];
  let shown = first;
  for (const [from, to] of marks) {
    const start = Math.max(from, shown), end = Math.min(to, last);
    if (start >= end) continue;
    const quoted = h("mark", { part: "markering" }, letters.slice(start, end).join(""));
    parts.push(letters.slice(shown, start).join(""), quoted);
    shown = end;
  }
  parts.push(letters.slice(shown, last).join(""), last < letters.length ? " …" : "");
  return { parts, shortened: first > 0 || last < letters.length };
}

// --- Server ---

class Trouble extends Error {
  constructor(message, status = 0, waitSeconds = 0) {
    super(message);
    this.status = status;
    this.waitSeconds = waitSeconds;
  }

  static of(problem, status, retryAfter = null) {
    const usual = "Er ging iets mis bij Handwijzer. Probeer het later opnieuw.";
    const wait = Number(retryAfter) || (Date.parse(retryAfter ?? "") - Date.now()) / 1000 || 0;
    return new Trouble(MESSAGES[status] ?? (text(problem?.detail) || usual), status, Math.max(0, Math.ceil(wait)));
  }
}

// The events of a text/event-stream (https://html.spec.whatwg.org/multipage/server-sent-events.html).
async function* serverEvents(body, onChunk) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "", name = "", data = [];
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      onChunk();
      // A carriage return at the very end may be the first half of a line end.
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      for (const line of lines) {
        const [, field, content = ""] = /^([^:]*)(?:: ?([^]*))?$/.exec(line);
        if (field === "event") name = content;
        else if (field === "data") data.push(content);
        else if (line === "") {
          if (data.length) yield { name, data: JSON.parse(data.join("\n")) };
          name = "";
          data = [];
        }
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function fileName(response, title) {
  const given = response.headers.get("Content-Disposition") ?? "";
  const encoded = /filename\*=utf-8''([^;]+)/i.exec(given)?.[1];
  try {
    if (encoded) return decodeURIComponent(encoded);
  } catch { /* not well encoded: the plain name, then */ }
  return /filename="([^"]+)"/i.exec(given)?.[1] ?? title;
}

async function copy(words, root) {
  try {
    await navigator.clipboard.writeText(words);
  } catch { // no permission, or a page without https
    const scratch = h("textarea", { class: "vh", "aria-hidden": "true", tabindex: "-1" });
    const focused = root.activeElement;
    scratch.value = words;
    root.append(scratch);
    scratch.select();
    const done = document.execCommand("copy");
    scratch.remove();
    focused?.focus();
    if (!done) throw new Trouble("Kopiëren lukt niet in deze browser. Selecteer de tekst en kopieer die zelf.");
  }
}

// --- One question with its answer ---

class Turn {
  constructor(chat, question, number) {
    this.chat = chat;
    this.question = question;
    this.answer = null;
    this.sources = [];
    this.said = "";
    this.id = `b${number}`;
    this.cards = new Map();
    this.cameFrom = null;
    this.heading = h("h3", { class: "vraag", part: "vraag", id: this.id, tabindex: "-1" },
      hidden("Uw vraag: "), question);
    this.waiting = h("p", { class: "bezig" }, "Bezig met zoeken in de documenten…");
    this.notices = h("div", { class: "meldingen" });
    this.words = h("div", { class: "tekst" });
    this.sourceList = h("div", { class: "bronnen" });
    this.below = h("div", { class: "onder" });
    this.reply = h("div", { class: "antwoord", part: "antwoord", "aria-busy": "true" },
      this.waiting, this.notices, this.words);
    this.element = h("article", { class: "beurt", "aria-labelledby": this.id }, this.heading, this.reply);
  }

  restart() {
    this.said = "";
    this.sources = [];
    this.render();
  }

  // Sources come before the words that cite them.
  render() {
    this.waiting.hidden = this.said !== "";
    show(this.sourceList, this.sources, (source) => this.card(source));
    const grouped = paragraphs(pieces(this.said, this.sources));
    grouped.forEach((group, index) => {
      const paragraph = this.words.children[index] ?? this.words.appendChild(h("p"));
      show(paragraph, group, (piece) => this.piece(piece));
    });
    while (this.words.children.length > grouped.length) this.words.lastElementChild.remove();
    this.showSources();
  }

  showSources() {
    if (!this.sources.length) this.sourceSection?.remove();
    if (!this.sources.length || this.sourceSection?.isConnected) return;
    this.sourceSection = h("div", { class: "bronnen", role: "group", "aria-labelledby": `${this.id}-bronnen` },
      h("h4", { id: `${this.id}-bronnen` }, "Bronnen"), this.sourceList);
    this.reply.after(this.sourceSection);
  }

  piece({ said, numbers }) {
    const citations = numbers.map((number) => {
      const source = this.sources.find((one) => one.nummer === number);
      return button(`[${number}]`, (event) => this.toSource(number, event.currentTarget),
        { class: "citaat", part: "citaat", "aria-label": citationName(source), "data-nummer": number });
    });
    return h("span", {}, said, citations.length && " ", ...citations, " ");
  }

  card(source) {
    const number = source.nummer, id = `${this.id}-bron-${number}`, title = text(source.titel);
    const quote = h("blockquote", { class: "passage" });
    let whole = false;
    const more = button("", () => { whole = !whole; fill(); }, { class: "als-link" });
    const fill = () => {
      const { parts, shortened } = marked(source, whole);
      quote.replaceChildren(...parts);
      more.hidden = !shortened && !whole;
      more.textContent = whole ? "Toon minder" : "Toon hele passage";
      more.setAttribute("aria-expanded", String(whole));
    };
    fill();
    const heading = text(source.kop).replace(title, "").replace(/^ > /, "").replaceAll(" > ", " › ");
    const place = [heading, page(source)].filter(Boolean).join(" · ");
    const note = h("p", { class: "hint", hidden: true });
    const what = text(source.url).includes("#page=") ? ` (PDF, ${page(source)})` : "";
    const card = h("article", { class: "bron", part: "bron", tabindex: "-1", "aria-labelledby": id },
      h("h5", { id }, h("span", { class: "nummer" }, hidden("Bron "), String(number)), " ", title),
      h("p", { class: "feiten" }, facts(source).join(" · ")),
      source.verlopen && h("p", { class: "feiten" }, h("strong", {}, expired(source))),
      place && h("p", { class: "feiten" }, place),
      quote,
      h("p", { class: "knoppen" }, more,
        this.opener(source, `Open origineel${what}`, note, `: ${title}`),
        button("Terug naar het antwoord", () => this.backFrom(number), { class: "als-link" })),
      note);
    this.cards.set(number, card);
    return card;
  }

  opener(item, words, note, more = "") {
    return h("button", { type: "button", class: "als-link", onclick: () => this.chat.open(item, note) },
      words, hidden(`${more} (opent in een nieuw tabblad of wordt gedownload)`));
  }

  toSource(number, citation) {
    const card = this.cards.get(number);
    this.cameFrom = citation;
    for (const other of this.element.getRootNode().querySelectorAll(".gekozen")) other.classList.remove("gekozen");
    card.classList.add("gekozen");
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  }

  backFrom(number) {
    const came = this.cameFrom?.isConnected && this.cameFrom.dataset.nummer === String(number) && this.cameFrom;
    (came || this.words.querySelector(`[data-nummer="${number}"]`))?.focus();
  }

  finish(answer) {
    this.answer = answer;
    this.said = answer.antwoord;
    this.sources = list(answer.bronnen);
    this.render();
    show(this.notices, list(answer.meldingen).map(text), (notice) => h("p", { class: "melding", part: "melding" },
      h("strong", {}, "Let op:"), ` ${notice.replace(/^Let op: /, "")}`));
    const suggestions = list(answer.suggesties);
    const note = h("p", { class: "hint", hidden: true });
    if (suggestions.length) {
      this.reply.append(
        h("ul", { class: "suggesties" }, ...suggestions.map((item) => h("li", {},
          this.opener(item, text(item.titel), note), ` (${text(item.soort)})`))), note);
    }
    if (this.sources.length || suggestions.length) this.addTools();
    this.settle();
  }

  addTools() {
    const note = h("p", { class: "hint", hidden: true });
    this.below.append(
      h("p", { class: "knoppen" },
        button(this.sources.length ? "Kopieer antwoord met bronnen" : "Kopieer antwoord",
          () => this.chat.copy(this, note), { class: "als-link" })),
      note, this.feedback());
    this.element.append(this.below);
  }

  feedback() {
    const note = h("p", { class: "hint" }, "Klikt u, dan bewaren we uw oordeel, de dag en uw vraag zonder de "
      + "persoonsgegevens die we herkennen. Niet wie u bent.");
    const verdicts = { goed: "Goed", fout: "Fout", ...(this.sources.length && { "verkeerde-bron": "Verkeerde bron" }) };
    const buttons = Object.entries(verdicts).map(([verdict, words]) => button(words, async (event) => {
      const pressed = event.currentTarget;
      if (await this.chat.judge(this.answer.id, verdict, note)) {
        buttons.forEach((one) => one.setAttribute("aria-pressed", String(one === pressed)));
      }
    }, { class: "klein", part: "knop", "aria-pressed": "false" }));
    return h("div", { class: "oordeel", role: "group", "aria-labelledby": `${this.id}-oordeel` },
      h("p", { class: "knoppen" }, h("span", { id: `${this.id}-oordeel` }, "Klopt dit antwoord?"), ...buttons), note);
  }

  fail(trouble) {
    const again = button("Probeer opnieuw", () => {
      if (again.getAttribute("aria-disabled") !== "true") this.chat.retry(this);
    }, { part: "knop" });
    const wait = h("p");
    this.reply.classList.add("fout");
    this.reply.setAttribute("part", "antwoord fout");
    this.reply.append(h("p", {}, h("strong", {}, "Dat lukte niet."), ` ${trouble.message}`), wait, h("p", {}, again));
    this.settle();
    let left = trouble.waitSeconds;
    if (!left) return;
    const tick = () => {
      wait.textContent = `U kunt het ${left > 0 ? `opnieuw proberen over ${inWords(left)}` : "nu opnieuw proberen"}.`;
      again.setAttribute("aria-disabled", String(left > 0));
      if (left <= 0) {
        clearInterval(timer);
        if (again.isConnected) this.chat.say(wait.textContent);
      }
      left -= 1;
    };
    const timer = setInterval(tick, 1000);
    tick();
  }

  stop() {
    this.reply.append(h("p", {}, h("strong", {}, "Gestopt."), " Dit antwoord is niet af."),
      h("p", {}, button("Probeer opnieuw", () => this.chat.retry(this), { part: "knop" })));
    this.settle();
  }

  settle() {
    this.waiting.hidden = true;
    this.reply.removeAttribute("aria-busy");
  }

  // What a screen reader says once the answer is there.
  spoken() {
    const said = pieces(this.said, this.sources).map((piece) => piece.said);
    const titles = list(this.answer?.suggesties).map((item) => text(item.titel));
    const count = this.sources.length && `${plural(this.sources.length, "bron", "bronnen")}.`;
    return [...list(this.answer?.meldingen).map(text), ...said, ...titles, count].filter(Boolean).join(" ");
  }

  // As it is pasted elsewhere.
  copied(base) {
    const line = (mark, item, ...more) =>
      `${mark} ${[text(item.titel), ...more].filter(Boolean).join(", ")} ${base}${text(item.url)}`;
    const lines = this.sources.map((source) =>
      line(`[${source.nummer}]`, source, ...facts(source), page(source), expired(source)));
    const nearby = list(this.answer.suggesties).map((item) => line("-", item, text(item.soort)));
    const notices = list(this.answer.meldingen).map(text);
    return [this.question, ...notices, this.said, lines.length && "Bronnen", lines.join("\n"), nearby.join("\n")]
      .filter(Boolean).join("\n\n");
  }
}

// --- The element ---

class HandwijzerChat extends HTMLElement {
  static observedAttributes = ["src", "titel", "heading", "placeholder"];

  #turns = [];
  #count = 0;
  #running = null;
  #plain = false; // this way to the server lets no stream through
  #scrolledTo = 0;
  #parts;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [STYLE];
    const title = h("h2", { id: "titel", part: "titel" });
    const renew = button("Nieuw gesprek", () => this.#renew(true), { part: "knop", hidden: true });
    const intro = h("p", { class: "uitleg", part: "uitleg" },
      "Stel een vraag over de documenten van uw organisatie. U leest het antwoord met de bronnen erbij.");
    const turns = h("div", { class: "beurten", part: "gesprek" });
    const field = h("textarea", { id: "vraag", part: "invoer", rows: "2", "aria-describedby": "let-op fout" });
    const send = h("button", { type: "submit", class: "hoofd", part: "knop hoofdknop" }, "Verstuur");
    const error = h("p", { id: "fout", class: "veldfout", hidden: true });
    const live = h("div", { class: "vh", role: "status" });
    const form = h("form", { part: "formulier" }, h("label", { for: "vraag" }, "Uw vraag"),
      h("div", { class: "regel" }, field, send), error,
      h("p", { id: "let-op", class: "hint" },
        "Typ geen namen of andere persoonsgegevens. Lees de bron voordat u iets beslist."));
    const section = h("section", { lang: "nl", part: "chat" },
      h("div", { class: "kop" }, title, renew), intro, turns, form, live);
    root.append(section);
    this.#parts = { section, title, renew, intro, turns, field, send, error, live };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    // The same button sends and stops: a double click must not do both.
    send.addEventListener("click", (event) => { if (event.detail > 1) event.preventDefault(); });
    field.addEventListener("input", () => this.#complain(""));
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      if (this.#running) this.say("Er wordt nog gezocht. Wacht even of kies Stop.");
      else this.#submit();
    });
  }

  connectedCallback() {
    this.#label();
  }

  disconnectedCallback() {
    this.#running?.abort(STOPPED);
  }

  attributeChangedCallback(name, old, value) {
    if (name !== "src") this.#label();
    else if (old !== value) this.#renew(false); // another server has other documents
  }

  say(words) {
    this.#parts.live.textContent = words;
  }

  retry(turn) {
    if (this.#running) {
      this.say("Er wordt nog gezocht. Wacht even of kies Stop.");
      return;
    }
    this.#turns = this.#turns.filter((one) => one !== turn);
    turn.element.remove();
    this.#ask(turn.question).heading.focus({ preventScroll: true });
  }

  async judge(answerId, verdict, note) {
    try {
      const body = JSON.stringify({ antwoordId: answerId, oordeel: verdict });
      await this.#fetch("/v1/beoordelingen", { method: "POST", body, signal: AbortSignal.timeout(SILENCE_MS) });
      this.#tell(note, "Bedankt. Uw oordeel is bewaard.");
      return true;
    } catch (error) {
      this.#tell(note, `Uw oordeel is niet bewaard. ${this.#troubleIn(error).message}`);
      return false;
    }
  }

  async copy(turn, note) {
    try {
      await copy(turn.copied(this.#base), this.shadowRoot);
      this.#tell(note, "Gekopieerd.");
    } catch (error) {
      this.#tell(note, error.message);
    }
  }

  // The server asks for the key, which a link can not carry: the file is fetched, and shown in a tab that the click
  // itself opened, for a later one would be blocked.
  async open(item, note) {
    const [path, anchor] = text(item.url).split("#");
    const tab = window.open("", "_blank");
    if (tab) {
      tab.opener = null;
      tab.document.title = "Document openen";
      tab.document.documentElement.lang = "nl";
      tab.document.body.textContent = "Het document wordt opgehaald…";
    }
    this.#tell(note, "Het document wordt opgehaald…");
    try {
      if (!/^\/(?!\/)/.test(path)) throw new Trouble(MESSAGES.unreadable);
      const response = await this.#fetch(path, { signal: AbortSignal.timeout(FILE_MS) });
      const type = (response.headers.get("Content-Type") ?? "").split(";")[0].trim().toLowerCase();
      const shown = SHOWN[type];
      const file = new Blob([await response.blob()], { type: shown ?? "application/octet-stream" });
      const address = URL.createObjectURL(file);
      setTimeout(() => URL.revokeObjectURL(address), REVOKE_MS);
      if (tab && shown) tab.location.replace(anchor ? `${address}#${anchor}` : address);
      else {
        tab?.close();
        h("a", { href: address, download: fileName(response, text(item.titel)) }).click();
      }
      this.#tell(note, shown && tab ? "" : "Het document is gedownload.");
    } catch (error) {
      tab?.close();
      this.#tell(note, `Het document kan niet worden geopend. ${this.#troubleIn(error).message}`);
    }
  }

  get #base() {
    const given = this.getAttribute("src");
    try {
      const address = new URL(given || new URL(SCRIPT).origin, document.baseURI);
      if (/^https?:$/.test(address.protocol)) return address.origin + address.pathname.replace(/\/+$/, "");
    } catch { /* told below */ }
    throw new Trouble(MESSAGES.address);
  }

  #label() {
    const { section, title, field } = this.#parts;
    const given = this.getAttribute("titel") ?? this.getAttribute("heading");
    title.textContent = given ?? "Vraag het Handwijzer";
    title.hidden = given === "";
    section.setAttribute(given === "" ? "aria-label" : "aria-labelledby", given === "" ? "Handwijzer" : "titel");
    section.removeAttribute(given === "" ? "aria-labelledby" : "aria-label");
    field.placeholder = this.getAttribute("placeholder") ?? "";
  }

  #tell(note, words) {
    note.textContent = words;
    note.hidden = !words;
    this.say(words);
  }

  #complain(words) {
    const { error, field } = this.#parts;
    error.textContent = words;
    error.hidden = !words;
    if (words) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    if (words) this.say(words);
  }

  #submit() {
    const { field } = this.#parts;
    if (this.#running) {
      this.#running.abort(STOPPED);
      return;
    }
    const question = field.value.trim(), length = Array.from(question).length;
    if (!question || length > MAX_QUESTION) {
      this.#complain(question ? `Uw vraag is te lang: ${length} tekens. Het maximum is ${MAX_QUESTION}.`
        : "Typ eerst een vraag.");
      field.focus();
      return;
    }
    field.value = "";
    this.#ask(question);
  }

  #renew(byVisitor) {
    const { turns, field } = this.#parts;
    const running = this.#running;
    this.#running = null;
    running?.abort(STOPPED);
    this.#turns = [];
    this.#plain = false;
    turns.replaceChildren();
    this.#state();
    if (!byVisitor) return;
    this.say("Nieuw gesprek.");
    field.focus();
  }

  #state() {
    const { send, renew, intro } = this.#parts;
    const words = this.#running ? "Stop" : "Verstuur";
    if (send.textContent !== words) send.textContent = words;
    renew.hidden = !this.#turns.length;
    intro.hidden = this.#turns.length > 0;
  }

  #ask(question) {
    const conversation = this.#turns.filter((turn) => turn.answer).flatMap((turn) => [
      { rol: "gebruiker", tekst: turn.question },
      { rol: "assistent", tekst: Array.from(turn.answer.antwoord).slice(0, MAX_MESSAGE).join("") },
    ]).slice(-KEPT_MESSAGES);
    this.#count += 1;
    const turn = new Turn(this, question, this.#count);
    this.#turns.push(turn);
    this.#parts.turns.append(turn.element);
    const controller = this.#running = new AbortController();
    this.#state();
    this.say("Bezig met zoeken in de documenten.");
    turn.element.scrollIntoView({ block: "nearest" });
    this.#scrolledTo = this.#parts.turns.scrollTop;
    this.#follow(turn);
    this.#answer(turn, conversation, controller);
    return turn;
  }

  async #answer(turn, conversation, controller) {
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(new Trouble(MESSAGES.slow)), SILENCE_MS);
    };
    alive();
    try {
      const answer = await this.#request(turn, conversation, controller.signal, alive);
      if (typeof answer?.antwoord !== "string") throw new Trouble(MESSAGES.unreadable);
      turn.finish(answer);
      this.say(turn.spoken());
      this.#emit("antwoord", { vraag: turn.question, antwoord: answer });
    } catch (error) {
      const reason = controller.signal.aborted ? controller.signal.reason : error;
      if (reason === STOPPED) {
        turn.stop();
        if (this.#running === controller) this.say("Gestopt.");
      } else {
        const trouble = this.#troubleIn(reason);
        turn.fail(trouble);
        this.say(`Dat lukte niet. ${trouble.message}`);
        this.#emit("fout", { status: trouble.status, melding: trouble.message });
      }
    } finally {
      clearTimeout(timer);
      if (this.#running === controller) {
        this.#running = null;
        this.#state();
        this.#follow(turn);
      }
    }
  }

  async #request(turn, conversation, signal, alive) {
    const kinds = (this.getAttribute("soorten") ?? "").split(",").map((kind) => kind.trim()).filter(Boolean);
    const body = JSON.stringify({
      vraag: turn.question, gesprek: conversation, ...(kinds.length && { filters: { soorten: kinds } }),
    });
    const ask = (accept) => this.#fetch("/v1/vragen", { method: "POST", body, signal, headers: { Accept: accept } });
    if (!this.#plain) {
      const response = await ask("text/event-stream");
      if (!/^text\/event-stream/i.test(response.headers.get("Content-Type") ?? "")) return response.json();
      const answer = await this.#read(response, turn, alive).catch((error) => {
        if (error instanceof Trouble || signal.aborted) throw error;
      });
      if (answer) return answer;
      turn.restart();
    }
    const answer = await (await ask("application/json")).json();
    this.#plain = true;
    return answer;
  }

  // Returns the whole answer, or nothing when the stream was cut off.
  async #read(response, turn, alive) {
    for await (const { name, data } of serverEvents(response.body, alive)) {
      if (name === "klaar") return data;
      if (name === "fout") throw Trouble.of(data, data.status);
      if (name === "bronnen") turn.sources = list(data.bronnen);
      if (name === "tekst") turn.said += text(data.tekst);
      turn.render();
      this.#follow(turn);
    }
    return null;
  }

  // The key goes along; whatever is wrong becomes a Trouble.
  async #fetch(path, options) {
    const key = this.getAttribute("key") ?? this.getAttribute("sleutel");
    const headers = { ...options.headers };
    if (options.body) headers["Content-Type"] = "application/json";
    if (key) headers.Authorization = `Bearer ${key}`;
    const response = await fetch(this.#base + path, { ...options, headers });
    if (!response.ok) {
      const problem = await response.json().catch(() => null);
      throw Trouble.of(problem, response.status, response.headers.get("Retry-After"));
    }
    return response;
  }

  #troubleIn(error) {
    if (error instanceof Trouble) return error;
    if (error?.name === "TimeoutError") return new Trouble(MESSAGES.slow);
    if (error instanceof SyntaxError) return new Trouble(MESSAGES.unreadable);
    return new Trouble(navigator.onLine ? MESSAGES.unreachable : MESSAGES.offline);
  }

  // The question stays at the top while its answer grows, unless the visitor scrolled elsewhere.
  #follow(turn) {
    const { turns } = this.#parts;
    if (Math.abs(turns.scrollTop - this.#scrolledTo) > 2) return;
    turns.scrollTop = turn.element.offsetTop;
    this.#scrolledTo = turns.scrollTop;
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(`handwijzer:${name}`, { bubbles: true, composed: true, detail }));
  }
}

// --- Style ---

const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`
:host {
  display: block; color-scheme: light dark; font-size: var(--handwijzer-chat-font-size, inherit);
  --_text: var(--handwijzer-chat-color, var(--utrecht-document-color, light-dark(#1b2530, #e7ecf0)));
  --_bg: var(--handwijzer-chat-background-color, var(--utrecht-document-background-color, light-dark(#fff, #1a222a)));
  --_muted: var(--handwijzer-chat-muted-color, color-mix(in srgb, var(--_text) 75%, var(--_bg)));
  --_line: var(--handwijzer-chat-border-color, color-mix(in srgb, var(--_text) 22%, var(--_bg)));
  --_edge: color-mix(in srgb, var(--_text) 58%, var(--_bg));
  --_radius: var(--handwijzer-chat-border-radius, 8px);
  --_title: var(--handwijzer-heading-color, var(--utrecht-heading-2-color, var(--_text)));
  --_link: var(--handwijzer-link-color, var(--utrecht-link-color, var(--nl-link-color, light-dark(#0b5c7a, #7fc8e3))));
  --_link-hover: var(--handwijzer-link-hover-color, var(--utrecht-link-hover-color, var(--nl-link-hover-color,
    var(--_text))));
  --_focus: var(--handwijzer-focus-outline-color, var(--utrecht-focus-outline-color, var(--_text)));
  --_main-bg: var(--handwijzer-button-primary-action-background-color,
    var(--utrecht-button-primary-action-background-color,
    var(--nl-button-primary-background-color, light-dark(#0b5c7a, #7fc8e3))));
  --_main: var(--handwijzer-button-primary-action-color, var(--utrecht-button-primary-action-color,
    var(--nl-button-primary-color, light-dark(#fff, #0c1b23))));
  --_main-hover: var(--handwijzer-button-primary-action-hover-background-color,
    var(--utrecht-button-primary-action-hover-background-color, var(--nl-button-primary-hover-background-color,
    light-dark(#084860, #a6dbef))));
  --_button-radius: var(--handwijzer-button-border-radius, var(--utrecht-button-border-radius,
    var(--nl-button-border-radius, 6px)));
  --_tint: var(--handwijzer-question-background-color, color-mix(in srgb, var(--_link) 12%, var(--_bg)));
  --_mark-bg: var(--handwijzer-mark-background-color, var(--utrecht-mark-background-color,
    var(--nl-mark-background-color, light-dark(#ffe9a3, #5c4b0f))));
  --_mark: var(--handwijzer-mark-color, var(--utrecht-mark-color, var(--nl-mark-color, light-dark(#1b2530, #fff6d6))));
  --_notice-bg: var(--handwijzer-notice-background-color, light-dark(#fdf0e7, #34221a));
  --_notice: var(--handwijzer-notice-color, light-dark(#1b2530, #e7ecf0));
  --_notice-edge: var(--handwijzer-notice-border-color, light-dark(#9a3412, #fbb083));
}
:host([theme="licht"]) { color-scheme: light; }
:host([theme="donker"]) { color-scheme: dark; }
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; margin: 0; }
section[lang] {
  display: flex; flex-direction: column; gap: 1em; height: 100%; padding: 1.1em 1.25em; border: 1px solid var(--_line);
  border-radius: var(--_radius); background: var(--_bg); color: var(--_text); line-height: 1.55; text-align: start;
  font-family: var(--handwijzer-chat-font-family, var(--utrecht-document-font-family, inherit)); font-weight: 400;
  font-style: normal; text-transform: none; white-space: normal; overflow-wrap: anywhere; user-select: text;
  -webkit-user-select: text;
}
.vh { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
h2, h3, h4, h5, label { font-size: 1em; font-weight: 650; line-height: 1.4; }
h2 { font-size: 1.25em; color: var(--_title); }
.kop { display: flex; flex-wrap: wrap; gap: .5em 1em; align-items: center; justify-content: space-between; }
.kop:not(:has(> :not([hidden]))) { display: none; }
.uitleg, .bezig { color: var(--_muted); }

button, textarea { font: inherit; }
button {
  min-height: 2.5em; padding: .35em .9em; border: 1px solid var(--_edge); border-radius: var(--_button-radius);
  background: transparent; color: var(--_text); font-weight: 600; cursor: pointer;
}
button:hover { background: var(--_tint); }
.hoofd { min-width: 7em; border-color: var(--_main-bg); background: var(--_main-bg); color: var(--_main); }
.hoofd:hover { border-color: var(--_main-hover); background: var(--_main-hover); }
.klein { min-height: 2em; padding: .1em .75em; font-size: .9375em; }
.klein[aria-pressed="true"] {
  border-color: var(--_link); box-shadow: inset 0 0 0 1px var(--_link); background: var(--_tint);
}
.klein[aria-pressed="true"]::before { content: "✓ " / ""; }
[aria-disabled="true"] { opacity: .6; cursor: not-allowed; }
.als-link, .citaat {
  min-width: 24px; min-height: 24px; padding: 0; border: 0; border-radius: 2px; color: var(--_link);
  font-weight: inherit; text-align: start; text-decoration: underline; text-underline-offset: 2px;
}
.citaat { text-align: center; font-weight: 600; }
:is(.als-link, .citaat):hover { background: none; color: var(--_link-hover); text-decoration-thickness: 2px; }
:focus-visible, .bron:focus { outline: 3px solid var(--_focus); outline-offset: 2px; }
.vraag:focus:not(:focus-visible) { outline: none; }

.beurten {
  position: relative; display: grid; flex: 1 1 auto; align-content: start; gap: 1.75em; min-height: 0;
  margin: 0 -.35em -1em; padding: .35em;
  max-height: var(--handwijzer-chat-conversation-max-height, max(16em, min(38em, 65vh))); overflow-y: auto;
  overscroll-behavior: contain;
}
.beurten:empty { display: none; }
.beurten:not(:empty) + form { padding-top: .9em; border-top: 1px solid var(--_line); }
.beurt { display: grid; gap: .75em; min-width: 0; }
.vraag {
  justify-self: end; max-width: 90%; padding: .5em .85em;
  border-radius: var(--_radius) var(--_radius) 2px var(--_radius); background: var(--_tint); font-weight: 500; white-space: pre-line;
}
.antwoord, .tekst, .meldingen, .bronnen, .onder, form { display: grid; gap: .6em; min-width: 0; }
.tekst:empty, .meldingen:empty { display: none; }
.tekst p { white-space: pre-line; }
.fout, .melding {
  padding: .6em .9em; border-inline-start: 4px solid var(--_notice-edge); border-radius: 3px;
  background: var(--_notice-bg); color: var(--_notice);
}
.fout button { border-color: currentColor; color: inherit; }
.fout button:hover { background: none; text-decoration: underline; }
.suggesties { padding-inline-start: 1.2em; }
.suggesties li { padding: .15em 0; }

.bron {
  padding: .75em .9em; border: 1px solid var(--_line); border-radius: var(--_radius);
  background: var(--handwijzer-source-background-color, transparent);
}
.bron.gekozen { border-color: var(--_link); box-shadow: inset 4px 0 0 var(--_link); }
.nummer {
  display: inline-block; min-width: 1.6em; margin-inline-end: .2em; border-radius: 4px; background: var(--_main-bg);
  color: var(--_main); text-align: center;
}
.feiten, .hint { color: var(--_muted); font-size: .9em; line-height: 1.45; }
.passage {
  margin: .55em 0; padding-inline-start: .8em; border-inline-start: 3px solid var(--_line); font-size: .9375em;
  white-space: pre-line;
}
mark { padding: .1em 0; border-radius: 2px; background: var(--_mark-bg); color: var(--_mark); }
.knoppen { display: flex; flex-wrap: wrap; gap: .3em 1.1em; align-items: center; font-size: .9375em; }
.oordeel { display: grid; gap: .3em; padding-top: .6em; border-top: 1px solid var(--_line); }
.oordeel .knoppen { gap: .4em .6em; }

.regel { display: flex; flex-wrap: wrap; gap: .6em; align-items: flex-end; }
textarea {
  flex: 1 1 14em; min-width: 0; min-height: 3.2em; max-height: 12em; padding: .55em .7em; resize: vertical;
  line-height: 1.5; field-sizing: content;
  border: 1px solid var(--handwijzer-textarea-border-color, var(--utrecht-textarea-border-color, var(--_edge)));
  border-radius: var(--_button-radius);
  background: var(--handwijzer-textarea-background-color, var(--utrecht-textarea-background-color, var(--_bg)));
  color: var(--handwijzer-textarea-color, var(--utrecht-textarea-color, var(--_text)));
}
textarea::placeholder { color: var(--_muted); opacity: 1; }
textarea[aria-invalid] { border: 2px solid var(--_notice-edge); }
.veldfout { font-weight: 600; }
.veldfout::before { content: "! " / ""; }
.bezig::after {
  content: ""; display: inline-block; width: .6em; height: .6em; margin-inline-start: .5em; border-radius: 50%;
  background: currentColor; animation: tik 1s infinite alternate;
}
@keyframes tik { to { opacity: .15; } }
@media (prefers-reduced-motion: reduce) { .bezig::after { animation: none; } }
@media (forced-colors: active) { .bron.gekozen { outline: 2px solid Highlight; } .antwoord.fout { border: 1px solid; } }
`);

customElements.define("handwijzer-chat", HandwijzerChat);
})();
