"""The kind of a file as a reader knows it."""

from __future__ import annotations

from pathlib import PurePosixPath

_TYPES = {
    ".pdf": "PDF", ".docx": "Word", ".rtf": "Word", ".pptx": "PowerPoint", ".xlsx": "Excel", ".xls": "Excel",
    ".xlsb": "Excel", ".ods": "rekenblad", ".csv": "rekenblad", ".tsv": "rekenblad", ".eml": "e-mail", ".msg": "e-mail",
    ".html": "webpagina", ".htm": "webpagina", ".md": "tekst", ".txt": "tekst",
}  # fmt: skip


def file_type(file: str) -> str:
    """Return what kind of file ``file`` (a path) is, such as PDF or Word; its extension when that says no more."""
    suffix = PurePosixPath(file).suffix.lower()
    return _TYPES.get(suffix, suffix.removeprefix(".").upper() or "bestand")
