"""The normal forms of Unicode (https://unicode.org/reports/tr15/), in a time that grows with the text and no faster."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

# Marks are sorted in a time that is the square of how many follow each other: a hundred kilobytes of them would hold
# up a whole process for half a minute. Such marks are neither letters, digits nor blanks.
_ROW = re.compile(r"[^\w\s\x00-\x7f]{64}")
_AT_ONCE = 256


def normal_form(form: Literal["NFC", "NFD"], text: str) -> str:
    """Return ``text`` in a normal form. Where marks follow each other as in no language, pieces are, one by one."""
    if not _ROW.search(text):
        return unicodedata.normalize(form, text)
    pieces = (text[start : start + _AT_ONCE] for start in range(0, len(text), _AT_ONCE))
    return "".join(unicodedata.normalize(form, piece) for piece in pieces)
