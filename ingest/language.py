"""In which language a text is, and whether it is language at all.

The detector (py3langid: naive Bayes over byte n-grams of 139 languages, with a class "zxx" for what is no language)
takes half a second and 100 MB to load, so only the first text that needs it pays for it. Its answer depends on the
text alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

_NO_LANGUAGE = "zxx"
# Below this a heading of Dutch words looks like any Germanic language.
_FEWEST_LETTERS = 40
_LEAST_CERTAIN = 0.6
_MOST_CHARACTERS = 20_000
_LETTER = re.compile(r"[^\W\d_]")
# Short Dutch texts look like Afrikaans; these are words of the one that the other does not have.
_ONLY_AFRIKAANS = re.compile(r"(?<!\w)(?:['’]n|nie|hierdie|hulle|baie|vir|kry|sy)(?!\w)", re.IGNORECASE)
_ONLY_DUTCH = re.compile(r"(?<!\w)(?:het|een|niet|zijn|wordt|worden|deze|voor|hij|zij|ij)(?!\w)", re.IGNORECASE)

FUNCTION_WORDS = {
    language: frozenset(words.split())
    for language, words in {
        "nl": "de het een en van in is dat op te zijn met voor niet die aan er om als ook bij of door wordt worden "
        "naar uit over kan tot dan maar deze hij zij ze wij we je uw dit heeft hebben tussen onder geen wat "
        "wie moet",
        "en": "the of and to in is that it for on with as are be this by not or from at an we you your have has was "
        "will can their they which but if who what when should must our may all been were he she his her",
        "de": "der die das und in zu den von mit ist im für auf nicht ein eine dem des sich auch als an bei wird "
        "werden sind oder aus nach wie es er sie wir ihr ihre ihren zur zum über durch einer eines haben hat "
        "kann dass",
        "fr": "le la les de des du et en un une est que qui dans pour pas sur au aux avec par il elle nous vous ce "
        "se sont ou plus cette ces son sa ses leur leurs ne être a été ont doit peut comme mais",
        "fy": "de it in en fan yn is dat op te foar net mei oan der by as om ek ta út wurdt wurde nei kin mar dizze "
        "hja sy wy jo har oer troch hat hawwe binne wêze dy tusken gjin fanwegen",
        "af": "die van en in is wat dat nie op te met vir aan daar om as ook by of deur word na uit oor kan tot "
        "maar hierdie hy sy ons jy jou dit het sal hulle hul moet was tussen geen",
        "es": "el la los las de del y en un una es que por para no con se su sus al lo como más o pero este esta "
        "son ha han ser sobre entre cuando también sin",
        "it": "il lo la gli le di del della dei delle e in un una è che per non con si da dal alla al nel nella "
        "sono come più o ma questo questa ha hanno essere anche su tra",
        "pt": "os as de do da dos das e em um uma é que para não com se por no na ao sua seu são mais ou mas este "
        "esta foi ser como também entre sem pelo pela",
    }.items()
}
"""The most frequent small words per language in lower case: of running text they are a third or more."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What a text looks like: the code of its language, how certain that is, and how likely it is none (both 0–1)."""

    language: str
    certainty: float
    noise: float


def guess(text: str) -> Guess:
    """Return what ``text`` looks like, however short or strange it is."""
    ranked: Sequence[tuple[str, float]] = _identifier().rank(text[:_MOST_CHARACTERS])
    language, certainty = ranked[0]
    return Guess(language, certainty, dict(ranked)[_NO_LANGUAGE])


def language_of(text: str) -> str | None:
    """Return the ISO 639-1 code of the language that ``text`` is in, None when it does not tell."""
    if len(_LETTER.findall(text, 0, _MOST_CHARACTERS)) < _FEWEST_LETTERS:
        return None
    found = guess(text)
    if found.language == "af" and len(_ONLY_DUTCH.findall(text)) >= len(_ONLY_AFRIKAANS.findall(text)):
        return "nl"
    # Codes of three letters are languages without one of two, and what is no language.
    return found.language if found.certainty >= _LEAST_CERTAIN and len(found.language) == 2 else None


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
