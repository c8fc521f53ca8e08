"""The numbers of a Dutch text with their unit, each written one way: "zestien lesuren" and "16 uur" are 16 uur."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import takewhile

from kb.dutch import NUMERALS

ORDINALS = {
    word: number
    for number, word in enumerate(
        "eerste tweede derde vierde vijfde zesde zevende achtste negende tiende elfde twaalfde".split(), 1
    )
}
_SCALES = {"duizend": 1000, "miljoen": 1_000_000, "miljard": 1_000_000_000}
_TOKEN = re.compile(r"(?:\d{1,3}(?: \d{3})+\b|\d+(?:[.,]\d+)*)(?:e|de|ste)?\b|[^\W\d_]+(?:'[^\W\d_]+)*|[€%:;\n–-]")
_GROUPED = re.compile(r"\d{1,3}(?:[. ]\d{3})+(?:,\d+)?")
_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_UNIT = re.compile(
    r"(?P<dag>\w*dag)(?:en)?|\w*?(?:(?P<week>week|weken)|(?P<maand>maand(?:en)?)|(?P<jaar>jaar|jaren|jarigen?)|"
    r"(?P<uur>uur|uren)|(?P<minuut>minuut|minuten))|(?P<procent>%|procent)|(?P<euro>€|euro)"
)
_YEARS_OLD = re.compile(r"(\w+?)jarigen?")
_JOINS = frozenset("tot en of a t m met - –".split())
_LABEL_WORDS = 6


def counted(text: str) -> Iterator[tuple[str, str]]:
    """Yield every number of folded text with its unit; "één" only with one, as without it is hardly a number."""
    written = [match.group() for match in _TOKEN.finditer(text)]
    open_range: list[str] = []
    for index, word in enumerate(written):
        value = _value_at(written, index)
        if value is None:
            if word not in _JOINS:
                yield from ((bare, "") for bare in open_range)
                open_range = []
            continue
        units = _units_at(written, index)
        for unit in units:
            yield from ((one, unit) for one in (*open_range, value))
        if units:
            open_range = []
        elif value != "1":
            open_range.append(value)
    yield from ((bare, "") for bare in open_range)


def _value_at(written: Sequence[str], index: int) -> str | None:
    word = written[index]
    following = written[index + 1] if index + 1 < len(written) else ""
    if word == "een":
        return "1" if _unit(following) and not _YEARS_OLD.fullmatch(following) else None
    if index and (written[index - 1] == "ten" or (word in _SCALES and _value_at(written, index - 1))):
        return None
    if age := _YEARS_OLD.fullmatch(word):
        word = age[1]
    if word[0].isdecimal():
        value = _digits(word)
    elif (named := ORDINALS.get(word) or _named(word)) is not None:
        value = str(named)
    else:
        return None
    if following in _SCALES and _PLAIN.fullmatch(value):
        return format(Decimal(value) * _SCALES[following], "f")
    return value


def _units_at(written: Sequence[str], index: int) -> set[str]:
    """Return the units of a number: behind it, before it ("week 3"), or named by the label of a table's cell."""
    if _YEARS_OLD.fullmatch(written[index]):
        return {"jaar"}
    before = list(reversed(written[max(0, index - _LABEL_WORDS) : index]))
    if before[:1] == ["€"]:
        return {"euro"}
    following = [word for word in written[index + 1 : index + 4] if word not in _SCALES and word != "-"]
    if following and (unit := _unit(following[0])):
        return {unit}
    if len(following) > 1 and following[0].endswith("e") and (unit := _unit(following[1])):
        return {unit}
    if before[:1] == [":"]:
        label = takewhile(lambda word: word not in ";\n", before)
        return {unit for word in label if (unit := _unit(word))}
    return {unit for word in before[:1] if (unit := _unit(word))}


def _unit(word: str) -> str | None:
    match = _UNIT.fullmatch(word)
    if match is None or match.lastgroup is None:
        return None
    return match[match.lastgroup] if match.lastgroup == "dag" else match.lastgroup


def _digits(written: str) -> str:
    plain = written.rstrip("eds")
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(".", "").replace(" ", "")
    if "," in plain:
        plain = plain.replace(",", ".").rstrip("0").rstrip(".")
    return plain.lstrip("0") or "0"


@lru_cache(maxsize=4096)
def _named(word: str) -> int | None:
    """Return the value of a Dutch number word such as "zestien" or "tweehonderdvijftig", None for another word."""
    if word in NUMERALS:
        return NUMERALS[word]
    for name, scale in (("duizend", 1000), ("honderd", 100)):
        head, found, tail = word.partition(name)
        if found:
            times = _named(head) if head else 1
            rest = _named(tail.removeprefix("en")) if tail else 0
            return None if times is None or rest is None else times * scale + rest
    return None
