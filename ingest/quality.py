"""How readable the text of a document came out, page by page.

A wrong font, a bad scan or an odd file gives text that looks like text and says nothing. Five things tell: strange
characters, letters apart or words glued together, words that are none, and one line over and over. Each is a share
between 0 and 1; a page scores their product. Text in another language is no worse for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import prod

from ingest.language import FUNCTION_WORDS, guess, language_of
from ingest.reading import Block, BlockKind, FileText

_STRANGE = "veel vreemde tekens"
_APART = "losse letters"
_GLUED = "woorden aan elkaar"
_UNKNOWN = "weinig bestaande woorden"
_REPEATED = "steeds dezelfde regel"
_WORTH_MENTIONING = 0.8


@dataclass(frozen=True, slots=True)
class PageQuality:
    """How readable one page is, from 0 to 1, with what is wrong in Dutch. ``page`` is None where there are no pages."""

    page: int | None
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """How readable a document is: the score (0–1) of its pages, each weighed by its text.

    ``language`` is an ISO 639-1 code, None when there is too little text to tell.
    """

    score: float
    language: str | None
    pages: tuple[PageQuality, ...]


def assess(blocks: Sequence[Block]) -> Quality:
    """Judge the text of a document. What a block over a page break says on each page counts there."""
    by_page: dict[int | None, list[Block]] = {}
    for block in blocks:
        for part in _on_each_page(block):
            by_page.setdefault(part.page, []).append(part)
    pages = tuple(_assess_page(page, on_page) for page, on_page in by_page.items())
    sizes = [sum(len(block.text) for block in on_page) for on_page in by_page.values()]
    total = sum(size * page.score for size, page in zip(sizes, pages, strict=True))
    # The language of a cover need not be that of the text.
    language = language_of("\n".join(block.text for block in _sample(blocks)))
    score = total / sum(sizes) if any(sizes) else 1.0
    return Quality(round(score, 3), language, pages)


def without_poor_pages(content: FileText, quality: Quality, bar: float) -> tuple[FileText, tuple[PageQuality, ...]]:
    """Leave out the blocks of pages that score under ``bar`` (0–1); return what is left, and those pages."""
    poor = tuple(page for page in quality.pages if page.score < bar)
    if not poor:
        return content, ()
    left_out = {page.page for page in poor}
    kept: list[Block] = []
    for block in content.blocks:
        parts = _on_each_page(block)
        left = [part for part in parts if part.page not in left_out]
        kept += [block] if len(left) == len(parts) else left
    return replace(content, blocks=tuple(kept)), poor


def _on_each_page(block: Block) -> list[Block]:
    """Cut a block where a page begins in it."""
    if block.page is None or not block.page_breaks:
        return [block]
    edges = pairwise((0, *block.page_breaks, len(block.text)))
    parts = [
        replace(block, text=block.text[start:end].strip(), page=block.page + place, page_breaks=())
        for place, (start, end) in enumerate(edges)
    ]
    return [part for part in parts if part.text]


_LONGEST_SAMPLE = 20_000


def _sample(blocks: Sequence[Block]) -> list[Block]:
    """Take blocks from all over, of not much more than `_LONGEST_SAMPLE` characters together."""
    step = 1 + sum(min(len(block.text), _LONGEST_SAMPLE) for block in blocks) // _LONGEST_SAMPLE
    return list(blocks[::step])


# An address, a path or a name like "naam_school" is no word, and a row of dots or dashes is no strange character.
_ADDRESS = re.compile(
    r"(?:https?://|www\.)|[^@]+@[\w-]+\.|[\w.-]+\.(?:nl|com|org|eu|net)\b"
    r"|(?:[\w.:+-]*[/\\]){2,}|(?:[^\W_]{2,}|\d)(?:_(?:[^\W_]{2,}|\d))+"
)
_LONGEST_ADDRESS = 200
_RULE = re.compile(r"([^\w\s])(?:\s?\1){2,}|_{3,}")
# Markup that a text shows is written for machines, and no sign that letters came out wrong.
_MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,200}>|\$?\{\{?[^{}]{0,200}\}\}?")


def _assess_page(page: int | None, blocks: Sequence[Block]) -> PageQuality:
    blocks = _sample(blocks)
    lines = [_RULE.sub(" ", _without_addresses(_MARKUP.sub(" ", block.text[:_LONGEST_SAMPLE]))) for block in blocks]
    text = "\n".join(lines)
    running = [line for block, line in zip(blocks, lines, strict=True) if block.kind is not BlockKind.ROW]
    found = (
        (_STRANGE, min(_ordinary_characters(text), _whole_words(text))),
        (_APART, _letters_together(text)),
        (_GLUED, _words_apart(text)),
        (_UNKNOWN, _words_known(text, running)),
        (_REPEATED, _lines_differ(lines)),
    )
    reasons = tuple(reason for reason, share in found if share < _WORTH_MENTIONING)
    return PageQuality(page, round(prod(share for _, share in found), 3), reasons)


def _without_addresses(line: str) -> str:
    if not any(sign in line for sign in "@./_\\"):
        return line
    return " ".join(token for token in line.split() if len(token) > _LONGEST_ADDRESS or not _ADDRESS.match(token))


def _between(value: float, worst: float, best: float) -> float:
    """Return where ``value`` lies from ``worst`` (0) to ``best`` (1)."""
    return min(1.0, max(0.0, (value - worst) / (best - worst)))


# The replacement mark, characters that only one font knows, halves of characters, and control characters.
_NO_CHARACTER = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff\ud800-\udfff\x00-\x08\x0e-\x1f\x7f-\x9f]")
# UTF-8 that was read as Windows-1252: "Ã«" for "ë", "â€™" for "’".
_MISREAD = re.compile(r"[ÂÃÄÅÐÑÎÏØÙ][^\x00-\xa0A-Za-zÀ-ÿ]|[ÂÃ][\xa0 ]|â[€‚ƒ„…†‡ˆ‰]\S?|ï»¿")
_FEWEST_CHARACTERS = 12


def _ordinary_characters(text: str) -> float:
    """Judge the share of characters that are none or misread, and that of letters and digits among the others."""
    shown = "".join(text.split())
    if len(shown) < _FEWEST_CHARACTERS:
        return 1.0 - bool(_NO_CHARACTER.search(shown))
    strange = len(_NO_CHARACTER.findall(shown)) + sum(map(len, _MISREAD.findall(text)))
    spelling = sum(map(str.isalnum, shown))
    return _between(strange / len(shown), 0.25, 0.01) * _between(spelling / len(shown), 0.35, 0.6)


_WORD_PART = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TOKEN = re.compile(r"\S*[^\W\d_]\S*")
# A sign beside a letter inside a word ("w@t", "b]n") or a digit amid them ("l3tter").
_SIGNS = r"[|@~^$§#*+=<>{}\\\[\]_!?;:\"%&`]+"
_BROKEN = re.compile(rf"[^\W\d_]{_SIGNS}\w|\d{_SIGNS}[^\W\d_]|[^\W\d_]\d+[a-zà-ÿ]")
_FEWEST_WORDS = 8


def _whole_words(text: str) -> float:
    """Judge the share of words with a digit or a sign in the middle."""
    tokens = _TOKEN.findall(text)
    if len(tokens) < _FEWEST_WORDS:
        return 1.0
    return _between(sum(1 for token in tokens if _BROKEN.search(token)) / len(tokens), 0.35, 0.1)


_SINGLE_LETTERS = re.compile(r"(?<!\S)[^\W\d_](?:\s+[^\W\d_](?!\S)){3,}")
_SMALL_PIECE = re.compile(r"(?<!\S)[^\W\d_]{1,2}(?!\S)")
# A title in spaced letters is a matter of taste, not of reading.
_FEWEST_LETTERS = 40


def _letters_together(text: str) -> float:
    """Judge the share of letters that stand by themselves, or in pairs."""
    letters = sum(map(str.isalpha, text))
    single = sum(len(run.split()) for run in _SINGLE_LETTERS.findall(text) if len(set(run.casefold().split())) > 2)
    pieces = sum(map(len, (piece for piece in _SMALL_PIECE.findall(text) if not piece.isupper())))
    if letters < _FEWEST_LETTERS or max(single, pieces) < _FEWEST_LETTERS:
        return 1.0
    return _between(single / letters, 0.6, 0.2) * _between(pieces / letters, 0.75, 0.45)


_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]")
_LONGEST_WORD = 45
_LONGEST_TOKEN = 50


def _words_apart(text: str) -> float:
    """Judge the share of letters in what is longer than words are, in a script that has spaces."""
    tokens = text.split()
    if max(map(len, tokens), default=0) <= _LONGEST_WORD:
        return 1.0
    letters = glued = 0
    for token in tokens:
        if _UNSPACED.search(token):
            continue
        words = _WORD_PART.findall(token)
        size = sum(map(len, words))
        letters += size
        if len(token) > _LONGEST_TOKEN or (words and max(map(len, words)) > _LONGEST_WORD):
            glued += size
    return 1.0 if letters < _FEWEST_LETTERS else _between(glued / letters, 0.6, 0.2)


_PROSE_LINE_WORDS = 10
_PROSE_WORDS = 30
_FEW_FUNCTION_WORDS, _ENOUGH_FUNCTION_WORDS = 0.1, 0.2
_PLAINLY_PROSE = 0.2
# Shorter ones may be abbreviations: "vwo", "zzp".
_SHORTEST_TELLING = 4


def _words_known(text: str, running: Iterable[str]) -> float:
    """Judge whether the words are those of a language.

    Where small words ("de", "of", "und") abound, they are. If not, the language detector says how likely the words
    are none; and running text in a language whose small words are known must hold some of them, or its letters are
    jumbled.
    """
    words = _ordinary_words(text)
    telling = [word for word in words if len(word) >= _SHORTEST_TELLING]
    if len(telling) < _FEWEST_WORDS or _function_words(words) >= _PLAINLY_PROSE:
        return 1.0
    looks_like = guess(" ".join(telling))
    known = _between(looks_like.noise, 0.15, 0.02)
    prose = [word for line in running for word in _prose_words(line)]
    if looks_like.language in FUNCTION_WORDS and len(prose) >= _PROSE_WORDS:
        known *= _between(_function_words(prose), _FEW_FUNCTION_WORDS, _ENOUGH_FUNCTION_WORDS)
    return known


def _ordinary_words(text: str) -> list[str]:
    """Give the words in lower case, without abbreviations in capitals and what is glued to a digit."""
    shouted = text.isupper()
    words = (word for token in text.split() if not any(map(str.isdigit, token)) for word in _WORD.findall(token))
    return [word.lower() for word in words if len(word) > 1 and (shouted or len(word) > 5 or not word.isupper())]


def _prose_words(line: str) -> list[str]:
    words = [word for word in _WORD.findall(line) if len(word) > 1]
    small = sum(1 for word in words if word[0].islower())
    return [word.lower() for word in words] if len(words) >= _PROSE_LINE_WORDS and small > 0.7 * len(words) else []


def _function_words(words: Sequence[str]) -> float:
    """Return the share of small words, in the language that fits best."""
    counts = Counter(words)
    return max(sum(counts[word] for word in known) for known in FUNCTION_WORDS.values()) / max(1, len(words))


_FEWEST_LINES = 8
_SHORTEST_LINE = 15


def _lines_differ(lines: Iterable[str]) -> float:
    """Judge the share of lines that were not there before; of numbers and short cells nothing is expected."""
    long = [line for line in lines if sum(map(str.isalpha, line)) >= _SHORTEST_LINE]
    if len(long) < _FEWEST_LINES:
        return 1.0
    return _between(len(set(long)) / len(long), 0.05, 0.3)
