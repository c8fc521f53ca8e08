// Which documents take part: chosen in a form that is fetched when it is first opened.
import { byId, fragment } from "./shared.js";

const part = () => byId("filters");
const form = () => part().querySelector("form");

function chosen() {
  if (!form()) return {};
  const data = new FormData(form());
  const filters = { soorten: data.getAll("soorten"), documenten: data.getAll("documenten") };
  for (const name of ["vanaf", "tot"]) if (data.get(name)) filters[name] = data.get(name);
  return filters;
}

const reversed = ({ vanaf, tot }) => Boolean(vanaf && tot && vanaf > tot);

/** The chosen filters as the server takes them, undefined without any. */
export function filters() {
  const all = chosen();
  const some = all.soorten?.length || all.documenten?.length || all.vanaf || all.tot;
  return some && !reversed(all) ? all : undefined;
}

const day = (text) => new Date(`${text}T12:00`).toLocaleDateString("nl-NL", { dateStyle: "long" });

function described() {
  const { soorten = [], documenten = [], vanaf, tot } = filters() ?? {};
  const parts = [soorten.join(", ")];
  if (documenten.length) parts.push(documenten.length === 1 ? "1 gekozen document" : `${documenten.length} gekozen documenten`);
  if (vanaf) parts.push(`vanaf ${day(vanaf)}`);
  if (tot) parts.push(`tot en met ${day(tot)}`);
  return parts.filter(Boolean).join(" · ") || "alle documenten";
}

function changed() {
  form().querySelector(".fout").hidden = !reversed(chosen());
  byId("filters-nu").textContent = described();
  part().classList.toggle("beperkt", filters() !== undefined);
}

export function startFilters() {
  part().addEventListener("toggle", async () => {
    if (!part().open || form()) return;
    const place = part().querySelector("div");
    try {
      place.innerHTML = await fragment("/pagina/filters");
      form().addEventListener("input", changed);
      form().addEventListener("submit", (event) => event.preventDefault());
    } catch (error) {
      place.textContent = error.message;
    }
  });
  part().addEventListener("click", (event) => {
    if (!event.target.closest("[data-doe=filters-leeg]")) return;
    form().reset();
    changed();
  });
}
