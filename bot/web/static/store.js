// The conversation, in this tab only: gone when the tab is closed, and never on the server.
const CONVERSATION = "handwijzer-gesprek";
const ASKING = "handwijzer-bezig";
const KEPT = 40;
const DAY_MS = 24 * 60 * 60 * 1000;

function read(name, otherwise) {
  try {
    return JSON.parse(sessionStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function write(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing, or is full: the conversation is lost when the page is left, and nothing else.
  }
}

let exchanges = read(CONVERSATION, []);
if (!Array.isArray(exchanges)) exchanges = [];

/** The exchanges, oldest first. */
export const conversation = () => exchanges;

/** Keep `changed` as the conversation; the oldest exchanges go when there are too many. */
export function keep(changed) {
  exchanges = changed.slice(-KEPT);
  write(CONVERSATION, exchanges.length ? exchanges : null);
}

/** The question that is being answered, so that a reload can ask it again; not after a day. */
export const asking = {
  get: () => {
    const kept = read(ASKING, null);
    return kept && Date.now() - kept.since < DAY_MS ? kept : null;
  },
  set: (question) => write(ASKING, question && { ...question, since: Date.now() }),
};
