"""What holds for every answer, however it came about."""

from __future__ import annotations

import re
from typing import Any

from bot.answers import Answer, AnswerStatus

_NUMBER = re.compile(r"\[(\d+)\]")


def assert_every_number_resolves(answer: Answer) -> None:
    """Sources are numbered 1..n in the order in which the statements cite them, and so is the text."""
    cited = [number for statement in answer.statements for number in statement.sources]
    assert [source.number for source in answer.sources] == list(range(1, len(answer.sources) + 1))
    assert list(dict.fromkeys(cited)) == [source.number for source in answer.sources]
    assert _NUMBER.findall(answer.text) == [str(number) for number in cited]
    assert all(statement.sources for statement in answer.statements)
    assert (answer.status is AnswerStatus.ANSWERED) == bool(answer.statements)
    for source in answer.sources:
        assert source.marks
        assert all(0 <= start < end <= len(source.text) for start, end in source.marks)


def lasting(answer: Answer) -> dict[str, Any]:
    """Return what two answers to the same question share: everything but the id and the time taken."""
    return answer.model_dump(exclude={"id", "duration_ms"})
