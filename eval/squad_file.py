"""Read question sets in SQuAD JSON: ``data`` > ``paragraphs`` > ``context`` and ``qas``, versions 1.1 and 2.0.

``plausible_answers`` of impossible questions are passed over: they are what a machine might wrongly answer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bot.service import checked_question
from eval.evidence import plain
from kb.errors import UsageError

_SEED = 20240101


@dataclass(frozen=True, slots=True)
class Gold:
    """An answer that counts as right, with the offset in its paragraph where the file says it starts."""

    text: str
    start: int


@dataclass(frozen=True, slots=True)
class SquadQuestion:
    """A question with its right answers; without any, its paragraph does not answer it."""

    id: str
    text: str
    answers: tuple[Gold, ...]

    @property
    def answerable(self) -> bool:
        """Whether the paragraph answers the question."""
        return bool(self.answers)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph and the questions about it. ``key`` is ``<article>-<paragraph>``, both counted from 1: titles of
    articles repeat."""

    key: str
    title: str
    context: str
    questions: tuple[SquadQuestion, ...]


@dataclass(frozen=True, slots=True)
class SquadSet:
    """A set. ``left_out``: the ids of questions that can not be asked (empty, too long) or not be scored (no answer
    with a letter or digit)."""

    paragraphs: tuple[Paragraph, ...]
    left_out: tuple[str, ...]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)


class _Answer(_Model):
    text: str
    answer_start: int = 0


class _Question(_Model):
    id: str
    question: str
    answers: tuple[_Answer, ...] = ()
    is_impossible: bool = False


class _Paragraph(_Model):
    context: Annotated[str, StringConstraints(pattern=r"\S")]
    qas: tuple[_Question, ...]


class _Article(_Model):
    title: str = ""
    paragraphs: tuple[_Paragraph, ...]


class _File(_Model):
    data: Annotated[tuple[_Article, ...], Field(min_length=1)]


def load_squad(path: Path) -> SquadSet:
    """Read a set; identical contexts become one paragraph with the questions of all.

    Raises `UsageError` that says what is wrong and where.
    """
    contexts: dict[str, tuple[str, str, str]] = {}
    questions: dict[str, list[SquadQuestion]] = {}
    left_out: list[str] = []
    for number, article in enumerate(_read(path).data, 1):
        # Titles of articles are those of Wikipedia's addresses: "Passend_onderwijs", "Caf%C3%A9".
        title = unquote(article.title).replace("_", " ")
        for place, paragraph in enumerate(article.paragraphs, 1):
            same = " ".join(paragraph.context.split())
            contexts.setdefault(same, (f"{number}-{place}", title, paragraph.context))
            kept = questions.setdefault(same, [])
            for item in paragraph.qas:
                question = _question(item, path)
                if question is None:
                    left_out.append(item.id)
                else:
                    kept.append(question)
    if not any(questions.values()):
        raise UsageError(f"In {path} staan geen vragen die te stellen zijn.")
    paragraphs = (Paragraph(*contexts[same], tuple(questions[same])) for same in contexts)
    return SquadSet(tuple(paragraphs), tuple(left_out))


def sampled(paragraphs: Sequence[Paragraph], limit: int | None) -> Sequence[Paragraph]:
    """Return at most ``limit`` of the paragraphs that have questions, spread evenly over the set; the same every time.

    Without a limit, or with room for all, every paragraph stays, those without questions too.
    """
    asked = [paragraph for paragraph in paragraphs if paragraph.questions]
    if limit is None or limit >= len(asked):
        return paragraphs
    first = np.random.default_rng(_SEED).random()
    return [asked[int((number + first) * len(asked) / limit)] for number in range(limit)]


def _question(item: _Question, path: Path) -> SquadQuestion | None:
    """Return a question as it is asked, None when it can not be asked or scored."""
    if not item.is_impossible and not item.answers:
        raise UsageError(
            f"{path} klopt niet: vraag {item.id} heeft geen antwoorden. Zet is_impossible op true als de tekst geen "
            "antwoord geeft."
        )
    golds = () if item.is_impossible else _golds(item.answers)
    if not item.is_impossible and not golds:
        return None
    try:
        return SquadQuestion(item.id, checked_question(item.question), golds)
    except UsageError:
        return None


def _golds(answers: Sequence[_Answer]) -> tuple[Gold, ...]:
    """Return the different answers that can be compared: several people often gave the same."""
    return tuple(dict.fromkeys(Gold(answer.text, answer.answer_start) for answer in answers if plain(answer.text).text))


def _read(path: Path) -> _File:
    try:
        content = json.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError as error:
        raise UsageError(f"{path} bestaat niet. Geef een bestand in SQuAD-JSON.") from error
    except OSError as error:
        raise UsageError(f"{path} kan niet worden gelezen ({error.strerror or error}).") from error
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{path} is geen JSON-bestand: het gaat mis op regel {error.lineno}, teken {error.colno}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is geen JSON-bestand in UTF-8, of is beschadigd.") from error
    try:
        return _File.model_validate(content)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        more = f" (de eerste van {len(faults)} fouten)" if len(faults) > 1 else ""
        raise UsageError(
            f"{path} is geen SQuAD-bestand: {_where(faults[0]['loc'])} {_what(faults[0]['type'])}{more}. "
            "Verwacht: data met paragraphs, elk met context en qas; elke vraag met id, question, answers en (v2.0) "
            "is_impossible."
        ) from error


def _where(location: Sequence[int | str]) -> str:
    """Return the place of a fault as one writes it: ``data[0].paragraphs[2].context``."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return "".join(steps).lstrip(".") or "het bestand"


def _what(kind: str) -> str:
    known = {
        "missing": "ontbreekt",
        "string_type": "is geen tekst",
        "string_pattern_mismatch": "is leeg",
        "tuple_type": "is geen lijst",
        "too_short": "is leeg",
        "model_type": "is geen object",
        "model_attributes_type": "is geen object",
        "bool_type": "is geen true of false",
        "bool_parsing": "is geen true of false",
    }
    return known.get(kind, "heeft een waarde die niet kan")
