"""What a message is in any mail format: subject, day, body, and the files sent along.

Nothing of who sent it to whom is kept: those are personal data, and no part of what the message says.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from ingest.cleaning import clean_line
from ingest.readers.html import fragment_blocks
from ingest.readers.text import text_blocks
from ingest.reading import Attachment, Block, BlockKind, FileText
from kb.errors import ReadError, Reason

NESTED = "message/rfc822"
"""The media type of a message inside a message."""
LARGEST_MESSAGE = 250 * 2**20
"""Bytes; a message of more is refused before it is read."""

_MOST_ATTACHMENTS = 50
_MOST_BYTES = 100 * 2**20
_SMALL_IMAGE = 30_000
_LONGEST_NAME = 120
# A plain text that only says that the message is in HTML has far fewer words than the HTML.
_LEAST_SHARE = 1 / 3
_LONG = 500

_QUOTE = re.compile(r"(?:>[ \t]?)+")
_RULE = re.compile(r"^(?:-- ?|[_=*~]{5,}|-{5,})\s*$")
_BANNER = re.compile(r"^\s*-{3,} ?\w.*\w ?-{3,}\s*$")
# What Outlook puts in plain text for pictures, mail links and links that go by way of a scanner.
_LINK_CLUTTER = re.compile(
    r"\[(?:cid:[^\]\s]*|https?://[^\]\s]{60,})\]|<(?:mailto:[^>\s]*|https?://[^>\s]{60,})>", re.IGNORECASE
)
_PGP_MESSAGE = re.compile(r"^-----BEGIN PGP MESSAGE-----\s*$", re.MULTILINE)
_PGP_SIGNED = re.compile(
    r"^-----BEGIN PGP SIGNED MESSAGE-----\n(?:\w+:.*\n)*|^-----BEGIN PGP SIGNATURE-----[\s\S]*?"
    r"^-----END PGP SIGNATURE-----$|^- (?=-)",
    re.MULTILINE,
)
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\/]+')
_SIGNATURES = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
_LEFT_OUT = {
    "application/ms-tnef": "winmail.dat",
    "text/calendar": "agenda-item",
    "application/ics": "agenda-item",
    "text/vcard": "visitekaartje",
    "text/x-vcard": "visitekaartje",
}
_LEFT_OUT_NAMES = {"winmail.dat": "winmail.dat", ".ics": "agenda-item", ".vcf": "visitekaartje"}


@dataclass(frozen=True, slots=True)
class Part:
    """A file sent along. ``content_id`` is the name by which the body shows it; ``shown`` says that the body does."""

    name: str
    media_type: str
    content: bytes
    content_id: str = ""
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """A stretch of the message itself. Where both are given, ``text`` and ``html`` say the same."""

    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A message as its format gives it; ``date`` is YYYY-MM-DD or empty."""

    subject: str
    date: str
    bodies: Sequence[Body]
    parts: Iterable[Part]


def encrypted() -> ReadError:
    """Return the error for a message that opens only with the key of whom it was sent to."""
    return ReadError(
        Reason.PASSWORD,
        "Dit e-mailbericht is versleuteld (S/MIME, PGP of rechtenbeheer). Open het in het mailprogramma van de "
        "ontvanger, sla de tekst zonder versleuteling op en lees die in.",
    )


def _unquoted(text: str) -> str:
    """Return ``text`` without marks of quoting; where quoting begins or ends a paragraph ends."""
    lines: list[str] = []
    depth = 0
    for line in text.split("\n"):
        found = _QUOTE.match(line)
        marks = found.group().count(">") if found else 0
        line = line[found.end() :] if found else line
        apart = marks != depth or _BANNER.match(line)
        depth = marks
        lines += [""] * bool(apart)
        lines += [""] if _RULE.match(line) else [line]
        lines += [""] * bool(_BANNER.match(line))
    return "\n".join(lines)


def _blocks(body: Body) -> list[Block]:
    text = body.text.replace("\r\n", "\n")
    if _PGP_MESSAGE.search(text):
        raise encrypted()
    # A name below a greeting stands alone as headings do.
    plain = text_blocks(_unquoted(_LINK_CLUTTER.sub("", _PGP_SIGNED.sub("", text))), lone_headings=False)
    words = sum(len(block.text.split()) for block in plain)
    if words >= _LONG or not body.html.strip():
        return plain
    rich = fragment_blocks(body.html)
    return rich if words < _LEAST_SHARE * sum(len(block.text.split()) for block in rich) else plain


def file_name(name: str, media_type: str, number: int = 1) -> str:
    """Return a name without folders and without signs that a file system refuses; "bijlage-1" for none.

    A message in a message ends in ``.eml``.
    """
    name = clean_line(_NOT_IN_NAMES.sub(" ", PurePosixPath(name.replace("\\", "/")).name)).strip(". ")
    ending = ".eml" if media_type == NESTED else mimetypes.guess_extension(media_type) or ""
    if not name:
        return f"bijlage-{number}{ending}"
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    if media_type == NESTED and suffix.lower() != ".eml":
        stem, suffix = name, ".eml"
    elif not suffix:
        suffix = ending
    return stem[: _LONGEST_NAME - len(suffix)] + suffix


def _kind_left_out(part: Part, html: str) -> str:
    """Return the Dutch name of a kind of part that is no document of its own, "" for one that is."""
    name = part.name.lower()
    if part.media_type.startswith("image/"):
        shown = part.shown or bool(part.content_id and f"cid:{part.content_id}" in html)
        return "afbeelding" if shown or len(part.content) < _SMALL_IMAGE else ""
    by_name = next((kind for end, kind in _LEFT_OUT_NAMES.items() if name.endswith(end)), "")
    return _LEFT_OUT.get(part.media_type, by_name)


def _attachments(mail: Mail) -> tuple[list[Attachment], list[str]]:
    """Return what becomes documents, and notices on what does not."""
    html = "".join(body.html for body in mail.bodies)
    kept: list[Attachment] = []
    names: set[str] = set()
    kinds: list[str] = []
    room, too_many = _MOST_BYTES, 0
    for part in mail.parts:
        if part.media_type in _SIGNATURES:
            continue
        kind = _kind_left_out(part, html) if part.content else "lege bijlage"
        if kind:
            kinds.append(kind)
        elif len(kept) == _MOST_ATTACHMENTS or len(part.content) > room:
            too_many += 1
        else:
            room -= len(part.content)
            plain = name = file_name(part.name, part.media_type, len(kept) + 1)
            again = 1
            while name.lower() in names:
                again += 1
                name = f"{PurePosixPath(plain).stem} ({again}){PurePosixPath(plain).suffix}"
            names.add(name.lower())
            kept.append(Attachment(name, part.content))
    notices = []
    if kinds:
        notices.append(
            f"Weggelaten uit dit bericht: {', '.join(sorted(set(kinds)))}. Staat daar tekst in die u nodig hebt? Sla "
            "het onderdeel dan apart op en lees het in."
        )
    if too_many:
        notices.append(
            f"Niet ingelezen: {too_many} bijlagen. Van een bericht gaan er {_MOST_ATTACHMENTS} mee, samen hoogstens "
            f"{_MOST_BYTES // 2**20} MB. Sla de andere op en lees ze apart in."
        )
    return kept, notices


def mail_text(mail: Mail, file: str) -> FileText:
    """Return what ``mail`` says, below its subject. ``file`` names a message that says nothing but has attachments.

    Raises `ReadError` (PASSWORD) for text in PGP.
    """
    subject = clean_line(mail.subject)
    body = [
        replace(block, level=block.level + 1) if block.kind is BlockKind.HEADING else block
        for part in mail.bodies
        for block in _blocks(part)
    ]
    attachments, notices = _attachments(mail)
    heading = subject or (file if attachments and not body else "")
    if heading and not (body and body[0].kind is BlockKind.HEADING and body[0].text == heading):
        body.insert(0, Block(BlockKind.HEADING, heading, 1))
    stated = {"titel": subject, "datum": mail.date}
    metadata = {key: value for key, value in stated.items() if value}
    return FileText(tuple(body), metadata, notices=tuple(notices), attachments=tuple(attachments))
