"""Ask real search queries of the live release: ``python -m eval.search_queries FILE [--sample N] [--out PATH]``.

Nobody wrote down what a right answer is, so this counts what happens and how long it takes, and draws answered queries
to be read by a person. A tab-separated FILE has a heading and its queries in the first column; in any other file every
line is a query. The sample goes to PATH as YAML; an ``oordeel`` that stands there already is kept for as long as query
and answer stay the same.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import numpy as np
import typer
import yaml

from bot.answers import Answer, AnswerStatus
from bot.service import examine
from bot.terminal import print_json, progress
from eval.bench.measures import latency
from eval.public_set import ASKING
from ingest.building import Progress
from kb.encoder import open_encoder
from kb.errors import UsageError
from kb.reader import open_reader
from kb.releases import ReleaseStore
from kb.retrieval import Retriever
from kb.settings import load_settings

_SEED = 5249


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one query: an ``answer``, or the class of the exception that it raised as ``fault``."""

    query: str
    latency_ms: float
    answer: Answer | None = None
    fault: str = ""

    @property
    def answered(self) -> Answer | None:
        """The answer, when it is more than a refusal."""
        return self.answer if self.answer and self.answer.status is AnswerStatus.ANSWERED else None


def load_queries(file: Path) -> list[str]:
    """Return the queries of a file in its order. Raises `UsageError` when it can not be read, or holds none."""
    try:
        lines = file.read_text("utf-8-sig").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is geen leesbaar tekstbestand met op elke regel een zoekvraag.") from error
    if columns := lines[0].count("\t"):
        # Whatever was typed may hold tabs; the other columns do not.
        lines = [line.rsplit("\t", columns)[0] for line in lines[1:]]
    if not any(map(str.strip, lines)):
        raise UsageError(f"In {file} staan geen zoekvragen.")
    return lines


def ask_all(retriever: Retriever, queries: Sequence[str], show: Progress) -> list[Reply]:
    """Ask every query as a question of its own. No exception stops the rest."""
    replies = []
    for number, query in enumerate(queries, 1):
        began = time.perf_counter()
        answer, fault = None, ""
        try:
            answer = examine(retriever, query).answer
        except Exception as error:
            fault = type(error).__name__
        replies.append(Reply(query, (time.perf_counter() - began) * 1000, answer, fault))
        show(ASKING, number, len(queries))
    return replies


def figures(replies: Sequence[Reply]) -> dict[str, Any]:
    """Return the counts, the queries that failed by class of exception, the latency in ms and the median of words."""
    answered = [reply.answered for reply in replies if reply.answered]
    failed: dict[str, list[str]] = {}
    for reply in replies:
        if reply.fault:
            failed.setdefault(reply.fault, []).append(reply.query)
    times = [reply.latency_ms for reply in replies]
    return {
        "asked": len(replies),
        "answered": len(answered),
        "refused": len(replies) - len(answered) - sum(map(len, failed.values())),
        "failed": failed,
        "latency": latency(times) | {"max_ms": round(max(times), 2)},
        "median_words": median(len(answer.text.split()) for answer in answered) if answered else None,
    }


def sample(replies: Sequence[Reply], count: int) -> list[dict[str, Any]]:
    """Return ``count`` answered queries, to be judged: the first ones in an order that only hangs on how many were
    asked, so that most of a sample outlives a change of the product."""
    order = np.random.default_rng(_SEED).permutation(len(replies)).tolist()
    drawn = [(reply.query, reply.answered) for reply in (replies[place] for place in order) if reply.answered][:count]
    return [
        {"vraag": query, "antwoord": answer.text, "bronnen": [source.title for source in answer.sources], "oordeel": ""}
        for query, answer in drawn
    ]


def write_sample(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Write ``rows`` to ``path``, with the verdicts that it holds on the same answers."""
    before = yaml.safe_load(path.read_text("utf-8")) if path.is_file() else []
    judged = {(row["vraag"], row["antwoord"]): row for row in before}
    kept = [judged.get((row["vraag"], row["antwoord"]), row) for row in rows]
    path.write_text(yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=110), encoding="utf-8")


def main(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    count: Annotated[int, typer.Option("--sample", metavar="N", min=1)] = 100,
    out: Annotated[Path | None, typer.Option("--out", metavar="PATH")] = None,
) -> None:
    """Ask every query in FILE and print the figures; with --out, write a sample of the answers to judge."""
    settings = load_settings()
    encoder = open_encoder(settings.encoder, settings.model_dir, settings.thread_count)
    reader = open_reader(settings.reader, encoder, settings.model_dir)
    retriever = Retriever(ReleaseStore(settings.data_dir).open(), encoder, reader)
    with progress() as show:
        replies = ask_all(retriever, load_queries(file), show)
    print_json(figures(replies))
    if out:
        write_sample(sample(replies, count), out)


if __name__ == "__main__":
    typer.run(main)
