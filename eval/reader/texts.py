"""Questions and passages after the lower layers, each read once, and beside each other."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from eval.reader.candidates import Candidates
from eval.reader.data import Passage, ReaderQuestion
from eval.reader.tokens import Tokeniser
from kb.reader_model import Pair, Reader, Text


class Texts:
    """Gives texts to a reader. Passages are kept (0.4 MB each): every one is read beside many questions."""

    def __init__(self, reader: Reader, tokeniser: Tokeniser, passages: Iterable[Passage]) -> None:
        self._reader = reader
        self._tokeniser = tokeniser
        self._passages = {passage.id: passage for passage in passages}
        self._read: dict[str, Text] = {}

    def pairs(self, question: ReaderQuestion, found: Candidates, places: Iterable[int]) -> list[Pair]:
        """Return ``question`` beside each of the candidates at ``places``."""
        asked = self._reader.lower(self._tokeniser.question(question.text))
        device = asked.states.device
        return [
            Pair(
                asked,
                self._passage(found.passages[place]),
                torch.tensor([found.cosines[place], found.late[place]], device=device),
                torch.tensor([found.sentence_cosines[place], found.sentence_late[place]], device=device).T,
            )
            for place in places
        ]

    def _passage(self, key: str) -> Text:
        if key not in self._read:
            self._read[key] = self._reader.lower(self._tokeniser.passage(self._passages[key]))
        return self._read[key]
