// The Documents tab: the list, found as one types, and one document read in place.
// Its addresses are #documenten, #documenten/<documentId> and #documenten/<documentId>/<passageId or kop-<number>>.
import { byId, fragment, page, say } from "./shared.js";

const CALL = "/pagina/documenten";
const PAUSE_MS = 200;
const WIDE = matchMedia("(min-width: 60rem)");
// Where in the list a document was opened, so that going back leads there.
const list = { asked: null, fresh: false, timer: 0, left: null, scrollY: 0 };
const reading = { asked: null, id: null, place: undefined, ready: false };
const found = () => byId("documenten-gevonden");

function wanted() {
  const [zoek, soort, sorteer] = ["zoek", "soort", "sorteer"].map((name) => byId(`documenten-${name}`).value);
  return { zoek, soort, sorteer };
}

/** Ask anew for `holder`; what was asked for it before does not count any more. */
function begin(holder) {
  holder.asked?.abort();
  holder.asked = new AbortController();
  return holder.asked.signal;
}

function waiting(element, text) {
  element.setAttribute("aria-busy", "true");
  if (element.childElementCount) return;
  const line = document.createElement("p");
  line.className = "wacht";
  line.textContent = text;
  element.append(line);
}

function failed(element, message, again) {
  const line = document.createElement("p");
  line.className = "mislukt";
  line.textContent = message;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Probeer opnieuw";
  button.addEventListener("click", again);
  element.removeAttribute("aria-busy");
  element.replaceChildren(line, ...(again ? [button] : []));
  say(message);
}

async function search({ aloud = true } = {}) {
  clearTimeout(list.timer);
  const signal = begin(list);
  waiting(found(), "De documenten worden opgehaald…");
  list.fresh = true;
  try {
    found().innerHTML = await fragment(CALL, { method: "POST", body: wanted(), signal });
    found().removeAttribute("aria-busy");
    fillKinds();
    if (aloud) say(found().querySelector(".aantal").textContent);
  } catch (error) {
    if (error.name === "AbortError") return;
    list.fresh = false;
    failed(found(), error.message, () => search());
  }
}

/** The kinds that there are now; the one that was chosen stays chosen. */
function fillKinds() {
  const offered = found().querySelector("template");
  if (!offered) return;
  const select = byId("documenten-soort");
  const chosen = select.value;
  const kinds = [...offered.content.children];
  if (chosen && !kinds.some((kind) => kind.value === chosen)) kinds.unshift(new Option(chosen, chosen));
  select.replaceChildren(select.options[0], ...kinds);
  select.value = chosen;
}

async function more(button) {
  const holder = button.parentElement;
  const signal = begin(list);
  button.setAttribute("aria-busy", "true");
  try {
    const body = { ...wanted(), vanaf: Number(button.dataset.vanaf) };
    const next = document.createElement("template");
    next.innerHTML = await fragment(CALL, { method: "POST", body, signal });
    const items = [...next.content.querySelectorAll(".documentenlijst > li")];
    found().querySelector(".documentenlijst").append(...items);
    holder.replaceWith(next.content.querySelector(".meer") ?? "");
    items[0]?.querySelector("a").focus();
  } catch (error) {
    button.removeAttribute("aria-busy");
    if (error.name === "AbortError") return;
    failed(holder, error.message, () => {
      holder.replaceChildren(button);
      more(button);
    });
  }
}

async function showList() {
  const from = reading.id;
  forget();
  byId("document").hidden = true;
  byId("documenten-overzicht").hidden = false;
  if (!list.fresh) await search({ aloud: false });
  if (from === null || location.hash !== "#documenten") return;
  if (list.left?.isConnected) {
    scrollTo(0, list.scrollY);
    list.left.focus({ preventScroll: true });
  } else {
    const link = found().querySelector(`a[href="#documenten/${CSS.escape(encodeURIComponent(from))}"]`);
    (link ?? byId("documenten-zoek")).focus();
  }
}

/** Nothing is being read any more. */
function forget() {
  reading.asked?.abort();
  Object.assign(reading, { id: null, place: undefined, ready: false });
}

async function showDocument(id, place) {
  const article = byId("document");
  const same = reading.id === id;
  if (same && reading.place === place) return;
  reading.place = place;
  if (same) {
    if (reading.ready) goTo(place);
    return;
  }
  Object.assign(reading, { id, ready: false });
  byId("documenten-overzicht").hidden = true;
  article.hidden = false;
  article.replaceChildren();
  waiting(article, "Het document wordt geopend…");
  try {
    article.innerHTML = await fragment(`${CALL}/${encodeURIComponent(id)}`, { signal: begin(reading) });
    article.removeAttribute("aria-busy");
    reading.ready = true;
    const contents = article.querySelector(".inhoud");
    if (contents) contents.open = WIDE.matches;
    goTo(reading.place);
  } catch (error) {
    if (error.name === "AbortError") return;
    reading.id = null;
    showFailure(article, error, () => showDocument(id, place));
  }
}

function showFailure(article, error, again) {
  failed(article, error.message, error.status === 404 ? null : again);
  // What the list says is not so any more.
  if (error.status === 404) list.fresh = false;
  const back = document.createElement("p");
  const link = document.createElement("a");
  link.href = "#documenten";
  link.textContent = "Terug naar alle documenten";
  back.append(link);
  article.append(back);
  link.focus();
}

/** Show the beginning of the document, or a heading or passage in it; what comes from a link is marked. */
function goTo(place) {
  const article = byId("document");
  article.querySelectorAll(".gekozen").forEach((part) => part.classList.remove("gekozen"));
  const heading = place?.startsWith("kop-");
  const target = place && byId(heading ? `document-${place}` : `passage-${place}`);
  const gone = article.querySelector(".weg");
  gone.hidden = !place || Boolean(target);
  if (!target) {
    scrollTo(0, 0);
    (place ? gone : byId("document-titel")).focus({ preventScroll: true });
    return;
  }
  if (!heading) {
    target.tabIndex = -1;
    article.querySelectorAll(`[data-passage="${CSS.escape(place)}"]`).forEach((part) => part.classList.add("gekozen"));
  }
  target.focus({ preventScroll: true });
  const show = () => target.scrollIntoView({ block: heading ? "start" : "center" });
  show();
  // Parts that were never in sight get their real height only now.
  requestAnimationFrame(() => { show(); requestAnimationFrame(show); });
}

function follow() {
  let parts;
  try {
    parts = location.hash.slice(1).split("/").map(decodeURIComponent);
  } catch {
    parts = [];
  }
  if (parts[1]) showDocument(parts[1], parts[2]);
  else showList();
}

function listen() {
  byId("documenten-zoek").addEventListener("input", () => {
    clearTimeout(list.timer);
    list.timer = setTimeout(search, PAUSE_MS);
  });
  ["soort", "sorteer"].forEach((name) => byId(`documenten-${name}`).addEventListener("change", () => search()));
  byId("documenten-zoeken").addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  found().addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (link) Object.assign(list, { left: link, scrollY });
    const button = event.target.closest("button[data-vanaf]");
    if (button && !button.hasAttribute("aria-busy")) more(button);
  });
  // A place that was left by scrolling is found back by choosing it again.
  byId("document").addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) goTo(reading.place);
  });
}

let listening = false;
page.addEventListener("paneel", ({ detail }) => {
  if (detail !== "documenten") {
    // Who comes back sees what there is then.
    forget();
    list.fresh = false;
    return;
  }
  if (!listening) listen();
  listening = true;
  follow();
});
