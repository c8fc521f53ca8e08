"""From the text of a language model, as it streams in, to whole sentences with the numbers of the sources they cite.

Every decision looks at a bounded stretch of text and waits until that stretch is there. So any split of a text gives
the same sentences, memory is bounded and time is linear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kb.sentences import sentence_spans

# In characters. What a longer sentence says cannot be held against its sources, so it cites nothing.
LONGEST_SENTENCE = 1000
_LONGEST_CITATION = 60
_LONGEST_LINE_MARK = 8
_LONGEST_RANGE = 10
_TAIL = 64

_NUMBER = r"\^?(?:(?:bron(?:nen)?|sources?)\s*:?\s*)?[0-9]{1,3}"
_NUMBERS = rf"\s*{_NUMBER}(?:(?:\s*[,;&–-]|\s+en\b|\s+and\b|\s)\s*{_NUMBER})*\s*"
_CITATION = re.compile(
    rf"\[{_NUMBERS}\]|【{_NUMBERS}(?::[0-9]+)?\s*(?:†[^】]*)?】|\((?=\s*(?:bron|source)){_NUMBERS}\)", re.IGNORECASE
)
_CLOSING = {"[": "]", "【": "】", "(": ")"}
_NO_NUMBER_OF_A_SOURCE = re.compile(r"†.*|(?<=[0-9]):[0-9]+", re.DOTALL)
_RANGE = re.compile(r"([0-9]+)(?:\s*[–-]\s*([0-9]+))?")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_SUPERSCRIPT = re.compile("[⁰¹²³⁴-⁹]{1,3}")
_LINE_MARK = re.compile(r"(?:#{1,6}|[-*+•‣▪◦–]|[0-9]{1,3}[.)])(?=\s)|>|`{3,}|~{3,}")
_MAY_MARK_LINE = frozenset("#-*+•‣▪◦–>`~0123456789")
_THOUGHTS = re.compile(r"<(/?)(think(?:ing)?)>", re.IGNORECASE)
_LONGEST_TAG = len("</thinking>")

_ENDED = re.compile(r"[.!?…][\"'”’»)\]]*\Z")
_PUNCTUATION = frozenset(".,;:!?…)")
_STAYS_ATTACHED = _PUNCTUATION | frozenset("]}\"'”’»%-")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence on one line, without citation marks and markup.

    ``numbers`` are those of the sources it cites, as the model wrote them, each once; empty when it cites nothing.
    """

    text: str
    numbers: tuple[int, ...]


class SentenceStream:
    """Reads the text of one answer. A sentence comes out once none of its own citations can still follow."""

    def __init__(self) -> None:
        self._rest = ""
        self._before = ""
        self._line_start = True
        self._in_code = False
        # Ends the code block or the thoughts that are being left out.
        self._skips_to: re.Pattern[str] | None = None
        self._skip_tail = 0
        self._draft = _Draft()

    def feed(self, delta: str) -> list[Sentence]:
        """Return the sentences that ``delta`` completes."""
        self._rest += "".join(c for c in delta if c != "\\" and (c.isprintable() or c.isspace()))
        self._read(final=False)
        return self._draft.take()

    def close(self) -> list[Sentence]:
        """Return what is left at the end of the text."""
        self._read(final=True)
        self._draft.finish()
        return self._draft.take()

    def _read(self, *, final: bool) -> None:
        place = 0
        while place < len(self._rest):
            length = self._skip(place, final) if self._skips_to else self._step(place, final)
            if not length:
                break
            place += length
            self._before = self._rest[place - 1]
        self._rest = self._rest[place:]

    def _skip(self, place: int, final: bool) -> int:
        """Return how many characters of what is left out end at or before the next decision, 0 to wait."""
        assert self._skips_to
        if end := self._skips_to.search(self._rest, place):
            self._skips_to = None
            return end.end() - place
        left = len(self._rest) - place
        return left if final else max(0, left - self._skip_tail)

    def _leave_out(self, until: str) -> None:
        self._skips_to = re.compile(re.escape(until), re.IGNORECASE)
        self._skip_tail = len(until) - 1

    def _step(self, place: int, final: bool) -> int:
        """Read what stands at ``place``; return its length, 0 when more text must come first."""
        character = self._rest[place]
        if character == "\n":
            self._draft.line_end()
            self._line_start, self._in_code = True, False
            return 1
        if character.isspace():
            self._draft.blank()
            return 1
        if self._line_start and character in _MAY_MARK_LINE:
            window = self._rest[place : place + _LONGEST_LINE_MARK]
            if len(window) < _LONGEST_LINE_MARK and not final:
                return 0
            if mark := _LINE_MARK.match(window):
                return self._line_mark(mark[0])
        self._line_start = False
        return self._inline(character, place, final)

    def _line_mark(self, mark: str) -> int:
        if mark[0] in "`~":
            self._leave_out(mark)
        elif mark != ">":
            self._draft.finish()
        self._line_start = mark == ">"
        return len(mark)

    def _inline(self, character: str, place: int, final: bool) -> int:
        if character == "*":
            return 1
        if character == "`":
            self._in_code = not self._in_code
            return 1
        if character == "_":
            return self._underscore(place, final)
        if character in _CLOSING:
            return self._bracket(character, place, final)
        if character == "<":
            return self._tag(place, final)
        if _SUPERSCRIPT.match(character) and self._draft.ended():
            return self._superscript(place, final)
        self._draft.add(character)
        return 1

    def _underscore(self, place: int, final: bool) -> int:
        after = self._rest[place + 1 : place + 2]
        if not after and not final:
            return 0
        if self._before.isalnum() and after.isalnum():
            self._draft.add("_")
        return 1

    def _bracket(self, bracket: str, place: int, final: bool) -> int:
        window = self._rest[place : place + _LONGEST_CITATION]
        if mark := _CITATION.match(window):
            if not self._in_code:
                self._draft.cite(_numbers(mark[0]))
            return len(mark[0])
        if _CLOSING[bracket] not in window and len(window) < _LONGEST_CITATION and not final:
            return 0
        self._draft.add(bracket)
        return 1

    def _tag(self, place: int, final: bool) -> int:
        window = self._rest[place : place + _LONGEST_TAG]
        if tag := _THOUGHTS.match(window):
            if not tag[1]:
                self._leave_out(f"</{tag[2]}>")
            self._line_start = True
            return len(tag[0])
        if ">" not in window and len(window) < _LONGEST_TAG and not final:
            return 0
        self._draft.add("<")
        return 1

    def _superscript(self, place: int, final: bool) -> int:
        run = _SUPERSCRIPT.match(self._rest, place)
        assert run
        if run.end() == len(self._rest) and len(run[0]) < 3 and not final:
            return 0
        self._draft.cite([int(run[0].translate(_SUPERSCRIPTS))])
        return len(run[0])


class _Draft:
    """The sentence that is being read, and the ones that are ready."""

    def __init__(self) -> None:
        self._ready: list[Sentence] = []
        self._begin()

    def _begin(self) -> None:
        self._text = ""
        self._tail = ""
        self._length = 0
        self._numbers: dict[int, None] = {}
        self._forget_between()

    def _forget_between(self) -> None:
        """Forget what came since the last character of the sentence."""
        self._blank = self._cited = False
        self._line_ends = self._line_ends_before_citation = 0

    def take(self) -> list[Sentence]:
        """Return the sentences that are ready, once."""
        ready, self._ready = self._ready, []
        return ready

    def blank(self) -> None:
        self._blank = True

    def line_end(self) -> None:
        self._line_ends += 1

    def cite(self, numbers: list[int]) -> None:
        """Give the sentence the sources; a citation on a line of its own, behind one that has some, opens the next."""
        if self._numbers and self._line_ends > self._line_ends_before_citation:
            self.finish()
        self._numbers.update(dict.fromkeys(numbers))
        self._cited, self._blank = True, False
        self._line_ends_before_citation = self._line_ends

    def add(self, character: str) -> None:
        """Add a visible character, or begin the next sentence with it."""
        if self._cited and character in ".,;:" and self.ended():
            return
        if self._tail and self._begins_next(character):
            self.finish()
        attached = self._cited and character in (_PUNCTUATION if self._blank else _STAYS_ATTACHED)
        between = self._tail and (self._blank or self._cited or self._line_ends) and not attached
        piece = f" {character}" if between else character
        self._length += len(piece)
        if self._length <= LONGEST_SENTENCE:
            self._text += piece
        self._tail = (self._tail + piece)[-_TAIL:]
        self._forget_between()

    def ended(self) -> bool:
        """Tell whether the sentence has come to an end mark."""
        return _ENDED.search(self._tail) is not None

    def _begins_next(self, character: str) -> bool:
        if self._line_ends:
            wrapped = self._line_ends == 1 and character.islower() and self._tail[-1] not in ":;"
            return not wrapped or self.ended()
        if not self.ended() or not (self._blank or self._cited):
            return False
        if self._cited and not self._blank and character in _STAYS_ATTACHED:
            return False
        # Behind a citation a capital begins a sentence, even where the sentence ends in "enz.".
        return (self._cited and character.isupper()) or _ends_before(self._tail, character)

    def finish(self) -> None:
        """End the sentence, if there is one."""
        text = _without_citations(self._text)
        if any(character.isalnum() for character in text):
            known = self._length <= LONGEST_SENTENCE
            self._ready.append(Sentence(text, tuple(self._numbers) if known else ()))
        self._begin()


def _ends_before(tail: str, character: str) -> bool:
    return sentence_spans(f"{tail} {character}")[-1][0] == len(tail) + 1


def _without_citations(text: str) -> str:
    """Remove what still reads as a citation, such as what is left of "[[1]1]": shown, it would name another source."""
    while (shorter := _CITATION.sub("", text)) != text:
        text = shorter
    return " ".join(text.split())


def _numbers(mark: str) -> list[int]:
    numbers: list[int] = []
    for first, last in _RANGE.findall(_NO_NUMBER_OF_A_SOURCE.sub("", mark)):
        ends = [int(number) for number in (first, last) if number]
        is_range = len(ends) == 2 and ends[0] < ends[1] < ends[0] + _LONGEST_RANGE
        numbers += range(ends[0], ends[1] + 1) if is_range else ends
    return numbers
