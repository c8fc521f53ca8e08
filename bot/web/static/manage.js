// The Beheer tab: who may see it, its parts, and what they share. A part is fetched when it is opened first.
import { byId, call, fragment, key, page, say, tell } from "./shared.js";

const PARTS = {
  documenten: () => import("./manage_documents.js"),
  releases: () => import("./manage_releases.js"),
  controle: () => import("./manage_check.js"),
  gebruik: () => import("./manage_use.js"),
};
const EXPIRED = "Uw sleutel is niet meer geldig. Log opnieuw in. Wat u met een andere sleutel klaarzette, kiest u daarna opnieuw.";
const shown = new Set();
let role = "";
let panel = "";
let asked = location.hash.split("/")[0] === "#beheer";

function dialogOf(id) {
  const dialog = byId(id);
  // In a tab that is not shown a dialog would not be shown either.
  if (dialog.parentElement !== document.body) document.body.append(dialog);
  return dialog;
}

/** Ask before something is done. Resolves to null, or to whether `choice` (the words of a box to tick) was ticked. */
export function confirmed({ title, text, button, choice = "" }) {
  const dialog = dialogOf("bevestigen");
  byId("bevestigen-kop").textContent = title;
  byId("bevestigen-tekst").textContent = text;
  byId("bevestigen-ja").textContent = button;
  const label = byId("bevestigen-keuze");
  const box = label.querySelector("input");
  label.hidden = !choice;
  label.querySelector("span").textContent = choice;
  box.checked = false;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ja" ? box.checked : null), { once: true });
  });
}

/** Show in `container` what went wrong; a key that expired has a dialog of its own. */
export function complain(container, error) {
  if (error.status === 401) return;
  const told = document.createElement("p");
  told.className = "let-op";
  told.textContent = error.message;
  container.querySelector(":scope > .let-op")?.remove();
  container.prepend(told);
  say(error.message);
}

function signIn(why = "") {
  const dialog = dialogOf("inloggen");
  if (dialog.open) return;
  const form = dialog.querySelector("form");
  const field = byId("sleutel");
  const fault = byId("inloggen-fout");
  fault.textContent = why;
  field.value = "";
  form.onsubmit = async (event) => {
    event.preventDefault();
    const given = field.value.trim();
    try {
      await accept(given);
    } catch (error) {
      fault.textContent = error.message;
      field.select();
      return;
    }
    field.value = "";
    dialog.close("in");
    enter();
    say("U bent ingelogd.");
  };
  dialog.querySelector("[data-sluit]").onclick = () => dialog.close("");
  dialog.onclose = () => {
    field.value = "";
    if (dialog.returnValue !== "in" && !key.get() && why) tell("rol", "lezen");
  };
  dialog.returnValue = "";
  dialog.showModal();
  field.focus();
}

function enter() {
  tell("rol", "beheer");
  if (panel !== "beheer") location.hash = "beheer";
}

async function accept(given) {
  // Anything else can not be sent in a header.
  if (!given) throw new Error("Plak eerst uw sleutel in het veld.");
  if (!/^[\x21-\x7e]+$/.test(given)) throw new Error("Dit is geen sleutel. Een sleutel begint met hw_ en heeft geen spaties.");
  key.set(null);
  try {
    await call("/pagina/beheer", { headers: { Authorization: `Bearer ${given}` } });
  } catch (error) {
    if (error.status === 403) throw new Error("Deze sleutel mag alleen lezen. Gebruik een sleutel met de rol beheer.");
    if (error.status === 401) {
      throw new Error("Deze sleutel is niet geldig: niet heel geplakt, ingetrokken of verlopen. Plak hem opnieuw, of maak een nieuwe.");
    }
    throw error;
  }
  key.set(given);
}

function signOut() {
  key.set(null);
  byId("beheer").replaceChildren();
  shown.clear();
  sessionStorage.removeItem("handwijzer-proef");
  location.hash = "vragen";
  tell("rol", "lezen");
  say("U bent uitgelogd.");
}

async function draw() {
  const tab = byId("beheer");
  if (!byId("beheer-documenten")) {
    try {
      tab.innerHTML = await fragment("/pagina/beheer");
    } catch (error) {
      complain(tab, error);
      return;
    }
    byId("uitloggen").hidden = !key.get();
    byId("uitloggen").addEventListener("click", signOut);
    (await import("./manage_jobs.js")).watch(byId("taken"));
  }
  await turn();
}

function chosen() {
  const asked = location.hash.split("/")[1];
  return asked in PARTS ? asked : "documenten";
}

async function turn() {
  const name = chosen();
  const section = byId(`beheer-${name}`);
  let part;
  try {
    // Before it is seen: what is dropped on a part that does not listen yet would be opened by the browser.
    part = await PARTS[name]();
  } catch {
    complain(byId("beheer"), new Error("Dit onderdeel kon niet worden geladen. Laad de pagina opnieuw."));
    return;
  }
  if (name !== chosen() || !section.isConnected) return;
  byId("beheer").dataset.deel = name;
  for (const other of Object.keys(PARTS)) {
    byId(`beheer-${other}`).hidden = other !== name;
    const link = document.querySelector(`#beheer nav a[href="#beheer/${other}"]`);
    if (other === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  // What others did since is seen by whoever comes back to a part.
  const fill = shown.has(name) ? part.again : part.show;
  shown.add(name);
  try {
    await fill?.(section.querySelector(":scope > .inhoud") ?? section);
  } catch (error) {
    shown.delete(name);
    complain(section, error);
  }
}

const foot = document.createElement("footer");
const way = document.createElement("button");
foot.className = "beheer-voet";
way.type = "button";
way.textContent = "Beheer";
way.addEventListener("click", async () => {
  // Without a release the page does not hear its role; whom a proxy knows needs no key.
  if (role !== "onbekend" || !(await call("/pagina/beheer").catch(() => null))) signIn();
  else enter();
});
foot.append(way);
foot.hidden = true;
document.body.append(foot);

page.addEventListener("rol", ({ detail }) => {
  role = detail;
  foot.hidden = role === "beheer";
  if (role === "beheer" && panel === "beheer") draw();
  // Whoever opens the address of Beheer in another tab has to sign in there too.
  if (role === "lezen" && asked) signIn();
  asked = false;
});
page.addEventListener("paneel", ({ detail }) => {
  panel = detail;
  if (role === "beheer" && panel === "beheer") draw();
});
addEventListener("hashchange", () => {
  if (panel === "beheer" && byId("beheer-documenten")) turn();
});
page.addEventListener("sleutel", () => {
  if (panel === "beheer") signIn(EXPIRED);
  else tell("rol", "lezen");
});
