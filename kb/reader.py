"""Read a question and a passage together, and say whether the passage answers it and which of its units do.

The reader that is shipped goes on where the lower half of the encoder stops: of a question and a passage, each read
alone, the upper layers read both (docs/decisions/0024-reader-training.md). A sentence-transformers ``CrossEncoder`` can
stand in; it judges passages only. torch is never imported here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.encoder import MODEL_FILE, TOKENIZER_FILE, Encoder, Halfway, session
from kb.errors import EncoderError
from kb.preparing import Preparation, described, made
from kb.reader_tokens import members, owners

SHIPPED = "eigen"
ADAPTERS = Path(__file__).with_name("adapters")
ADAPTER_FILE, CARD_FILE = "adapter.safetensors", "card.json"
DESCRIPTION_FILE = "lezer.json"
_RECIPE = "reader-int8-1"
# The logit of a unit that was cut off.
ABSENT = -10.0
# Of so many passages the lower half is kept, some 100 kB each: people ask on about what they have just read.
_KEPT = 400

Logits = NDArray[np.float32]


class Kind(StrEnum):
    """How a reader was made: of the encoder's own layers, or a model by itself."""

    OWN = "own"
    CROSS = "cross"


@dataclass(frozen=True, slots=True)
class Page:
    """A passage to be read: its ``text`` as it is indexed, the character ``spans`` of its units in that text, and what
    the retriever made of it: cosine and MaxSim of the whole, ``similar`` (2,), and of its units, ``similar_units``
    (u, 2)."""

    text: str
    spans: tuple[tuple[int, int], ...]
    similar: NDArray[np.float32]
    similar_units: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in a passage, as logits: whether the ``passage`` answers, and which of its ``units`` (u,) do; None
    from a reader that does not tell."""

    passage: float
    units: Logits | None


class Reader:
    """A prepared reader, loaded. Safe to use from several threads.

    Every pair is a run of its own, several side by side, as with the encoder.
    """

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        description = described(folder / DESCRIPTION_FILE, _damaged(folder))
        self.name: str = description["name"]
        self.kind = Kind(description["kind"])
        self._encoder = encoder
        self._pool = ThreadPoolExecutor(encoder.threads, thread_name_prefix="reader")
        self._halves = lru_cache(_KEPT)(self._half)
        try:
            self._session = session(folder / MODEL_FILE)
            self._pairs = _pairs(folder, description["max_tokens"]) if self.kind is Kind.CROSS else None
        except Exception as error:
            raise _damaged(folder) from error

    def read(self, question: str, pages: Sequence[Page]) -> list[Reading]:
        """Return what ``question`` finds in each of ``pages``."""
        if self._pairs is not None:
            return list(self._pool.map(lambda page: self._read_whole(question, page), pages))
        asked = self._encoder.read_halfway(question, "query")
        return list(self._pool.map(lambda page: self._go_on(question, asked, page), pages))

    def afresh(self) -> Reader:
        """Return the same reader with nothing kept of passages: what it reads from now on is forgotten with it."""
        fresh = copy(self)
        fresh._halves = lru_cache(_KEPT)(fresh._half)
        return fresh

    def _half(self, text: str) -> Halfway:
        half = self._encoder.read_halfway(text, "passage")
        return Halfway(half.states.astype(np.float16), half.offsets)

    def _go_on(self, question: str, asked: Halfway, page: Page) -> Reading:
        said = self._halves(page.text)
        rows = members(
            owners(asked.offsets, len(question), [(0, len(question))]),
            owners(said.offsets, len(page.text), page.spans),
            len(page.spans),
        )
        passage, units = self._session.run(
            ["passage", "units"],
            {
                "states": np.concatenate([asked.states, said.states.astype(np.float32)])[None],
                "members": rows,
                "similar": page.similar[None],
                "similar_units": page.similar_units,
            },
        )
        return Reading(float(passage[0]), units)

    def _read_whole(self, question: str, page: Page) -> Reading:
        assert self._pairs is not None
        pair = self._pairs.encode(question, page.text)
        known = {"input_ids": pair.ids, "attention_mask": pair.attention_mask, "token_type_ids": pair.type_ids}
        given = {value.name: np.asarray([known[value.name]], np.int64) for value in self._session.get_inputs()}
        return Reading(float(self._session.run(["passage"], given)[0][0]), None)


def belongs(name: str, fingerprint: str) -> bool:
    """Tell whether reader ``name`` can read with the encoder of ``fingerprint``: the shipped one is of one encoder,
    other models need none. No name is no reader."""
    return CARD["encoder"] == fingerprint if name == SHIPPED else bool(name)


def reader_folder(name: str, model_dir: Path) -> Path:
    """Return where the prepared reader ``name`` lives under ``model_dir``."""
    source = CARD["sha256"] if name == SHIPPED else ""
    readable = re.sub(r"[^a-z0-9]+", "-", Path(name).name.lower()).strip("-") or "ander"
    key = blake2b(f"{name}|{source}|{_RECIPE}".encode(), digest_size=4).hexdigest()
    return model_dir / f"lezer-{readable}-{key}"


def ensure_reader(name: str, encoder: str, model_dir: Path, say: Callable[[str], None] = lambda line: None) -> Path:
    """Prepare the reader ``name`` in a process of its own when that was not done yet, and return its folder.

    ``encoder`` is the name of the encoder that the shipped one belongs to. ``say`` receives the Dutch progress lines.
    Raises `EncoderError` when it fails.
    """
    title = "De lezer" if name == SHIPPED else f"Lezer '{name}'"
    local = name == SHIPPED or Path(name).is_dir()
    preparation = Preparation("kb.reader_prepare", (name, encoder), title, local)
    return made(reader_folder(name, model_dir), preparation, say)


def open_reader(
    name: str, encoder: Encoder, model_dir: Path, say: Callable[[str], None] = lambda line: None
) -> Reader | None:
    """Return the reader ``name`` for ``encoder``, prepared first where that was not done yet; None when it does not
    belong to it, or ``name`` is empty. Raises `EncoderError`."""
    if not belongs(name, encoder.fingerprint):
        return None
    return Reader(ensure_reader(name, encoder.name, model_dir, say), encoder)


def _pairs(folder: Path, max_tokens: int) -> Any:
    """Return a tokeniser of pairs that cuts the longest of the two where both together are too long."""
    from tokenizers import Tokenizer

    tokenizer: Any = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens, strategy="longest_first")
    return tokenizer


def _damaged(folder: Path) -> EncoderError:
    return EncoderError(
        f"De lezer in {folder} is beschadigd of niet compleet. Verwijder die map en start Handwijzer opnieuw."
    )


CARD: dict[str, Any] = json.loads((ADAPTERS / CARD_FILE).read_text("utf-8"))
