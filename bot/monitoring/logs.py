"""The log: one JSON object a line, or the same as text, on standard output; uvicorn's own lines too.

python-json-logger only formats, so that what libraries log by the standard module comes out the same; structlog would
want every caller to log its way. The text of an exception is left out: it may quote a question.
"""

from __future__ import annotations

import json
import traceback
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS, LogData
from pythonjsonlogger.json import JsonFormatter

from kb.settings import Settings

_FRAMES = 8
_NAMES = {"levelname": "niveau", "name": "logger", "message": "bericht", "exc_info": "spoor"}
_ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


@dataclass(slots=True)
class RequestFacts:
    """What is known of the request that is being answered: its id, and what became of a question."""

    id: str
    answer: dict[str, str | int | bool] = field(default_factory=dict)


# Follows a request into its threads.
current_request: ContextVar[RequestFacts | None] = ContextVar("current_request", default=None)


def log_config(settings: Settings) -> dict[str, Any]:
    """Return how to log, for `logging.config.dictConfig`."""
    lines = {"json": JsonLines, "tekst": TextLines}[settings.log_format]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": f"{__name__}.{lines.__name__}"}},
        "handlers": {
            "stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "lines"},
        },
        "root": {"level": "WARNING", "handlers": ["stdout"]},
        # bm25s sets its own to DEBUG.
        "loggers": {"handwijzer": {"level": "INFO"}, "bm25s": {"level": "WARNING"}},
    }


class JsonLines(JsonFormatter):
    """One JSON object a line, with the id of the request that it is about."""

    def __init__(self) -> None:
        super().__init__(
            ["levelname", "name", "message"], rename_fields=_NAMES, timestamp="tijd", json_ensure_ascii=False,
            reserved_attrs=[*RESERVED_ATTRS, "color_message"],
        )  # fmt: skip

    def process_log_record(self, log_data: LogData) -> LogData:
        """Put the time in front, and the id of the request at the end."""
        line = {"tijd": log_data.pop("tijd"), **log_data}
        if request := current_request.get():
            line["verzoekId"] = request.id
        return line

    def formatException(self, ei: _ExceptionInfo) -> str:  # noqa: N802  # the standard module's name
        """Return the kind of exception and where it came from, without its text."""
        return where(ei[1]) if ei[1] else ""


class TextLines(JsonLines):
    """The same for people: time, level, logger and message, then the rest as ``name=value``."""

    def jsonify_log_record(self, log_data: LogData) -> str:
        """Return one line."""
        rest = dict(log_data)
        head = [str(rest.pop(name, "")) for name in ("tijd", "niveau", "logger", "bericht")]
        fields = [f"{name}={json.dumps(value, ensure_ascii=False, default=str)}" for name, value in rest.items()]
        return " ".join([*" ".join(head).splitlines(), *fields])


def where(error: BaseException) -> str:
    """Return the kind of ``error`` and the last places in the program that it went through."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return " < ".join([type(error).__name__, *(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))])
