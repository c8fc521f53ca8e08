"""Question sets: what is asked, which facts a right answer holds, and where the documents say it.

A set is a YAML file or a folder of them. Each file holds ``vragen`` (single questions), ``gesprekken``
(conversations of two to four turns), or both. It may name its ``onderwerp`` (a Dutch heading) and, as
``voorbeelden``, the ids of questions that show best what can be asked about that. The keys are Dutch, because
practitioners write them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from bot.drafting import QuestionType as QuestionType
from kb.errors import UsageError

SHIPPED = Path(__file__).parent / "questions"
# The one written in C, where PyYAML has it, reads the shipped set ten times as fast.
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Split(StrEnum):
    """What a question may be used for: `DEV` to fit on, `TEST` only to measure."""

    DEV = "dev"
    TEST = "test"


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
    onderwerp: str = ""
    voorbeelden: tuple[_Text, ...] = ()
    vragen: tuple[Question, ...] = ()
    gesprekken: tuple[Conversation, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions and conversations of one set, in file order.

    ``subjects`` gives for the id of a question or conversation what its file is about, where that is said;
    ``examples`` holds the ids that show best what can be asked about a subject.
    """

    questions: tuple[Question, ...]
    conversations: tuple[Conversation, ...]
    subjects: Mapping[str, str] = field(default_factory=dict)
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

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
    subjects: dict[str, str] = {}
    examples: dict[str, tuple[str, ...]] = {}
    for file in files:
        content = _read(file)
        questions += content.vragen
        conversations += content.gesprekken
        if content.onderwerp:
            subjects |= {question.id: content.onderwerp for question in content.vragen}
            subjects |= {conversation.id: content.onderwerp for conversation in content.gesprekken}
            examples[content.onderwerp] = examples.get(content.onderwerp, ()) + content.voorbeelden
    seen: set[str] = set()
    for key in (*(question.id for question in questions), *(conversation.id for conversation in conversations)):
        if key in seen:
            raise UsageError(f"Het id {key} komt twee keer voor. Geef elke vraag een eigen id.")
        seen.add(key)
    if unknown := [key for row in examples.values() for key in row if key not in seen]:
        raise UsageError(f"Onder 'voorbeelden' staan ids zonder vraag: {', '.join(unknown)}.")
    if not seen:
        raise UsageError(f"In {path} staan geen vragen. Zet ze onder de kop 'vragen:' of 'gesprekken:'.")
    return QuestionSet(tuple(questions), tuple(conversations), subjects, examples)


def _read(file: Path) -> _File:
    try:
        content = yaml.load(file.read_text("utf-8"), Loader=_LOADER)
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
