"""Question sets: what is asked, which facts a right answer holds, and where the documents say it.

A set is a YAML file or a folder of them. Each file holds ``vragen`` (single questions), ``gesprekken``
(conversations of two to four turns), or both. The keys are Dutch, because practitioners write them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from kb.errors import UsageError

SHIPPED = Path(__file__).parent / "questions"


class Split(StrEnum):
    """What a question may be used for: `DEV` to fit on, `TEST` only to measure."""

    DEV = "dev"
    TEST = "test"


class QuestionType(StrEnum):
    """How a single question asks, or why the documents do not answer it."""

    FACT = "feit"
    DEFINITION = "definitie"
    WHO = "wie"
    WHEN = "wanneer"
    HOW_MANY = "hoeveel"
    MAY = "mag"
    PROCEDURE = "procedure"
    LIST = "lijst"
    COMPARISON = "vergelijking"
    ABBREVIATION = "afkorting"
    COLLOQUIAL = "spreektaal"
    TYPOS = "typefouten"
    CASE = "casus"
    NEAR_MISS = "net-niet"
    OFF_TOPIC = "ander-onderwerp"


UNANSWERABLE = frozenset({QuestionType.NEAR_MISS, QuestionType.OFF_TOPIC})


class FollowUpType(StrEnum):
    """What makes the later turns of a conversation lean on the earlier ones."""

    REFERENCE = "verwijzing"
    NARROWING = "toespitsing"
    EXAMPLE = "voorbeeld"
    CHANGE = "wisseling"


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(_Model):
    """A stretch of a document that answers. ``document``: its file, as a path inside the corpus folder."""

    document: _Text
    citaat: _Text


Fact = Annotated[tuple[_Text, ...], Field(min_length=1)]


class Asked(_Model):
    """What is asked and what a right answer holds. Every fact is a row of accepted wordings; one suffices.

    Evidence is a row of alternatives: each piece answers (a part of) the question. Without facts the documents do
    not answer, and saying so is right.
    """

    vraag: _Text
    feiten: tuple[Fact, ...] = ()
    bewijs: tuple[Evidence, ...] = ()
    opmerking: str = ""

    @property
    def answerable(self) -> bool:
        """Whether the documents hold the answer."""
        return bool(self.feiten)

    @model_validator(mode="after")
    def _facts_go_with_evidence(self) -> Asked:
        if bool(self.feiten) != bool(self.bewijs):
            raise ValueError("feiten en bewijs horen bij elkaar: geef ze allebei, of geen van beide")
        return self


class Question(Asked):
    """A single question."""

    id: _Text
    type: QuestionType
    split: Split

    @model_validator(mode="after")
    def _type_goes_with_facts(self) -> Question:
        if self.answerable == (self.type in UNANSWERABLE):
            kinds = " en ".join(sorted(UNANSWERABLE))
            raise ValueError(f"alleen de typen {kinds} hebben geen feiten en geen bewijs")
        return self


class Conversation(_Model):
    """Turns that are asked one after the other; the answers given in between are the bot's own."""

    id: _Text
    type: FollowUpType
    split: Split
    beurten: Annotated[tuple[Asked, ...], Field(min_length=2, max_length=4)]
    opmerking: str = ""


class _File(_Model):
    vragen: tuple[Question, ...] = ()
    gesprekken: tuple[Conversation, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions and conversations of one set, in file order."""

    questions: tuple[Question, ...]
    conversations: tuple[Conversation, ...]

    @property
    def digest(self) -> str:
        """A hash over everything that decides a score: another digest means figures that cannot be compared."""
        rows = [item.model_dump_json(exclude={"opmerking"}) for item in (*self.questions, *self.conversations)]
        return sha256("\n".join(sorted(rows)).encode()).hexdigest()[:16]

    def asked(self) -> Iterator[tuple[str, Asked]]:
        """Return everything asked with an id of its own; turns are ``<conversation>/<number from 1>``."""
        for question in self.questions:
            yield question.id, question
        for conversation in self.conversations:
            for number, turn in enumerate(conversation.beurten, 1):
                yield f"{conversation.id}/{number}", turn


def load_questions(path: Path) -> QuestionSet:
    """Read a file, or all ``*.yaml`` below a folder. Raises `UsageError` that names every fault by file and item."""
    files = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    if not files:
        raise UsageError(f"In {path} staan geen vragen: er is geen bestand dat op .yaml eindigt.")
    questions: list[Question] = []
    conversations: list[Conversation] = []
    for file in files:
        content = _read(file)
        questions += content.vragen
        conversations += content.gesprekken
    seen: set[str] = set()
    for key in (*(question.id for question in questions), *(conversation.id for conversation in conversations)):
        if key in seen:
            raise UsageError(f"Het id {key} komt twee keer voor. Geef elke vraag een eigen id.")
        seen.add(key)
    if not seen:
        raise UsageError(f"In {path} staan geen vragen. Zet ze onder de kop 'vragen:' of 'gesprekken:'.")
    return QuestionSet(tuple(questions), tuple(conversations))


def _read(file: Path) -> _File:
    try:
        content = yaml.safe_load(file.read_text("utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"{file} bestaat niet. Geef een YAML-bestand met vragen, of een map daarmee.") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{file} is geen leesbaar YAML-bestand: {error}") from error
    try:
        return _File.model_validate(content or {})
    except ValidationError as error:
        faults = [f"{_where(fault['loc'], content)}: {_what(fault)}" for fault in error.errors()]
        raise UsageError(f"{file} klopt niet. " + "; ".join(faults)) from error


def _where(location: tuple[int | str, ...], content: Any) -> str:
    """Name the item at fault by its id where it has one."""
    names: list[str] = []
    for step in location:
        try:
            content = content[step]
        except (KeyError, IndexError, TypeError):
            content = None
        named = isinstance(step, int) and isinstance(content, dict)
        names.append(str(content.get("id", step) if named else step))
    return " > ".join(names) or "het bestand"


def _what(fault: Any) -> str:
    known = {
        "missing": "dit veld ontbreekt",
        "extra_forbidden": "dit veld bestaat niet",
        "enum": f"kies uit {fault.get('ctx', {}).get('expected', '')}".replace(" or ", " of "),
        "string_type": "hier hoort tekst (zet getallen tussen aanhalingstekens)",
        "string_too_short": "hier hoort tekst",
        "tuple_type": "hier hoort een lijst",
        "too_short": "te weinig onderdelen",
        "too_long": "te veel onderdelen",
        "model_type": "hier horen velden met een waarde",
    }
    return known.get(fault["type"], str(fault.get("ctx", {}).get("error", fault["msg"])))
