"""Extractive answers: the few verbatim sentences that answer a question and can stand on their own.

Every statement is a contiguous slice of a passage, so it cannot say anything that its source does not say.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.candidates import candidates, coverage, term_weights, unit_cosines
from bot.compose import compose, lacks_value
from bot.orders import is_order
from bot.question import Asks
from bot.quotes import Quote
from kb.releases import Release
from kb.retrieval import Found

__all__ = ["Quote", "coverage", "extract", "term_weights", "unit_cosines"]


def extract(release: Release, found: Found, asks: Asks, cosines: Sequence[NDArray[np.float32]]) -> list[Quote]:
    """Return one to four quotes that answer best, in the order in which they are read; none when nothing was found, or
    nothing of the kind that is asked for.

    ``asks`` is the form of answer that the question asks for. It is judged on the question itself: ``found.query`` may
    carry more (an earlier turn, an abbreviation spelled out). ``cosines`` come from `unit_cosines`.
    """
    units = candidates(release, found, asks, cosines)
    quotes = [] if lacks_value(units, asks) else compose(release, found, units, asks)
    # A sentence can bring its neighbours along.
    return [quote for quote in quotes if not is_order(quote.text)]
