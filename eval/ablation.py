"""What each part of answering is worth: the same questions with one part off at a time, compared one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.service import Parts
from eval.figures import MAIN, grouped, metric_of
from eval.questions import QuestionSet
from eval.runs import Progress, Run, measure
from eval.scoring import Row
from eval.statistics import Figure, mean, paired_difference
from kb.retrieval import Legs, Retriever

WHOLE = "alles aan"
# By the Dutch name under which a table shows it. With a threshold of 0 no probability refuses; a value that
# is asked for and not there still does.
WITHOUT = {
    "zonder betekenis (vectoren)": replace(Parts(), legs=Legs(dense=False)),
    "zonder woorden (BM25)": replace(Parts(), legs=Legs(lexical=False)),
    "zonder woord voor woord (MaxSim)": replace(Parts(), legs=Legs(late=False)),
    "zonder spelling": replace(Parts(), legs=Legs(spelling=False)),
    "zonder afkortingen": replace(Parts(), legs=Legs(glossary=False)),
    "zonder vraagvorm": replace(Parts(), question_form=False),
    "zonder vervolgvragen": replace(Parts(), follow_ups=False),
    "zonder weigeren": replace(Parts(), threshold=0.0),
    "zonder lezer": replace(Parts(), legs=Legs(reader=False)),
    "zonder opgegeven vragen": replace(Parts(), legs=Legs(hints=False)),
    "zonder lezer en opgegeven vragen": replace(Parts(), legs=Legs(reader=False, hints=False)),
}
# A citation never fails to hold its statement, whatever is left out.
COMPARED = tuple(name for name in MAIN if name != "citation_precision")


@dataclass(frozen=True, slots=True)
class Effect:
    """A metric without a part, and by how much that is more than with everything on, question by question."""

    figure: Figure
    difference: Figure

    @property
    def turned(self) -> bool:
        """Whether some question scores otherwise. What one wins another may lose: then the bounds tell."""
        return bool(self.difference.value or self.difference.low or self.difference.high)


# By view (all questions, or a split), by group within it (all, a type of question, or by how many words are shared),
# by metric.
Effects = dict[str, dict[str, dict[str, Effect]]]


def ablate(
    retriever: Retriever, questions: QuestionSet, progress: Progress = lambda phase, done, total: None
) -> dict[str, Run]:
    """Return a run with everything on and one for every part that is left out. A reader or hints that are not there
    can not be left out."""
    runs = {WHOLE: measure(retriever, questions, progress=progress, phase=WHOLE)}
    there = Legs(reader=retriever.reader is not None, hints=bool(retriever.release.hints.rows))
    for name, parts in WITHOUT.items():
        if (there.reader or parts.legs.reader) and (there.hints or parts.legs.hints):
            runs[name] = measure(retriever, questions, parts, progress, phase=name)
    return runs


def effects(whole: Run, other: Run) -> Effects:
    """Return what differs in ``other`` from ``whole``, by view, group and metric."""
    before = {row.id: row for row in whole.rows}
    result: Effects = {}
    for view, rows in (grouped(other.rows, "all") | grouped(other.rows, "split")).items():
        single = [row for row in rows if not row.turn]
        groups = grouped(rows, "all") | grouped(single, "type") | grouped(single, "shared_words")
        result[view] = {group: _effects(before, found) for group, found in groups.items()}
    return result


def turned(found: Mapping[str, Effect]) -> bool:
    """Tell whether some question of a group scores otherwise by any metric."""
    return any(effect.turned for effect in found.values())


def _effects(before: Mapping[str, Row], rows: Sequence[Row]) -> dict[str, Effect]:
    result = {}
    for metric in COMPARED:
        # What has a part in these metrics is the same in both: they rest on what was asked.
        values = {row.id: value for row in rows if (value := metric_of(row, metric)) is not None}
        if values:
            old = [metric_of(before[key], metric) or 0.0 for key in values]
            new = list(values.values())
            result[metric] = Effect(mean(new), paired_difference(old, new))
    return result
