"""What a question leans on, in retrieval."""

from __future__ import annotations

import numpy as np

from kb.context import Context
from kb.live import LiveKnowledge
from kb.retrieval import Filters

ASKED = "Wat is een doorbraakoverleg?"
FOLLOW_UP = "En hoe lang duurt dat?"


def test_a_follow_up_finds_the_passage_on_the_subject_it_leans_on(knowledge: LiveKnowledge) -> None:
    found = knowledge.retriever().search(FOLLOW_UP, 5, context=Context(ASKED))
    assert any("doorbraakoverleg duurt ongeveer 90 minuten" in hit.passage.text for hit in found.hits)
    assert found.query == f"{ASKED} {FOLLOW_UP}"


def test_a_subject_that_only_the_answer_names_is_found(knowledge: LiveKnowledge) -> None:
    answer = "Het doorbraakoverleg is bedoeld voor casussen waarin het gewone MDO vastloopt."
    context = Context("Wat kun je nog doen als het gewone overleg over een kind muurvast zit?", answer)
    found = knowledge.retriever().search(FOLLOW_UP, 5, context=context)
    assert any("doorbraakoverleg duurt ongeveer 90 minuten" in hit.passage.text for hit in found.hits)


def test_passages_gain_by_standing_near_what_was_quoted(knowledge: LiveKnowledge) -> None:
    release = knowledge.retriever().release
    documents = np.array([[*release.documents].index(passage.document_id) for passage in release.passages])
    place = next(i for i, passage in enumerate(release.passages) if "duurt ongeveer 90 minuten" in passage.text)
    unit = next(u for u in release.passages[place].units if u.end - u.start > 60)
    gain = Context(ASKED, release.passages[place].text[unit.start : unit.end]).continuity(release, documents)
    own = documents == documents[place]
    assert gain[place] == gain.max()
    assert (gain[own] > 0).all()
    assert (gain[~own] == 0).all()
    elsewhere = Context(ASKED, "Deze zin staat in geen enkel document van de kennisbank.")
    assert not elsewhere.continuity(release, documents).any()


def test_filters_hold_for_a_follow_up(knowledge: LiveKnowledge) -> None:
    retriever = knowledge.retriever()
    quoted = "Een doorbraakoverleg duurt ongeveer 90 minuten en volgt deze agenda"
    found = retriever.search(FOLLOW_UP, 20, Filters(kinds=("nieuwsbrief",)), context=Context(ASKED, quoted))
    assert found.hits
    assert {hit.document.kind for hit in found.hits} == {"nieuwsbrief"}
