// What every part of the page uses: the server, the visitor's key, and the live region.
const KEY = "handwijzer-sleutel";
const live = document.createElement("div");
live.className = "vh";
live.setAttribute("role", "status");
document.body.append(live);

/** Events: `paneel` (detail: which tab was opened), `rol` (detail: lezen, beheer or onbekend), `sleutel` (it is valid no
    more), `release` (another one was made live). */
export const page = new EventTarget();
export const tell = (name, detail) => page.dispatchEvent(new CustomEvent(name, { detail }));
export const byId = (id) => document.getElementById(id);

/** Let a screen reader say something once; the same words again are said again. */
export function say(text) {
  live.textContent = live.textContent === text ? `${text}\u00a0` : text;
}

export class CallError extends Error {
  /** `status` is 0 when the server was not reached; `waitS` is how long it asks to wait. */
  constructor(message, status, waitS = 0) {
    super(message);
    this.status = status;
    this.waitS = waitS;
  }
}

export const key = {
  get: () => sessionStorage.getItem(KEY),
  set: (value) => (value ? sessionStorage.setItem(KEY, value) : sessionStorage.removeItem(KEY)),
};

/** Call our own server; a body that is no string or form is sent as JSON. Throws a `CallError` in Dutch. */
export async function call(path, { headers = {}, body, ...options } = {}) {
  const sent = new Headers(headers);
  if (key.get()) sent.set("Authorization", `Bearer ${key.get()}`);
  const plain = body !== undefined && !(body instanceof FormData) && typeof body !== "string";
  if (plain) sent.set("Content-Type", "application/json");
  let response;
  try {
    response = await fetch(path, { ...options, headers: sent, body: plain ? JSON.stringify(body) : body });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new CallError("Handwijzer is niet bereikbaar. Controleer uw verbinding.", 0);
  }
  if (response.ok) return response;
  if (response.status === 401 && key.get() && sent.get("Authorization") === `Bearer ${key.get()}`) {
    // A visitor goes on without it.
    key.set(null);
    tell("sleutel");
    return call(path, { headers, body, ...options });
  }
  const problem = await response.json().catch(() => ({}));
  const waitS = Number(response.headers.get("Retry-After")) || 0;
  throw new CallError(problem.detail ?? "Er ging iets mis. Probeer het later opnieuw.", response.status, waitS);
}

/** HTML that our own server made, with everything in it escaped. */
export const fragment = async (path, options) => (await call(path, options)).text();
