// Shows a PDF with pdf.js, at the page and with the words that the fragment of the address names.
import { letters, ranges, share } from "./marking.js";

const { pdfjs: base, file, size } = document.body.dataset;
const byId = (id) => document.getElementById(id);
const at = (path) => new URL(`${base}/${path}`, location.href).href;
// From here on only what is read is fetched; finding a page in a smaller file takes longer in parts than whole.
const LARGE_BYTES = 2_000_000;
const FAILURES = {
  InvalidPDFException: "Dit pdf-bestand is beschadigd en kan hier niet worden getoond. Probeer het met Open origineel.",
  PasswordException: "Dit pdf-bestand is met een wachtwoord beveiligd. Kies Open origineel en vul het daar in.",
  401: "U hebt geen toegang tot dit document. Open Handwijzer opnieuw en log in.",
  403: "U hebt geen toegang tot dit document. Open Handwijzer opnieuw en log in.",
  404: "Dit document, of deze versie, staat niet (meer) in de kennisbank.",
  429: "U deed veel verzoeken in korte tijd. Wacht een minuut en laad deze pagina dan opnieuw.",
};
const NOT_REACHED = "Handwijzer is niet bereikbaar. Controleer uw verbinding en laad deze pagina opnieuw.";
const NOT_STARTED = "De pdf-lezer kan in deze browser niet starten. Kies Open origineel om het document te lezen.";
const READABLE = 0.8;
const MARGIN = 24;
const HALF = 0.5;

let viewer;
let pdf;
let cited;
let awaited = 0;
// Which quotes stand on which page.
const marked = new Map();

function tell(text, failed = false) {
  byId("melding").textContent = text;
  byId("melding").classList.toggle("fout", failed);
}

const say = (text) => { byId("stand").textContent = text; };

function close() {
  if (history.length > 1) history.back();
  else window.close();
  // Some browsers let no tab close itself.
  if (history.length === 1 && !window.closed) location.assign("/");
}

function show(page) {
  if (!Number.isInteger(page) || page < 1 || page > viewer.pagesCount) {
    say(`Kies een pagina van 1 tot en met ${viewer.pagesCount}.`);
  } else {
    viewer.currentPageNumber = page;
    say(`Pagina ${page} van ${viewer.pagesCount}`);
  }
  byId("pagina").value = viewer.currentPageNumber;
}

function find(again = false, findPrevious = false) {
  const query = byId("zoekterm").value.trim();
  const type = again ? "again" : "";
  const plain = { caseSensitive: false, entireWord: false, matchDiacritics: false, highlightAll: true };
  viewer.eventBus.dispatch(query ? "find" : "findbarclose", { type, query, findPrevious, ...plain });
  if (!query) results();
}

function results(matches) {
  const found = matches?.total ? `${matches.current} van ${matches.total}` : "Niet gevonden";
  byId("resultaten").textContent = matches ? found : "";
  ["vorig-resultaat", "volgend-resultaat"].forEach((id) => { byId(id).hidden = !matches?.total; });
}

function layerOf(page) {
  return viewer.getPageView(page - 1)?.textLayer?.div;
}

/** Mark the cited words on the pages that are drawn; searching writes their text anew. */
function mark() {
  if (!CSS.highlights) return;
  CSS.highlights.delete("citaat");
  const found = [...marked].flatMap(([page, quotes]) => (layerOf(page) ? ranges(layerOf(page), quotes) : []));
  if (found.length) CSS.highlights.set("citaat", new Highlight(...found));
}

/** On a phone the letters of a whole page are too small to read: there the cited column fills the screen. */
function enlarge(quote, area) {
  if (viewer.currentScaleValue !== "auto" || viewer.currentScale >= READABLE) return false;
  const fitting = (viewer.currentScale * (area.clientWidth - MARGIN)) / quote.getBoundingClientRect().width;
  viewer.currentScale = Math.min(fitting, 1);
  return true;
}

function toCitation() {
  const page = Math.min(...marked.keys());
  viewer.currentPageNumber = page;
  const [first] = layerOf(page) ? ranges(layerOf(page), marked.get(page)) : [];
  awaited = first ? 0 : page;
  if (!first) return;
  const area = byId("vlak");
  if (enlarge(first, area)) {
    awaited = page;
    return;
  }
  const [quote, frame] = [first.getBoundingClientRect(), area.getBoundingClientRect()];
  area.scrollTop += quote.top - frame.top - area.clientHeight / 4;
  if (quote.left < frame.left || quote.right > frame.right) area.scrollLeft += quote.left - frame.left - MARGIN / 2;
}

async function textOf(page) {
  if (page > pdf.numPages) return "";
  const { items } = await (await pdf.getPage(page)).getTextContent();
  return letters(items.map((item) => item.str ?? "").join(" ")).plain;
}

/** Find on which page each quote stands: the cited one, or the next, as a passage may run on. */
async function locate({ page, quotes }) {
  const texts = [];
  const missing = [];
  for (const quote of quotes) {
    texts[0] ??= await textOf(page);
    const here = share(texts[0], quote);
    if (here < 1) texts[1] ??= await textOf(page + 1);
    const next = here < 1 ? share(texts[1], quote) : 0;
    if (here > 0) marked.set(page, [...(marked.get(page) ?? []), quote]);
    if (next > 0) marked.set(page + 1, [...(marked.get(page + 1) ?? []), quote]);
    if (here + next < HALF) missing.push(quote);
  }
  return missing.length;
}

function verdict({ page, quotes }, missing) {
  const found = quotes.length - missing;
  if (!quotes.length) return "";
  if (!found) return `De geciteerde woorden zijn niet gevonden op pagina ${page}. U ziet de pagina zonder markering.`;
  if (!CSS.highlights) return `Deze browser kan geen woorden markeren. Het citaat staat op pagina ${page}.`;
  const pages = [...marked.keys()].sort((one, other) => one - other).join(" en ");
  const counted = `${found} ${found === 1 ? "citaat" : "citaten"} gemarkeerd op pagina ${pages}.`;
  return missing ? `${counted} Niet gevonden: ${missing}.` : counted;
}

function target() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const page = Math.min(Math.max(1, Number.parseInt(fragment.get("pagina"), 10) || 1), pdf.numPages);
  return { page, quotes: fragment.getAll("woorden").map((words) => letters(words).plain).filter(Boolean) };
}

async function follow() {
  const now = target();
  cited = now;
  marked.clear();
  viewer.currentPageNumber = now.page;
  byId("pagina").value = now.page;
  const missing = await locate(now);
  if (cited !== now) return;
  mark();
  tell(verdict(now, missing));
  byId("naar-citaat").hidden = !marked.size;
  if (marked.size) toCitation();
}

function listen(events) {
  events.on("pagechanging", ({ pageNumber }) => { byId("pagina").value = pageNumber; });
  events.on("scalechanging", ({ scale }) => { byId("grootte").textContent = `${Math.round(scale * 100)}%`; });
  events.on("updatefindmatchescount", ({ matchesCount }) => results(matchesCount));
  events.on("updatefindcontrolstate", ({ state, matchesCount }) => { if (state < 3) results(matchesCount); });
  events.on("updatetextlayermatches", ({ pageIndex }) => {
    if (pageIndex === -1 || marked.has(pageIndex + 1)) mark();
  });
  events.on("textlayerrendered", ({ pageNumber }) => {
    if (!marked.has(pageNumber)) return;
    mark();
    if (pageNumber === awaited) toCitation();
  });
  events.on("pagerendered", ({ pageNumber, error }) => {
    const advice = "Laad deze pagina opnieuw, of kies Open origineel.";
    if (error) tell(`Pagina ${pageNumber} kan niet worden getekend. ${advice}`, true);
  });
  events.on("annotationlayerrendered", ({ source }) => {
    const icons = source.div.querySelectorAll("[data-l10n-id=pdfjs-text-annotation-type]");
    icons.forEach((icon) => { icon.alt = "Opmerking"; });
  });
  byId("naar").addEventListener("submit", (event) => {
    event.preventDefault();
    show(Number(byId("pagina").value));
  });
  byId("zoeken").addEventListener("submit", (event) => {
    event.preventDefault();
    find();
  });
  byId("vorige").addEventListener("click", () => show(viewer.currentPageNumber - 1));
  byId("volgende").addEventListener("click", () => show(viewer.currentPageNumber + 1));
  byId("kleiner").addEventListener("click", () => viewer.decreaseScale());
  byId("groter").addEventListener("click", () => viewer.increaseScale());
  byId("vorig-resultaat").addEventListener("click", () => find(true, true));
  byId("volgend-resultaat").addEventListener("click", () => find(true));
  byId("naar-citaat").addEventListener("click", toCitation);
  // Who already went elsewhere is not brought back once the cited page is drawn.
  const leave = () => { awaited = 0; };
  ["keydown", "pointerdown", "wheel"].forEach((type) => addEventListener(type, leave, { passive: true }));
  addEventListener("hashchange", follow);
  addEventListener("resize", () => {
    if (viewer.currentScaleValue === "auto") viewer.currentScaleValue = "auto";
  });
}

/** pdf.js says little to people; what it says is put in Dutch here. */
const dutch = {
  getLanguage: () => "nl",
  getDirection: () => "ltr",
  get: async () => "",
  translate: async () => {},
  pause: () => {},
  resume: () => {},
};

function begin() {
  byId("aantal").textContent = `van ${pdf.numPages}`;
  document.querySelector(".bediening").hidden = false;
  [...viewer.viewer.children].forEach((page, index) => page.setAttribute("aria-label", `Pagina ${index + 1}`));
  viewer.currentPageNumber = target().page;
  viewer.currentScaleValue = "auto";
  if (document.activeElement === document.body) byId("vlak").focus({ preventScroll: true });
}

async function open() {
  const core = await import(at("pdf.min.mjs"));
  const parts = await import(at("pdf_viewer.mjs"));
  core.GlobalWorkerOptions.workerSrc = at("pdf.worker.min.mjs");
  const large = Number(size) >= LARGE_BYTES;
  const loading = core.getDocument({
    url: file,
    cMapUrl: at("cmaps/"),
    iccUrl: at("iccs/"),
    standardFontDataUrl: at("standard_fonts/"),
    wasmUrl: at("wasm/"),
    disableRange: !large,
    disableStream: large,
    disableAutoFetch: large,
    verbosity: core.VerbosityLevel.ERRORS,
  });
  const eventBus = new parts.EventBus();
  const linkService = new parts.PDFLinkService({
    eventBus,
    externalLinkTarget: parts.LinkTarget.BLANK,
    externalLinkRel: "noopener noreferrer nofollow",
  });
  viewer = new parts.PDFViewer({
    container: byId("vlak"),
    eventBus,
    linkService,
    findController: new parts.PDFFindController({ eventBus, linkService }),
    l10n: dutch,
    annotationMode: core.AnnotationMode.ENABLE,
    annotationEditorMode: core.AnnotationEditorType.DISABLE,
    enableAutoLinking: false,
    removePageBorders: true,
    imageResourcesPath: at("images/"),
  });
  linkService.setViewer(viewer);
  pdf = await loading.promise;
  // pdf.js fetches and draws the page that it is at as soon as this listener returns.
  const ready = new Promise((resolve) => { eventBus.on("pagesinit", () => resolve(begin()), { once: true }); });
  viewer.setDocument(pdf);
  linkService.setDocument(pdf);
  listen(eventBus);
  await ready;
  await follow();
}

byId("sluiten").addEventListener("click", close);
open().catch((error) => {
  const asked = error.name === "ResponseException";
  tell(FAILURES[asked ? error.status : error.name] ?? (asked ? NOT_REACHED : NOT_STARTED), true);
});
