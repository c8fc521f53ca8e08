"""The headers of a message (RFC 5322): how a file of them is recognised, and how what they state is read."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime

from ingest.readers.encoding import decode

_HEADER = re.compile(r"From |[!-9;-~]+:(?:[ \t]|$)")
_STATED = re.compile(r"^(From|Date|Subject):", re.IGNORECASE | re.MULTILINE)


def looks_like_mail(opening: str) -> bool:
    """Say whether a file that begins with ``opening`` is a message: headers first, From, Date and Subject among them.

    A text that was copied from a message, with its headers in Dutch, is none.
    """
    head, ended, _ = opening.replace("\r\n", "\n").lstrip("\n").partition("\n\n")
    # Without the blank line that ends the headers, the last one may be cut off.
    lines = head.split("\n") if ended else head.split("\n")[:-1]
    return (
        all(_HEADER.match(line) or (at and line[:1] in (" ", "\t")) for at, line in enumerate(lines))
        and len({name.lower() for name in _STATED.findall(head)}) == 3
    )


def raw_header(part: Message, name: str) -> str:
    """Return a header as it was sent; bytes beyond ASCII that declare no charset are guessed."""
    value = next((str(value) for key, value in part.raw_items() if key.lower() == name), "")
    return decode(value.encode("ascii", "surrogateescape")) if not value.isascii() else value


def words(value: str) -> str:
    """Return the text of a header with encoded words (RFC 2047), also of those that are encoded badly."""
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        return value
    return "".join(decode(text, charset) if isinstance(text, bytes) else text for text, charset in pieces)


def day(value: str) -> str:
    """Return the day of a Date header, in the sender's own time zone, as YYYY-MM-DD; "" when it names none."""
    try:
        return parsedate_to_datetime(value).date().isoformat()
    except (TypeError, ValueError):
        return ""
