"""Whether a sentence that a model wrote may be shown: does what it cites exist, and does it say this?"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

from bot.generative.facts import all_stated, swapped
from bot.generative.opposites import resembled, reverses
from kb.analysis import content, words

# Measured on tests/integration/uitspraken.yaml; see `fault_of` for what is added up.
BAR = 0.985
_SHARED_WORDS = 0.1

_DUTCH = frozenset(
    """
    de het een en van dat die niet voor zijn op te aan door wordt worden bij ook er om als naar uit moet moeten mag
    mogen kan geen zij hij u uw deze dit wie of maar heeft hebben ze tot over wel dan zich
    """.split()
)
_FOREIGN = frozenset(
    """
    the and that this with for are not be to it you your from have has must should can by an they their which who
    when under where will may does if there was were
    der das und ist nicht mit ein eine den von zu auf sich auch werden wird ihr sie
    le la les des et est une du pas pour dans que qui sur avec il elle sont au aux ne
    """.split()
)


class Fault(StrEnum):
    """Why a sentence is not shown."""

    NO_SOURCE = "no_source"
    UNKNOWN_SOURCE = "unknown_source"
    NOT_DUTCH = "not_dutch"
    OTHER_FACTS = "other_facts"
    TURNED_ROUND = "turned_round"
    NOT_SUPPORTED = "not_supported"


def fault_of(
    text: str, numbers: Sequence[int], passages: Sequence[str], nearness: float, known: str = ""
) -> Fault | None:
    """Return what is wrong with a sentence, None when its sources bear it out.

    ``passages[n - 1]`` is source n as the model saw it: title, headings and text. ``nearness`` is the best cosine
    between the sentence and a unit of the passages it cites, each encoded by itself as a passage (the unit vectors of
    a release carry their surroundings and tell less). ``known`` is the question; see `all_stated` for the little that
    a sentence may take from it.
    """
    if not numbers:
        return Fault.NO_SOURCE
    if not all(1 <= number <= len(passages) for number in numbers):
        return Fault.UNKNOWN_SOURCE
    if not _is_dutch(text):
        return Fault.NOT_DUTCH
    source = "\n".join(passages[number - 1] for number in numbers)
    alike = resembled(text, source)
    if not all_stated(text, source, known) or (alike and all(swapped(text, sentence) for sentence in alike)):
        return Fault.OTHER_FACTS
    if alike and all(reverses(text, sentence) for sentence in alike):
        return Fault.TURNED_ROUND
    if nearness + _SHARED_WORDS * _shared(text, source) < BAR:
        return Fault.NOT_SUPPORTED
    return None


def _is_dutch(text: str) -> bool:
    written = words(text)
    return sum(word in _FOREIGN for word in written) <= sum(word in _DUTCH for word in written)


@lru_cache(maxsize=1024)
def _shared(text: str, source: str) -> float:
    """Return which part of the content words of ``text`` stands in ``source`` (0–1)."""
    own = content(text)
    return len(own & content(source)) / len(own) if own else 0.0
