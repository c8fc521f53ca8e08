// Server-sent events of a call that is sent with a body, which the browser's own EventSource can not do.
import { CallError, call } from "./shared.js";

// The server sends a heart-beat every ten seconds.
const SILENCE_MS = 45_000;
const BROKEN_OFF = "De verbinding viel weg voordat het antwoord af was.";

/** Yield `[name, data]` for every event; throws a `CallError` when the stream breaks off before `last` came. */
export async function* events(path, body, last, signal) {
  const response = await call(path, { method: "POST", body, signal, headers: { Accept: "text/event-stream" } });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let name = "";
  let ended = false;
  try {
    while (!ended) {
      const { done, value = "" } = await patiently(reader.read());
      ended = done;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks.filter((text) => text.startsWith("event:"))) {
        const lines = block.split("\n");
        name = lines[0].slice("event:".length).trim();
        yield [name, JSON.parse(lines[1].slice("data:".length))];
      }
    }
  } catch (error) {
    if (last.includes(name)) return;
    if (error instanceof CallError || error.name === "AbortError") throw error;
    throw new CallError(BROKEN_OFF, 0);
  } finally {
    if (!ended) reader.cancel().catch(() => {});
  }
  if (!last.includes(name)) throw new CallError(BROKEN_OFF, 0);
}

function patiently(reading) {
  let timer;
  const silence = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new CallError("Handwijzer antwoordt niet meer.", 0)), SILENCE_MS);
  });
  return Promise.race([reading, silence]).finally(() => clearTimeout(timer));
}
