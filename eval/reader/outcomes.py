"""What came of held-out questions by one method and by another: figures by group of questions, and those as a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from eval.evidence import few_shared_words
from eval.figures import Figures
from eval.reader.data import SHARED_NAME, ReaderQuestion
from eval.statistics import Figure, area_under_curve, mean, paired_difference

# By group of questions, and by method or comparison.
Measured = Mapping[str, Mapping[str, Figures]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question: by method the scores that apply to it (0 or 1), and how sure the method is that it
    can be answered."""

    question: ReaderQuestion
    scores: dict[str, dict[str, float]]
    sureness: dict[str, float]


def figures(outcomes: Iterable[Outcome], method: str) -> Figures:
    """Return the mean of every score over the questions that it applies to, and how well answerable questions are told
    from near misses (0.5 is chance). The questions about one passage are drawn together for the intervals."""
    rows = list(outcomes)
    result: Figures = {}
    for metric in dict.fromkeys(metric for row in rows for metric in row.scores[method]):
        scored = [row for row in rows if metric in row.scores[method]]
        result[metric] = mean([row.scores[method][metric] for row in scored], asked_about(scored))
    answerable, sure = [row.question.answerable for row in rows], [row.sureness[method] for row in rows]
    area = area_under_curve(answerable, sure, asked_about(rows))
    return result | ({} if area is None else {"near_miss_auc": area})


def gain(outcomes: Iterable[Outcome], over: str) -> Figures:
    """Return by how much the reader's means exceed those of the method ``over``, question by question. What the
    retriever found is the same for both."""
    pairs: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for row in outcomes:
        for metric, before in row.scores[over].items():
            pairs[metric].append((before, row.scores["reader"][metric], row.question.passage.id))
    return {
        metric: paired_difference(*zip(*values, strict=True)) for metric, values in pairs.items() if metric != "found"
    }


def asked_about(outcomes: Iterable[Outcome]) -> list[str]:
    """Return for each outcome the passage that its question is about, by id."""
    return [row.question.passage.id for row in outcomes]


def by_group(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Return all outcomes, those of answerable questions with few shared words and of each kind, with all near misses
    to be told from, and those of our own files, of the shared folder and of each kind of passage."""
    near_misses = [row for row in outcomes if not row.question.answerable]
    found: dict[str, list[Outcome]] = defaultdict(list)
    found["all"] = list(outcomes)
    for row in outcomes:
        if row.question.answerable:
            found[f"question: {row.question.kind}"].append(row)
            if few_shared_words(row.question.text, _answer(row.question)):
                found["few shared words"].append(row)
    groups = {name: rows if name == "all" else [*rows, *near_misses] for name, rows in sorted(found.items())}
    for name, is_shared in (("own files", False), (SHARED_NAME, True)):
        groups[f"source: {name}"] = [row for row in outcomes if (row.question.source == SHARED_NAME) is is_shared]
    for kind in sorted({row.question.passage.kind for row in outcomes}):
        groups[f"passage: {kind}"] = [row for row in outcomes if row.question.passage.kind is kind]
    return {name: rows for name, rows in groups.items() if rows}


def table(found: Measured, metrics: Sequence[str]) -> str:
    """Return the figures as a table in Markdown."""
    heading = (
        "| questions | n | method | " + " | ".join(metrics) + " |\n| --- | ---: | --- |" + " ---: |" * len(metrics)
    )
    lines = [heading]
    for group, by_method in found.items():
        for method, values in by_method.items():
            cells = [_cell(values[metric]) if metric in values else "" for metric in metrics]
            count = max((figure.n for figure in values.values()), default=0)
            lines.append(f"| {group} | {count} | {method} | {' | '.join(cells)} |")
    return "\n".join(lines)


def plain(found: Measured) -> dict[str, Any]:
    """Return the figures as plain values, for JSON."""
    return {
        group: {
            method: {name: asdict(figure) for name, figure in values.items()} for method, values in by_method.items()
        }
        for group, by_method in found.items()
    }


def _answer(question: ReaderQuestion) -> str:
    return " ".join(question.passage.sentences[number] for number in question.sentences)


def _cell(figure: Figure) -> str:
    return (
        f"{figure.value:.3f} ({figure.low:.2f}–{figure.high:.2f})" if figure.low is not None else f"{figure.value:.3f}"
    )
