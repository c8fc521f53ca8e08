"""Names that others choose for files and folders."""

from __future__ import annotations

import pytest

from ingest.file_names import safe_file_name, safe_folder


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("Handreiking verzuim – v2 (definitief), 100%.pdf", "Handreiking verzuim – v2 (definitief), 100%.pdf"),
        ("../../etc/passwd", "passwd"),
        ("/etc/shadow.md", "shadow.md"),
        ("C:\\Users\\mentor\\verslag.docx", "verslag.docx"),
        ("..\\..\\verslag.docx", "verslag.docx"),
        ("con.pdf", "_con.pdf"),
        ("aux .txt", "_aux.txt"),
        ("LPT1", "_LPT1"),
        ("contact.pdf", "contact.pdf"),
        ("a\0b\r\n\t.pdf", "ab.pdf"),
        ("\u202efdp.txt", "fdp.txt"),
        (".htaccess.md", "htaccess.md"),
        ("~$verslag.docx", "verslag.docx"),
        ("verslag.md. . ", "verslag.md"),
        ("e\u0301e\u0301n.md", "één.md"),
        ("<b>vet</b>.html", "b_.html"),
        ('vraag?"<1>".md', "vraag_1_.md"),
        ("", ""), ("...", ""), ("/", ""), ("-.- ", ""), ("verslag.pdf.meta.yaml", ""),
    ],
)  # fmt: skip
def test_a_name_becomes_safe_and_stays_readable(given: str, safe: str) -> None:
    assert safe_file_name(given) == safe


def test_a_very_long_name_fits_on_a_disk_with_its_sidecar() -> None:
    name = safe_file_name("é" * 400 + ".docx")
    assert name.startswith("ééé")
    assert name.endswith("é.docx")
    assert len(f"{name}.meta.yaml".encode()) < 255


@pytest.mark.parametrize(
    ("given", "folder"),
    [("", "."), ("protocollen", "protocollen"), ("a/b", "a/b"), ("a\\b/", "a/b"), ("re\u0301gio", "régio"),
     ("..", None), ("a/../../b", None), ("/etc", None), ("\\\\server\\map", None), ("C:\\map", None), (".git", None),
     ("a/.verborgen", None), ("~$a", None), ("nul", None), ("a\0b", None), ("a/b/c/d/e/f/g/h/i", None), (" ", None)],
)  # fmt: skip
def test_a_folder_is_one_within_the_corpus_or_none(given: str, folder: str | None) -> None:
    found = safe_folder(given)
    assert (None if found is None else str(found)) == folder
