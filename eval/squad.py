"""Run a public question set in SQuAD JSON (v2.0, or v1.1 without unanswerable questions) against the whole product.

Every paragraph becomes a document and every question goes through `bot.service.examine`. What SQuAD asks and what
Handwijzer does differ in two ways, which these figures show as they are:

- SQuAD expects the shortest span that answers, Handwijzer quotes whole sentences. F1 against a span of three words is
  then low, and exact match nearly always 0, for an answer that is right: `fact_recall` says more.
- SQuAD calls a question impossible when its own paragraph does not answer it. Here all paragraphs are searched, and
  another one may.
"""

from __future__ import annotations

import re
import string
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.answers import AnswerStatus
from bot.service import Examined, examine
from eval.evidence import holds, located
from eval.figures import Figures, latencies, refusals
from eval.public_set import ASKING, Text, ranked, ranking_figures, released
from eval.scoring import RANKING, Place, cites
from eval.squad_file import Gold, Paragraph, SquadQuestion, load_squad, sampled
from eval.statistics import mean
from ingest.building import Progress
from kb.encoder import Encoder
from kb.reader import Reader
from kb.releases import Release
from kb.retrieval import Retriever

METRICS = {name: RANKING[name] for name in ("hit_at_1", "hit_at_5", "mrr_at_10")}
MEANS = ("fact_recall", "best_statement_f1", "best_statement_em", "evidence_cited", "answer_rate", "refusal_recall")
_ARTICLES = re.compile(r"\b(?:de|het|een|the|an|a)\b")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question. ``ranking`` holds the score of every paragraph found, by key; ``scores`` the `MEANS`
    that apply: `refusal_recall` to an impossible question, the others to the rest."""

    question: SquadQuestion
    paragraph: str
    refused: bool
    probability: float
    latency_ms: float
    ranking: dict[str, float]
    scores: dict[str, float]


def run_squad(
    path: Path,
    encoder: Encoder,
    data_dir: Path,
    progress: Progress,
    limit: int | None = None,
    *,
    reader: Reader | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Figures:
    """Measure the set in ``path``; vectors are kept in ``data_dir``.

    ``limit`` keeps at most so many paragraphs, spread evenly and the same ones every time, with their questions; with
    fewer paragraphs to choose from every question is easier, so figures compare at one limit only. ``say`` receives a
    Dutch line on questions that were left out. Raises `UsageError` when the file is not SQuAD.
    """
    squad = load_squad(path)
    if squad.left_out:
        say(
            f"{len(squad.left_out)} vragen zijn overgeslagen (leeg, te lang, of een antwoord zonder letters of "
            f"cijfers), zoals {squad.left_out[0]}."
        )
    paragraphs = sampled(squad.paragraphs, limit)
    texts = [Text(paragraph.key, paragraph.title, paragraph.context) for paragraph in paragraphs]
    with released(texts, encoder, data_dir, progress, reader) as retriever:
        outcomes = list(ask_all(paragraphs, retriever, progress))
    return figures(outcomes)


def ask_all(paragraphs: Sequence[Paragraph], retriever: Retriever, progress: Progress) -> Iterator[Outcome]:
    """Ask every question and yield what came of it."""
    documents = {document.file: document.id for document in retriever.release.documents.values()}
    asked = [(paragraph, question) for paragraph in paragraphs for question in paragraph.questions]
    # Loading what is loaded once must not count as the latency of the first question.
    examine(retriever, "opwarmen")
    for number, (paragraph, question) in enumerate(asked, 1):
        began = time.perf_counter()
        examined = examine(retriever, question.text)
        latency_ms = (time.perf_counter() - began) * 1000
        yield Outcome(
            question=question,
            paragraph=paragraph.key,
            refused=examined.answer.status is AnswerStatus.NOT_FOUND,
            probability=examined.probability,
            latency_ms=latency_ms,
            ranking=ranked(examined.found.hits),
            scores=scored(question, examined, retriever.release, documents[paragraph.key]),
        )
        progress(ASKING, number, len(asked))


def scored(question: SquadQuestion, examined: Examined, release: Release, document_id: str) -> dict[str, float]:
    """Score one answer. Without an answer to score, facts and statements are worth zero."""
    answer = examined.answer
    if not question.answerable:
        return {"refusal_recall": float(answer.status is AnswerStatus.NOT_FOUND)}
    statements = [statement.text for statement in answer.statements]
    golds = [gold.text for gold in question.answers]
    pairs = [(statement, gold) for statement in statements for gold in golds]
    scores = {
        "fact_recall": float(holds(" ".join(statements), tuple(golds))),
        "best_statement_f1": max((f1(*pair) for pair in pairs), default=0.0),
        "best_statement_em": float(any(normalised(statement) == normalised(gold) for statement, gold in pairs)),
        "answer_rate": float(answer.status is AnswerStatus.ANSWERED),
    }
    places = _places(question.answers, release.text_of(document_id), document_id)
    if places:
        scores["evidence_cited"] = float(cites(answer, release, places))
    return scores


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """Return every figure that the questions allow: ranking and answers over those that can be answered, refusing
    over the others and over both, latency over all.

    Ranking is per paragraph, over the passages that answering looks at (`bot.service`: twelve).
    """
    answerable = [outcome.question.answerable for outcome in outcomes]
    result: Figures = {}
    if any(answerable):
        rows = {str(number): outcome for number, outcome in enumerate(outcomes) if outcome.question.answerable}
        result |= ranking_figures(
            METRICS,
            {key: {outcome.paragraph: 1} for key, outcome in rows.items()},
            {key: outcome.ranking for key, outcome in rows.items()},
        )
    for name in MEANS:
        values = [outcome.scores[name] for outcome in outcomes if name in outcome.scores]
        if values:
            result[name] = mean(values)
    result |= refusals(
        answerable, [outcome.refused for outcome in outcomes], [outcome.probability for outcome in outcomes]
    )
    return result | latencies([outcome.latency_ms for outcome in outcomes])


def normalised(text: str) -> str:
    """Return ``text`` as SQuAD's evaluation compares it: lower case, no punctuation, no articles (Dutch and English),
    single spaces."""
    lower = text.lower()
    bare = "".join(
        character
        for character in lower
        if character not in string.punctuation and not unicodedata.category(character).startswith("P")
    )
    return " ".join(_ARTICLES.sub(" ", bare).split())


def f1(said: str, gold: str) -> float:
    """Return the harmonic mean of precision and recall over the words of two texts, after `normalised` (0–1)."""
    mine, theirs = normalised(said).split(), normalised(gold).split()
    shared = sum((Counter(mine) & Counter(theirs)).values())
    return 2 * shared / (len(mine) + len(theirs)) if shared else 0.0


def _places(answers: Sequence[Gold], text: str, document_id: str) -> list[Place]:
    """Return where the answers stand in the text of their paragraph. Of several places, the one nearest to where the
    file says: a short answer may stand elsewhere too. Answers that do not stand there at all have none."""
    places = []
    for answer in answers:
        literal = [(match.start(), match.end()) for match in re.finditer(re.escape(answer.text), text)]
        found = literal or located(answer.text, text)
        if found:
            start, end = min(found, key=lambda span: abs(span[0] - answer.start))
            places.append(Place(document_id, start, end))
    return places
