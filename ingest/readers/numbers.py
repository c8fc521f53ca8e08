"""How a list writes its numbers: 3, c, C, iii, III."""

from __future__ import annotations

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_LARGEST_ROMAN = 4999


def _letters(number: int) -> str:
    # Word and LibreOffice write aa, bb, cc after z.
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _roman(number: int) -> str:
    text = ""
    for value, sign in _ROMAN:
        text += sign * (number // value)
        number %= value
    return text


def written(number: int, form: str) -> str:
    """Return ``number`` in the form "1", "a", "A", "i" or "I"; any other form, and zero, reads as "1"."""
    if number > 0 and form in ("a", "A") and number <= 26 * 26:
        letters = _letters(number)
        return letters.upper() if form == "A" else letters
    if 0 < number <= _LARGEST_ROMAN and form in ("i", "I"):
        roman = _roman(number)
        return roman.upper() if form == "I" else roman
    return str(number)
