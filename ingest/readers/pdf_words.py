"""Lines put together again: words broken at a line end joined, hyphens that belong there kept.

A hyphen at a line end is either the setter's or the writer's. The document itself is the best witness: the
form it uses elsewhere wins; only then come the rules of Dutch spelling.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.cleaning import clean_line

_FEW_LINES = 80
_FEW_SOFT = 3
_BREAKING_SHARE = 0.02
_SOFT = "\u00ad\u2010"
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010\u2011][^\W\d_]+)*")
_BROKEN = re.compile(r"(?P<stem>[^\s(/\u201c\u201d\"']*[^\W_])(?P<hyphen>[-\u00ad\u2010\u2011])$")
_RANGE = re.compile(r"\d[–-]$")
_ARTICLES = re.compile(
    r"\b(?:artikel(?:en)?|art\.|paragraaf|paragrafen) \d+[a-z]?(?:\. ?\d+[a-z]?)*"
    r"(?:(?:, | en | of | tot en met | t/m )\d+[a-z]?(?:\. ?\d+[a-z]?)*)*",
    re.IGNORECASE,
)
_LOOSE_NUMBER = re.compile(r"(?<=\d)\. (?=\d)")
_NEXT = re.compile(r"[^\W\d_]+")
_AND = re.compile(r"(?:en|of|tot|alsook|dan|noch|als|resp\.?|respectievelijk|c\.q\.|and|or|und|oder|et)\b")
_KEEPS_HYPHEN = {
    "niet", "ex", "oud", "non", "vice", "pro", "quasi", "bijna", "semi", "e", "x", "sub", "anti",
}  # fmt: skip
_CLASHES = {
    "aa", "ae", "ai", "au", "ee", "ei", "eu", "ie", "ii", "ij", "oo", "oe", "oi", "ou", "uu", "ui", "ue", "éé",
}  # fmt: skip
_ADDRESS = re.compile(r"(?:https?://|www\.)\S*[/\-_.=&?]$")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words a document uses, in lower case, and whether its setter breaks words with a plain hyphen."""

    words: Counter[str]
    breaks: bool = True


def vocabulary(texts: Iterable[str]) -> Vocabulary:
    """Count the words of a document, whole and with inner hyphens, leaving out those broken at a line end."""
    words: Counter[str] = Counter()
    lines = plain = soft = 0
    for text in texts:
        lines += 1
        if broken := _BROKEN.search(text):
            if broken["hyphen"] in _SOFT:
                soft += 1
            else:
                plain += 1
            text = text.rsplit(None, 1)[0] if " " in text else ""
        for word in _WORD.findall(text):
            words[word.lower().replace("\u2010", "-").replace("\u2011", "-")] += 1
    return Vocabulary(words, soft < _FEW_SOFT and (lines < _FEW_LINES or plain >= _BREAKING_SHARE * lines))


def join_lines(lines: Sequence[str], words: Vocabulary) -> tuple[str, list[int]]:
    """Return the lines as one clean text, and the offset in it at which each line after the first begins."""
    text = ""
    marks: list[int] = []
    for at, line in enumerate(lines):
        if at:
            text = _with(text, line, words)
            marks.append(len(text) - len(line))
        else:
            text = line
    clean = _tidied(text)
    if clean == text:
        return text, marks
    offsets = []
    for mark in marks:
        before = _tidied(text[:mark])
        offsets.append(min(len(before) + (clean[len(before) : len(before) + 1] == " "), len(clean)))
    return clean, offsets


def _tidied(text: str) -> str:
    """Clean text, with the numbers of articles closed up: some publishers print "artikel 2. 9"."""
    return _ARTICLES.sub(lambda found: _LOOSE_NUMBER.sub(".", found[0]), clean_line(text))


def _with(text: str, line: str, words: Vocabulary) -> str:
    text = text.rstrip(" ")
    broken = _BROKEN.search(text)
    if broken and line:
        return _unbroken(text, broken, line, words)
    if text.endswith("/") and not text.endswith(" /") and line[:1].isalnum():
        return text + line
    if _RANGE.search(text) and line[:1].isdigit():
        return text + line
    last = text.rsplit(None, 1)[-1] if text else ""
    if _ADDRESS.fullmatch(last) and not line[:1].isupper():
        return text + line
    return f"{text} {line}" if text and line else text + line


def _unbroken(text: str, broken: re.Match[str], line: str, words: Vocabulary) -> str:
    bare = text[: broken.start("hyphen")]
    if broken["hyphen"] in _SOFT:
        return bare + line
    kept = bare + "-"
    if _AND.match(line):
        return f"{kept} {line}"
    following = _NEXT.match(line)
    if following is None or not line[0].islower():
        return kept + line if line[0].isalnum() or line[0] in "/(" else f"{kept} {line}"
    stem, rest = broken["stem"], following[0]
    whole = words.words[(_last_part(stem) + rest).lower()]
    hyphenated = words.words[f"{_last_part(stem)}-{rest}".lower()]
    if whole or hyphenated:
        return bare + line if whole >= hyphenated else kept + line
    return kept + line if not words.breaks or _writes_hyphen(stem, rest) else bare + line


def _last_part(stem: str) -> str:
    return re.split(r"[-\u2010\u2011/]", stem)[-1]


def _writes_hyphen(stem: str, rest: str) -> bool:
    part = _last_part(stem)
    if part.lower() in _KEEPS_HYPHEN or not part[-1].isalpha():
        return True
    if len(part) > 1 and (part.isupper() or part[-1].isupper()):
        return True
    return (part[-1] + rest[0]).lower() in _CLASHES
