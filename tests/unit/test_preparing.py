"""What stands beside a prepared model is the file that was described, or nothing is served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.errors import EncoderError
from kb.preparing import describe, described

DAMAGED = EncoderError("beschadigd")
ABOUT: dict[str, Any] = {"name": "klein", "halfway": None}


def folder_of(folder: Path, contents: dict[str, bytes]) -> Path:
    """Write ``contents`` with their description, and return the file of that."""
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    describe(folder / "over.json", ABOUT)
    return folder / "over.json"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=300), place=st.integers(0, 299), damage=st.integers(1, 255))
def test_one_other_byte_in_one_file_is_seen(tmp_path: Path, content: bytes, place: int, damage: int) -> None:
    file = folder_of(tmp_path / "model", {"groot.onnx": content, "woorden.json": b"{}"})
    about = described(file, DAMAGED)
    assert {name: about[name] for name in ABOUT} == ABOUT
    assert set(about["files"]) == {"groot.onnx", "woorden.json"}
    place %= len(content)
    changed = content[:place] + bytes([content[place] ^ damage]) + content[place + 1 :]
    (tmp_path / "model" / "groot.onnx").write_bytes(changed)
    with pytest.raises(EncoderError, match="beschadigd"):
        described(file, DAMAGED)
    # Who only asks what it is does not read all of it.
    assert described(file, DAMAGED, whole=False) == about


@pytest.mark.parametrize("description", [b"", b"{", b"\xff\xfe", b'{"name": "klein"}'])
def test_a_description_that_says_nothing_is_damage(tmp_path: Path, description: bytes) -> None:
    file = folder_of(tmp_path / "model", {"groot.onnx": b"x"})
    file.write_bytes(description)
    with pytest.raises(EncoderError, match="beschadigd"):
        described(file, DAMAGED)


def test_a_file_that_is_gone_is_damage_and_so_is_no_description(tmp_path: Path) -> None:
    file = folder_of(tmp_path / "model", {"groot.onnx": b"x"})
    (tmp_path / "model" / "groot.onnx").unlink()
    with pytest.raises(EncoderError, match="beschadigd"):
        described(file, DAMAGED)
    file.unlink()
    with pytest.raises(EncoderError, match="beschadigd"):
        described(file, DAMAGED, whole=False)
