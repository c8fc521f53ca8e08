"""Questions over passages: what is asked of which text, which sentences answer, and what may be trained on.

Two sources, both JSON Lines. Own files in `data/` hold a passage a line with its questions; a line without sentences
asks about a passage of the shared folder, by its id. The shared folder (`passages.jsonl`, `questions.jsonl`) stands
beside the repository and may be absent: its passages and all questions about them are then left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from kb.analysis import words
from kb.errors import UsageError

OWN = Path(__file__).parent / "data"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "reader"
SHARED_NAME = "shared"
# Of each stratum so much is for fitting thresholds and for testing; the rest is trained on.
HELD_SHARE = 0.1
# A sentence of so many words in two passages is copied, not chance.
_COPIED_WORDS = 8


class Split(StrEnum):
    """What the questions of a passage may be used for: to learn from, to choose by, or only to measure."""

    TRAIN = "train"
    DEV = "dev"
    TEST = "test"


class QuestionKind(StrEnum):
    """How a question asks. The passage does not answer a `NEAR_MISS`, however much it sounds so."""

    NATURAL = "natural"
    PARAPHRASE = "paraphrase"
    COLLOQUIAL = "colloquial"
    CASE = "case"
    NEAR_MISS = "near-miss"


class PassageKind(StrEnum):
    """The kind of document that a passage comes from or is written after."""

    GUIDANCE = "handreiking"
    MINUTES = "notulen"
    NEWSLETTER = "nieuwsbrief"
    FORUM = "forum"
    TABLE = "tabel"
    GLOSSARY = "begrippenlijst"
    REPORT = "sfeerverslag"
    LAW = "wetsartikel"
    PARLIAMENT = "kamervraag"


@dataclass(frozen=True, slots=True)
class Passage:
    """A text as numbered sentences. ``source``: the file that holds it (`SHARED_NAME` for the shared folder);
    ``document``: its file in the shipped corpus, empty when it is not from there."""

    id: str
    source: str
    kind: PassageKind
    title: str
    sentences: tuple[str, ...]
    document: str
    split: Split

    @property
    def text(self) -> str:
        """The sentences in a row."""
        return " ".join(self.sentences)


@dataclass(frozen=True, slots=True)
class ReaderQuestion:
    """A question about one passage, with the smallest set of its sentences (from 0) that answers; none when it does
    not. ``source``: the file that holds the question."""

    passage: Passage
    source: str
    text: str
    kind: QuestionKind
    sentences: tuple[int, ...]

    @property
    def answerable(self) -> bool:
        """Whether the passage answers."""
        return bool(self.sentences)


def load_questions(own: Path = OWN, shared: Path = SHARED) -> list[ReaderQuestion]:
    """Read everything that is there, in the order of the files. Raises `UsageError` that names a fault by its line."""
    raw: dict[str, _Passage] = {}
    asked: list[tuple[str, str, _Question]] = []
    if shared.is_dir():
        for passage in _rows(shared / "passages.jsonl", _SharedPassage):
            kind = PassageKind.PARLIAMENT if passage.source.startswith("dekamer") else PassageKind.LAW
            raw[passage.id] = _Passage(passage.id, SHARED_NAME, kind, passage.title, passage.sentences, "")
        asked += [(row.passage, SHARED_NAME, row) for row in _rows(shared / "questions.jsonl", _SharedQuestion)]
    for file in sorted(own.glob("*.jsonl")):
        for row in _rows(file, _OwnRow):
            if row.sentences:
                if row.id in raw:
                    raise UsageError(f"{file.name}: passage {row.id} is there twice")
                raw[row.id] = _Passage(row.id, file.stem, row.kind, row.title, row.sentences, row.source)
            if row.id in raw:
                asked += [(row.id, file.stem, question) for question in row.questions]
            elif shared.is_dir():
                raise UsageError(f"{file.name}: there is no passage {row.id} to ask about")
    passages = _with_splits(list(raw.values()))
    return [_joined(passages, *one) for one in asked]


def chosen(
    questions: Iterable[ReaderQuestion], split: Split, kinds: Collection[PassageKind] = frozenset(PassageKind)
) -> list[ReaderQuestion]:
    """Return the questions of a split over passages of these kinds."""
    return [question for question in questions if question.passage.split is split and question.passage.kind in kinds]


def held_out_passages(questions: Iterable[ReaderQuestion]) -> list[Passage]:
    """Return the passages of both held-out splits, each once: those are searched together."""
    return list(dict.fromkeys(one.passage for one in questions if one.passage.split is not Split.TRAIN))


def is_kept_out(file: str) -> bool:
    """Tell whether a document of the shipped corpus may only be tested on. ``file``: its path inside the corpus
    folder, with forward slashes."""
    return int(sha256(file.encode()).hexdigest()[0], 16) % 2 == 1


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Row = TypeVar("_Row", bound=_Model)


class _Question(_Model):
    q: _Text
    kind: QuestionKind
    sentences: tuple[Annotated[int, Field(ge=0)], ...]

    @model_validator(mode="after")
    def _near_misses_have_no_answer(self) -> _Question:
        if bool(self.sentences) == (self.kind is QuestionKind.NEAR_MISS):
            raise ValueError("sentences are empty for a near miss and for nothing else")
        if list(self.sentences) != sorted(set(self.sentences)):
            raise ValueError("sentences are numbered upwards, each once")
        return self


class _SharedQuestion(_Question):
    passage: _Text


class _SharedPassage(_Model):
    id: _Text
    source: _Text
    title: _Text
    sentences: Annotated[tuple[_Text, ...], Field(min_length=1)]


class _OwnRow(_Model):
    id: _Text
    kind: PassageKind
    title: str = ""
    sentences: tuple[_Text, ...] = ()
    source: str = ""
    questions: Annotated[tuple[_Question, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class _Passage:
    """A passage before the splits are known."""

    id: str
    source: str
    kind: PassageKind
    title: str
    sentences: tuple[str, ...]
    document: str


def _rows(file: Path, model: type[_Row]) -> Iterator[_Row]:
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} can not be read: {error}") from error
    for number, line in enumerate(lines, 1):
        try:
            yield model.model_validate_json(line)
        except ValidationError as error:
            faults = (
                f"{'.'.join(map(str, fault['loc'])) or 'line'}: {fault['msg']}"
                for fault in error.errors(include_url=False)
            )
            raise UsageError(f"{file.name}, line {number}: {'; '.join(faults)}") from error


def _joined(passages: Mapping[str, Passage], key: str, source: str, row: _Question) -> ReaderQuestion:
    if key not in passages:
        raise UsageError(f"{source}: there is no passage {key} to ask about: {row.q}")
    passage = passages[key]
    if row.sentences and row.sentences[-1] >= len(passage.sentences):
        raise UsageError(f"{source}: passage {key} has no sentence {row.sentences[-1]}: {row.q}")
    return ReaderQuestion(passage, source, row.q, row.kind, row.sentences)


def _with_splits(raw: Sequence[_Passage]) -> dict[str, Passage]:
    """Give every passage its split. A stratum is a source and kind; within it the order of hashed ids decides, so
    that the same data always fall apart the same way. Passages that share a sentence stay together."""
    strata: dict[tuple[str, str], list[list[_Passage]]] = defaultdict(list)
    for group in _sharing_sentences(raw):
        strata[group[0].source, group[0].kind].append(group)
    splits: dict[str, Split] = {}
    for groups in strata.values():
        held = max(1, round(HELD_SHARE * sum(map(len, groups))))
        room = {Split.TEST: held, Split.DEV: held}
        for group in sorted(groups, key=lambda group: min(_hash(passage.id) for passage in group)):
            split = next((split for split, left in room.items() if len(group) <= left), Split.TRAIN)
            if split in room:
                room[split] -= len(group)
            splits |= {passage.id: split for passage in group}
    return {
        one.id: Passage(one.id, one.source, one.kind, one.title, one.sentences, one.document, splits[one.id])
        for one in raw
    }


def _sharing_sentences(raw: Sequence[_Passage]) -> list[list[_Passage]]:
    groups: dict[str, list[_Passage]] = {}
    first_with: dict[str, str] = {}
    for passage in raw:
        group = groups[passage.id] = [passage]
        for sentence in passage.sentences:
            said = words(sentence)
            if len(said) < _COPIED_WORDS:
                continue
            other = groups[first_with.setdefault(" ".join(said), passage.id)]
            if other is not group:
                other += group
                groups |= {one.id: other for one in group}
                group = other
    return list({id(group): group for group in groups.values()}.values())


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
