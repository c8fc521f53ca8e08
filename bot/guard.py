"""The privacy guard on questions: what is asked, without the personal data that the question does not need.

Everything a user types goes through `guard` before it is logged, kept, searched or sent to an LLM. `kb.privacy` finds
the personal data, `bot.guard_wording` puts Dutch words in its place; names that the documents hold may stay.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.guard_wording import age, reworded
from kb.analysis import words
from kb.privacy import PersonalData, mask
from kb.privacy.places import birth_dates
from kb.releases import Release

_SAID = {
    PersonalData.NAME: "een naam",
    PersonalData.BIRTH_DATE: "een geboortedatum",
    PersonalData.ADDRESS: "een adres",
    PersonalData.PHONE: "een telefoonnummer",
    PersonalData.EMAIL: "een e-mailadres",
    PersonalData.BSN: "een burgerservicenummer",
    PersonalData.IBAN: "een rekeningnummer",
}
_NOTICE = (
    "Uw vraag bevat waarschijnlijk persoonsgegevens: {kinds}. Die zijn weggelaten voordat er is gezocht. "
    "Zo blijft de privacy van kinderen en ouders beschermd. "
    "U kunt uw vraag ook zonder deze gegevens stellen, bijvoorbeeld: 'een leerling van 12 jaar zit thuis'."
)


@dataclass(frozen=True, slots=True)
class Guarded:
    """A question as it may be used. ``notice`` says what was left out and how to ask without, None when nothing was.

    ``held`` names the kinds of data in a few words, such as "een naam en een adres".
    """

    text: str
    notice: str | None
    held: str = ""


def guard(text: str, names_known: Callable[[str], bool], today: dt.date | None = None) -> Guarded:
    """Replace personal data in ``text`` so that the sense stays. Text in which nothing is found does not change.

    ``names_known`` tells whether the documents hold a name (`names_in`). Ages are those on ``today``.
    """
    found: set[PersonalData] = set()
    # Words that a removed name kept apart can be personal data together.
    while (masked := mask(text, names_known)).found:
        found |= masked.found.keys()
        dates = [age(text[start:end], today or dt.date.today()) for start, end in birth_dates(text)]
        # With another number taken for a date it is not certain which age is whose.
        known = len(dates) == masked.found.get(PersonalData.BIRTH_DATE, 0)
        text = reworded(masked.text, dates if known else [])
    held = _listed(found)
    return Guarded(text, _NOTICE.format(kinds=held) if held else None, held)


def _listed(found: set[PersonalData]) -> str:
    kinds = [said for kind, said in _SAID.items() if kind in found]
    return f"{', '.join(kinds[:-1])} en {kinds[-1]}" if len(kinds) > 1 else "".join(kinds)


_CAPITAL = r"[^\W\d_a-zà-öø-ÿ][\w'’-]*\.?"
_CAPITALISED = re.compile(rf"{_CAPITAL}(?:\s+(?:(?:van|de|der|den|het|el|ter|ten|te|in|[’']t)\s+)*{_CAPITAL})*")
# Of the release that was asked last: a new one takes its place.
_names_of: tuple[str, str] = ("", "")


def names_in(release: Release) -> Callable[[str], bool]:
    """Return what tells whether a name is in the documents of ``release``: as words with capitals, in this order.

    Costs nothing before it is called; the first call reads all passages.
    """

    def known(name: str) -> bool:
        global _names_of
        release_id, held = _names_of
        if release_id != release.id:
            held = _capitalised(release)
            _names_of = (release.id, held)
        return f" {' '.join(words(name))} " in held

    return known


def _capitalised(release: Release) -> str:
    runs: set[str] = set()
    for passage in release.passages:
        runs.update(_CAPITALISED.findall(passage.text))
    for document in release.documents.values():
        runs.update(_CAPITALISED.findall(document.title))
    return "\n".join(f" {' '.join(words(run))} " for run in runs)
