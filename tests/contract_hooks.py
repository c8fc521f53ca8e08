"""What Schemathesis must know of the API beside its description; loaded by `SCHEMATHESIS_HOOKS`."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    """Leave out what is refused for reasons that JSON Schema can not say."""
    return not (isinstance(case.body, dict) and (_reversed(case.body.get("filters")) or _unseen(case.body)))


def _reversed(filters: Any) -> bool:
    """A period that ends before it begins."""
    begin, end = (filters.get("vanaf"), filters.get("tot")) if isinstance(filters, dict) else (None, None)
    return isinstance(begin, str) and isinstance(end, str) and begin > end


def _unseen(body: dict[str, Any]) -> bool:
    """A question of characters that nobody can see, and that are no blanks either."""
    asked = [text for name in ("vraag", "zoekterm") if isinstance(text := body.get(name), str)]
    return any(text.strip() and not any(c.isprintable() and not c.isspace() for c in text) for text in asked)
