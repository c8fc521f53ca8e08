"""The words of all passages by number: what the lexical index and the spelling list of a release are counted from.

Taking texts apart costs more than everything that is counted afterwards, so a new release takes the words of unchanged
passages over from the release before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from kb.analysis import words

_FILE = "words.npz"
# Raised by hand when `kb.analysis.words` would take the same text apart differently.
_VERSION = 1


@dataclass(frozen=True, slots=True)
class WordTable:
    """The folded words of n texts. ``ids`` (w,) are places in ``vocabulary``; those of text i run from ``starts[i]`` to
    ``starts[i + 1]``, and from ``bodies[i]`` on they are of the text itself and not of the headings above it."""

    vocabulary: tuple[str, ...]
    ids: NDArray[np.int32]
    starts: NDArray[np.int64]
    bodies: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        texts: Sequence[tuple[str, str]],
        earlier: WordTable | None = None,
        carried: Sequence[int] = (),
    ) -> WordTable:
        """Return the words of ``texts``, pairs of headings and body.

        Where ``carried[i]`` is not negative, text i is the text at that place of ``earlier``.
        """
        numbers = {word: number for number, word in enumerate(earlier.vocabulary)} if earlier else {}
        parts: list[NDArray[np.int32]] = []
        heads: list[int] = []
        for place, (head, body) in enumerate(texts):
            if earlier and carried[place] >= 0:
                start, body_start, end = earlier.span(carried[place])
                parts.append(earlier.ids[start:end])
                heads.append(body_start - start)
                continue
            found = words(head), words(body)
            parts.append(
                np.array([numbers.setdefault(word, len(numbers)) for part in found for word in part], np.int32)
            )
            heads.append(len(found[0]))
        sizes = [len(part) for part in parts]
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        # Words of texts that are gone must not stay behind in the vocabulary.
        used, ids = np.unique(np.concatenate([np.zeros(0, np.int32), *parts]), return_inverse=True)
        known = list(numbers)
        return cls(tuple(known[number] for number in used), ids.astype(np.int32), starts, starts[:-1] + heads)

    def __len__(self) -> int:
        """The number of texts."""
        return len(self.bodies)

    def span(self, place: int) -> tuple[int, int, int]:
        """Return where text ``place`` starts, where its body starts, and where it ends in ``ids``."""
        return int(self.starts[place]), int(self.bodies[place]), int(self.starts[place + 1])

    def save(self, folder: Path) -> None:
        """Write the table into ``folder``."""
        vocabulary = np.frombuffer("\n".join(self.vocabulary).encode(), np.uint8)
        np.savez(
            folder / _FILE,
            version=_VERSION,
            vocabulary=vocabulary,
            ids=self.ids,
            starts=self.starts,
            bodies=self.bodies,
        )

    @classmethod
    def load(cls, folder: Path) -> WordTable | None:
        """Read the table in ``folder``; None when there is none that can be used."""
        try:
            # Opened here: numpy leaves a damaged file open.
            with (folder / _FILE).open("rb") as file, np.load(file) as stored:
                if int(stored["version"]) != _VERSION:
                    return None
                text = stored["vocabulary"].tobytes().decode()
                return cls(tuple(text.split("\n")) if text else (), stored["ids"], stored["starts"], stored["bodies"])
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None
