"""Messages as they travel (RFC 5322 and MIME), whatever is wrong with their headers and charsets."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

from ingest.readers.encoding import decode, marked_encoding
from ingest.readers.failures import reports_failures, too_large
from ingest.readers.html_source import decode_page
from ingest.readers.mail import LARGEST_MESSAGE, NESTED, Body, Mail, Part, encrypted, mail_text
from ingest.readers.mail_headers import day, raw_header, words
from ingest.reading import FileText

_CIPHERS = re.compile(r"application/(?:x-)?pkcs7-mime|application/x-microsoft-rpmsg-message|multipart/encrypted")
_NO_FILES = frozenset(
    ("message/delivery-status", "message/disposition-notification", "message/external-body", "text/rfc822-headers")
)


def _text(part: Message, kind: str) -> Body:
    content, charset = _content(part), part.get_content_charset()
    if kind == "text/plain":
        return Body(decode(content, charset), "")
    return Body("", decode(content, charset) if charset else decode_page(content))


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _nested(part: Message) -> bytes:
    """Return the message that ``part`` holds, as the bytes of a file."""
    inside = part.get_payload()
    if not (isinstance(inside, list) and inside and isinstance(inside[0], Message)):
        return _content(part)
    content = inside[0].as_bytes()
    if raw_header(part, "content-transfer-encoding").strip().lower() == "base64":
        try:
            return base64.b64decode(content)
        except binascii.Error:
            pass
    return content


class _Content:
    """Gathers the text and the files of a message, part by part."""

    def __init__(self, root: Message) -> None:
        self.bodies: list[Body] = []
        self.files: list[Message] = []
        self._walk(root)

    def _walk(self, part: Message, one_of_many: bool = False) -> None:
        kind = part.get_content_type()
        if _CIPHERS.match(kind):
            raise encrypted()
        if kind.startswith("multipart/") and not part.is_multipart():
            # Without its boundary it is text to the parser.
            kind = "text/plain"
        if kind == NESTED:
            self.files.append(part)
        elif part.is_multipart():
            for child in part.get_payload():
                if isinstance(child, Message):
                    self._walk(child, one_of_many)
                    one_of_many = one_of_many or kind == "multipart/alternative"
        elif kind in ("text/plain", "text/html") and not self._is_file(part):
            self._add(_text(part, kind), one_of_many)
        elif kind not in _NO_FILES:
            self.files.append(part)

    def _add(self, body: Body, one_of_many: bool) -> None:
        """Add text, to the latest body when it says the same in another format."""
        if one_of_many and self.bodies:
            latest = self.bodies.pop()
            body = Body("\n\n".join((latest.text, body.text)), "\n".join((latest.html, body.html)))
        self.bodies.append(body)

    def _is_file(self, part: Message) -> bool:
        if part.get_content_disposition() == "attachment":
            return True
        return bool(part.get_filename() and self.bodies)

    def parts(self) -> Iterator[Part]:
        """Give the files one by one."""
        for part in self.files:
            kind = part.get_content_type()
            name = words(part.get_filename() or "")
            if kind == NESTED:
                content = _nested(part)
                name = name or words(raw_header(message_from_bytes(content), "subject"))
            else:
                content = _content(part)
            yield Part(name, kind, content, raw_header(part, "content-id").strip(" <>\r\n"))


@reports_failures("e-mailbericht")
def read_eml(path: Path) -> FileText:
    """Read a message. Raises `ReadError`: PASSWORD when encrypted, TOO_LARGE, DAMAGED, UNREADABLE, NO_TEXT."""
    if path.stat().st_size > LARGEST_MESSAGE:
        raise too_large("e-mailbericht")
    data = path.read_bytes()
    if marked_encoding(data):
        data = decode(data).encode()
    # Not policy.default: that parses each header, and stops at some that are broken.
    root = message_from_bytes(data.lstrip())
    message = _Content(root)
    subject = words(raw_header(root, "subject"))
    return mail_text(Mail(subject, day(raw_header(root, "date")), message.bodies, message.parts()), path.stem)
