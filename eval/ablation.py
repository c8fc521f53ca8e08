"""What each part of answering is worth: the same questions with one part off at a time."""

from __future__ import annotations

from dataclasses import replace

from bot.service import Parts
from eval.questions import QuestionSet
from eval.runs import Progress, Run, measure
from kb.retrieval import Legs, Retriever

WHOLE = "alles aan"
# By the Dutch name under which a table shows it. The threshold of 0 answers everything.
WITHOUT = {
    "zonder betekenis (vectoren)": replace(Parts(), legs=Legs(dense=False)),
    "zonder woorden (BM25)": replace(Parts(), legs=Legs(lexical=False)),
    "zonder woord voor woord (MaxSim)": replace(Parts(), legs=Legs(late=False)),
    "zonder spelling": replace(Parts(), legs=Legs(spelling=False)),
    "zonder afkortingen": replace(Parts(), legs=Legs(glossary=False)),
    "zonder vraagvorm": replace(Parts(), question_form=False),
    "zonder vervolgvragen": replace(Parts(), follow_ups=False),
    "zonder weigeren": replace(Parts(), threshold=0.0),
}


def ablate(
    retriever: Retriever, questions: QuestionSet, progress: Progress = lambda phase, done, total: None
) -> dict[str, Run]:
    """Return a run with everything on and one for every part that is left out."""
    runs = {WHOLE: measure(retriever, questions, progress=progress, phase=WHOLE)}
    for name, parts in WITHOUT.items():
        runs[name] = measure(retriever, questions, parts, progress, phase=name)
    return runs
