// What HTML alone can not do: show that an answer is on its way, say it once to a screen reader, and lead from a
// citation to its source and back. Everything shown comes from the server; here text is only set as text.
"use strict";
// Gradio takes the language of its own messages, and of the document, from the browser; this page is Dutch.
Object.defineProperty(navigator, "language", { get: () => "nl" });
// Gradio answers a lost connection with an English message and a reload that throws the conversation away. As an
// ordinary failure it leaves the page as it is: the visitor reads what is wrong in Dutch and sends the question again.
const fetched = window.fetch.bind(window);
window.fetch = async (resource, options) => {
  if (!String(resource.url ?? resource).includes("/gradio_api/run/")) return fetched(resource, options);
  const response = await fetched(resource, options).catch(() => null);
  if (response?.ok) return response;
  return new Response('{"error": null}', { status: 500, headers: { "Content-Type": "application/json" } });
};
// Gradio's own panels (settings, API, another theme) open by a query; they are no part of this page.
if (location.search) history.replaceState(null, "", location.pathname);

const handwijzer = (() => {
  const byId = (id) => document.getElementById(id);
  const field = () => document.querySelector("#vraag textarea");
  const live = document.createElement("div");
  live.className = "vh";
  live.setAttribute("role", "status");
  let asking = null;
  let cameFrom = null;
  let latest = null;

  const state = (name, on) => document.documentElement.classList.toggle(name, on);
  const say = (text) => { live.textContent = text; };

  function spoken(turn) {
    const copy = turn.querySelector(".antwoord").cloneNode(true);
    const cited = new Set([...copy.querySelectorAll(".citaat")].map((link) => link.hash)).size;
    copy.querySelectorAll(".citaat, .vh").forEach((part) => part.remove());
    copy.querySelectorAll("p, li").forEach((part) => part.append(" "));
    const sources = cited ? ` ${cited} ${cited === 1 ? "bron" : "bronnen"}.` : "";
    return copy.textContent.replace(/\s+/g, " ").trim() + sources;
  }

  function ended() {
    asking = null;
    state("hw-bezig", false);
    byId("gesprek").removeAttribute("aria-busy");
  }

  function changed() {
    const last = [...document.querySelectorAll("#gesprek .beurt")].pop() ?? null;
    // Gradio also puts its own progress marks here.
    if (last === latest) return;
    latest = last;
    state("hw-gesprek", last !== null);
    if (last === null) return;
    if (asking !== null) ended();
    say(spoken(last));
    // A long answer is read from its question down.
    last.scrollIntoView({ block: last.offsetHeight > innerHeight / 2 ? "start" : "nearest" });
  }

  function show(card) {
    document.querySelectorAll(".bronnen-van").forEach((group) => { group.hidden = !group.contains(card); });
    document.querySelectorAll("#bronnen .leeg").forEach((note) => { note.hidden = true; });
    document.querySelectorAll(".gekozen").forEach((old) => old.classList.remove("gekozen"));
    card.classList.add("gekozen");
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("click", (event) => {
    const citation = event.target.closest("a.citaat");
    const back = event.target.closest("a.terug");
    if (!citation && !back) return;
    event.preventDefault();
    if (citation) {
      const card = byId(citation.getAttribute("href").slice(1));
      cameFrom = citation;
      if (card) show(card);
    } else {
      const card = back.closest(".bron");
      const same = cameFrom && cameFrom.isConnected && cameFrom.getAttribute("href") === `#${card.id}`;
      const target = same ? cameFrom : document.querySelector(`a.citaat[href="#${card.id}"]`);
      if (target) target.focus();
    }
  });

  // One question at a time, and no empty one: stopped here, before Gradio hears of it.
  function refuses(event) {
    const sending = event.type === "click"
      ? event.target.closest("#verstuur")
      : event.target === field() && event.key === "Enter" && !event.shiftKey;
    const renewing = event.type === "click" && event.target.closest("#nieuw");
    if (asking !== null) return sending || renewing;
    if (!sending || field().value.trim()) return false;
    say("Typ eerst een vraag.");
    field().focus();
    return true;
  }

  ["click", "keydown", "keypress"].forEach((type) => document.addEventListener(type, (event) => {
    if (refuses(event)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, { capture: true }));

  return {
    start() {
      document.body.append(live);
      new MutationObserver(changed).observe(byId("gesprek"), { childList: true, subtree: true });
    },
    send() { byId("verstuur").click(); },
    // Returns what stays in the field and what is asked.
    begin(text) {
      asking = text;
      byId("bezig-vraag").textContent = text;
      byId("gesprek").setAttribute("aria-busy", "true");
      state("hw-onbereikbaar", false);
      state("hw-bezig", true);
      say("Bezig met zoeken in de documenten.");
      field().focus();
      return ["", text];
    },
    // Gives the question back, so that it can be sent again.
    failed() {
      const text = asking ?? "";
      ended();
      state("hw-onbereikbaar", true);
      say(byId("onbereikbaar").textContent);
      return text || field().value;
    },
    renewed() {
      state("hw-onbereikbaar", false);
      say("Nieuw gesprek.");
      field().focus();
    },
  };
})();
