"""Finding passages in the shipped documents."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date

import pytest
from conftest import ROOT

from kb.documents import Document
from kb.live import LiveKnowledge
from kb.retrieval import Filters, Found

QUESTION = "Wie is de contactpersoon op school bij verzuim?"


def search(knowledge: LiveKnowledge, question: str, filters: Filters | None = None, count: int = 30) -> Found:
    return knowledge.retriever().search(question, count, filters)


def documents(knowledge: LiveKnowledge) -> dict[str, Document]:
    return knowledge.retriever().release.documents


def cases(known: dict[str, Document]) -> dict[str, tuple[Filters, Callable[[Document], bool]]]:
    day = date(2022, 1, 1)
    chosen = sorted(known)[:2]
    return {
        "soort": (Filters(kinds=("sfeerverslag",)), lambda found: found.kind == "sfeerverslag"),
        "twee soorten": (
            Filters(kinds=("sfeerverslag", "convenant")),
            lambda found: found.kind in ("sfeerverslag", "convenant"),
        ),
        "documenten": (Filters(documents=tuple(chosen)), lambda found: found.id in chosen),
        "vanaf": (Filters(since=day), lambda found: found.date is not None and found.date >= day),
        "tot": (Filters(until=day), lambda found: found.date is not None and found.date <= day),
        "alles tegelijk": (
            Filters(("handreiking",), (), day, date(2030, 1, 1)),
            lambda found: found.kind == "handreiking" and found.date is not None and found.date >= day,
        ),
    }


@pytest.mark.parametrize("name", ["soort", "twee soorten", "documenten", "vanaf", "tot", "alles tegelijk"])
def test_a_filter_holds_in_both_legs_and_leaves_nothing_out(name: str, knowledge: LiveKnowledge) -> None:
    filters, wanted = cases(documents(knowledge))[name]
    matching = {found.id for found in documents(knowledge).values() if wanted(found)}
    assert 0 < len(matching) < len(documents(knowledge))
    found = search(knowledge, QUESTION, filters, count=1000)
    assert {hit.document.id for hit in found.hits} <= matching
    assert len(found.hits) == sum(documents(knowledge)[found_id].passages for found_id in matching)
    # Words that the lexical leg alone would look up in any document.
    by_word = search(knowledge, "doorbraakoverleg 444.000 7.3.11", filters)
    assert {hit.document.id for hit in by_word.hits} <= matching


def test_a_filter_that_nothing_passes_finds_nothing(knowledge: LiveKnowledge) -> None:
    for filters in (Filters(kinds=("recept",)), Filters(documents=("weg",)), Filters(since=date(2100, 1, 1))):
        assert search(knowledge, QUESTION, filters).hits == ()


def test_the_first_day_and_the_last_day_count_along(knowledge: LiveKnowledge) -> None:
    dated = next(known for known in documents(knowledge).values() if known.date)
    same_day = search(knowledge, dated.title, Filters(since=dated.date, until=dated.date))
    assert dated.id in {hit.document.id for hit in same_day.hits}


def test_a_question_with_only_the_abbreviation_finds_the_full_form_and_the_other_way_round(
    knowledge: LiveKnowledge,
) -> None:
    glossary = knowledge.retriever().release.glossary
    assert glossary.entries["MDO"] == "multidisciplinair overleg"
    found = search(knowledge, "Wie zit er in een MDO?")
    assert "multidisciplinair overleg" in found.query
    assert any("multidisciplinair overleg" in hit.passage.text.lower() for hit in found.hits[:3])
    assert "TLV" in search(knowledge, "Wie geeft een toelaatbaarheidsverklaring af?").query


def test_the_abbreviations_learned_from_the_documents_are_no_ordinary_words(knowledge: LiveKnowledge) -> None:
    entries = knowledge.retriever().release.glossary.entries
    assert {"MDO", "AVG", "TLV", "SWV", "BSN", "Wmo"} <= set(entries)
    assert not {short for short in entries if short.lower() in {"en", "voor", "zie", "art", "ook", "de", "of", "niet"}}


def test_scores_fall_and_lie_between_nought_and_one(knowledge: LiveKnowledge) -> None:
    scores = [hit.score for hit in search(knowledge, QUESTION).hits]
    assert len(scores) == 30
    assert scores == sorted(scores, reverse=True)
    assert 0 <= scores[-1] <= scores[0] <= 1


def test_a_document_is_found_by_words_that_no_other_document_has(knowledge: LiveKnowledge) -> None:
    dronten = next(known for known in documents(knowledge).values() if "dronten" in known.file)
    assert search(knowledge, "Dronten", count=1).hits[0].document == dronten


def test_a_question_without_one_known_word_still_finds_by_meaning(knowledge: LiveKnowledge) -> None:
    found = search(knowledge, "xqzzt blorf", count=5)
    assert len(found.hits) == 5
    assert all(hit.bm25 == 0 for hit in found.hits)


def test_every_passage_is_where_it_says_it_is(knowledge: LiveKnowledge) -> None:
    release = knowledge.retriever().release
    texts = {document_id: release.text_of(document_id) for document_id in release.documents}
    assert all(passage.text == texts[passage.document_id][passage.start : passage.end] for passage in release.passages)
    assert {known.file.split("/")[0] for known in release.documents.values()} < {
        path.name for path in (ROOT / "corpus").iterdir()
    }


@pytest.mark.filterwarnings("default")
def test_llama_index_evaluates_the_retriever_with_its_own_metrics(knowledge: LiveKnowledge) -> None:
    from llama_index.core.evaluation import RetrieverEvaluator

    from kb.llama_index import HandwijzerRetriever

    retriever = HandwijzerRetriever(knowledge, count=5)
    nodes = retriever.retrieve(QUESTION)
    hits = search(knowledge, QUESTION, count=5).hits
    assert [(node.node_id, node.score, node.text) for node in nodes] == [
        (hit.passage.id, hit.score, hit.passage.text) for hit in hits
    ]
    # A reader of the node sees the text alone, not where it comes from.
    assert nodes[0].node.get_content("llm") == hits[0].passage.text
    evaluator = RetrieverEvaluator.from_metric_names(["hit_rate", "mrr"], retriever=retriever)
    questions = [QUESTION, "Binnen hoeveel uur moet een datalek worden gemeld?", "Wat is een MDO?"]
    ranks = [1, 2, 5]
    for question, rank in zip(questions, ranks, strict=True):
        expected = search(knowledge, question, count=5).hits[rank - 1].passage.id
        result = asyncio.run(evaluator.aevaluate(question, [expected]))
        assert result.metric_vals_dict == {"hit_rate": 1.0, "mrr": 1 / rank}
    assert asyncio.run(evaluator.aevaluate(QUESTION, ["p-bestaat-niet"])).metric_vals_dict == {
        "hit_rate": 0.0, "mrr": 0.0,
    }  # fmt: skip
    filtered = HandwijzerRetriever(knowledge, 3, Filters(kinds=("convenant",))).retrieve(QUESTION)
    assert {node.metadata["kind"] for node in filtered} == {"convenant"}
