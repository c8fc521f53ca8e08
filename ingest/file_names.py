"""Names for files and folders that somebody else chose: safe on any disk, and still readable."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from ingest.metadata import SIDECAR_SUFFIX

# In bytes. A sidecar's ending must fit behind it, within the 255 that disks allow.
_LONGEST_NAME = 150
_LONGEST_SUFFIX = 12
_DEEPEST = 8
_NOT_ON_WINDOWS = re.compile(r'[<>:"|?*]+')
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]) *(?=\.|$)", re.IGNORECASE)


def safe_file_name(given: str) -> str:
    """Return the file name in ``given``, without a path, hidden beginning or characters that a disk refuses.

    Empty when nothing readable is left, and for the name of a sidecar, which describes a document and is none.
    """
    name = _safe(re.split(r"[/\\]", given)[-1])
    return "" if name.lower().endswith(SIDECAR_SUFFIX) else name


def safe_folder(given: str) -> PurePosixPath | None:
    """Return the folder within the corpus that ``given`` names, None when it leads elsewhere or is hidden.

    Unlike a file name it is not mended: whoever names a folder means one that is there, or will look for it.
    """
    parts = [part for part in re.split(r"[/\\]", unicodedata.normalize("NFC", given)) if part]
    fits = len(parts) <= _DEEPEST and not given.startswith(("/", "\\"))
    return PurePosixPath(*parts) if fits and all(_safe(part) == part for part in parts) else None


def _safe(given: str) -> str:
    name = "".join(letter for letter in unicodedata.normalize("NFC", given) if letter.isprintable())
    name = _NOT_ON_WINDOWS.sub("_", name).lstrip(" .~$").rstrip(" .")
    if _DEVICE.match(name):
        name = f"_{name}"
    path = PurePosixPath(name)
    ending = path.suffix if len(path.suffix.encode()) <= _LONGEST_SUFFIX else ""
    stem = name.removesuffix(ending).encode()[: _LONGEST_NAME - len(ending.encode())].decode("utf-8", "ignore")
    return (stem.rstrip(" .") + ending) if re.search(r"\w", stem) else ""
