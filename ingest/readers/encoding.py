"""From bytes to text, whatever program wrote them."""

from __future__ import annotations

import codecs
import re

from kb.errors import ReadError, Reason

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What Dutch files are written in when not in Unicode: Windows, old DOS and old Mac.
_WESTERN = ["cp1252", "cp850", "mac_roman"]
# Where Dutch text has its signs beyond ASCII: accents in words, curly quotes and dashes around them.
_USUAL = re.compile(
    r"(?<=[A-Za-z])[éëïöüèêáóçà]|[éàëüöê](?=[a-z])|[ÉË](?=[a-zé])"
    r"|(?<=[A-Za-zéë])’|(?<![A-Za-z])[‘“„](?=\w)|(?<=[\w.,!?])[”’](?![A-Za-z])|(?<= )[–—](?= )"
    r"|€(?=[ \d\u00a0])|(?<=\w)…|(?m:^)[•·](?=\s)|\u00a0|(?<=\d)[°²³½]"
)
_RARER = re.compile(r"(?<=[A-Za-z])[âäåãìíîòôõùúûñß](?=[a-z])|[«»§©®´¨]")
_SAMPLE_BYTES = 200_000
_CONTROL = re.compile("[\x00-\x08\x0e-\x19\x1c-\x1f]")
_MOST_CONTROLS = 0.002


def _binary() -> ReadError:
    return ReadError(
        Reason.UNREADABLE,
        "Dit bestand bevat geen gewone tekst. Sla de tekst op als .txt (UTF-8), .docx, .odt of .pdf en lees "
        "het opnieuw in.",
    )


def utf16_without_mark(data: bytes) -> str | None:
    """Return "utf-16-le" or "-be" when the zero bytes of ``data`` lie as in Western UTF-16, else None."""
    sample = data[:4096]
    half = len(sample) // 2
    if half < 2:
        return None
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.05 else None


def marked_encoding(data: bytes) -> str | None:
    """Return the encoding that the byte order mark at the start of ``data`` names, None without one."""
    return next((name for mark, name in _MARKS if data.startswith(mark)), None)


def _usable(label: str | None) -> str | None:
    """Return Python's name for a declared encoding in which a page can have declared it, else None."""
    try:
        name = codecs.lookup(label or "").name
        "a".encode(name)
    except (LookupError, TypeError, UnicodeError, ValueError):
        return None
    if name.startswith(("utf-16", "utf-32", "utf-8", "utf-7", "punycode", "idna")):
        return None
    # Browsers read Latin-1 and ASCII as Windows-1252 (WHATWG Encoding Standard, section 4.2).
    return "cp1252" if name in ("iso8859-1", "ascii") else name


def _mostly_utf8(data: bytes) -> str | None:
    """Read UTF-8 in which a few bytes of Windows-1252 were pasted; None when it is not that."""
    text = data.decode("utf-8", "surrogateescape")
    strays = sum("\ud800" <= sign <= "\udfff" for sign in text)
    good = sum(sign > "\x7f" for sign in text) - strays
    if strays * 4 > good:
        return None
    return re.sub(
        "[\udc80-\udcff]",
        lambda found: bytes([ord(found.group()) - 0xDC00]).decode("cp1252", "replace"),
        text,
    )


def _guess(data: bytes) -> str:
    """Choose the Western encoding that puts most signs where Dutch has them, else ask the statistics."""
    sample = data[:_SAMPLE_BYTES]
    foreign = sum(byte > 0x7F for byte in sample)
    scores: dict[str, int] = {}
    for name in _WESTERN:
        text = sample.decode(name, "replace")
        scores[name] = 2 * len(_USUAL.findall(text)) + len(_RARER.findall(text))
    best = max(scores, key=lambda name: scores[name])
    if scores[best] >= foreign:
        return best
    from charset_normalizer import from_bytes

    match = from_bytes(sample).best()
    return match.encoding if match else "cp1252"


def decode(data: bytes, declared: str | None = None) -> str:
    """Return the text in ``data``; line ends become "\\n".

    A byte order mark wins, then valid UTF-8, then the encoding the file itself declares, then a guess among
    the Western ones. Raises `ReadError` (UNREADABLE) when the bytes are no text.
    """
    encoding = marked_encoding(data) or utf16_without_mark(data)
    if encoding:
        text = data.decode(encoding, "replace")
    elif data.count(0) > _MOST_CONTROLS * len(data):
        raise _binary()
    else:
        data = data.replace(b"\0", b"")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = _mostly_utf8(data) or data.decode(_usable(declared) or _guess(data), "replace")
    if len(_CONTROL.findall(text)) > _MOST_CONTROLS * len(text) + 1:
        raise _binary()
    return text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
