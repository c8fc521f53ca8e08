"""The hard files beside the project: each is read with its text, or fails for the right reason."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ingest.readers import find_format
from kb.errors import ReadError, Reason

FILES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "files"
needs_files = pytest.mark.skipif(not FILES.is_dir(), reason=f"de testbestanden staan niet in {FILES}")

READ = {
    "big_preamble.html": "Аренда и продажа жилой недвижимости в Москве: квартиры, комнаты.",
    "charts.pptx": "January",
    "comments.docx": "Here is some text.",
    "data_uri_img.html": "some content some other content",
    "footer.odt": "Here is some text on page 2",
    "image_only_text.docx": "Here is an embedded image:",
    "long_table_layout.html": "June 2021",
    "macro.odt": "Just one little click…",
    "noisy_meta_encoding.html": "وأعرب الاتحاد الجزائري",
    "numbered_list.docx": "ii) Level",
    "simple.odt": "Lorem ipsum dolor sit amet",
    "textbox.docx": "This text is inside of a text box in the body of the document.",
    "utf16le.html": "This is a sample text",
    "various.rtf": "Footnote appears here [This is a footnote.]",
    "word_2006ml_flat.docx": "This should have a footnote [And this is the footnote]",
}
REFUSED = {
    "corrupt_not_a_zip.odt": Reason.DAMAGED,
    "corrupt_truncated.docx": Reason.DAMAGED,
    "encrypted_docx_tika.docx": Reason.PASSWORD,
    "encrypted_tika.pptx": Reason.PASSWORD,
}


@needs_files
def test_every_file_that_is_no_pdf_has_its_outcome_here() -> None:
    present = {path.name for path in FILES.iterdir() if path.suffix not in (".pdf", ".csv")}
    assert present == READ.keys() | REFUSED.keys()


@needs_files
@pytest.mark.parametrize("name", READ)
def test_the_text_of_a_hard_file_is_found_once(name: str) -> None:
    texts = [block.text for block in find_format(FILES / name).read(FILES / name).blocks]
    assert sum(READ[name] in text for text in texts) == 1
    assert not any("base64" in text or "function(" in text or "\ufffd" in text for text in texts)


@needs_files
@pytest.mark.parametrize("name", REFUSED)
def test_a_hard_file_without_text_fails_for_the_right_reason(name: str) -> None:
    with pytest.raises(ReadError) as caught:
        find_format(FILES / name).read(FILES / name)
    assert caught.value.reason is REFUSED[name]


def test_knowing_the_formats_loads_no_parsing_library() -> None:
    heavy = "{'lxml', 'docx', 'pptx', 'markdown_it', 'yaml', 'pypdf', 'charset_normalizer', 'python_calamine'}"
    code = f"import sys, ingest.readers; sys.exit(bool({heavy} & set(sys.modules)))"
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
