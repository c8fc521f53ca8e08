"""A model is made ready or it is said why not; what is served is what was described then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.errors import EncoderError
from kb.preparing import Preparation, describe, described, made

DAMAGED = EncoderError("beschadigd")
ABOUT: dict[str, Any] = {"name": "klein", "halfway": None}

MAKER = """
import os, sys
from pathlib import Path
from kb.errors import EncoderError
from kb.preparing import run

def prepare(work, scratch, say):
    print("the exporter's own remark")
    say("Verkleinen")
    (work / "groot.onnx").write_text("model")
    {end}

raise SystemExit(run(Path(sys.argv[1]), prepare))
"""


def make(folder: Path, end: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, list[str]]:
    """Have a module of our own make a model that comes to its ``end``; return its folder and what users see."""
    (folder / "maker.py").write_text(MAKER.format(end=end), encoding="utf-8")
    monkeypatch.chdir(folder)  # where `python -m` looks first
    said: list[str] = []
    return made(folder / "modellen" / "klein", Preparation("maker", (), "Lezer 'klein'", True), said.append), said


def test_a_model_that_is_made_stands_whole_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, said = make(tmp_path, "", monkeypatch)
    assert (folder / "groot.onnx").read_text("utf-8") == "model"
    assert said[1:] == ["Gewichten laden", "Verkleinen"]
    assert {path.name for path in folder.parent.iterdir()} <= {"klein", "klein.lock"}


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("raise EncoderError('De naam klopt niet.')", "De naam klopt niet."),
        ("raise MemoryError('too much')", "Het klaarzetten brak onverwacht af. Kijk of er genoeg geheugen"),
        ("os.kill(os.getpid(), 9)", "Het klaarzetten brak onverwacht af. Kijk of er genoeg geheugen"),
    ],
    ids=["refused", "an error of its own", "killed"],
)
def test_what_can_not_be_made_says_why_and_where_more_stands(
    end: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "modellen" / "klein.log"
    with pytest.raises(EncoderError) as refusal:
        make(tmp_path, end, monkeypatch)
    assert refusal.value.message.startswith(f"Lezer 'klein' kon niet worden klaargezet. {reason}")
    assert refusal.value.message.endswith(f" (details: {log})")
    assert "the exporter's own remark" in log.read_text("utf-8")
    assert not (tmp_path / "modellen" / "klein").exists()


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
