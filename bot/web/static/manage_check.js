// What `handwijzer doctor` finds.
import { complain } from "./manage.js";
import { byId, fragment, say } from "./shared.js";

let place;

export async function show(container) {
  place = container;
  byId("controleer").onclick = () => look().catch((error) => complain(place, error));
  await look();
}

/** Shown another time. */
export const again = () => look();

async function look() {
  const button = byId("controleer");
  if (button.disabled) return;
  button.disabled = true;
  place.setAttribute("aria-busy", "true");
  say("Handwijzer kijkt de kennisbank na.");
  try {
    place.innerHTML = await fragment("/pagina/beheer/controle");
    say(place.querySelector(".uitkomst").textContent);
  } finally {
    button.disabled = false;
    place.removeAttribute("aria-busy");
  }
}
