// What is being done to the documents, by anybody: looked at often while something is, and not at all out of sight.
import { fragment, page, say } from "./shared.js";

const BUSY_MS = 1500;
const QUIET_MS = 20_000;
let container;
let timer;
let html = null;
let inSight = true;
let states = new Map();
let phase = "";

/** Events: `taken`, after every look at which something had changed; detail: how much ended since. */
export const jobs = new EventTarget();
/** Whether a job waits or runs, as far as is known. */
export const isOpen = (id) => states.get(id) === true;

export function watch(place) {
  container = place;
  html = null;
  states = new Map();
  look();
}

/** Look now, and again after a while. */
export async function look() {
  clearTimeout(timer);
  if (!container?.isConnected || document.hidden || !inSight) return;
  let waitMs = QUIET_MS;
  try {
    const fresh = await fragment("/pagina/beheer/taken");
    if (fresh !== html) draw(fresh);
    if ([...states.values()].includes(true)) waitMs = BUSY_MS;
  } catch (error) {
    if (error.status === 401) return;
    waitMs = Math.max(QUIET_MS, error.waitS * 1000);
  }
  clearTimeout(timer);
  timer = setTimeout(look, waitMs);
}

function draw(fresh) {
  const first = html === null;
  const opened = container.querySelector("#eerdere-taken")?.open;
  html = fresh;
  container.innerHTML = fresh;
  const earlier = container.querySelector("#eerdere-taken");
  const rows = [...container.querySelectorAll("[data-taken]")];
  const now = new Map(rows.flatMap((row) => row.dataset.taken.split(" ").map((id) => [id, "open" in row.dataset])));
  const ended = rows.filter(
    (row) => !first && !("open" in row.dataset) && row.dataset.taken.split(" ").some((id) => states.get(id) !== false),
  );
  if (ended.length) earlier.open = true;
  else if (opened !== undefined && earlier) earlier.open = opened;
  const running = rows.find((row) => "open" in row.dataset);
  if (ended.length) say(ended.map((row) => row.dataset.zin).join(" "));
  else if (running && running.dataset.fase !== phase) say(running.dataset.zin);
  phase = running?.dataset.fase ?? "";
  states = now;
  jobs.dispatchEvent(new CustomEvent("taken", { detail: ended.length }));
}

document.addEventListener("visibilitychange", look);
page.addEventListener("rol", () => look());
page.addEventListener("paneel", ({ detail }) => {
  inSight = detail === "beheer";
  look();
});
