"""Documents that no longer hold: what a reader is told of them, and that one that holds goes first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.answers import Source
from kb.dutch import long_date
from kb.retrieval import Found, Hit


def valid_first(found: Found, today: date) -> Found:
    """Return ``found`` with, of hits that score the same, those that hold on ``today`` in front."""
    hits = found.hits
    order = sorted(range(len(hits)), key=lambda at: (-hits[at].score, hits[at].document.expired(today)))
    return found.only(order)


def in_force(stretch: tuple[Hit, int, int], hits: Sequence[Hit], today: date) -> tuple[Hit, int, int]:
    """Return where the same sentences stand in a document of ``hits`` that holds on ``today``.

    ``stretch`` is a hit with the offsets of the words in its passage. It comes back as it is when its own document
    holds, or no other has them.
    """
    hit, start, end = stretch
    if not hit.document.expired(today):
        return stretch
    begin = max((unit.start for unit in hit.passage.units if unit.start <= start), default=start)
    words = hit.passage.text[begin:end]
    for other in hits:
        place = -1 if other.document.expired(today) else other.passage.text.find(words)
        units = other.passage.units
        if any(unit.start == place for unit in units) and any(unit.end == place + len(words) for unit in units):
            return other, place + start - begin, place + len(words)
    return stretch


def notice(sources: Sequence[Source]) -> str | None:
    """Return what a reader is told of the sources that no longer hold, None when all do."""
    expired: dict[str, list[Source]] = {}
    for source in sources:
        if source.expired:
            expired.setdefault(source.document_id, []).append(source)
    if not expired:
        return None
    told = "; ".join(_told(cited) for cited in expired.values())
    newer = "nieuwere versies zijn" if len(expired) > 1 else "een nieuwere versie is"
    return f"Let op: {told}. Controleer of er {newer}."


def _told(cited: Sequence[Source]) -> str:
    """Say until when one document held, with the numbers by which it is cited."""
    numbers = [str(source.number) for source in cited]
    named = f"bronnen {', '.join(numbers[:-1])} en {numbers[-1]}" if len(numbers) > 1 else f"bron {numbers[0]}"
    held = "waren" if len(numbers) > 1 else "was"
    last_day = cited[0].valid_until
    return f"{named}, ‘{cited[0].title}’, {held} geldig" + (f" tot en met {long_date(last_day)}" if last_day else "")
