"""The questions that a document says it answers, as people write them down."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from ingest.metadata import Metadata, describe
from ingest.readers import find_format
from ingest.reading import StatedQuestion

MENTOR = StatedQuestion("Wie meldt het?")
CALLS = StatedQuestion("Wie belt?")


def described(folder: Path, sidecar: str, front_matter: str) -> tuple[Metadata, str]:
    """Return what is known of a text file, and the remarks on what it says itself and what stands beside it."""
    path = folder / "a.md"
    path.write_text(f"---\ntitel: Genoemd\n{front_matter}\n---\nTekst.\n", encoding="utf-8")
    if sidecar:
        path.with_name("a.meta.yaml").write_text(sidecar, encoding="utf-8")
    content = find_format(path).read(path)
    known = describe(path, PurePosixPath(path.name), content)
    return known, " ".join((*content.notices, *known.notices))


@pytest.mark.parametrize("beside", [True, False], ids=["sidecar", "front matter"])
@pytest.mark.parametrize(
    ("written", "kept", "told"),
    [
        ("vragen:\n- Wie meldt het?\n- vraag: Wie belt?\n  kop: 2. Melden", (MENTOR, StatedQuestion("Wie belt?", "2. Melden")), ""),
        ("Vragen:\n- Wie meldt het?\n- vraag: Wie meldt het?\n  kop:", (MENTOR,), ""),
        ("vragen:\n- |\n  Wie\n  belt?", (CALLS,), ""),
        ("vragen:", (), ""),
        ("vragen: Wie meldt het?", (), "hoort een lijst"),
        ("vragen:\n  vraag: Wie meldt het?", (), "hoort een lijst"),
        ("vragen:\n- Wie meldt het?\n- [a, b]", (MENTOR,), "Vraag 2 bij “vragen” is niet goed geschreven"),
        ("vragen:\n- kop: Melden\n- Wie belt?", (CALLS,), "Vraag 1"),
        ("vragen:\n- vraag: Wie meldt het?\n  antwoord: De mentor\n- Wie belt?", (CALLS,), "Vraag 1"),
        ("vragen:\n- vraag:\n  - Wie meldt het?\n- '?!'\n- Wie belt?", (CALLS,), "Vraag 2"),
        (f"vragen:\n- Wie {'zeer ' * 60}snel?\n- Wie belt?", (CALLS,), "Vraag 1 bij “vragen” is langer dan 300 tekens"),
    ],
)  # fmt: skip
def test_what_is_written_in_another_shape_is_told_and_costs_nothing_else(
    written: str, kept: tuple[StatedQuestion, ...], told: str, beside: bool, tmp_path: Path
) -> None:
    known, remarks = described(tmp_path, written if beside else "", "" if beside else written)
    assert (known.title, known.questions) == ("Genoemd", kept)
    assert told in remarks
    assert bool(remarks) == bool(told)


def test_two_hundred_questions_count(tmp_path: Path) -> None:
    lines = "\n".join(f"- Wie belt er {'dan toch ' * 20}op dag {day}?" for day in range(202))
    known, remarks = described(tmp_path, f"vragen:\n{lines}\n", "")
    assert len(known.questions) == 200
    assert "Bij “vragen” staan 202 vragen; alleen de eerste 200 tellen mee." in remarks


def test_the_questions_beside_a_document_take_the_place_of_those_in_it(tmp_path: Path) -> None:
    assert described(tmp_path, "vragen:\n- Wie belt?\n", "vragen:\n- Wie meldt het?\n")[0].questions == (CALLS,)
    assert described(tmp_path, "soort: protocol\n", "vragen:\n- Wie meldt het?\n")[0].questions == (MENTOR,)
