"""Characters as a reader expects them: one form for ligatures, spaces, quotes left alone, no invisible marks."""

from __future__ import annotations

import re
import unicodedata

_LIGATURES = str.maketrans({
    "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "ĳ": "ij", "Ĳ": "IJ",
})  # fmt: skip
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\x00-\x08\x0e-\x1f\x7f-\x9f]")
# Nothing can store or send half a character.
_HALF = re.compile("[\ud800-\udfff]")
# Besides the usual ones: the soft line end of Office, the form feed of printed text, and Unicode's own two.
_LINE_END = re.compile("\r\n|[\r\n\x0b\x0c\u2028\u2029]")
_SPACE = re.compile(r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_BLANK_BEFORE_PUNCTUATION = re.compile(r"(?<=\w) (?=[,;](?:\s|$))")


def clean_line(text: str) -> str:
    """Return ``text`` on one line: line ends become spaces, see `clean_text` for the rest."""
    return clean_text(_LINE_END.sub(" ", text))


def clean_text(text: str) -> str:
    """Return ``text`` in NFC with ligatures spelled out, invisible characters gone and runs of blanks as one space.

    Half a character becomes a replacement mark. Line ends are kept. Applying it twice changes nothing.
    """
    text = _INVISIBLE.sub("", _LINE_END.sub("\n", text).translate(_LIGATURES))
    # Only now: an invisible mark between a letter and its accent would keep them apart.
    text = unicodedata.normalize("NFC", text)
    text = _SPACE.sub(" ", _HALF.sub("\ufffd", text))
    lines = (_BLANK_BEFORE_PUNCTUATION.sub("", line.strip()) for line in text.split("\n"))
    return "\n".join(lines).strip()
