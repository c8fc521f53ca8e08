"""Exchanges of a visitor with answers and sources, for the tests of how they are shown and kept."""

from __future__ import annotations

import datetime as dt

from bot.answers import Answer, AnswerStatus, Method, Source, Statement, Suggestion
from bot.web.conversation import Exchange

PASSAGE = "Eerst dit. De mentor belt de ouders. Daarna dat. De school noteert het."


def source(**changes: object) -> Source:
    fields: dict[str, object] = {
        "number": 1,
        "passage_id": "p1",
        "document_id": "d1",
        "title": "Handreiking X",
        "kind": "handreiking",
        "date": dt.date(2023, 12, 1),
        "publisher": "Gemeente Y",
        "heading": "Handreiking X > Verzuim > Bellen",
        "page": 12,
        "text": PASSAGE,
        "marks": [(11, 36)],
        "url": "/v1/documenten/d1/bestand?versie=0123456789ab#page=12",
        "score": 0.8,
    }
    return Source.model_validate(fields | changes)


def exchange(*sources: Source, question: str = "Wie belt?", **changes: object) -> Exchange:
    fields: dict[str, object] = {
        "id": "a1",
        "status": AnswerStatus.ANSWERED,
        "method": Method.EXTRACTIVE,
        "text": "De mentor belt de ouders. [1]",
        "statements": [Statement(text="De mentor belt de ouders.", sources=[item.number]) for item in sources],
        "sources": list(sources),
        "query": "Wie belt?",
        "suggestions": [],
        "notices": [],
        "release": "r1",
        "duration_ms": 1,
    }
    return Exchange(question=question, answer=Answer.model_validate(fields | changes))


def not_found(**changes: object) -> Exchange:
    near = Suggestion(document_id="d2", title="Convenant Y", kind="convenant", url="/v1/documenten/d2/bestand")
    return exchange(
        **{"status": AnswerStatus.NOT_FOUND, "text": "Geen antwoord.", "statements": [], "suggestions": [near]}
        | changes
    )
