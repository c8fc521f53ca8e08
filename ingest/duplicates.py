"""Near-duplicate documents and passages: found at ingest, reported, and collapsed by `kb.retrieval`.

MinHash signatures bring candidates together; what they propose is compared exactly. How much documents may differ, and
how passages may, is told in docs/decisions/0016-near-duplicates.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ingest.claims import Claims, claims_of, may_be_one
from kb.analysis import words
from kb.documents import Document, Passage
from kb.releases import DUPLICATES, Release

# From this Jaccard similarity of their shingles on, passages are one, and documents worth a line in the report.
PASSAGE_BAR, DOCUMENT_BAR = 0.8, 0.6
PERMUTATIONS = 64
_SHINGLE_WORDS = 3
# What fewer words say depends on what stands around them: "De pilot wordt voortgezet."
_FEWEST_WORDS = 8
# Whoever agrees in all values of one band is a candidate: 99.98% of what has a similarity of 0.8, 89% at 0.6.
_BAND = 4
# Passages that share fewer bands with any other are not looked at: 0.3% of what has a similarity of 0.8, 73% at 0.5.
_FEWEST_BANDS = 2
# A similarity that the signatures estimate this far under the bar is under it: three standard deviations.
_MARGIN = 0.18
_SPOT_CHECKS = 3
_SIGNATURES = "signatures.npy"


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two documents that say nearly the same; ``similarity`` is 1 for the same words."""

    documents: tuple[str, str]
    similarity: float


@dataclass(frozen=True, slots=True)
class DuplicateReport:
    """The near-duplicate documents, most alike first, and how many passages have a near-duplicate."""

    pairs: tuple[DuplicatePair, ...]
    passages: int


def write_duplicates(
    folder: Path, documents: Sequence[Document], passages: Sequence[Passage], live: Release | None
) -> DuplicateReport:
    """Find the near-duplicates among ``passages`` and write them into the ``folder`` of the release being made.

    The signatures of passages that the ``live`` release holds are taken over from it. Raises `OSError`.
    """
    rows = _signatures_with(live, passages)
    groups = passage_groups(passages, {document.id: document.title for document in documents}, rows)
    np.save(folder / _SIGNATURES, rows)
    np.save(folder / DUPLICATES, groups)
    return DuplicateReport(document_pairs(documents, passages, rows), int((groups >= 0).sum()))


def signatures(texts: Iterable[str]) -> NDArray[np.uint32]:
    """Return the (n, `PERMUTATIONS`) MinHash signatures of ``texts``; the same on every machine."""
    # Takes as long to import as to sign a thousand passages, and mostly nothing is new.
    from datasketch import MinHash

    shingled = (_shingles(words(text)) for text in texts)
    sketches = MinHash.generator(shingled, num_perm=PERMUTATIONS, hashfunc=crc32, scheme="affine32")
    return np.array([sketch.hashvalues for sketch in sketches], np.uint32).reshape(-1, PERMUTATIONS)


def passage_groups(
    passages: Sequence[Passage], titles: Mapping[str, str], signatures: NDArray[np.uint32]
) -> NDArray[np.int32]:
    """Return for each passage the number of its group of near-duplicates, -1 for none.

    ``titles`` gives the title of each document. All in a group are like one of them, which represents the group; what
    is only like another member is left out, and so is what claims something else (`ingest.claims`).
    """
    copies: dict[Claims, list[int]] = defaultdict(list)
    for place in np.flatnonzero(_bands(signatures)[1].sum(axis=1) >= _FEWEST_BANDS).tolist():
        claims = claims_of(passages[place], titles[passages[place].document_id])
        if len(claims.words) >= _FEWEST_WORDS:
            copies[claims].append(place)
    # Most copies first, and whatever the order of the passages, the same representatives.
    texts = sorted(copies, key=lambda text: (-len(copies[text]), text.words, text.fixed, sorted(text.names)))
    rows = signatures[[copies[text][0] for text in texts]]
    similar = _Similar(rows, lambda number: [texts[number].words], PASSAGE_BAR, [text.fixed for text in texts])
    groups = np.full(len(passages), -1, np.int32)
    grouped: set[int] = set()
    for number in range(len(texts)):
        if number in grouped:
            continue
        members = [number]
        for other, _ in similar.to(number, grouped):
            # One that names nobody is like the same text about Almere and about Dronten; these two are not.
            if all(may_be_one(texts[member], texts[other]) for member in members):
                members.append(other)
        grouped.update(members)
        places = [place for member in members for place in copies[texts[member]]]
        if len(places) > 1:
            groups[places] = groups.max() + 1
    return groups


def document_pairs(
    documents: Sequence[Document], passages: Sequence[Passage], signatures: NDArray[np.uint32]
) -> tuple[DuplicatePair, ...]:
    """Return the pairs of near-duplicate documents, most alike first.

    Every document that has a near-duplicate is in one pair at least. Of many that are alike, each is paired with one of
    them and not with all; likewise copies of one file.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, passage in enumerate(passages):
        places[passage.document_id].append(place)
    firsts: dict[str, Document] = {}
    pairs: list[DuplicatePair] = []
    for document in documents:
        first = firsts.setdefault(document.sha256, document)
        if first is not document:
            pairs.append(DuplicatePair((first.id, document.id), 1.0))
    ids = [document.id for document in firsts.values()]
    rows = np.array([signatures[places[key]].min(axis=0) for key in ids], np.uint32).reshape(-1, PERMUTATIONS)
    similar = _Similar(rows, lambda number: [words(passages[i].text) for i in places[ids[number]]], DOCUMENT_BAR)
    paired: set[int] = set()
    for number, key in enumerate(ids):
        if number not in paired:
            for other, similarity in similar.to(number):
                pairs.append(DuplicatePair((key, ids[other]), similarity))
                paired.add(other)
    return tuple(sorted(pairs, key=lambda pair: (-pair.similarity, pair.documents)))


class _Similar:
    """Looks up which of some texts are alike. ``rows`` are their signatures and ``parts`` gives the words of each, part
    by part; texts with different ``labels`` are never alike."""

    def __init__(
        self,
        rows: NDArray[np.uint32],
        parts: Callable[[int], Sequence[Sequence[str]]],
        bar: float,
        labels: Sequence[Hashable] | None = None,
    ) -> None:
        self._rows, self._parts, self._bar = rows, parts, bar
        self._hashes: dict[int, NDArray[np.uint32]] = {}
        self._own: list[list[Hashable]] = []
        self._buckets: dict[Hashable, list[int]] = defaultdict(list)
        for row, (keys, shared) in enumerate(zip(*_bands(rows), strict=True)):
            label = labels[row] if labels else None
            self._own.append([(band, int(keys[band]), label) for band in np.flatnonzero(shared).tolist()])
            for bucket in self._own[row]:
                self._buckets[bucket].append(row)

    def to(self, row: int, without: Collection[int] = ()) -> Iterator[tuple[int, float]]:
        """Give the other texts that are like ``row``, in order, with their similarity."""
        near = {other for bucket in self._own[row] for other in self._buckets[bucket]} - {row}
        for other in sorted(near.difference(without)):
            if (self._rows[row] == self._rows[other]).mean() >= self._bar - _MARGIN:
                first, second = self._hashed(row), self._hashed(other)
                common = len(np.intersect1d(first, second, assume_unique=True))
                similarity = common / (len(first) + len(second) - common)
                if similarity >= self._bar:
                    yield other, similarity

    def _hashed(self, row: int) -> NDArray[np.uint32]:
        if row not in self._hashes:
            shingles = {crc32(shingle) for tokens in self._parts(row) for shingle in _shingles(tokens)}
            self._hashes[row] = np.fromiter(shingles, np.uint32, len(shingles))
        return self._hashes[row]


def _bands(signatures: NDArray[np.uint32]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Return a key for every band of every row, and whether another row has the same."""
    factors = np.array([0x9E3779B97F4A7C15 ** (power + 1) % 2**64 for power in range(_BAND)], np.uint64)
    keys = signatures.reshape(-1, PERMUTATIONS // _BAND, _BAND).astype(np.uint64) @ factors
    shared = np.zeros(keys.shape, bool)
    for band in range(keys.shape[1]):
        _, kinds, counts = np.unique(keys[:, band], return_inverse=True, return_counts=True)
        shared[:, band] = counts[kinds] > 1
    return keys, shared


def _signatures_with(live: Release | None, passages: Sequence[Passage]) -> NDArray[np.uint32]:
    """Return the signatures of ``passages``. An id stands for the text, so those of ids in ``live`` are known."""
    rows = np.zeros((len(passages), PERMUTATIONS), np.uint32)
    old = [live.places.get(passage.id, -1) if live else -1 for passage in passages]
    known = np.flatnonzero(np.array(old, np.int64) >= 0)
    kept = _kept(live) if live and len(known) else None
    if kept is not None:
        rows[known] = kept[[old[place] for place in known]]
        checked = known[:: -(-len(known) // _SPOT_CHECKS)]
        # An earlier version may have read words in another way.
        if not np.array_equal(rows[checked], signatures(passages[place].text for place in checked)):
            kept = None
    new = [place for place in range(len(passages)) if kept is None or old[place] < 0]
    if new:
        rows[new] = signatures(passages[place].text for place in new)
    return rows


def _kept(live: Release) -> NDArray[np.uint32] | None:
    """Return the signatures of a release, None when it has none that fit."""
    try:
        kept = np.load(live.folder / _SIGNATURES, mmap_mode="r")
    except (OSError, EOFError, ValueError):
        return None
    return kept if kept.shape == (len(live.passages), PERMUTATIONS) and kept.dtype == np.uint32 else None


def _shingles(tokens: Sequence[str]) -> list[bytes]:
    last = max(len(tokens) - _SHINGLE_WORDS, 0)
    return [" ".join(tokens[start : start + _SHINGLE_WORDS]).encode() for start in range(last + 1)]
