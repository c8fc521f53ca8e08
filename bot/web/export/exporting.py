"""A conversation as a file, and an answer as text for the clipboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.web.conversation import Exchange
from bot.web.export.content import CARE, TITLE, conversation, reply
from bot.web.export.markdown import as_markdown
from bot.web.export.plain import as_text
from bot.web.export.structure import Block, tidy
from kb.errors import UsageError

# Making a PDF takes a second for some 100,000 characters. Forty long answers stay below this.
_MAX_CHARACTERS = 400_000
_MAX_BLOCK_CHARACTERS = 20_000
_TOO_LONG = (
    "Dit gesprek is te lang om als bestand te bewaren. Begin een nieuw gesprek, of kopieer de antwoorden die u nodig "
    "hebt één voor één."
)
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class Form(StrEnum):
    """The kinds of file that a conversation can become."""

    MARKDOWN = "markdown"
    WORD = "word"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Exported:
    """A file to download."""

    content: bytes
    media_type: str
    file_name: str


def export(exchanges: Sequence[Exchange], form: Form, today: date, origin: str = "") -> Exported:
    """Return ``exchanges`` as a file made on ``today``.

    ``origin`` (``https://host``) is put before the addresses of documents, which are paths; without it the file holds
    no links to them. Raises `UsageError` for more text than a conversation can hold.
    """
    blocks = _bounded(conversation(exchanges, today, origin))
    name = f"handwijzer-gesprek-{today.isoformat()}"
    # These libraries take a while to load, and only who exports needs them.
    match form:
        case Form.MARKDOWN:
            return Exported(as_markdown(blocks), "text/markdown; charset=utf-8", f"{name}.md")
        case Form.WORD:
            from bot.web.export.word import as_word

            return Exported(as_word(blocks, TITLE, today), _WORD, f"{name}.docx")
        case Form.PDF:
            from bot.web.export.pdf import as_pdf

            return Exported(as_pdf(blocks, TITLE, today), "application/pdf", f"{name}.pdf")


def plain_copy(exchange: Exchange, origin: str = "") -> str:
    """Return ``exchange`` with its sources as text, to paste in a mail or a document.

    ``origin`` is as in `export`.
    """
    return f"Vraag: {tidy(exchange.question)}\n\n{as_text(reply(exchange, origin))}\n\n{CARE}"


def _bounded(blocks: list[Block]) -> list[Block]:
    lengths = [len(block.text) for block in blocks]
    if sum(lengths) > _MAX_CHARACTERS or max(lengths) > _MAX_BLOCK_CHARACTERS:
        raise UsageError(_TOO_LONG)
    return blocks
