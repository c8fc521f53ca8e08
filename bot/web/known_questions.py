"""Questions of which it is known what a right answer holds, and where the documents say it.

They come from outside: whoever measures the answers has such a set. Comparing is done on words, as the lexical index
sees them: typesetting changes hyphens, quotation marks and spaces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.answers import Answer
from kb.analysis import words
from kb.documents import Passage


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of a document that answer. ``file`` is its path inside the corpus folder."""

    file: str
    quote: str


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """One question in the words of a professional. ``subject`` is a Dutch heading to show it under, or empty;
    ``example`` tells that somebody chose it to show what can be asked.

    Every fact of ``facts`` is a row of accepted wordings; ``evidence`` is a row of alternatives.
    """

    text: str
    subject: str
    facts: tuple[tuple[str, ...], ...]
    evidence: tuple[Evidence, ...]
    example: bool = False


def is_right(answer: Answer, question: KnownQuestion, documents: Mapping[str, str]) -> bool:
    """Tell whether ``answer`` holds every fact and cites a passage that holds evidence.

    ``documents`` gives the id of the document of each file.
    """
    said = _plain(" ".join(statement.text for statement in answer.statements))
    if not all(any(_holds(said, wording) for wording in fact) for fact in question.facts):
        return False
    cited = [(source.document_id, _plain(source.text)) for source in answer.sources]
    return any(
        documents.get(piece.file) == document_id and _known(piece.quote) in text
        for piece in question.evidence
        for document_id, text in cited
    )


def holding(passages: Sequence[Passage], quotes: Sequence[str]) -> list[Passage | None]:
    """Return for each quote the first passage that holds it whole, None where there is none."""
    texts = [_plain(passage.text) for passage in passages]
    wanted = [_plain(quote) for quote in quotes]
    return [
        next((passage for passage, text in zip(passages, texts, strict=True) if quote in text), None)
        for quote in wanted
    ]


def _holds(said: str, wording: str) -> bool:
    # A word may get an ending ("mentor": "mentoren"); a number stands alone ("16" is not in "160").
    wanted = _known(wording)
    return (wanted if wanted[-2:-1].isdigit() else wanted.rstrip()) in said


def _plain(text: str) -> str:
    return f" {' '.join(words(text))} "


@lru_cache(maxsize=512)
def _known(text: str) -> str:
    """Remembered for what a set holds; an answer comes from a browser, and can be of any size."""
    return _plain(text)
