// The panel of sources: those of one answer at a time, and the way from a citation to its source and back.
import { byId } from "./shared.js";

let cameFrom = null;
const groups = () => [...document.querySelectorAll(".bronnen-van")];
const citationsOf = (card) => document.querySelectorAll(`a.citaat[href="#${CSS.escape(card.id)}"]`);

/** Show the sources of the answer with this id and hide the others; without it none. */
export function showSourcesOf(answerId, otherwise = "Bij dit antwoord horen geen bronnen.") {
  groups().forEach((group) => { group.hidden = group.dataset.antwoord !== answerId; });
  byId("bronnen-leeg").textContent = otherwise;
  byId("bronnen-leeg").hidden = groups().some((group) => !group.hidden);
}

function show(card) {
  showSourcesOf(card.closest(".bronnen-van").dataset.antwoord);
  document.querySelectorAll(".gekozen").forEach((old) => old.classList.remove("gekozen"));
  card.classList.add("gekozen");
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

function back(card) {
  const target = cameFrom?.isConnected && cameFrom.hash === `#${card.id}` ? cameFrom : citationsOf(card)[0];
  target?.focus();
}

// Pointing at a citation, or reaching it by keyboard, marks its source; pointing at a source marks its citations.
function point(event, on) {
  const citation = event.target.closest?.("a.citaat");
  const card = citation ? byId(citation.hash.slice(1)) : event.target.closest?.(".bron");
  if (!card) return;
  card.classList.toggle("aangewezen", on);
  citationsOf(card).forEach((one) => one.classList.toggle("aangewezen", on));
}

// On paper every answer has its own sources below it.
function print(on) {
  groups().forEach((group) => {
    const answer = on && document.querySelector(`a.bronlink[href^="#bron-${CSS.escape(group.dataset.antwoord)}-"]`)?.closest(".beurt");
    (answer || byId("bronnen")).append(group);
  });
}

export function startSources() {
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  document.addEventListener("click", (event) => {
    const citation = event.target.closest("a.citaat, a.bronlink");
    const returning = event.target.closest("a.terug");
    if (!citation && !returning) return;
    event.preventDefault();
    if (returning) return back(returning.closest(".bron"));
    const card = byId(citation.hash.slice(1));
    cameFrom = citation;
    if (card) show(card);
  });
  for (const [type, on] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(type, (event) => point(event, on));
  }
}
