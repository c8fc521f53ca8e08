"""Months, days and numbers as Dutch words."""

from __future__ import annotations

from datetime import date

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

_LANGUAGES = {
    "en": "Engels", "de": "Duits", "fr": "Frans", "fy": "Fries", "ar": "Arabisch", "tr": "Turks", "pl": "Pools",
    "uk": "Oekraïens", "es": "Spaans", "it": "Italiaans", "pt": "Portugees", "ru": "Russisch", "af": "Afrikaans",
    "la": "Latijn", "fa": "Farsi", "ti": "Tigrinya", "so": "Somalisch", "zh": "Chinees",
}  # fmt: skip


def long_date(day: date) -> str:
    """Return a day as a Dutch reader writes it, such as 1 december 2023."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def foreign_language(code: str | None) -> str:
    """Return the Dutch name of the language of ``code`` (ISO 639-1), nothing for Dutch and for what is not known."""
    return "" if code in (None, "nl") else _LANGUAGES.get(code or "", f"taal met de code {code}")
