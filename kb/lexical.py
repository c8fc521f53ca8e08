"""BM25 over Dutch stems: the leg of retrieval that finds exact words, numbers and names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

from kb.analysis import is_function_word, stem
from kb.errors import ReleaseError
from kb.word_table import WordTable

_FOLDER = "lexical"
_FREQUENCIES = "document-frequencies.json"


class LexicalIndex:
    """A BM25 index over passages, in the order in which they were given."""

    def __init__(self, index: bm25s.BM25, frequencies: dict[str, int], size: int) -> None:
        self._index = index
        self._frequencies = frequencies
        self.size = size

    @classmethod
    def build(cls, table: WordTable) -> LexicalIndex:
        """Index the texts of ``table``. bm25s needs at least one term; a text without any gets a placeholder."""
        numbers: dict[str, int] = {"": 0}
        term_of = np.array(
            [
                -1 if is_function_word(word) else numbers.setdefault(stem(word), len(numbers))
                for word in table.vocabulary
            ],
            np.int32,
        )
        documents = []
        counts = np.zeros(len(numbers), np.int64)
        for start, end in pairwise(table.starts.tolist()):
            document = term_of[table.ids[start:end]]
            document = document[document >= 0]
            counts[np.unique(document)] += 1
            documents.append(document.tolist() or [0])
        index = bm25s.BM25(method="lucene", k1=0.9, b=0.4)
        index.index((documents, numbers), show_progress=False)
        frequencies = {term: int(counts[number]) for term, number in numbers.items() if counts[number]}
        return cls(index, frequencies, len(documents))

    def scores(self, query_terms: Sequence[str]) -> NDArray[np.float32]:
        """Return the BM25 score of every passage, (n,) float32; zeros when no term is known."""
        known = [term for term in query_terms if term in self._frequencies]
        if not known:
            return np.zeros(self.size, np.float32)
        return np.asarray(self._index.get_scores(known), np.float32)

    def rarity(self, term: str) -> float:
        """Return the inverse document frequency of ``term``; the highest value for one that occurs nowhere."""
        count = self._frequencies.get(term, 0)
        return float(np.log(1 + (self.size - count + 0.5) / (count + 0.5)))

    def knows(self, term: str) -> bool:
        """Tell whether any passage holds ``term``."""
        return term in self._frequencies

    def save(self, folder: Path) -> None:
        """Write the index under ``folder``."""
        self._index.save(str(folder / _FOLDER), show_progress=False)
        (folder / _FOLDER / _FREQUENCIES).write_text(
            json.dumps({"size": self.size, "frequencies": self._frequencies}, ensure_ascii=False), encoding="utf-8"
        )

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Read an index written by `save`. Raises `ReleaseError` when it is damaged."""
        try:
            index = bm25s.BM25.load(str(folder / _FOLDER), show_progress=False)
            stored = json.loads((folder / _FOLDER / _FREQUENCIES).read_text("utf-8"))
            return cls(index, stored["frequencies"], stored["size"])
        except Exception as error:
            raise ReleaseError(
                f"De woordenindex van release {folder.name} is beschadigd. Voer uit: handwijzer ingest --full"
            ) from error
