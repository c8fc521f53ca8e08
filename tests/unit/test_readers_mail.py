"""E-mail: the text of a message, and the files that were sent along."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from pathlib import Path

import compressed_rtf
import pytest
from ole_files import Tree, message, ole_file, properties

from ingest.readers import READERS, find_format
from ingest.reading import BlockKind, FileText
from kb.errors import ReadError, Reason

HEADING, PARAGRAPH, ITEM, ROW = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.ROW
PDF = b"%PDF-1.4\n" + b"x" * 100
PICTURE = b"\x89PNG\r\n\x1a\n" + b"x" * 40_000


def read(path: Path, content: str | bytes | EmailMessage) -> FileText:
    if isinstance(content, EmailMessage):
        content = content.as_bytes()
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return find_format(path).read(path)


def blocks(text: FileText) -> list[tuple[BlockKind, str]]:
    return [(block.kind, block.text) for block in text.blocks]


def failure(path: Path, content: str | bytes | EmailMessage) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read(path, content)
    return caught.value


def mail(text: str | None = "De tekst.\n", html: str = "", subject: str = "Afspraken over verzuim") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Een Afzender <afzender@voorbeeld.example>"
    made["To"] = "Een Ontvanger <ontvanger@voorbeeld.example>"
    made["Date"] = "Sat, 04 May 2024 00:30:00 +0200"
    made["Subject"] = subject
    if text is not None:
        made.set_content(text)
    if html:
        made.add_alternative(html, subtype="html")
    return made


THREAD = """Beste collega's,

Wij spraken af:
- de mentor belt
  de ouders
- het team schrijft

Met vriendelijke groet

Een Afzender

--\x20
Zorgcoördinator

________________________________
Van: Een Ander
Verzonden: vrijdag 3 mei 2024
Onderwerp: Vraag

Op 3 mei schreef een collega:
> Wie belt er <mailto:x@voorbeeld.example>
> de ouders?
>> Dat weet ik niet.
-----Oorspronkelijk bericht-----
Van: Een Derde
Het eerste bericht.
"""


def test_a_message_reads_as_its_subject_and_its_text_with_what_it_answers(tmp_path: Path) -> None:
    text = read(tmp_path / "x.eml", mail(THREAD, "<p>Beste collega's,</p>"))
    assert blocks(text) == [
        (HEADING, "Afspraken over verzuim"),
        (PARAGRAPH, "Beste collega's,"),
        (PARAGRAPH, "Wij spraken af:"),
        (ITEM, "de mentor belt de ouders"),
        (ITEM, "het team schrijft"),
        (PARAGRAPH, "Met vriendelijke groet"),
        (PARAGRAPH, "Een Afzender"),
        (PARAGRAPH, "Zorgcoördinator"),
        (PARAGRAPH, "Van: Een Ander"),
        (PARAGRAPH, "Verzonden: vrijdag 3 mei 2024"),
        (PARAGRAPH, "Onderwerp: Vraag"),
        (PARAGRAPH, "Op 3 mei schreef een collega:"),
        (PARAGRAPH, "Wie belt er de ouders?"),
        (PARAGRAPH, "Dat weet ik niet."),
        (PARAGRAPH, "-----Oorspronkelijk bericht-----"),
        (PARAGRAPH, "Van: Een Derde Het eerste bericht."),
    ]


def test_the_day_is_the_senders_and_nobody_is_named_in_the_metadata(tmp_path: Path) -> None:
    text = read(tmp_path / "x.eml", mail())
    assert text.metadata == {"titel": "Afspraken over verzuim", "datum": "2024-05-04"}
    assert "voorbeeld.example" not in "".join(block.text for block in text.blocks)


@pytest.mark.parametrize("plain", ["", "Uw programma toont geen HTML.", None])
def test_html_is_read_where_the_plain_text_does_not_say_it(plain: str | None, tmp_path: Path) -> None:
    rows = "".join(f"<tr><td>Stap {at}</td><td>De mentor belt de ouders</td></tr>" for at in range(4))
    page = f"<h1>Kop</h1><p style='display:none'>WEG</p><table><tr><th>Wat</th><th>Wie</th></tr>{rows}</table>"
    text = read(tmp_path / "x.eml", mail(plain, page))
    assert [(block.kind, block.level) for block in text.blocks[:3]] == [(HEADING, 1), (HEADING, 2), (ROW, 0)]
    assert text.blocks[2].text == "Wat: Stap 0; Wie: De mentor belt de ouders."
    assert "WEG" not in str(text.blocks)


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "us-ascii", "bestaat-niet", "punycode", ""])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_accents_survive_whatever_charset_a_message_declares(declared: str, encoding: str, tmp_path: Path) -> None:
    said = "Eén coördinator – “reëel” – in het café."
    kind = f"Content-Type: text/plain; charset={declared}\n" if declared else ""
    content = f"From: a\nSubject: Eén coördinator\n{kind}Content-Transfer-Encoding: 8bit\n\n{said}\n"
    text = read(tmp_path / "x.eml", content.encode(encoding))
    assert blocks(text) == [(HEADING, "Eén coördinator"), (PARAGRAPH, said)]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("=?utf-8?q?E=C3=A9n_plan?=", "Eén plan"),
        # Outlook breaks a letter over two words.
        ("=?utf-8?b?RcM=?=\n =?utf-8?b?qW4gcGxhbg==?=", "Eén plan"),
        ("=?iso-8859-1?q?E=E9n?= plan", "Eén plan"),
        ("=?bestaat-niet?q?E=E9n_plan?=", "Eén plan"),
        ("=?utf-8?b?abcde?= plan", "=?utf-8?b?abcde?= plan"),
    ],
)
def test_a_subject_in_encoded_words_is_read(written: str, said: str, tmp_path: Path) -> None:
    content = f"Subject: {written}\nDate: gisteren\n\nTekst.\n"
    assert read(tmp_path / "x.eml", content).metadata == {"titel": said}


def test_attachments_become_files_and_pictures_in_the_text_do_not(tmp_path: Path) -> None:
    made = mail("De tekst.\n", "<p>De tekst. <img src='cid:logo'></p>")
    made.add_attachment(PDF, "application", "pdf", filename="../../verslag één.pdf")
    made.add_attachment(PDF + b"2", "application", "pdf", filename="verslag één.pdf")
    made.add_attachment("Tekst als bijlage.", filename="bijlage.txt")
    made.add_attachment(PICTURE, "image", "png", filename="getoond.png", cid="<logo>")
    made.add_attachment(PICTURE, "image", "png", filename="scan.png")
    made.add_attachment(b"x", "image", "gif", filename="klein.gif")
    made.add_attachment(b"x", "application", "ms-tnef", filename="winmail.dat")
    made.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename="uitnodiging.ics")
    made.add_attachment(b"x", "application", "pkcs7-signature", filename="smime.p7s")
    made.add_attachment(PDF, "application", "pdf")
    text = read(tmp_path / "x.eml", made)
    assert {file.name: file.content for file in text.attachments} == {
        "verslag één.pdf": PDF,
        "verslag één (2).pdf": PDF + b"2",
        "bijlage.txt": b"Tekst als bijlage.\n",
        "scan.png": PICTURE,
        "bijlage-5.pdf": PDF,
    }
    assert len(text.notices) == 1
    assert "afbeelding, agenda-item, winmail.dat" in text.notices[0]


def test_a_message_in_a_message_is_a_file_that_reads_as_a_message(tmp_path: Path) -> None:
    made = mail()
    inner = mail("Van binnen.\n", subject="Eerder: bericht?")
    made.add_attachment(inner)
    coded = base64.encodebytes(inner.as_bytes())
    head = b'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: message/rfc822\n'
    sent = (made.as_bytes(), head + b"Content-Transfer-Encoding: base64\n\n" + coded + b"\n--b--\n")
    for content in sent:
        (file,) = read(tmp_path / "x.eml", content).attachments
        assert file.name == "Eerder bericht.eml"
        text = read(tmp_path / file.name, file.content)
        assert text.blocks[1].text == "Van binnen."
        assert text.metadata["datum"] == "2024-05-04"


def test_a_message_with_too_many_attachments_says_how_many_were_left(tmp_path: Path) -> None:
    made = mail()
    for at in range(53):
        made.add_attachment(PDF, "application", "pdf", filename=f"{at}.pdf")
    text = read(tmp_path / "x.eml", made)
    assert len(text.attachments) == 50
    assert "3 bijlagen" in text.notices[0]


def test_a_message_without_text_still_brings_its_attachments(tmp_path: Path) -> None:
    made = mail("", subject="")
    made.add_attachment(PDF, "application", "pdf", filename="a.pdf")
    text = read(tmp_path / "aanbiedingsbrief.eml", made)
    assert blocks(text) == [(HEADING, "aanbiedingsbrief")]
    assert text.metadata == {"datum": "2024-05-04"}
    assert [file.name for file in text.attachments] == ["a.pdf"]


@pytest.mark.parametrize(
    "content",
    [
        'Subject: x\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\n'
        "Content-Disposition: attachment; filename=smime.p7m\nContent-Transfer-Encoding: base64\n\nAAAA\n",
        'Subject: x\nContent-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\n\n'
        "--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b--\n",
        "Subject: x\n\nHierbij:\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n",
    ],
)
def test_an_encrypted_message_says_what_to_do(content: str, tmp_path: Path) -> None:
    error = failure(tmp_path / "x.eml", content)
    assert error.reason is Reason.PASSWORD
    assert "zonder versleuteling" in error.message


def test_a_signed_message_reads_as_what_was_signed(tmp_path: Path) -> None:
    content = (
        "Subject: x\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nDe tekst.\n\n- -- \nEen groet\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n"
    )
    assert blocks(read(tmp_path / "x.eml", content))[1:] == [(PARAGRAPH, "De tekst."), (PARAGRAPH, "Een groet")]


@pytest.mark.parametrize(
    "content",
    [
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nDe tekst.\n",
        "Content-Type: multipart/mixed\n\n--b\n\nDe tekst.\n",
        "Content-Type: ;;\nContent-Transfer-Encoding: x\n\nDe tekst.\n",
        'Subject\nContent-Type: text/plain; charset="\n\nDe tekst.\n',
        "\n\nDe tekst.\n",
    ],
)
def test_what_is_left_of_a_broken_message_is_read(content: str, tmp_path: Path) -> None:
    assert "De tekst." in [block.text for block in read(tmp_path / "x.eml", content).blocks]


def test_a_bottomless_message_is_reported(tmp_path: Path) -> None:
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{at}\n\n--b{at}\n" for at in range(3000))
    assert failure(tmp_path / "x.eml", deep + "\nTekst.\n").reason in (Reason.DAMAGED, Reason.NO_TEXT)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("x.dat", mail().as_bytes(), "eml"),
        ("x.txt", b"Received: x\r\n by y\r\nFrom: a\r\nDate: b\r\nSubject: c\r\n\r\nTekst", "eml"),
        ("x.eml", b"X-Iets: 1\n\nTekst", "eml"),
        ("x.txt", b"Van: een collega\nDatum: 3 mei 2024\nOnderwerp: vraag\n\nTekst", "text"),
        ("x.txt", b"From: a\nSubject: c\n\nTekst", "text"),
        ("x.md", b"From: a\nDate: b\nSubject: c\nen dan een zin\n\nTekst", "markdown"),
        ("x.eml", b"<!DOCTYPE html><html><body>Tekst</body></html>", "html"),
    ],
)
def test_a_message_is_known_by_its_headers(name: str, content: bytes, expected: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert find_format(tmp_path / name) is READERS[expected]


# The numbers are those of [MS-OXPROPS].
CLASS, SUBJECT, HEADERS, BODY, HTML, RTF = 0x001A, 0x0037, 0x007D, 0x1000, 0x1013, 0x1009
SUBMITTED, CODE_PAGE = 0x0039, 0x3FDE
DATA, METHOD, FLAGS, NAME, MIME, CONTENT_ID = 0x3701, 0x3705, 0x3714, 0x3707, 0x370E, 0x3712
NOON = 133_592_112_000_000_000  # 2024-05-03 12:00 UTC, in units of 100 ns since 1601


def attached(name: str, mime: str, content: bytes, flags: int = 0) -> Tree:
    return properties({NAME: name, MIME: mime, DATA: content}, {METHOD: 1, FLAGS: flags}, header=8)


def test_a_message_of_outlook_gives_its_text_and_its_attachments(tmp_path: Path) -> None:
    innermost = {
        **properties({NAME: "", MIME: ""}, {METHOD: 5}, header=8),
        "__substg1.0_3701000D": message({SUBJECT: "Diepst", BODY: "Onderop."}, {}, header=24),
    }
    inner = message(
        {SUBJECT: "Eerder één", HTML: "<p>Van <b>binnen</b>: één.</p>".encode()},
        {SUBMITTED: NOON, CODE_PAGE: 65001},
        [attached("cijfers.csv", "text/csv", b"a;b"), innermost],
        header=24,
    )
    tree = message(
        {
            CLASS: "IPM.Note",
            SUBJECT: "Afspraken",
            BODY: "Beste collega's,\r\n\r\nDe tekst van één.\r\n",
            HEADERS: "Received: x\r\nDate: Sat, 04 May 2024 00:30:00 +0200\r\nFrom: x@voorbeeld.example\r\n",
        },
        {SUBMITTED: NOON},
        [
            attached("verslag.pdf", "application/pdf", PDF * 60),
            attached("logo.png", "image/png", PICTURE, flags=4),
            {**properties({}, {METHOD: 5}, header=8), "__substg1.0_3701000D": inner},
        ],
    )
    text = read(tmp_path / "x.msg", ole_file(tree))
    assert blocks(text) == [(HEADING, "Afspraken"), (PARAGRAPH, "Beste collega's,"), (PARAGRAPH, "De tekst van één.")]
    assert text.metadata == {"titel": "Afspraken", "datum": "2024-05-04"}
    assert [file.name for file in text.attachments] == ["verslag.pdf", "Eerder één.eml"]
    assert text.attachments[0].content == PDF * 60
    assert "afbeelding" in text.notices[0]
    nested = read(tmp_path / "y.eml", text.attachments[1].content)
    assert blocks(nested) == [(HEADING, "Eerder één"), (PARAGRAPH, "Van binnen: één.")]
    assert nested.metadata == {"titel": "Eerder één", "datum": "2024-05-03"}
    assert [file.name for file in nested.attachments] == ["cijfers.csv", "Diepst.eml"]
    assert nested.attachments[0].content == b"a;b"
    assert "Onderop." in nested.attachments[1].content.decode()


def test_outlook_text_of_before_unicode_is_read_in_its_code_page(tmp_path: Path) -> None:
    tree = {
        "__properties_version1.0": bytes(properties({}, {CODE_PAGE: 1252}, header=32)["__properties_version1.0"]),
        "__substg1.0_0037001E": "Eén plan".encode("cp1252"),
        "__substg1.0_1000001E": "Eén plan – voor € 5.".encode("cp1252"),
    }
    text = read(tmp_path / "x.msg", ole_file(tree))
    assert blocks(text) == [(HEADING, "Eén plan"), (PARAGRAPH, "Eén plan – voor € 5.")]


def test_outlook_text_in_rtf_alone_becomes_a_file_of_its_own(tmp_path: Path) -> None:
    rtf = b"{\\rtf1\\ansi De tekst.}"
    text = read(tmp_path / "x.msg", ole_file(message({SUBJECT: "Plan", RTF: compressed_rtf.compress(rtf)}, {})))
    assert [(file.name, file.content) for file in text.attachments] == [("Plan.rtf", rtf)]


def test_an_outlook_message_that_can_not_be_read_says_why(tmp_path: Path) -> None:
    sealed = ole_file(message({CLASS: "IPM.Note.SMIME", SUBJECT: "x"}, {}, [attached("smime.p7m", "x/y", b"x")]))
    assert failure(tmp_path / "x.msg", sealed).reason is Reason.PASSWORD
    assert failure(tmp_path / "y.msg", sealed[:1500]).reason is Reason.DAMAGED
    # A Word document of before 2007 may hold a message; it is none itself.
    old = ole_file({"WordDocument": b"x", "ObjectPool": message({SUBJECT: "x"}, {})})
    assert failure(tmp_path / "z.doc", old).reason is Reason.UNKNOWN_FORMAT
