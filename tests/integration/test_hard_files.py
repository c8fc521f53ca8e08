"""Every hard file beside the project is indexed with its text or refused for the right reason, as the docs say.

``WRITE_DOCS=1 pytest tests/integration/test_hard_files.py`` writes the table in docs/moeilijke-bestanden.md anew.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest
from conftest import ROOT, SHARED

from ingest import ocr
from ingest.policy import DEFAULT
from ingest.sources import SourceFile
from ingest.taking_in import Failed, Intake
from ingest.workers import workers_for
from kb.encoder import Encoder
from kb.errors import Reason
from kb.releases import ReleaseStore

FILES = SHARED / "data" / "files"
DOCS = ROOT / "docs" / "moeilijke-bestanden.md"
TABLE = re.compile(r"(?<=<!-- moeilijke bestanden -->\n).*?(?=<!-- /moeilijke bestanden -->)", re.DOTALL)
# Text recognition of twenty pages takes most of the time, and minutes on a machine where others work too.
pytestmark = pytest.mark.timeout(600)
needs_files = pytest.mark.skipif(not FILES.is_dir(), reason=f"de testbestanden staan niet in {FILES}")
needs_ocr = pytest.mark.skipif(not ocr.available(), reason="de tabel is met tekstherkenning gemaakt: make ocr")

# These hold nearly all of the passages, and embedding those takes longer than reading all of the files.
LARGE = {
    "encrypted_tika_protected.pdf",
    "huge_freeculture_352p.pdf",
    "multicolumn_tamreview.pdf",
    "nl_verordening_jeugdhulp_46p.pdf",
    "nl_wcag_48p.pdf",
}
# Found anew by every release of Tesseract: neither the text nor the number of passages is the same everywhere.
RECOGNISED = "met tekstherkenning gelezen"
# Remarks on what a document says and not on how it was read.
CONTENT_REMARKS = re.compile(r"\s*(?:Dit document is niet in het Nederlands|Persoonsgegevens:)[^.]*\.")

EXPECTED: dict[str, tuple[str, str | Reason]] = {
    "accent_seac.pdf": ("letter met accent uit twee losse tekens", "accent ã"),
    "attachment_pdfjs.pdf": ("een bijlage in de pdf", "This document contains one attachment"),
    "attachments_deep.pdf": ("twintig bijlagen, diep genest", "a"),
    "big_preamble.html": ("47 kB aan code voor de tekst, Russisch", "Агентство недвижимости \"Континент-Недвижимость\""),
    "bomb_giant_page.pdf": ("beelden die uitgepakt ruim 1 GB zijn", "GIANT JBIG2 BOMB"),
    "charts.pptx": ("grafiek op een dia", "January; NUMBER: 5."),
    "comments.docx": ("opmerkingen in de kantlijn (blijven weg)", "Here is some text."),
    "corrupt_bad_xref.pdf": ("inhoudstabel van de pdf klopt niet", "Hello, world!"),
    "corrupt_fuzzed_redhat.pdf": ("met opzet kapotgemaakt", Reason.DAMAGED),
    "corrupt_huge_page_count_claim.pdf": ("afgekapt, geen pagina's over", Reason.DAMAGED),
    "corrupt_issue9105.pdf": ("kapotte stream", "Issue 9105"),
    "corrupt_not_a_zip.odt": ("geen odt van binnen", Reason.DAMAGED),
    "corrupt_pages_tree_cycle.pdf": ("lijst met pagina's verwijst in een kring", "Testcase: ’Pages loop’"),
    "corrupt_pdfbox_3148_fuzzed.pdf": ("met opzet kapotgemaakt", Reason.DAMAGED),
    "corrupt_truncated.docx": ("afgekapt", Reason.DAMAGED),
    "data_uri_img.html": ("afbeelding als code in de pagina", "some content some other content"),
    "diacritics_fr.pdf": ("accenten als losse tekens", "àÀâÂäÄçÇéÉèÈêÊëËîÎïÏôÔùÙûÛüÜ"),
    "empty_page.pdf": ("lege pagina", Reason.NO_TEXT),
    "encrypted_attachment.pdf": ("alleen de bijlage is versleuteld", "Example"),
    "encrypted_docx_tika.docx": ("met wachtwoord", Reason.PASSWORD),
    "encrypted_noextract_owner_user.pdf": ("met wachtwoord", Reason.PASSWORD),
    "encrypted_tika.pptx": ("met wachtwoord", Reason.PASSWORD),
    "encrypted_tika_protected.pdf": ("versleuteld, opent zonder wachtwoord", "RETHINKING THE FINANCIAL NETWORK"),
    "extra_spaces.pdf": ("spaties tussen de letters", "Here is some formatted text"),
    "footer.odt": ("kop- en voettekst (blijven weg)", "Here is some text on page 2"),
    "form_acroform.pdf": ("formulier", "Check"),
    "form_libreoffice.pdf": ("ingevuld formulier", "First Name Alice"),
    "huge_freeculture_352p.pdf": ("352 pagina's", "a damning attack on the pro-legalization campaign"),
    "image_only_text.docx": ("tekst in een plaatje (wordt niet gelezen)", "Here is an embedded image:"),
    "incremental_updates.pdf": ("meermaals bijgewerkt, oude versies zitten er nog in", "Testing Incremental"),
    "javascript_buttons.pdf": ("knoppen met JavaScript (wordt niet uitgevoerd)", "Radios Checkboxes"),
    "javascript_page_action.pdf": ("alleen JavaScript, geen tekst", Reason.NO_TEXT),
    "ligatures.pdf": ("letters die aan elkaar zijn gezet (ff, fi, fl)", "abcdeffffiflffifflststghijklmno"),
    "long_table_layout.html": ("oude pagina, opgemaakt met tabellen", "sort of annotation. Whenever he got a new math book"),
    "macro.odt": ("macro (wordt niet uitgevoerd)", "Just one little click…"),
    "manifest.csv": ("tabel met paden en bestandsnamen", "special: Dutch tagged report 48 pp."),
    "multicolumn_tamreview.pdf": ("lettertype vertelt niet welke letters het zijn", "employees working for IBM in Toronto"),
    "nl_verordening_jeugdhulp_46p.pdf": (
        "verordening, afgedrukt uit een browser",
        "Alle ouders en jeugdigen lopen wel eens tegen problemen aan.",
    ),
    "nl_wcag_48p.pdf": ("rapport van 48 pagina's met tabellen", "Niveau A: 9 / 9; Niveau AA: 9 / 11; Totaal: 18 / 20."),
    "noisy_meta_encoding.html": ("tegenstrijdige tekencodering, Arabisch", "وأعرب الاتحاد الجزائري"),
    "numbered_list.docx": ("automatisch genummerde lijsten", "ii) Level"),
    "pdf_portfolio_package.pdf": ("map met pdf's als bijlagen", "Multiple files are bound together in this PDF Package."),
    "rotated_hello.pdf": ("gedraaide pagina's", "Hello world"),
    "rtl_arabic_rotated.pdf": ("van rechts naar links, gedraaid", "حَبيبي habibi"),
    "scanned_ccitt_fax.pdf": ("faxbeeld zonder letters", Reason.NO_TEXT),
    "scanned_jbig2.pdf": ("beeld met een tekstlaag", "This is a sample file to test images compressed using JBIG2."),
    "scanned_no_textlayer_1.pdf": ("scan zonder tekstlaag", "Happy New Year 2003!"),
    "simple.odt": ("gewoon document", "Lorem ipsum dolor sit amet"),
    "soft_hyphens.pdf": ("zachte afbreekstreepjes", "optionalhyphen"),
    "text_many_angles.pdf": ("tekst onder allerlei hoeken", "From diamonds to gold to bauxite"),
    "textbox.docx": ("tekstvak", "This text is inside of a text box in the body of the document."),
    "unreadable_metadata.pdf": ("lijst met pagina's ontbreekt in het bestand", Reason.DAMAGED),
    "utf16le.html": ("UTF-16", "This is a sample text"),
    "various.rtf": ("tabellen, lijsten en een voetnoot", "Footnote appears here [This is a footnote.]"),
    "word_2006ml_flat.docx": ("één XML-bestand in plaats van een zip", "This should have a footnote [And this is the footnote]"),
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What became of one file: its text and passages, or the reason why not; and what the maintainer is told."""

    text: str
    passages: int
    reason: str | None
    message: str


@pytest.fixture(scope="module")
def outcomes(model_dir: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """The outcome of every file: the command indexes all but the large ones; those are only read, within its limits."""
    small, data = tmp_path_factory.mktemp("hard") / "files", tmp_path_factory.mktemp("hard-data")
    shutil.copytree(FILES, small, ignore=lambda _, names: LARGE.intersection(names))
    settings = {"DATA_DIR": data, "CORPUS_DIR": tmp_path_factory.mktemp("empty"), "MODEL_DIR": model_dir}
    done = subprocess.run(
        [sys.executable, "-m", "handwijzer", "ingest", str(small), "--json"],
        cwd=ROOT,
        env=os.environ | {f"HANDWIJZER_{name}": str(value) for name, value in settings.items()},
        capture_output=True,
        encoding="utf-8",
        timeout=400,
    )
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    release = ReleaseStore(data).open()
    found = {}
    for row in json.loads(done.stdout)["documenten"]:
        text = release.text_of(row["id"]) if row["id"] in release.documents else ""
        name = PurePosixPath(row["bestand"]).name
        assert name not in found
        found[name] = Outcome(text, row["passages"], row["reden"], row["melding"] or "")
    staging = tmp_path_factory.mktemp("staging")
    with workers_for(DEFAULT, staging) as workers:
        intake = Intake(workers, DEFAULT, encoder.count_tokens, staging)
        for name in sorted(LARGE):
            (taken,) = intake.take_in(SourceFile(FILES / name, PurePosixPath(name)))
            assert not isinstance(taken, Failed), taken
            notices = " ".join(taken.inspected.content.notices)
            found[name] = Outcome(taken.text, len(taken.passages), None, notices)
    return found


@needs_files
@needs_ocr
def test_every_hard_file_is_indexed_with_its_text_or_refused_for_the_right_reason(outcomes: dict[str, Outcome]) -> None:
    with (FILES / "manifest.csv").open(encoding="utf-8", newline="") as manifest:
        listed = {row["file"] for row in csv.DictReader(manifest)}
    assert outcomes.keys() == EXPECTED.keys() == listed | {"manifest.csv"}
    assert len(listed) == 54
    for name, (_, expected) in EXPECTED.items():
        outcome = outcomes[name]
        if isinstance(expected, Reason):
            assert (outcome.reason, outcome.passages) == (expected.value, 0), name
            assert outcome.message, name
        else:
            assert outcome.reason is None, name
            assert outcome.passages > 0, name
            assert expected in outcome.text, name
            assert "\ufffd" not in outcome.text, name


@needs_files
@needs_ocr
def test_the_docs_state_the_outcome_of_every_hard_file(outcomes: dict[str, Outcome]) -> None:
    before = DOCS.read_text("utf-8")
    made = TABLE.sub(lambda _: _table(outcomes), before)
    if os.environ.get("WRITE_DOCS"):
        DOCS.write_text(made, encoding="utf-8")
    assert DOCS.read_text("utf-8") == made, "WRITE_DOCS=1 pytest tests/integration/test_hard_files.py"


def _table(outcomes: dict[str, Outcome]) -> str:
    lines = ["| bestand | bijzonder | uitkomst | melding |", "|---|---|---|---|"]
    for name, (special, expected) in EXPECTED.items():
        outcome = outcomes[name]
        message = CONTENT_REMARKS.sub("", outcome.message)
        if isinstance(expected, Reason):
            result = f"geweigerd: {outcome.reason}"
        elif RECOGNISED in message:
            result = f"gelezen: “{expected}”"
        else:
            result = f"{outcome.passages} passage{'s' * (outcome.passages > 1)}: “{expected}”"
        lines.append(f"| `{name}` | {special} | {result} | {message} |")
    return "\n".join(lines) + "\n"
