"""The questions that a document says it answers: what may stand under the key "vragen"."""

from __future__ import annotations

from typing import Any

from ingest.cleaning import clean_line
from ingest.reading import StatedQuestion

QUESTIONS = "vragen"
MOST_QUESTIONS = 200
_LONGEST = 300
_FIELDS = {"vraag", "kop"}
_HOW = "Schrijf een streepje met de vraag erachter, of “vraag: …” met op de volgende regel “kop: …”."


def stated_questions(value: Any) -> tuple[tuple[StatedQuestion, ...], tuple[str, ...]]:
    """Return the questions in ``value``, as YAML gives it with every scalar as text, and Dutch remarks on what is left
    out: a mistake costs the question that it is in, and nothing else."""
    if not value:
        return (), ()
    if not isinstance(value, list):
        return (), (f"Bij “{QUESTIONS}” hoort een lijst; deze regel is overgeslagen. {_HOW}",)
    found: dict[StatedQuestion, None] = {}
    notices = []
    for number, row in enumerate(value[:MOST_QUESTIONS], 1):
        question = _question(row)
        if question is None:
            notices.append(f"Vraag {number} bij “{QUESTIONS}” is niet goed geschreven en overgeslagen. {_HOW}")
        elif len(question.text) > _LONGEST or len(question.heading or "") > _LONGEST:
            notices.append(f"Vraag {number} bij “{QUESTIONS}” is langer dan {_LONGEST} tekens en overgeslagen.")
        else:
            found[question] = None
    if len(value) > MOST_QUESTIONS:
        notices.append(f"Bij “{QUESTIONS}” staan {len(value)} vragen; alleen de eerste {MOST_QUESTIONS} tellen mee.")
    return tuple(found), tuple(notices)


def _question(row: Any) -> StatedQuestion | None:
    fields = {"vraag": row} if isinstance(row, str) else row
    if not isinstance(fields, dict) or not fields.keys() <= _FIELDS:
        return None
    if not all(isinstance(value, str) for value in fields.values()):
        return None
    tidy = {key: clean_line(value) for key, value in fields.items()}
    question = StatedQuestion(tidy.get("vraag", ""), tidy.get("kop") or None)
    return question if any(map(str.isalpha, question.text)) else None
