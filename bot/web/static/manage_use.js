// The part of the Beheer tab about use and quality: four sections, each of which loads by itself.
import { call, fragment, say } from "./shared.js";

const SECTIONS = ["gebruik", "beoordelingen", "vragen-zonder-antwoord", "kwaliteit"];
const HOME = "/pagina/beheer";
const STYLE = "/pagina/static/manage_use.css";

/** Fill `container` with the sections. Returns once all are there, or say why they are not. */
export async function show(container) {
  if (!document.querySelector(`link[href="${STYLE}"]`)) {
    const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: STYLE });
    document.head.append(style);
  }
  const sections = SECTIONS.map((name) => {
    const section = document.createElement("section");
    section.className = "bu-deel";
    section.dataset.buDeel = name;
    return section;
  });
  container.replaceChildren(...sections);
  // Shown again, the same container has its listeners already.
  if (!container.dataset.buGevuld) listen(container);
  container.dataset.buGevuld = "ja";
  await Promise.all(sections.map((section) => load(section, `${HOME}/${section.dataset.buDeel}`)));
}

/** Shown another time: what came in since. */
export const again = show;

async function load(section, path) {
  section.setAttribute("aria-busy", "true");
  try {
    section.innerHTML = await fragment(path);
  } catch (error) {
    const said = Object.assign(document.createElement("p"), { className: "melding", textContent: error.message });
    const again = Object.assign(document.createElement("button"), { type: "button", textContent: "Probeer opnieuw" });
    again.dataset.buHaal = path;
    section.replaceChildren(said, again);
  } finally {
    section.removeAttribute("aria-busy");
  }
}

function listen(container) {
  container.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-bu-haal]");
    if (form) choose(form, event.target.id);
  });
  container.addEventListener("submit", (event) => event.preventDefault());
  container.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.buHaal) turn(button);
    else if (button?.dataset.buDoe) act(button);
    else if (button?.dataset.buBewaar) save(button);
  });
}

// Another choice in a list above: the list stays where the focus is.
async function choose(form, id) {
  const section = form.closest(".bu-deel");
  await load(section, `${form.dataset.buHaal}?${new URLSearchParams(new FormData(form))}`);
  section.querySelector(`#${id}`)?.focus();
  say(section.querySelector("table, .bu-lijst") ? "De lijst is bijgewerkt." : "Er is niets om te tonen.");
}

// Another page: read from its heading down.
async function turn(button) {
  const section = button.closest(".bu-deel");
  await load(section, button.dataset.buHaal);
  const top = section.querySelector("h2") ?? section.querySelector("button");
  top.focus();
  top.scrollIntoView({ block: "nearest" });
}

async function act(button) {
  const item = button.closest("[data-bu-beoordeling]");
  const section = item.closest(".bu-deel");
  button.disabled = true;
  try {
    const holder = document.createElement("ul");
    holder.innerHTML = await fragment(button.dataset.buDoe, { method: "POST" });
    const fresh = holder.firstElementChild;
    item.replaceWith(fresh);
    fresh.querySelector("button").focus();
    if (button.dataset.buDoe.endsWith("/testvraag")) section.querySelector("[data-bu-bewaar]").hidden = false;
    say(button.dataset.buZeg);
  } catch (error) {
    button.disabled = false;
    complain(button, error);
  }
}

// A link can not carry the key.
async function save(button) {
  try {
    const address = URL.createObjectURL(await (await call(button.dataset.buBewaar)).blob());
    Object.assign(document.createElement("a"), { href: address, download: button.dataset.buNaam }).click();
    URL.revokeObjectURL(address);
    say(`${button.dataset.buNaam} is opgehaald.`);
  } catch (error) {
    complain(button, error);
  }
}

function complain(button, error) {
  const place = button.closest("p");
  const said = place.nextElementSibling?.matches(".melding") ? place.nextElementSibling : document.createElement("p");
  said.className = "melding";
  said.textContent = error.message;
  place.after(said);
  say(error.message);
}
