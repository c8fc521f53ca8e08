// What a visitor does with an answer: judge it, copy it, keep the conversation, go on with a next question.
import { SENT_ALONG, ask, exchangeOf, filled, focusField } from "./chat.js";
import { byId, call, fragment, page, say } from "./shared.js";
import { conversation } from "./store.js";

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.kopie);
    say("Gekopieerd.");
    button.textContent = "Gekopieerd";
  } catch {
    say("Kopiëren lukte niet. Selecteer de tekst en kopieer haar zelf.");
  }
}

function judge(button) {
  const turn = button.closest(".beurt");
  const place = turn.querySelector(".oordeel-plek");
  turn.querySelectorAll("button[data-oordeel]").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
  place.replaceChildren(filled("t-oordeel"));
  const form = place.querySelector("form");
  form.dataset.gekozen = button.dataset.oordeel;
  form.querySelector("textarea").focus();
}

// Back to the judgement that was kept before, or to none.
function forgetJudging(turn) {
  const kept = turn.dataset.oordeel ?? "";
  turn.querySelector("button[aria-pressed=true]")?.focus();
  turn.querySelectorAll("button[data-oordeel]").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.oordeel === kept));
  });
  turn.querySelector(".oordeel-plek").replaceChildren(...(kept ? [thanks(kept)] : []));
}

function thanks(verdict) {
  const line = document.createElement("p");
  line.className = "klein";
  line.tabIndex = -1;
  const next = verdict === "goed" ? "" : " Stel de vraag anders, of kijk in het tabblad Documenten.";
  line.textContent = `Bedankt. Uw oordeel is bewaard.${next}`;
  return line;
}

async function sendJudgement(form) {
  const turn = form.closest(".beurt");
  const fault = form.querySelector("[role=alert]");
  const body = {
    antwoordId: exchangeOf(turn).answer.id,
    oordeel: form.dataset.gekozen,
    toelichting: form.elements.toelichting.value,
  };
  try {
    await call("/pagina/beoordelingen", { method: "POST", body });
    turn.dataset.oordeel = body.oordeel;
    const line = thanks(body.oordeel);
    form.replaceWith(line);
    line.focus();
  } catch (error) {
    fault.textContent = error.message;
    fault.hidden = false;
  }
}

// What can be asked next comes after the answer, and only if it is still the last.
async function suggest({ detail: turn }) {
  try {
    const html = await fragment("/pagina/vervolgvragen", { method: "POST", body: { gesprek: conversation().slice(-SENT_ALONG) } });
    if (conversation().at(-1) === exchangeOf(turn)) turn.querySelector(".vervolg-plek").innerHTML = html;
  } catch {
    // An extra: without it the answer is as good.
  }
}

async function showExamples() {
  try {
    byId("voorbeelden").innerHTML = await fragment("/pagina/voorbeelden");
  } catch (error) {
    byId("voorbeelden").textContent = error.message;
  }
}

async function save(form) {
  try {
    const response = await call("/pagina/export", { method: "POST", body: { formaat: form, gesprek: conversation() } });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = response.headers.get("Content-Disposition").match(/filename="([^"]+)"/)[1];
    link.click();
    URL.revokeObjectURL(link.href);
    say("Het gesprek is bewaard als bestand.");
  } catch (error) {
    say(error.message);
  }
  byId("bewaar").open = false;
  byId("bewaar").querySelector("summary").focus();
}

export function startTurns() {
  page.addEventListener("antwoord", suggest);
  showExamples();
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.oordeel) judge(button);
    else if (button.dataset.bewaar) save(button.dataset.bewaar);
    else if (button.dataset.doe === "kopieer") copy(button);
    else if (button.dataset.doe === "oordeel-weg") forgetJudging(button.closest(".beurt"));
    else if (button.dataset.doe === "print") print();
    else if (button.dataset.vraag) {
      focusField();
      ask(button.dataset.vraag);
    }
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.oordeel")) return;
    event.preventDefault();
    sendJudgement(event.target);
  });
}
