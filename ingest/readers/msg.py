"""Messages as Outlook saves them: properties in an OLE file ([MS-OXMSG]), each under its number ([MS-OXPROPS])."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import HeaderParser
from email.utils import format_datetime
from pathlib import Path

import olefile
from compressed_rtf import decompress

from ingest.cleaning import clean_line
from ingest.readers.encoding import decode
from ingest.readers.failures import damaged, reports_failures, too_large
from ingest.readers.html_source import decode_page
from ingest.readers.mail import LARGEST_MESSAGE, NESTED, Body, Mail, Part, encrypted, file_name, mail_text
from ingest.readers.mail_headers import day
from ingest.reading import FileText

_PROPERTIES = "__properties_version1.0"
_ATTACHMENT = "__attach_version1.0_#"
# Section 2.4.1: the properties of a fixed size follow a header, of this many bytes.
_ROOT_HEADER, _NESTED_HEADER, _ATTACHMENT_HEADER = 32, 24, 8

_CLASS, _SUBJECT, _BODY, _HTML, _RTF = 0x001A, 0x0037, 0x1000, 0x1013, 0x1009
_HEADERS, _SUBMITTED, _DELIVERED = 0x007D, 0x0039, 0x0E06
_CODE_PAGES = (0x3FFD, 0x3FDE)
_DATA, _METHOD, _LONG_NAME, _SHORT_NAME, _DISPLAY_NAME = 0x3701, 0x3705, 0x3707, 0x3704, 0x3001
_MIME, _CONTENT_ID, _FLAGS, _HIDDEN = 0x370E, 0x3712, 0x3714, 0x7FFE
_STRING, _STRING8, _BINARY, _OBJECT = 0x001F, 0x001E, 0x0102, 0x000D
_EMBEDDED_MESSAGE, _SHOWN_IN_BODY = 5, 4
_FILE_KINDS = ("application", "audio", "font", "image", "model", "text", "video")


def is_message(path: Path) -> bool:
    """Say whether an OLE file is a message, as against an old Office document (which may hold one)."""
    try:
        with olefile.OleFileIO(str(path)) as ole:
            return bool(ole.exists(_PROPERTIES))
    except Exception:
        # A damaged file fails in many ways; the reader that its name points at reports it.
        return path.suffix.lower() == ".msg"


class _Storage:
    """The properties of the message or the attachment that is kept at ``place`` in the file."""

    def __init__(self, ole: olefile.OleFileIO[str], place: list[str], header: int) -> None:
        self._ole = ole
        self.place = place
        entries = self._stream(_PROPERTIES)[header:]
        self._fixed: dict[int, bytes] = {}
        for at in range(0, len(entries) - 15, 16):
            self._fixed[struct.unpack_from("<2xH", entries, at)[0]] = entries[at + 8 : at + 16]

    def _stream(self, name: str) -> bytes:
        if not self._ole.exists([*self.place, name]):
            return b""
        with self._ole.openstream([*self.place, name]) as stream:
            return bytes(stream.read())

    def binary(self, number: int, kind: int = _BINARY) -> bytes:
        """Return the bytes of a property, b"" without it."""
        return self._stream(f"__substg1.0_{number:04X}{kind:04X}")

    def whole(self, number: int) -> int:
        """Return a number of 32 bits, 0 without it."""
        return int.from_bytes(self._fixed.get(number, b"")[:4], "little")

    def day(self, number: int) -> str:
        """Return the day of a time as YYYY-MM-DD, "" without it."""
        ticks = int.from_bytes(self._fixed.get(number, b""), "little")
        try:
            return (date(1601, 1, 1) + timedelta(microseconds=ticks // 10)).isoformat() if ticks else ""
        except OverflowError:
            return ""

    def text(self, number: int) -> str:
        """Return a string, "" without it."""
        content = self.binary(number, _STRING)
        if content:
            return content.decode("utf-16-le", "replace").replace("\0", "")
        page = next((page for name in _CODE_PAGES if (page := self.whole(name))), 1252)
        return decode(self.binary(number, _STRING8), f"cp{page}")

    def attachments(self) -> Iterator[_Storage]:
        """Give the attachments in the order of the file."""
        for place in self._ole.listdir(streams=False, storages=True):
            if place[:-1] == self.place and place[-1].startswith(_ATTACHMENT):
                yield _Storage(self._ole, place, _ATTACHMENT_HEADER)

    def inside(self) -> _Storage:
        """Return the message that this attachment is."""
        return _Storage(self._ole, [*self.place, f"__substg1.0_{_DATA:04X}{_OBJECT:04X}"], _NESTED_HEADER)


def _part(attachment: _Storage) -> Part:
    name = next((name for at in (_LONG_NAME, _SHORT_NAME, _DISPLAY_NAME) if (name := attachment.text(at))), "")
    if attachment.whole(_METHOD) == _EMBEDDED_MESSAGE:
        mail = _mail(attachment.inside())
        return Part(name or mail.subject, NESTED, _as_eml(mail))
    kind = attachment.text(_MIME).strip().lower()
    if kind == "application/x-microsoft-rpmsg-message":
        raise encrypted()
    shown = bool(attachment.whole(_FLAGS) & _SHOWN_IN_BODY or attachment.whole(_HIDDEN) & 1)
    # A signed message is kept as it travelled.
    kind = NESTED if kind == "multipart/signed" else kind
    return Part(name, kind, attachment.binary(_DATA), attachment.text(_CONTENT_ID).strip("<> "), shown)


def _mail(message: _Storage) -> Mail:
    kind = message.text(_CLASS).lower()
    if ".smime" in kind and "multipartsigned" not in kind:
        raise encrypted()
    sent = HeaderParser().parsestr(message.text(_HEADERS))["date"]
    on = day(str(sent or "")) or message.day(_SUBMITTED) or message.day(_DELIVERED)
    subject = message.text(_SUBJECT)
    page = message.binary(_HTML)
    body = Body(message.text(_BODY), decode_page(page) if page else message.text(_HTML))
    return Mail(subject, on, [body], _parts(message, subject, alone=not (body.text.strip() or body.html.strip())))


def _parts(message: _Storage, subject: str, alone: bool) -> Iterator[Part]:
    """Give the attachments; ``alone`` adds the body in RTF, of a message that has none in another format."""
    rtf = message.binary(_RTF) if alone else b""
    if rtf:
        yield Part(f"{clean_line(subject) or 'bericht'}.rtf", "application/rtf", decompress(rtf))
    yield from map(_part, message.attachments())


def _as_eml(mail: Mail) -> bytes:
    """Return ``mail`` as a file of its own."""
    message = EmailMessage()
    message["Subject"] = clean_line(mail.subject)
    if mail.date:
        message["Date"] = format_datetime(datetime.fromisoformat(mail.date))
    for body in mail.bodies:
        message.set_content(body.text)
        if body.html:
            message.add_alternative(body.html, subtype="html")
    for part in mail.parts:
        name = file_name(part.name, part.media_type)
        if part.media_type == NESTED:
            message.add_attachment(message_from_bytes(part.content, policy=policy.default), filename=name)
            continue
        kind, _, exact = part.media_type.partition("/")
        if kind not in _FILE_KINDS or not exact.isascii():
            kind, exact = "application", "octet-stream"
        identity = f"<{part.content_id}>" if part.content_id else None
        message.add_attachment(part.content, kind, exact, filename=name, cid=identity)
    return message.as_bytes()


@reports_failures("Outlook-bericht")
def read_msg(path: Path) -> FileText:
    """Read a message of Outlook. Raises `ReadError`: PASSWORD when encrypted, TOO_LARGE, DAMAGED, NO_TEXT."""
    if path.stat().st_size > LARGEST_MESSAGE:
        raise too_large("Outlook-bericht")
    with olefile.OleFileIO(str(path)) as ole:
        if not ole.exists(_PROPERTIES):
            raise damaged("Outlook-bericht")
        return mail_text(_mail(_Storage(ole, [], _ROOT_HEADER)), path.stem)
