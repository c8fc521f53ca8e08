"""Where the questions that documents answer belong: each with the passage that answers it, and with its vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ingest.reading import StatedQuestion
from kb.analysis import words
from kb.documents import Document, Passage
from kb.encoder import Encoded, Encoder
from kb.hints import EncodedHint, Hint, Origin
from kb.late import TokenIndex, passage_tokens, question_tokens
from kb.lexical import LexicalIndex
from kb.releases import Release, heading_text
from kb.retrieval import scaled
from kb.word_table import WordTable

if TYPE_CHECKING:
    from ingest.building import Content


def stated_in(release: Release) -> dict[str, list[StatedQuestion]]:
    """Return the questions that the documents of ``release`` state, by document id."""
    found: dict[str, list[StatedQuestion]] = {}
    for hint in release.hints.rows:
        if hint.origin is Origin.STATED:
            document_id = release.passages[release.places[hint.passage]].document_id
            found.setdefault(document_id, []).append(StatedQuestion(hint.question, hint.heading))
    return found


def written_in(release: Release) -> dict[str, tuple[str, ...]]:
    """Return the questions that a language model wrote for the passages of ``release``, by passage id."""
    found: dict[str, tuple[str, ...]] = {}
    for hint in release.hints.rows:
        if hint.origin is Origin.WRITTEN:
            found[hint.passage] = (*found.get(hint.passage, ()), hint.question)
    return found


def told(questions: Sequence[StatedQuestion], title: str, passages: Sequence[Passage]) -> dict[str, Any]:
    """Return what a report tells of the questions that the document of this ``title`` states: how many, and which of
    the headings that they name it does not have."""
    headings = dict.fromkeys(question.heading for question in questions if question.heading)
    return {
        "vragen": len(questions),
        "onbekendeKoppen": [heading for heading in headings if not _under(heading, title, passages)],
    }


def placed_hints(
    content: Content,
    documents: Sequence[Document],
    vectors: NDArray[np.float32],
    tokens: TokenIndex,
    encoder: Encoder,
    base: Release | None,
    carried: Sequence[int],
) -> list[EncodedHint]:
    """Return the hints of ``documents``, of which ``content`` holds the rest.

    ``vectors`` (n, d) and ``tokens`` are those of all passages in order. What the release ``base`` knows about passages
    that are ``carried`` over from it (`kb.releases.carried_from`) is not worked out again.
    """
    earlier = _Earlier(base, encoder)
    placed: list[EncodedHint] = []
    start = 0
    for document in documents:
        passages = content.passages[document.id]
        end = start + len(passages)
        unchanged = earlier.has(document, carried[start:end])
        asked = [Hint(one.text, "", Origin.STATED, one.heading) for one in content.questions[document.id]]
        asked += [
            Hint(text, passage.id, Origin.WRITTEN)
            for passage in passages
            for text in content.written.get(passage.id, ())
        ]
        known = [earlier.placed(document, hint) if unchanged or hint.passage else None for hint in asked]
        nearest = _Nearest(document, passages, vectors[start:end], tokens, start, encoder)
        new = [hint for hint, found in zip(asked, known, strict=True) if found is None]
        fresh: dict[Hint, EncodedHint] = {}
        for index, encoded in encoder.encode_with_tokens([hint.question for hint in new], "query"):
            hint = new[index]
            there = hint if hint.passage else replace(hint, passage=nearest.to(hint, encoded))
            kept = passage_tokens(encoded, hint.question, (), encoder.centres["query"])
            fresh[hint] = EncodedHint(there, encoded.pooled, kept)
        placed += [found or fresh[hint] for hint, found in zip(asked, known, strict=True)]
        start = end
    return placed


class _Earlier:
    """What the release before knew of hints, as far as it was made with the same encoder."""

    def __init__(self, base: Release | None, encoder: Encoder) -> None:
        self._base = base
        self._numbers: dict[tuple[str, str, str | None], int] = {}
        if base is not None and base.manifest.encoder == encoder.fingerprint:
            for number, hint in enumerate(base.hints.rows):
                stated = hint.origin is Origin.STATED
                owner = base.passages[base.places[hint.passage]].document_id if stated else hint.passage
                self._numbers[owner, hint.question, hint.heading] = number

    def has(self, document: Document, carried: Sequence[int]) -> bool:
        """Tell whether all passages of ``document`` are ``carried`` over, and there were no others."""
        before = self._base.documents.get(document.id) if self._base else None
        return before is not None and before.passages == len(carried) and min(carried) >= 0

    def placed(self, document: Document, hint: Hint) -> EncodedHint | None:
        """Return ``hint`` as it was placed, None when it is new."""
        number = self._numbers.get((hint.passage or document.id, hint.question, hint.heading))
        return self._base.hints.encoded(number) if self._base and number is not None else None


class _Nearest:
    """Finds the passage of one document that a question is nearest to, by vector and token by token.

    How rare words are is counted within the document: nothing outside it moves a hint.
    """

    def __init__(
        self,
        document: Document,
        passages: Sequence[Passage],
        vectors: NDArray[np.float32],
        tokens: TokenIndex,
        start: int,
        encoder: Encoder,
    ) -> None:
        self._document, self._passages, self._vectors = document, passages, vectors
        self._tokens, self._start = tokens, start
        self._centre = encoder.centres["query"]

    def to(self, hint: Hint, encoded: Encoded) -> str:
        """Return the id of the passage, under the heading that ``hint`` names if there is one."""
        under = _under(hint.heading, self._document.title, self._passages) if hint.heading else []
        places = under or list(range(len(self._passages)))
        question = question_tokens(encoded, hint.question, self._lexical, self._centre)
        units = [len(self._passages[place].units) for place in places]
        late = self._tokens.scores(question, [self._start + place for place in places], units)
        nearness = (
            scaled(self._vectors[places] @ encoded.pooled)
            + scaled(np.array([scores.passage for scores in late], np.float32))
            + scaled(np.array([scores.units.max(initial=0) for scores in late], np.float32))
        )
        return self._passages[places[int(nearness.argmax())]].id

    @cached_property
    def _lexical(self) -> LexicalIndex:
        texts = [(heading_text(passage, self._document), passage.text) for passage in self._passages]
        return LexicalIndex.build(WordTable.of(texts))


def _under(heading: str, title: str, passages: Sequence[Passage]) -> list[int]:
    """Return which of the ``passages`` of a document stand under ``heading``, all under its ``title``; case, marks and
    a number in front make no difference."""
    wanted = _bare(heading)
    under = [place for place, passage in enumerate(passages) if wanted in map(_bare, passage.headings)]
    # A heading that repeats the title does not travel along with passages (`ingest.splitting.split`).
    return under or [place for place in range(len(passages)) if wanted == _bare(title)]


def _bare(heading: str) -> tuple[str, ...]:
    first, *rest = words(heading) or [""]
    numbered = rest and (first[0].isdigit() or len(first) == 1)
    return tuple(rest) if numbered else (first, *rest)
