// Bringing documents in: choosing files, what would change, publishing; and removing what is there.
import { complain, confirmed } from "./manage.js";
import { isOpen, jobs, look } from "./manage_jobs.js";
import { byId, call, fragment, page, say } from "./shared.js";

const TRIAL = "handwijzer-proef";
const FIELDS = ["titel", "soort", "datum", "uitgever", "geldigTot"];
let section;
let queue = Promise.resolve();
let shownTrial = "";

export async function show(place) {
  section = place;
  const drop = section.querySelector(".neer");
  const files = drop.querySelector("input");
  byId("kies").addEventListener("click", () => files.click());
  files.addEventListener("change", () => {
    bring([...files.files]);
    files.value = "";
  });
  letDrop(drop, bring);
  const newer = byId("nieuwe-versie");
  newer.addEventListener("change", () => {
    bring([...newer.files], newer.dataset.vervangt);
    newer.value = "";
  });
  byId("klaar").addEventListener("click", onDraft);
  byId("klaar").addEventListener("change", describe);
  byId("verschil").addEventListener("click", onDiff);
  byId("map-proef").addEventListener("click", () => attempt(byId("map-proef").closest("details"), tryFolder));
  byId("beheer-lijst").addEventListener("click", (event) => {
    const replaced = event.target.closest("[data-vervang]");
    if (!replaced) {
      remove(event);
      return;
    }
    newer.dataset.vervangt = replaced.dataset.vervang;
    newer.click();
  });
  byId("taken").addEventListener("click", eraseToo);
  let typed;
  byId("beheer-zoek").addEventListener("input", () => {
    clearTimeout(typed);
    typed = setTimeout(list, 200);
  });
  queue = queue.then(() => attempt(byId("klaar"), drafts));
  await Promise.all([list(), queue]);
  showTrial();
}

/** Shown another time, perhaps to somebody else. */
export function again() {
  queue = queue.then(() => attempt(byId("klaar"), draftsAgain));
  return Promise.all([list(), queue]);
}

jobs.addEventListener("taken", ({ detail: ended }) => {
  if (!section?.isConnected) return;
  // A document that was erased takes its files that wait with it.
  if (ended) again();
  showTrial();
});
page.addEventListener("release", () => section?.isConnected && list());

/** Do `work`, saying in `place` what goes wrong. */
async function attempt(place, work) {
  place.querySelector(":scope > .let-op")?.remove();
  try {
    return await work();
  } catch (error) {
    complain(place, error);
    return null;
  }
}

function letDrop(zone, take) {
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  let inside = 0;
  zone.addEventListener("dragenter", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    inside += 1;
    zone.classList.add("boven");
  });
  zone.addEventListener("dragleave", () => {
    inside = Math.max(0, inside - 1);
    zone.classList.toggle("boven", inside > 0);
  });
  zone.addEventListener("dragover", (event) => {
    if (carries(event)) event.preventDefault();
  });
  zone.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    inside = 0;
    zone.classList.remove("boven");
    take([...event.dataTransfer.files]);
  });
}

/** Send files one after another. What is done with files that wait goes in the order in which it was asked. */
function bring(files, replaced = "") {
  const faults = byId("niet-gelukt");
  faults.replaceChildren();
  queue = queue.then(async () => {
    let brought = 0;
    for (const [place, file] of files.entries()) {
      say(`${file.name} wordt gestuurd (${place + 1} van ${files.length}).`);
      try {
        await send(file, replaced);
        brought += 1;
      } catch (error) {
        const row = document.createElement("li");
        row.className = "let-op";
        row.textContent = `${file.name}: ${error.message}`;
        faults.append(row);
        say(row.textContent);
        if (error.status === 401) break;
      }
    }
    // Called from the list of documents the files would wait out of sight.
    if (replaced) (faults.firstElementChild ?? byId("klaar-kop"))?.scrollIntoView({ block: "nearest" });
    if (brought && replaced) byId("klaar-kop")?.focus();
    if (brought) say(`${brought === 1 ? "Eén bestand staat" : `${brought} bestanden staan`} klaar.`);
  });
}

async function send(file, replaced) {
  const largest = Number(section.querySelector(".neer").dataset.grootste);
  // The server says so too, but not always before it hangs up.
  if (file.size > largest * 1_000_000) throw new Error(`Een bestand mag maximaal ${largest} MB groot zijn.`);
  const form = new FormData();
  form.append("bestand", file);
  const path = `/pagina/beheer/klaar?vervangt=${encodeURIComponent(replaced)}`;
  put(await fragment(path, { method: "POST", body: form }));
}

const drafts = async () => put(await fragment("/pagina/beheer/klaar"), true);

/** Draw the files that wait again where others wait now; else what is told of them stays. */
async function draftsAgain() {
  const html = await fragment("/pagina/beheer/klaar");
  const fresh = [...html.matchAll(/data-token="(\w+)"/g)].map(([, token]) => token);
  const shown = [...byId("klaar").querySelectorAll("[data-token]")].map((row) => row.dataset.token);
  if (fresh.join() !== shown.join()) put(html);
}

/** Draw the files that wait again, without taking away what is being typed. */
function put(html, keepDiff = false) {
  const place = byId("klaar");
  const active = place.contains(document.activeElement) ? document.activeElement : null;
  const typing = active?.name && [active.closest("[data-token]")?.dataset.token, active.name, active.value];
  const open = [...place.querySelectorAll("details[open]")].map((one) => one.closest("[data-token]").dataset.token);
  place.innerHTML = html;
  open.forEach((token) => place.querySelector(`[data-token="${token}"] details`)?.setAttribute("open", ""));
  if (!keepDiff) closeDiff();
  const field = typing && place.querySelector(`[data-token="${typing[0]}"] [name="${typing[1]}"]`);
  if (field) field.value = typing[2];
  if (active) (field || byId("klaar-kop") || byId("kies")).focus();
}

function onDraft(event) {
  const button = event.target.closest("[data-doe]");
  if (!button) return;
  const path = `/pagina/beheer/klaar/${button.closest("[data-token]")?.dataset.token}`;
  const acts = {
    weg: async () => put(await fragment(path, { method: "DELETE" })),
    plaats: async () =>
      put(await fragment(`${path}/plaats`, { method: "PUT", body: { vervangt: button.dataset.vervangt } })),
    "alles-weg": async () => {
      put(await fragment("/pagina/beheer/klaar", { method: "DELETE" }));
      say("Alles is weggehaald. Er is niets veranderd.");
    },
    proef: async () => {
      const undecided = byId("klaar").querySelector("[data-doe=plaats]");
      if (undecided) {
        undecided.focus();
        throw new Error("Kies eerst bij elk bestand of het een ander vervangt.");
      }
      await follow(async () => (await (await call("/pagina/beheer/klaar/proef", { method: "POST" })).json()).taak);
    },
  };
  queue = queue.then(() => attempt(byId("klaar"), acts[button.dataset.doe]));
}

/** Keep what was filled in for one file; what is asked later waits for it. */
function describe(event) {
  const row = event.target.closest("[data-token]");
  if (!row || !FIELDS.includes(event.target.name)) return;
  const given = FIELDS.map((name) => [name, row.querySelector(`[name="${name}"]`).value.trim()]).filter(([, value]) => value);
  const fault = row.querySelector(".fout-tekst");
  const path = `/pagina/beheer/klaar/${row.dataset.token}/gegevens`;
  fault.textContent = "";
  closeDiff();
  queue = queue.then(async () => {
    try {
      await call(path, { method: "PUT", body: Object.fromEntries(given) });
      say("Bewaard.");
    } catch (error) {
      fault.textContent = error.message;
    }
  });
}

const tryFolder = () =>
  follow(async () => (await (await call("/v1/indexeringen", { method: "POST", body: { proef: true } })).json()).id);

/** Ask for a trial by `begin`, which gives its id, and show what it finds once it is there. */
async function follow(begin) {
  closeDiff();
  const told = document.createElement("p");
  told.className = "klein";
  told.textContent = "Handwijzer leest de bestanden en kijkt wat er verandert. U ziet het zo hier.";
  byId("verschil").replaceChildren(told);
  say(told.textContent);
  try {
    sessionStorage.setItem(TRIAL, await begin());
  } catch (error) {
    closeDiff();
    throw error;
  }
  look();
}

async function showTrial() {
  const trial = sessionStorage.getItem(TRIAL);
  if (!trial || trial === shownTrial || isOpen(trial)) return;
  shownTrial = trial;
  const waited = byId("verschil").childElementCount > 0;
  try {
    const html = await fragment(`/pagina/beheer/proef/${trial}`);
    if (sessionStorage.getItem(TRIAL) !== trial) return;
    if (html.includes("data-nog-bezig")) {
      shownTrial = "";
      return;
    }
    byId("verschil").innerHTML = html;
    if (waited) byId("verschil-kop").focus();
    say("U ziet nu wat er verandert.");
  } catch (error) {
    if (error.status === 401) shownTrial = "";
    else closeDiff();
  }
}

function closeDiff() {
  sessionStorage.removeItem(TRIAL);
  shownTrial = "";
  byId("verschil").replaceChildren();
}

async function onDiff(event) {
  const button = event.target.closest("[data-doe]");
  if (!button) return;
  const diff = button.closest("section");
  const trial = sessionStorage.getItem(TRIAL);
  const waiting = Boolean(diff.dataset.wachtend);
  if (button.dataset.doe === "sluit") {
    closeDiff();
    (byId("klaar-kop") ?? byId("kies")).focus();
    return;
  }
  button.disabled = true;
  const done = await attempt(diff, async () => {
    if (waiting) put(await fragment("/pagina/beheer/klaar/publicatie", { method: "POST", body: { taak: trial } }));
    else {
      const shrinks = diff.querySelector("[name=krimpen]")?.checked ?? false;
      await call("/v1/indexeringen", { method: "POST", body: { magKrimpen: shrinks } });
      closeDiff();
    }
    return true;
  });
  button.disabled = false;
  if (!done) return;
  byId("kies").focus();
  say("Het publiceren is begonnen.");
  look();
}

async function list() {
  const words = byId("beheer-zoek").value;
  await attempt(byId("beheer-lijst"), async () => {
    const html = await fragment(`/pagina/beheer/documenten?zoek=${encodeURIComponent(words)}`);
    if (byId("beheer-zoek").value === words) byId("beheer-lijst").innerHTML = html;
  });
}

async function remove(event) {
  const button = event.target.closest("[data-document]");
  if (!button) return;
  const { document: id, titel } = button.dataset;
  const everywhere = await confirmed({
    title: "Document verwijderen?",
    text: `‘${titel}’ gaat uit de kennisbank, en het bestand uit de corpusmap.`,
    button: "Verwijder",
    choice: "Ook uit oudere releases wissen, en wat ervan klaarstaat (AVG). Terughalen kan dan niet meer.",
  });
  if (everywhere !== null) await takeOut(id, titel, everywhere, byId("beheer-lijst"));
}

/** A document that is out of the live release is in no list any more. */
async function eraseToo(event) {
  const button = event.target.closest("[data-wis]");
  if (!button) return;
  const { wis: id, titel } = button.dataset;
  const sure = await confirmed({
    title: "Ook uit oudere releases wissen?",
    text: `‘${titel}’ verdwijnt uit alle bewaarde releases (AVG). Terughalen kan dan niet meer.`,
    button: "Wis overal",
  });
  if (sure !== null) await takeOut(id, titel, true, byId("taken"));
}

const takeOut = (id, title, everywhere, place) =>
  attempt(place, async () => {
    await call(`/v1/documenten/${encodeURIComponent(id)}?overal=${everywhere}`, { method: "DELETE" });
    byId("beheer-zoek").focus();
    say(`${title} wordt verwijderd.`);
    look();
  });
