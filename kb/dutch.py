"""Months and numbers as Dutch words."""

from __future__ import annotations

MONTHS = "januari februari maart april mei juni juli augustus september oktober november december".split()
_ONES = (
    "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien "
    "achttien negentien"
).split()
_TENS = "twintig dertig veertig vijftig zestig zeventig tachtig negentig".split()
# The whole numbers under a hundred, without accents.
NUMERALS = {
    **{word: number for number, word in enumerate(_ONES)},
    **{word: 10 * number for number, word in enumerate(_TENS, 2)},
    **{f"{_ONES[one]}en{ten}": 10 * number + one for number, ten in enumerate(_TENS, 2) for one in range(1, 10)},
}
