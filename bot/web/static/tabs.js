// The tabs above the page: one panel at a time, found back by its address (#documenten).
import { byId, page, tell } from "./shared.js";

const NAMES = ["vragen", "documenten", "beheer"];
const tabs = () => NAMES.map((name) => byId(`tab-${name}`)).filter((tab) => !tab.hidden);
const nameOf = (tab) => tab.id.slice("tab-".length);

// How far down each panel was when it was left.
const scrolled = new Map();

function choose(name) {
  const left = NAMES.find((other) => !byId(`paneel-${other}`).classList.contains("dicht"));
  scrolled.set(left, scrollY);
  NAMES.forEach((other) => {
    const chosen = other === name;
    byId(`tab-${other}`).setAttribute("aria-selected", String(chosen));
    byId(`tab-${other}`).tabIndex = chosen ? 0 : -1;
    byId(`paneel-${other}`).classList.toggle("dicht", !chosen);
  });
  tell("paneel", name);
}

function follow() {
  const name = location.hash.slice(1).split("/")[0];
  choose(tabs().some((tab) => nameOf(tab) === name) ? name : "vragen");
}

// Not by `location.hash`: going to a fragment takes the focus away from the tab.
function open(name) {
  history.pushState(null, "", `#${name}`);
  choose(name);
  scrollTo(0, scrolled.get(name) ?? 0);
}

export function startTabs() {
  NAMES.forEach((name) => {
    const panel = byId(`paneel-${name}`);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", `tab-${name}`);
  });
  const list = document.querySelector(".tabs");
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) open(nameOf(tab));
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const shown = tabs();
    const next = shown.at((shown.indexOf(event.target) + step) % shown.length);
    next.focus();
    open(nameOf(next));
  });
  addEventListener("hashchange", follow);
  page.addEventListener("rol", ({ detail }) => {
    byId("tab-beheer").hidden = detail !== "beheer";
    follow();
  });
  follow();
}
