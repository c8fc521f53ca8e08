"""What one answer is worth: was the passage found, is the fact in the answer, is it cited, was refusing right.

Every score is a number from 0 to 1 (1 is good), or None where it does not apply; ``answer_words`` and ``latency_ms``
are counts. Names are those of the JSON output.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import ir_measures
from ir_measures import RR, Success, nDCG

from bot.answers import Answer, AnswerStatus, Method
from bot.service import Examined
from eval.evidence import ENOUGH, covered, holds, located
from eval.questions import Asked
from kb.documents import Passage
from kb.releases import Release
from kb.retrieval import Found

RANKING = {
    "hit_at_1": Success @ 1,
    "hit_at_3": Success @ 3,
    "hit_at_5": Success @ 5,
    "mrr_at_10": RR @ 10,
    "ndcg_at_10": nDCG @ 10,
}
_CITATION = re.compile(r"(?:\s?\[\d+\])+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece of evidence stands: offsets in the cleaned text of a document."""

    document_id: str
    start: int
    end: int

    def is_in(self, document_id: str, stretches: list[tuple[int, int]]) -> bool:
        """Tell whether at least half of the evidence lies in ``stretches`` of a document."""
        return self.document_id == document_id and covered((self.start, self.end), stretches) >= ENOUGH


@dataclass(frozen=True, slots=True)
class Cited:
    """A source of an answer, as much of it as a reader of the report needs."""

    number: int
    title: str
    file: str
    heading: str | None
    page: int | None
    passage_id: str


@dataclass(frozen=True, slots=True)
class Row:
    """One thing asked, with what was expected, what came, and the scores.

    ``type`` is a question or follow-up type, ``kinds`` the soorten of the documents that answer, ``turn`` the number
    of the turn in its conversation (0 for a single question), ``asked`` the conversation so far with the question
    last. ``cause`` says why the answer is wrong: `retrieval_miss` (no passage with the evidence among those found),
    `sentence_miss` (found, but the answer leaves the fact out), `wrongly_refused`, `wrongly_answered`; None when right.
    """

    id: str
    type: str
    split: str
    kinds: tuple[str, ...]
    turn: int
    asked: tuple[str, ...]
    answerable: bool
    facts: tuple[tuple[str, ...], ...]
    evidence: tuple[tuple[str, str], ...]
    answer: str
    refused: bool
    probability: float
    sources: tuple[Cited, ...]
    missing_facts: tuple[str, ...]
    cause: str | None
    scores: dict[str, float | None] = field(default_factory=dict)


def places(asked: Asked, release: Release) -> list[Place]:
    """Return every place where the evidence of a question stands in a release."""
    ids = {document.file: document.id for document in release.documents.values()}
    return [
        Place(ids[piece.document], start, end)
        for piece in asked.bewijs
        if piece.document in ids
        for start, end in located(piece.citaat, release.text_of(ids[piece.document]))
    ]


def relevant(passage: Passage, evidence: Iterable[Place]) -> bool:
    """Tell whether a passage holds at least half of a piece of evidence."""
    return any(place.is_in(passage.document_id, [(passage.start, passage.end)]) for place in evidence)


def cites(answer: Answer, release: Release, evidence: list[Place]) -> bool:
    """Tell whether one of the passages that an answer cites holds evidence."""
    return any(relevant(_passage(release, source.passage_id), evidence) for source in answer.sources)


def score(
    key: str, asked: Asked, release: Release, examined: Examined, latency_ms: float, *,
    type_: str, split: str, earlier: tuple[str, ...] = (), turn: int = 0,
) -> Row:  # fmt: skip
    """Score one answer. ``earlier`` holds the questions asked before it in the same conversation."""
    answer, evidence = examined.answer, places(asked, release)
    refused = answer.status is AnswerStatus.NOT_FOUND
    said = "" if refused else _CITATION.sub("", answer.text)
    missing = tuple(fact[0] for fact in asked.feiten if not holds(said, fact))
    by_document = {place.document_id for place in evidence}
    scores: dict[str, float | None] = {}
    if asked.answerable:
        scores |= _ranking(release, examined.found, evidence)
        scores["fact_recall"] = 1 - len(missing) / len(asked.feiten)
        scores["evidence_cited"] = float(cites(answer, release, evidence))
        scores["exact_evidence_rate"] = float(_quotes_evidence(release, answer, evidence))
        scores["answer_rate"] = float(not refused)
        scores["success"] = float(not missing and scores["evidence_cited"] == 1)
    else:
        scores["refusal_recall"] = scores["success"] = float(refused)
    if examined.written + examined.dropped:
        scores["supported_sentence_rate"] = examined.written / (examined.written + examined.dropped)
        scores["sentences_dropped"] = float(examined.dropped)
    if not refused:
        # Of a written answer every sentence was checked already; it is not verbatim, so this can not judge it.
        scores |= _citations(answer, asked) if answer.method is Method.EXTRACTIVE else {}
        scores["answer_words"] = float(len(said.split()))
    scores["latency_ms"] = latency_ms
    return Row(
        id=key,
        type=type_,
        split=split,
        kinds=tuple(sorted({release.documents[document].kind for document in by_document})),
        turn=turn,
        asked=(*earlier, asked.vraag),
        answerable=asked.answerable,
        facts=asked.feiten,
        evidence=tuple((piece.document, piece.citaat) for piece in asked.bewijs),
        answer=answer.text,
        refused=refused,
        probability=round(examined.probability, 4),
        sources=tuple(
            Cited(one.number, one.title, release.documents[one.document_id].file, one.heading, one.page, one.passage_id)
            for one in answer.sources
        ),
        missing_facts=missing,
        cause=None if scores["success"] else _cause(asked, refused, examined.found, evidence),
        scores={name: None if value is None else round(value, 4) for name, value in scores.items()},
    )


def _cause(asked: Asked, refused: bool, found: Found, evidence: list[Place]) -> str:
    if not asked.answerable:
        return "wrongly_answered"
    if refused:
        return "wrongly_refused"
    in_reach = any(relevant(hit.passage, evidence) for hit in found.hits)
    return "sentence_miss" if in_reach else "retrieval_miss"


def _ranking(release: Release, found: Found, evidence: list[Place]) -> dict[str, float]:
    """Return the `RANKING` measures over passages, and over documents with ``document_`` before their names."""
    passages = {passage.id: 1 for passage in release.passages if relevant(passage, evidence)}
    documents = {place.document_id: 1 for place in evidence}
    by_passage = {hit.passage.id: hit.score for hit in found.hits}
    by_document: dict[str, float] = {}
    for hit in found.hits:
        by_document.setdefault(hit.document.id, hit.score)
    result = _measured(passages, by_passage)
    return result | {f"document_{name}": value for name, value in _measured(documents, by_document).items()}


def _measured(judged: Mapping[str, int], ranked: Mapping[str, float]) -> dict[str, float]:
    # A question without any judged passage or without a ranking is left out by ir-measures; here it scores zero.
    if not judged or not ranked:
        return dict.fromkeys(RANKING, 0.0)
    values = ir_measures.calc_aggregate(RANKING.values(), {"q": judged}, {"q": ranked})
    return {name: float(values[measure]) for name, measure in RANKING.items()}


def _quotes_evidence(release: Release, answer: Answer, evidence: list[Place]) -> bool:
    """Tell whether the words quoted are those of the evidence, for at least half of one piece."""
    for source in answer.sources:
        offset = _passage(release, source.passage_id).start
        marks = [(start + offset, end + offset) for start, end in source.marks]
        if any(place.is_in(source.document_id, marks) for place in evidence):
            return True
    return False


def _citations(answer: Answer, asked: Asked) -> dict[str, float | None]:
    """Precision: the share of citations whose passage holds the statement. Recall: of the facts that the answer
    holds, the share that a passage cited with them holds too."""
    texts = {source.number: source.text for source in answer.sources}
    pairs = [(said.text, texts.get(number, "")) for said in answer.statements for number in said.sources]
    uncited = sum(not said.sources for said in answer.statements)
    held = sum(bool(located(text, source)) for text, source in pairs)
    facts = [fact for fact in asked.feiten if any(holds(said.text, fact) for said in answer.statements)]
    cited = [fact for fact in facts if any(holds(text, fact) and holds(source, fact) for text, source in pairs)]
    return {
        "citation_precision": held / (len(pairs) + uncited),
        "citation_recall": len(cited) / len(facts) if facts else None,
    }


def _passage(release: Release, passage_id: str) -> Passage:
    return release.passages[release.places[passage_id]]
