"""The viewer of PDF files: opened at the page of a source, with the quoted words marked.

Page and words stand in the fragment of the address (``#pagina=3&woorden=…``), which a browser sends to no server.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from bot.answers import Source
from bot.api.documents import DocumentId, DocumentVersion
from bot.citing import file_url
from bot.originals import document_version
from bot.web.assets import ASSETS
from bot.web.pdfjs import HOME, installed, media_type, packed
from bot.web.shell import ICON
from bot.web.templates import render
from kb.documents import Document
from kb.errors import HandwijzerError, NotFoundError
from kb.live import LiveKnowledge

_PAGES = "/pagina/pdf"
_PDFJS = "/pagina/pdfjs"
_PDF = "application/pdf"
_FRAGMENT_LENGTH = 1500
_STRETCHES = 12
# A document can neither run a script of its own nor reach another server, whatever it holds.
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
# A worker has the policy of its own file; it decodes pictures with WebAssembly.
_PART_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'",
}


def viewer_url(source: Source, home: Path = HOME) -> str | None:
    """Return the address that shows ``source`` in the viewer; None for other files and where pdf.js is missing."""
    original = urlsplit(source.url)
    if not original.fragment.startswith("page=") or installed(home) is None:
        return None
    stretches = [" ".join(source.text[start:end].split()) for start, end in source.marks]
    fragment = _fragment(source.page or 1, list(dict.fromkeys(filter(None, stretches)))[:_STRETCHES])
    return f"{_PAGES}/{quote(source.document_id, safe='')}?{original.query}#{fragment}"


def viewer_router(knowledge: LiveKnowledge, home: Path = HOME) -> APIRouter:
    """Return the page that shows a PDF, and the files of pdf.js in ``home``; no part of the public contract."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"{_PAGES}/{{documentId}}")
    def get_viewer(document_id: DocumentId, versie: DocumentVersion = None) -> HTMLResponse:
        document = None
        try:
            document = document_version(knowledge, document_id, versie)
            knowledge.store.original(document)
            return _viewer(document, home)
        except HandwijzerError as error:
            return _refusal(error, document)

    @router.get(f"{_PDFJS}/{{version}}/{{name:path}}")
    def get_part(version: str, name: str, request: Request) -> Response:
        pdfjs = installed(home)
        if pdfjs is None or pdfjs.version != version:
            raise NotFoundError("Deze versie van de pdf-lezer is er niet (meer). Laad de pagina opnieuw.")
        file = pdfjs.file(name)
        headers = _PART_HEADERS | {"Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", "") and (content := packed(file)) is not None:
            return Response(content, media_type=media_type(file), headers=headers | {"Content-Encoding": "gzip"})
        return FileResponse(file, media_type=media_type(file), headers=headers)

    return router


class _NotShownError(HandwijzerError):
    """The viewer can not show the file; its original can be opened."""

    status = 404
    title = "Dit bestand is hier niet te lezen"


def _viewer(document: Document, home: Path) -> HTMLResponse:
    pdfjs = installed(home)
    if document.media_type != _PDF:
        raise _NotShownError("Dit document is geen pdf. Open het origineel: dan leest of bewaart u het zelf.")
    if pdfjs is None:
        raise _NotShownError(
            "De pdf-lezer van Handwijzer is niet geïnstalleerd. Open het origineel: dan toont uw browser het document."
        )
    html = render(
        "viewer.html",
        document=document,
        original=file_url(document),
        pdfjs=f"{_PDFJS}/{pdfjs.version}",
        assets=ASSETS,
        icon=ICON,
    )
    return _page(html)


def _refusal(error: HandwijzerError, document: Document | None) -> HTMLResponse:
    original = file_url(document) if document and isinstance(error, _NotShownError) else None
    html = render("viewer_error.html", error=error, original=original, assets=ASSETS, icon=ICON)
    return _page(html, error.status)


def _page(html: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(html, status, {"Content-Security-Policy": _PAGE_POLICY})


def _fragment(page: int, stretches: list[str]) -> str:
    """The longest stretches are shortened to their beginning, until the whole is short enough for every program."""
    longest = max(map(len, stretches), default=0)
    for length in range(min(longest, _FRAGMENT_LENGTH), 0, -10):
        words = [("woorden", _beginning(stretch, length)) for stretch in stretches]
        fragment = urlencode([("pagina", page), *words])
        if len(fragment) <= _FRAGMENT_LENGTH:
            return fragment
    return urlencode({"pagina": page})


def _beginning(stretch: str, length: int) -> str:
    if len(stretch) <= length:
        return stretch
    return stretch[:length].rpartition(" ")[0] or stretch[:length]
