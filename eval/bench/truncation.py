"""How much of a text an encoder with a limit never sees."""

from __future__ import annotations

from collections.abc import Sequence


def truncated_share(token_counts: Sequence[int], limit: int) -> float:
    """Return which share of all tokens lies beyond ``limit`` within its own text (0–1)."""
    total = sum(token_counts)
    return round(sum(max(0, count - limit) for count in token_counts) / total, 4) if total else 0.0
