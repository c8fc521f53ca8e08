// Starts the parts of the page once Gradio has drawn its frame.
import { startChat } from "./chat.js";
import { startFilters } from "./filters.js";
import { byId, call, page, tell } from "./shared.js";
import { startSources } from "./sources.js";
import { startTabs } from "./tabs.js";
import { startTurns } from "./turns.js";
import "./documents.js";
import "./manage.js";

// Gradio draws its parts one after another.
const PARTS = ["tab-beheer", "gesprek", "filters", "verstuur", "stop", "bronnen", "documenten", "beheer"];
const framed = () => PARTS.every(byId) && document.querySelector("#vraag textarea");

async function start() {
  startTabs();
  startFilters();
  startSources();
  startTurns();
  await startChat();
  document.documentElement.classList.add("hw-klaar");
  page.addEventListener("release", about);
  tell("rol", await about());
}

// Say what Handwijzer is and how new its documents are; returns the role of its visitor.
async function about() {
  try {
    const { rol, uitleg, stand } = await (await call("/pagina/begin")).json();
    byId("uitleg").querySelector("div").innerHTML = uitleg;
    byId("uitleg-stand").textContent = stand;
    return rol;
  } catch (error) {
    byId("uitleg").querySelector("div").textContent = error.message;
    return "onbekend";
  }
}

if (framed()) start();
else {
  const waiting = new MutationObserver(() => {
    if (!framed()) return;
    waiting.disconnect();
    start();
  });
  waiting.observe(document, { childList: true, subtree: true });
}
