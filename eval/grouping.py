"""Questions about the same subject, put together and named by the words they share.

Two signs are weighed: what the encoder makes of the questions, and the content words they share, by rarity in the
documents. The encoder alone keeps apart what differs in form ("Wie betaalt leerlingenvervoer?", "Geldt
leerlingenvervoer ook voor stage?"); words alone keep apart what differs in spelling.

Weights and threshold were tried on the questions of the development split with near-duplicates of thirty of them and
37 questions on four subjects. With 0.8 and 0.24 every near-duplicate finds its original and three subjects come
together whole; the encoder alone needs a distance of 0.12, at which one group already swallows others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kb.analysis import fold, terms
from kb.encoder import Encoder
from kb.lexical import LexicalIndex
from kb.privacy import PLACEHOLDER

DENSE_WEIGHT = 0.8
DISTANCE = 0.24
# The words of a compound count too: "dyslexieonderzoek" is about "dyslexie".
_SHORTEST_PART = 5
# What half of the questions share names the group; a second word does when it says nearly as much.
_SHARE = 0.5
_SECOND = 0.8
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")

# Words that any question of a teacher may hold: rare in the documents, and still no subject.
_EVERYDAY = frozenset(
    terms(
        """
        vader moeder ouder ouders zoon dochter kind kinderen jongen meisje leerling leerlingen school scholen klas groep
        vraag vragen aanvragen weet weten zeg zeggen zegt bel bellen regel regelen krijg krijgt krijgen geef geeft geven
        vind vinden vindt lang tijd vaak jaar week weken maand dag dagen uur keer eerst nodig recht verplicht beslist
        beslissen betaalt betalen kost kosten gelden meld melden weigeren wijzen hoort horen staat staan ligt zit zitten
        loopt lopen komt komen maakt maken neemt nemen begint beginnen gebeurt gebeuren helpt helpen werkt werken goed
        nieuw nieuwe eigen ander andere grote club ding mensen zelf allemaal opnieuw mee weg terug soms altijd nooit
        """
    )
)


def group(questions: Sequence[str], encoder: Encoder, lexical: LexicalIndex) -> list[list[int]]:
    """Return groups of places in ``questions``, each in order. Memory grows with the square of their number."""
    if len(questions) < 2:
        return [[place] for place in range(len(questions))]
    from sklearn.cluster import AgglomerativeClustering

    bare = [_bare(question) for question in questions]
    dense = np.stack([encoder.encode_query(question) for question in bare])
    words = _word_vectors(_all_subjects(bare), lexical)
    likeness = DENSE_WEIGHT * (dense @ dense.T) + (1 - DENSE_WEIGHT) * (words @ words.T)
    distances = np.clip(1 - likeness, 0, None)
    np.fill_diagonal(distances, 0)
    clustering = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=DISTANCE
    )
    groups: dict[int, list[int]] = {}
    for place, label in enumerate(clustering.fit_predict(distances)):
        groups.setdefault(int(label), []).append(place)
    return list(groups.values())


def subject(questions: Mapping[str, int], lexical: LexicalIndex) -> str:
    """Name what ``questions``, each with how often it was asked, are about: their most telling words, at most two."""
    bare = [_bare(question) for question in questions]
    held: Counter[str] = Counter()
    for found, count in zip(_all_subjects(bare), questions.values(), strict=True):
        held.update(dict.fromkeys(found, count))
    total = sum(questions.values())
    telling = {term: count / total * lexical.rarity(term) for term, count in held.items() if not term[0].isdigit()}
    shared = {term: weight for term, weight in telling.items() if held[term] >= _SHARE * total} or telling
    best = sorted(shared, key=lambda term: (-shared[term], term))[:2]
    if not best:
        return "iets anders"
    named = [term for term in best if shared[term] >= _SECOND * shared[best[0]]]
    return " en ".join(dict.fromkeys(_as_written(term, bare) for term in named))


def _bare(question: str) -> str:
    """What was masked says nothing about the subject."""
    return " ".join(PLACEHOLDER.sub(" ", question).split())


def _all_subjects(questions: Sequence[str]) -> list[set[str]]:
    """Return the terms of each question that can be its subject, with the parts of compounds that others use."""
    own = []
    for question in questions:
        found = set(terms(question))
        own.append(found - _EVERYDAY or found)
    known = set().union(*own)
    return [found | {part for term in found for part in _parts(term) if part in known} for found in own]


def _parts(term: str) -> set[str]:
    cuts = range(_SHORTEST_PART, len(term) - 2)
    parts = {term[:cut] for cut in cuts} | {term[cut:] for cut in cuts}
    return {part for part in parts if len(part) >= _SHORTEST_PART and part not in _EVERYDAY}


def _word_vectors(held: Sequence[set[str]], lexical: LexicalIndex) -> NDArray[np.float32]:
    """Return a unit row per question, (n, terms) float32. Terms of one question weigh in its length only."""
    frequency = Counter(term for found in held for term in found)
    columns = {term: column for column, term in enumerate(term for term, count in frequency.items() if count > 1)}
    rows = np.zeros((len(held), max(1, len(columns))), np.float32)
    for row, found in zip(rows, held, strict=True):
        length = float(np.sqrt(sum(lexical.rarity(term) ** 2 for term in found)))
        for term in found & columns.keys():
            row[columns[term]] = lexical.rarity(term) / length
    return rows


def _as_written(term: str, questions: Sequence[str]) -> str:
    """Return the most usual spelling of ``term``; a capital that only opens a sentence is not part of it."""
    spellings: Counter[str] = Counter()
    for question in questions:
        for match in _WORD.finditer(question):
            if term in terms(match[0]):
                opens = not question[: match.start()].strip() or question[: match.start()].rstrip()[-1] in ".!?:"
                word = match[0]
                spellings[word.lower() if opens and word[1:].islower() else word] += 1
    if not spellings:
        return term
    return min(spellings, key=lambda word: (-spellings[word], word.isupper(), len(word), fold(word)))
