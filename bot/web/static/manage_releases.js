// The kept releases: what each changed, its report, and making one live.
import { complain, confirmed } from "./manage.js";
import { jobs } from "./manage_jobs.js";
import { call, fragment, say, tell } from "./shared.js";

let place;

export async function show(container) {
  place = container;
  // Shown again after a failure it has one listener still.
  place.onclick = (event) => {
    const live = event.target.closest("[data-live]");
    const report = event.target.closest("[data-verslag]");
    if (live) makeLive(live.dataset.live, live.dataset.moment);
    if (report) toggle(report);
  };
  await load();
}

jobs.addEventListener("taken", ({ detail: ended }) => {
  if (!place?.isConnected || !ended) return;
  load().catch((error) => complain(place, error));
});

/** Shown another time. */
export const again = () => load();

async function load() {
  place.innerHTML = await fragment("/pagina/beheer/releases");
}

async function makeLive(id, moment) {
  const sure = await confirmed({
    title: "Deze release live zetten?",
    text:
      `Antwoorden komen dan uit de release van ${moment}. De corpusmap verandert niet: wie daarna publiceert, gaat ` +
      "weer uit van de bestanden die daar staan.",
    button: "Zet live",
  });
  if (sure === null) return;
  try {
    await call(`/v1/releases/${id}/activering`, { method: "POST" });
    await load();
    const told = document.createElement("p");
    told.className = "gelukt";
    told.tabIndex = -1;
    told.textContent = `De release van ${moment} is nu live.`;
    place.prepend(told);
    tell("release");
    told.focus();
    say(told.textContent);
  } catch (error) {
    complain(place, error);
  }
}

async function toggle(button) {
  const row = button.closest("li");
  const open = row.querySelector("iframe");
  button.setAttribute("aria-expanded", String(!open));
  if (open) {
    URL.revokeObjectURL(open.src);
    open.remove();
    return;
  }
  try {
    // A link can not carry a key; and the report is a page of its own, with links within it.
    const html = await fragment(`/pagina/beheer/verslag/${button.dataset.verslag}`);
    const frame = document.createElement("iframe");
    frame.title = "Verslag van het inlezen";
    frame.className = "verslag";
    frame.src = URL.createObjectURL(new Blob([html], { type: "text/html" }));
    row.append(frame);
  } catch (error) {
    button.setAttribute("aria-expanded", "false");
    complain(row, error);
  }
}
