"""An exported conversation as CommonMark. Whatever a visitor typed or a document holds stays text in it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.web.export.structure import Block, Run, Style

# What CommonMark, HTML or a usual extension (tables, strikethrough, formulas, bare addresses, templates) takes for more
# than text, and what does so at the beginning of a line only.
_ACTIVE = re.compile(r"[\\`*_\[\]<>&~|$@{}#]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_FIRST = re.compile(r"^(\d*)([-+=:.)])")
_BEFORE = {Style.TITLE: "# ", Style.QUESTION: "## ", Style.SUBHEADING: "### ", Style.QUOTE: "> ", Style.NEARBY: "- "}
# What every further line of a block begins with.
_WITHIN = {Style.QUOTE: "> "}


def as_markdown(blocks: Iterable[Block]) -> bytes:
    """Return ``blocks`` as CommonMark in UTF-8."""
    return "\n".join(f"{_block(block)}\n" for block in blocks).encode()


def _block(block: Block) -> str:
    lines = [_FIRST.sub(r"\1\\\2", "".join(map(_run, line))) for line in block.lines]
    return _BEFORE.get(block.style, "") + f"\\\n{_WITHIN.get(block.style, '')}".join(lines)


def _run(run: Run) -> str:
    text = _ACTIVE.sub(r"\\\g<0>", run.text)
    if run.strong:
        # Blanks inside the asterisks would leave them as they are.
        return f"**{text.strip()}**{' ' * text.endswith(' ')}"
    if run.link and not run.link.startswith("#"):
        return f"[{text}](<{run.link}>)"
    return text
