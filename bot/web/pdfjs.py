"""pdf.js, which draws PDF files in the browser. It is no part of this repository: ``make pdfjs`` brings it from npm."""

from __future__ import annotations

import gzip
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kb.errors import NotFoundError

HOME = Path(sys.prefix, "share", "handwijzer")
# What the viewer uses, by the folder of the package that holds it. The builds for older browsers: phones are not new.
# What runs the scripts in PDF files is not among it.
_FILES = (
    ("legacy/build", re.compile(r"pdf(?:\.worker)?\.min\.mjs")),
    ("legacy/web", re.compile(r"pdf_viewer\.(?:mjs|css)|images/[\w-]+\.(?:gif|svg)")),
    (".", re.compile(r"cmaps/[\w-]+\.bcmap|iccs/[\w-]+\.icc|standard_fonts/[\w-]+\.(?:pfb|ttf)")),
    (".", re.compile(r"wasm/(?:jbig2|openjpeg|qcms)\w*\.(?:js|wasm)")),
)
_NEEDED = ("pdf.min.mjs", "pdf.worker.min.mjs", "pdf_viewer.mjs", "pdf_viewer.css")
_MEDIA_TYPES = {
    ".css": "text/css",
    ".gif": "image/gif",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
}
_PACKED = (".css", ".js", ".mjs", ".wasm")


@dataclass(frozen=True, slots=True)
class PdfJs:
    """An installed version, and the ``folder`` of its npm package."""

    version: str
    folder: Path

    def file(self, name: str) -> Path:
        """Return the file that a browser knows as ``name``. Raises `NotFoundError` for what the viewer does not use."""
        for folder, names in _FILES:
            file = self.folder / folder / name
            if names.fullmatch(name) and file.is_file():
                return file
        raise NotFoundError("Dit onderdeel van de pdf-lezer bestaat niet.")


@cache
def installed(home: Path = HOME) -> PdfJs | None:
    """Return the version in ``home``; None without one that is whole."""
    for folder in home.glob("pdfjs-*/node_modules/pdfjs-dist"):
        found = PdfJs(folder.parts[-3].removeprefix("pdfjs-"), folder)
        try:
            for name in _NEEDED:
                found.file(name)
        except NotFoundError:
            continue
        return found
    return None


def media_type(file: Path) -> str:
    """Return the media type of a file of pdf.js; browsers run no script without the right one."""
    return _MEDIA_TYPES.get(file.suffix, "application/octet-stream")


@cache
def packed(file: Path) -> bytes | None:
    """Return ``file`` compressed with gzip, None for what hardly gets smaller. Kept: it takes a tenth of a second."""
    return gzip.compress(file.read_bytes(), mtime=0) if file.suffix in _PACKED else None
