"""An exported answer as text without any form, for the clipboard: it reads well in a mail and in Word."""

from __future__ import annotations

from collections.abc import Iterable

from bot.web.export.structure import Block, Run, Style


def as_text(blocks: Iterable[Block]) -> str:
    """Return ``blocks`` with blank lines between them; an address stands behind its text."""
    text = ""
    above = None
    for block in blocks:
        close = block.style is Style.QUOTE or above is Style.SUBHEADING or above is block.style is Style.NEARBY
        before = "- " if block.style is Style.NEARBY else ""
        text += ("\n" if close else "\n\n") + before + "\n".join("".join(map(_run, line)) for line in block.lines)
        above = block.style
    return text.lstrip("\n")


def _run(run: Run) -> str:
    return run.text if not run.link or run.link.startswith("#") else f"{run.text}: {run.link}"
