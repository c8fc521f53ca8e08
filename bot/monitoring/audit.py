"""Audit lines: who changed what. They are logged whatever the log level is."""

from __future__ import annotations

import logging

from bot.access.caller import Caller

_log = logging.getLogger("handwijzer.audit")
_log.setLevel(logging.INFO)


def audit(action: str, caller: Caller, **facts: str | int | float | bool | None) -> None:
    """Log that ``caller`` did ``action`` (Dutch, such as ``document-verwijderd``).

    ``facts`` say to what and how it went, under Dutch names: ids and numbers, never text of a question or a document.
    """
    _log.info(action, extra={"beller": caller.name, "rol": caller.role.value, "feiten": facts})
