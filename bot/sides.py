"""What a question is about when it is about two things, or about what several documents say."""

from __future__ import annotations

import re

from bot.question import ASKING
from kb.analysis import content, fold

# Where the second thing of a comparison begins, the surest sign first.
_SECOND_SIDE = tuple(
    re.compile(pattern)
    for pattern in (
        r"\btussen .+?\b(en)\b",
        r"\b(?:evenveel|even|net zo|net zo'n|(?:de|het|een)zelfde)\b.*?\b(als)\b",
        r"\b(?:anders|meer|minder|langer|korter|eerder|later|vaker|hoger|lager|groter|sneller) (dan)\b",
        rf"(?:,|\?) (en) {ASKING}",
        r"[,?] (en|of)\b",
        r"(\?) \w",
        r".*\b(en|of)\b",
    )
)
_SEVERAL_SOURCES = re.compile(
    r"\b(?:verschillende|meerdere|welke|alle|beide|twee|drie) (?:\w+e )?(?:bronnen|documenten|stukken|handreikingen|"
    r"verslagen|nieuwsbrieven|convenanten)\b"
)


def two_sides(question: str) -> tuple[frozenset[str], frozenset[str]] | None:
    """Return the index terms that name one thing of a comparison and those that name the other, None when the
    question does not show where the one ends."""
    text = fold(question)
    for pattern in _SECOND_SIDE:
        match = pattern.search(text)
        if match is not None:
            first, second = content(text[: match.start(1)]), content(text[match.end(1) :])
            if first - second and second - first:
                return first - second, second - first
    return None


def asks_several_sources(question: str) -> bool:
    """Tell whether a question asks what several documents say ("Wat zeggen beide handreikingen over …")."""
    return _SEVERAL_SOURCES.search(fold(question)) is not None
