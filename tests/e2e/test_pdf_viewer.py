"""The viewer of PDF files in a real browser: at the page of a source, with the quoted words marked."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from conftest import ANSWERED, HOSTILE, KeyedServer, overhear, served, wait_until
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, Response, expect
from pypdf import PdfReader, PdfWriter
from pypdf.actions import JavaScript

from bot.answers import Answer
from bot.api.app import create_app
from bot.web.pdfjs import installed
from bot.web.viewer import viewer_url
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore
from kb.settings import Settings

if installed() is None:
    pytest.skip("pdf.js ontbreekt: make pdfjs", allow_module_level=True)
canvas_module = pytest.importorskip("reportlab.pdfgen.canvas")

PHONE = {"width": 390, "height": 844}
MARKED = "[...(CSS.highlights.get('citaat') ?? [])].map(String)"
SMALL = """[...document.querySelectorAll("header :is(a, button, input)")].map((part) => part.getBoundingClientRect())
    .filter(({width, height}) => width && (width < 24 || height < 24))"""
FOCUSED = "(({ariaLabel, labels, textContent}) => ariaLabel ?? (labels?.[0] ?? {textContent}).textContent)(document.activeElement)"
BACKWARDS = [
    "Naar het citaat", "Zoek", "Zoek in dit document", "Groter", "Kleiner", "Volgende pagina", "Pagina", "Vorige pagina",
    "Sluiten", "Open origineel (PDF, 82 kB) (opent in een nieuw tabblad)",
]  # fmt: skip
LINK = "https://elders.example.nl/volg"
# Page 4 of the long document breaks a word over two lines, and its last sentence runs on to page 5.
BROKEN_WORD = "De ondersteuningscoördinator bewaart het geïnformeerde akkoord."
RUNS_ON = "De mentor spreekt met de ouders af wie wanneer belt en legt die afspraak dezelfde dag vast in het dossier."
LINES = {
    4: ["De ondersteuningscoör-", "dinator bewaart het geïnformeerde", "akkoord.", "", *[""] * 40,
        "De mentor spreekt met de ouders af wie wanneer"],
    5: ["belt en legt die afspraak dezelfde dag vast in het dossier."],
}  # fmt: skip


@dataclass
class Reader:
    """One visitor with a PDF open, and all the page fetched, said on the console and popped up."""

    page: Page
    requests: list[str]
    complaints: list[str]
    parts: list[Response]

    @property
    def told(self) -> Locator:
        return self.page.locator("#melding")

    @property
    def number(self) -> Locator:
        return self.page.get_by_role("textbox", name="Pagina")

    def open(self, url: str) -> None:
        self.page.goto(url)
        expect(self.told).not_to_have_text("Het document wordt geopend…")

    def marks(self, *words: str) -> None:
        """Wait until exactly these words are marked; only letters and digits count."""
        wait_until(
            lambda: squeezed(*self.page.evaluate(MARKED)) == squeezed(*words), "de woorden zijn niet gemarkeerd", 20
        )


@dataclass(frozen=True)
class Library:
    """A server on documents of its own."""

    url: str
    corpus: Path
    knowledge: LiveKnowledge

    def address(self, file: str, page: int = 1, *words: str) -> str:
        document = next(d for d in self.knowledge.retriever().release.documents.values() if d.file == file)
        fragment = urlencode([("pagina", page), *(("woorden", each) for each in words)])
        return f"{self.url}/pagina/pdf/{document.id}?versie={document.sha256[:12]}#{fragment}"


def read(context: BrowserContext) -> Reader:
    page = context.new_page()
    parts: list[Response] = []
    page.on("response", lambda response: parts.append(response) if "/bestand?" in response.url else None)
    return Reader(page, *overhear(page), parts)


@pytest.fixture
def reader(browser: Browser) -> Iterator[Reader]:
    """A reader on a wide screen; ends with the check that nothing went wrong and nothing came from elsewhere."""
    with browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US") as context:
        reader = read(context)
        yield reader
        assert reader.complaints == []
        own = urlsplit(reader.page.url).netloc
        assert [url for url in reader.requests if urlsplit(url).netloc != own and not url.startswith("data:")] == []


def letter(path: Path, pages: int, text: str) -> None:
    """Write a PDF with a picture that does not get smaller on each page, a link and a script in it."""
    canvas = canvas_module.Canvas(str(path), pagesize=(595, 842), invariant=1)
    noise = random.Random(7)
    for number in range(1, pages + 1):
        canvas.setFont("Helvetica", 10)
        canvas.drawString(72, 780, f"{text} Dit is bladzijde {number} van het lange protocol over verzuim op school.")
        for at, line in enumerate(LINES.get(number, [])):
            canvas.drawString(72, 740 - at * 15, line)
        if number not in LINES:
            canvas.drawInlineImage(Image.frombytes("RGB", (400, 400), noise.randbytes(480_000)), 72, 200, 300, 300)
        canvas.linkURL(LINK, (72, 770, 300, 795))
        canvas.showPage()
    canvas.save()
    writer = PdfWriter(PdfReader(path))
    writer.add_open_action(JavaScript(f"app.alert('uit de pdf'); app.launchURL('{LINK}')"))
    writer.write(path)


@pytest.fixture(scope="module")
def library(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("library")
    corpus = folder / "corpus"
    corpus.mkdir()
    letter(corpus / "lang.pdf", 8, "Eerste druk.")
    (corpus / "lang.meta.yaml").write_text(f"titel: '{HOSTILE}'\nsoort: protocol\n", encoding="utf-8")
    letter(corpus / "kapot.pdf", 1, "Wordt straks beschadigd.")
    store = ReleaseStore(folder / "data")
    assert ingest(store, corpus, encoder).published
    knowledge = LiveKnowledge(store, encoder)
    with served(create_app(knowledge, Settings(data_dir=folder / "data"))) as port:
        yield Library(f"http://127.0.0.1:{port}", corpus, knowledge)


def cited(url: str, key: str = "") -> str:
    """Ask a question and return where its first source opens."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    asked = httpx.post(f"{url}/v1/vragen", json={"vraag": ANSWERED}, headers=headers, timeout=30)
    answer = Answer.model_validate_json(asked.raise_for_status().content)
    return url + str(viewer_url(answer.sources[0]))


def squeezed(*texts: str) -> str:
    return re.sub(r"[\W_]", "", "".join(texts))


def test_a_source_opens_at_its_page_with_the_quoted_words_marked(reader: Reader, hostile_url: str) -> None:
    address = cited(hostile_url)
    asked = parse_qs(urlsplit(address).fragment)
    page, words = asked["pagina"][0], asked["woorden"]
    reader.open(address)
    number = len(words)
    expect(reader.told).to_have_text(f"{number} {'citaat' if number == 1 else 'citaten'} gemarkeerd op pagina {page}.")
    reader.marks(*words)
    top, bottom = reader.page.evaluate(
        """[[...CSS.highlights.get("citaat")][0], document.getElementById("vlak")].map((it) => it.getBoundingClientRect())
           .flatMap((box, at) => at ? [box.top, box.bottom] : [box.top]).sort((a, b) => a - b).slice(0, 2)"""
    )
    assert top < bottom < 900
    expect(reader.number).to_have_value(page)
    assert reader.page.title() == "Handreiking gegevensuitwisseling onderwijs en jeugdhulp"
    assert reader.page.evaluate("document.documentElement.lang") == "nl"
    assert not any("woorden" in url for url in reader.requests)
    expect(reader.page.get_by_role("region", name=f"Pagina {page}", exact=True)).to_contain_text("72 uur")


def test_words_are_found_across_lines_hyphens_and_the_end_of_a_page(reader: Reader, library: Library) -> None:
    reader.open(library.address("lang.pdf", 4, BROKEN_WORD, RUNS_ON))
    expect(reader.told).to_have_text("2 citaten gemarkeerd op pagina 4 en 5.")
    reader.page.get_by_role("button", name="Volgende pagina").click()
    expect(reader.page.locator("[data-page-number='5'] .textLayer")).to_contain_text("dezelfde dag")
    expect(reader.number).to_have_value("5")
    reader.marks(BROKEN_WORD, RUNS_ON)
    reader.page.get_by_role("button", name="Naar het citaat").click()
    expect(reader.number).to_have_value("4")


def test_words_that_are_not_there_are_said_to_be_missing_on_the_page_that_is_shown(
    reader: Reader, library: Library
) -> None:
    reader.open(library.address("lang.pdf", 3, "Dit staat nergens in het document te lezen."))
    expect(reader.told).to_have_text(
        "De geciteerde woorden zijn niet gevonden op pagina 3. U ziet de pagina zonder markering."
    )
    expect(reader.page.locator("[data-page-number='3'] .textLayer")).to_contain_text("bladzijde 3")
    expect(reader.number).to_have_value("3")
    reader.marks()
    # Another source of the same document, in the same tab.
    reader.page.evaluate("location.hash = location.hash.replace('pagina=3', 'pagina=99')")
    expect(reader.number).to_have_value("8")


def test_of_a_large_document_only_what_is_read_is_fetched(reader: Reader, library: Library) -> None:
    size = (library.corpus / "lang.pdf").stat().st_size
    reader.open(library.address("lang.pdf", 4, BROKEN_WORD))
    expect(reader.told).to_have_text("1 citaat gemarkeerd op pagina 4.")
    ranges = [int(part.headers["content-length"]) for part in reader.parts if part.status == 206]
    assert 0 < sum(ranges) < size / 2


def test_a_hostile_document_runs_nothing_and_follows_no_link(reader: Reader, library: Library) -> None:
    reader.open(library.address("lang.pdf"))
    assert reader.page.title() == " ".join(HOSTILE.split())
    expect(reader.page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    link = reader.page.locator(".annotationLayer a").first
    expect(link).to_have_attribute("href", LINK)
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")


def test_the_keyboard_alone_turns_pages_zooms_searches_and_closes(browser: Browser, hostile_url: str) -> None:
    address = cited(hostile_url)
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        start = context.new_page()
        start.goto(f"{hostile_url}/v1/docs")
        start.evaluate(
            "url => document.body.prepend(Object.assign(document.createElement('a'),"
            "{href: url, target: '_blank', rel: 'noopener', textContent: 'Open bron'}))",
            address,
        )
        with context.expect_page() as opened:
            start.get_by_text("Open bron").press("Enter")
        page = opened.value
        _, complaints = overhear(page)
        expect(page.locator("#melding")).to_contain_text("gemarkeerd")
        expect(page.get_by_role("region", name="Inhoud van het document")).to_be_focused()
        before = page.locator("#vlak").evaluate("area => area.scrollTop")
        page.keyboard.press("PageDown")
        expect(page.locator("#vlak")).not_to_have_js_property("scrollTop", before)

        names = []
        for _ in BACKWARDS:
            page.keyboard.press("Shift+Tab")
            names.append(page.evaluate(FOCUSED))
        assert names == BACKWARDS
        number = page.get_by_role("textbox", name="Pagina")
        number.focus()
        page.keyboard.press("Control+A")
        page.keyboard.type("2")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").filter(has_text="Pagina 2 van 9")).to_be_attached()
        expect(number).to_have_value("2")
        page.keyboard.press("Control+A")
        page.keyboard.type("400")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").filter(has_text="Kies een pagina van 1 tot en met 9.")).to_be_attached()
        expect(number).to_have_value("2")

        page.get_by_role("button", name="Groter").focus()
        size = page.locator("#grootte").inner_text()
        page.keyboard.press("Enter")
        expect(page.locator("#grootte")).not_to_have_text(size)

        page.get_by_role("searchbox", name="Zoek in dit document").focus()
        page.keyboard.type("datalek")
        page.keyboard.press("Enter")
        expect(page.locator("#resultaten")).to_have_text(re.compile(r"^1 van \d+$"))
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#resultaten")).to_have_text(re.compile(r"^2 van \d+$"))
        assert page.evaluate(MARKED)
        page.get_by_role("searchbox").fill("xyzzy")
        page.keyboard.press("Enter")
        expect(page.locator("#resultaten")).to_have_text("Niet gevonden")

        assert complaints == []
        page.get_by_role("button", name="Sluiten").focus()
        with suppress(Error):  # the page is gone before the key is up
            page.keyboard.press("Enter")
        wait_until(lambda: start.evaluate("true") and context.pages == [start], "de bron blijft open", 10)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [{"width": 1280, "height": 900}, PHONE, {"width": 640, "height": 450}])
def test_every_screen_shows_it_accessibly_without_sideways_scrolling(
    browser: Browser, library: Library, violations: Callable[[Page], Any], screen: dict[str, int], scheme: str
) -> None:
    with browser.new_context(viewport=screen, color_scheme=scheme, reduced_motion="reduce") as context:
        reader = read(context)
        reader.open(library.address("lang.pdf", 4, BROKEN_WORD))
        expect(reader.told).to_have_text("1 citaat gemarkeerd op pagina 4.")
        reader.marks(BROKEN_WORD)
        if screen is PHONE:  # letters of a whole page would be too small to read
            expect(reader.page.locator("#grootte")).to_have_text("100%")
            expect(reader.page.locator("#pagina")).to_have_value("4")
        assert violations(reader.page) == []
        assert reader.page.evaluate(SMALL) == []
        area = (
            "[document.documentElement, document.getElementById('vlak')].map((it) => it.scrollWidth <= it.clientWidth)"
        )
        # On a phone the cited column fills the screen, and the other is beside it.
        assert reader.page.evaluate(area) == [True, screen is not PHONE]
        bright = "getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] > 127"
        assert reader.page.evaluate(bright) is (scheme == "light")
        assert reader.complaints == []


def test_the_version_that_was_cited_still_opens_after_a_new_release(
    reader: Reader, library: Library, encoder: Encoder
) -> None:
    cited_then = library.address("lang.pdf", 1)
    letter(library.corpus / "lang.pdf", 6, "Tweede druk.")
    assert ingest(library.knowledge.store, library.corpus, encoder).published
    reader.open(cited_then)
    expect(reader.page.locator("#aantal")).to_have_text("van 8")
    expect(reader.page.locator("[data-page-number='1'] .textLayer")).to_contain_text("Eerste druk.")


def test_a_damaged_file_is_said_to_be_damaged(
    reader: Reader, library: Library, violations: Callable[[Page], Any]
) -> None:
    address = library.address("kapot.pdf")
    document = next(d for d in library.knowledge.retriever().release.documents.values() if d.file == "kapot.pdf")
    library.knowledge.store.original(document).write_bytes(b"%PDF-1.7\nniets meer van over")
    reader.open(address)
    expect(reader.told).to_contain_text("Dit pdf-bestand is beschadigd")
    expect(reader.page.get_by_role("link", name=re.compile("^Open origineel"))).to_be_visible()
    assert violations(reader.page) == []


def test_where_keys_are_needed_the_viewer_reads_without_one_in_parts_too(
    reader: Reader, keyed_server: KeyedServer
) -> None:
    reader.open(cited(keyed_server.url, keyed_server.key))
    expect(reader.told).to_contain_text("gemarkeerd")
    part = reader.page.evaluate(
        "fetch(document.body.dataset.file, {headers: {Range: 'bytes=0-9'}}).then(({status}) => status)"
    )
    assert part == 206
    assert httpx.get(reader.parts[0].url).status_code == 401
