"""The web component in a real browser, on the example page of the docs, which comes from another origin."""

from __future__ import annotations

import re
import select
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import ANSWERED, HOSTILE, NOT_FOUND, ROOT, overhear, wait_until
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from bot.access.caller import Role
from bot.access.keys import KeyStore
from bot.storage.database import Database

PublicKey = Callable[..., str]
EXAMPLES = ROOT / "docs" / "voorbeelden"
EXAMPLE_SERVER = "https://handwijzer.example.nl"
EXAMPLE_KEY = "hw_VUL_HIER_UW_PUBLIEKE_SLEUTEL_IN"
KEY_QUESTION = "Met welke sleutel opent de zorgcoördinator de noodkast?"
EXPIRED_QUESTION = "Hoeveel dagen bewaart de conciërge gevonden fietsen?"
SMALL_BUTTONS = """widget => [...widget.shadowRoot.querySelectorAll("button")].map((button) => button.getBoundingClientRect())
    .filter(({width, height}) => width && (width < 24 || height < 24))"""
IS_LIGHT = """widget =>
    getComputedStyle(widget.shadowRoot.querySelector("section")).backgroundColor.match(/\\d+/)[0] > 127"""


class Intranet(ThreadingHTTPServer):
    """The web server of an intranet: the example page, filled in as its docs say, and old proxies to Handwijzer.

    Under /afgekapt a proxy ends a stream after its first text, under /stil it goes silent there, and under /oud it
    asks for JSON whatever the browser wanted.
    """

    daemon_threads = True
    handwijzer = key = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.visitor_left = threading.Event()


class _Request(BaseHTTPRequestHandler):
    server: Intranet

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        file = EXAMPLES / (self.path.lstrip("/") or "intranet.html")
        if not file.is_file():
            self.send_error(404)
            return
        text = file.read_text(encoding="utf-8")
        assert file.suffix == ".css" or (EXAMPLE_SERVER in text and EXAMPLE_KEY in text)
        # The proxies stand here.
        text = text.replace("connect-src", "connect-src 'self'")
        text = text.replace(EXAMPLE_SERVER, self.server.handwijzer).replace(EXAMPLE_KEY, self.server.key)
        self.send_response(200)
        self.send_header("Content-Type", {".css": "text/css", ".html": "text/html"}[file.suffix] + "; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())

    def do_POST(self) -> None:
        _, manner, path = self.path.split("/", 2)
        headers = {name: self.headers[name] for name in ("Accept", "Authorization", "Content-Type", "Origin")}
        if manner == "oud":
            headers["Accept"] = "application/json"
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = urllib.request.Request(f"{self.server.handwijzer}/{path}", body, headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            self.send_response(200)
            self.send_header("Content-Type", response.headers["Content-Type"])
            self.end_headers()
            for line, broken_off in _until_text(response):
                self.wfile.write(line)
                if broken_off and manner == "stil":
                    select.select([self.connection], [], [], 60)
                    self.server.visitor_left.set()
                if broken_off:
                    return


def _until_text(response: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each line, with whether it ends the first piece of text in a stream."""
    in_text = False
    for line in response:
        in_text = in_text or line.startswith(b"event: tekst")
        yield line, in_text and not line.strip()


@dataclass
class Visit:
    """One visitor's page with the widget, and all it fetched, said on the console and popped up."""

    page: Page
    requests: list[str]
    complaints: list[str]

    @property
    def widget(self) -> Locator:
        return self.page.locator("handwijzer-chat")

    @property
    def field(self) -> Locator:
        return self.widget.get_by_role("textbox", name="Uw vraag")

    @property
    def turns(self) -> Locator:
        return self.widget.locator(".beurt")

    @property
    def told(self) -> Locator:
        return self.widget.get_by_role("status")

    def button(self, name: str) -> Locator:
        return self.widget.get_by_role("button", name=name)

    def send(self, question: str) -> Locator:
        """Ask by Enter and return the new turn."""
        before = self.turns.count()
        self.field.fill(question)
        self.field.press("Enter")
        expect(self.turns).to_have_count(before + 1)
        return self.turns.nth(before)

    def ask(self, question: str) -> Locator:
        """Ask by Enter and return the new turn once it is answered."""
        turn = self.send(question)
        expect(turn.locator(".antwoord")).not_to_have_attribute("aria-busy", "true")
        return turn

    def through(self, manner: str) -> None:
        """Put a proxy of the intranet between the widget and Handwijzer."""
        self.widget.evaluate("(widget, src) => widget.setAttribute('src', src)", f"/{manner}")

    def use(self, **attributes: str) -> None:
        self.widget.evaluate(
            "(widget, all) => Object.entries(all).forEach((one) => widget.setAttribute(...one))", attributes
        )


@pytest.fixture(scope="module")
def public_key(hostile_data: Path, hostile_url: str) -> PublicKey:
    """Makes keys for a website, and waits until the server knows them."""

    def make(origin: str, per_minute: int | None = None) -> str:
        key, _ = KeyStore(Database(hostile_data), hostile_data).create(
            Role.READ, origins=[origin], per_minute=per_minute
        )
        headers = {"Authorization": f"Bearer {key}", "Origin": origin}
        # An address that no limit counts.
        wait_until(lambda: httpx.get(f"{hostile_url}/metrics", headers=headers).is_success, "de sleutel telt niet mee")
        return key

    return make


@pytest.fixture(scope="module")
def intranet(public_key: PublicKey, hostile_url: str) -> Iterator[Intranet]:
    """An intranet with a public key of its own, beside a running Handwijzer."""
    with Intranet() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.handwijzer, server.key = hostile_url, public_key(server.url)
        yield server
        server.shutdown()


def visit(context: BrowserContext, intranet: Intranet) -> Visit:
    page = context.new_page()
    visitor = Visit(page, *overhear(page))
    page.goto(intranet.url)
    expect(visitor.field).to_be_visible()
    return visitor


@pytest.fixture
def visitor(browser: Browser, intranet: Intranet) -> Iterator[Visit]:
    """A visitor on a wide screen; ends with the check that all stayed within the page's strict policy."""
    with browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US") as context:
        visitor = visit(context, intranet)
        yield visitor
        assert visitor.complaints == []
        own = (intranet.url, intranet.handwijzer, f"blob:{intranet.url}")
        assert [url for url in visitor.requests if not url.startswith(own)] == []


def test_from_question_to_citation_to_source_to_original_to_judgement(visitor: Visit, intranet: Intranet) -> None:
    visitor.page.evaluate("addEventListener('handwijzer:antwoord', ({detail}) => { window.heard = detail; })")
    with visitor.page.expect_response("**/v1/vragen") as asked:
        turn = visitor.ask(ANSWERED)
    assert asked.value.headers["content-type"].startswith("text/event-stream")
    assert visitor.page.evaluate("[heard.vraag, heard.antwoord.status]") == [ANSWERED, "beantwoord"]

    named = re.compile(r"^Bron 1: Handreiking gegevensuitwisseling .*, pagina \d+$")
    citation = turn.get_by_role("button", name=named).first
    expect(citation).to_have_text("[1]")
    citation.click()
    source = turn.get_by_role("article", name="Bron 1 Handreiking gegevensuitwisseling")
    expect(source).to_be_focused()
    expect(source).to_contain_text("Handreiking · 1 december 2023 · Handwijzer-redactie")
    assert "72 uur" in " ".join(source.locator("mark").all_inner_texts())

    original = source.get_by_role("button", name=re.compile(r"^Open origineel \(PDF, pagina (\d+)\)"))
    with visitor.page.context.expect_page() as opened:
        original.click()
    page_number = re.findall(r"pagina (\d+)", original.inner_text())[0]
    opened.value.wait_for_url(re.compile(rf"^blob:{intranet.url}/[^#]+#page={page_number}$"))
    assert opened.value.evaluate("[document.contentType, window.opener]") == ["application/pdf", None]
    visitor.page.bring_to_front()

    source.get_by_role("button", name="Terug naar het antwoord").click()
    expect(citation).to_be_focused()
    visitor.button("Goed").click()
    expect(turn).to_contain_text("Bedankt. Uw oordeel is bewaard.")
    expect(visitor.button("Goed")).to_have_attribute("aria-pressed", "true")


def test_the_keyboard_alone_asks_leads_to_the_source_and_back(visitor: Visit) -> None:
    keyboard, focused = visitor.page.keyboard, visitor.page.locator("handwijzer-chat :focus")
    visitor.field.focus()
    keyboard.type("Eerste regel")
    keyboard.press("Shift+Enter")
    expect(visitor.field).to_have_value("Eerste regel\n")
    keyboard.press("ControlOrMeta+A")
    keyboard.type(ANSWERED)
    keyboard.press("Enter")
    expect(visitor.turns.locator(".onder")).to_be_visible()
    expect(visitor.field).to_be_focused()
    expect(visitor.field).to_have_value("")
    for _ in range(40):
        keyboard.press("Shift+Tab")
        assert focused.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
        if re.match(r"Bron 1: ", focused.get_attribute("aria-label") or ""):
            break
    citation = focused.element_handle()
    keyboard.press("Enter")
    expect(focused).to_contain_text("Bron 1")
    while "Terug naar het antwoord" not in focused.inner_text() or focused.get_attribute("class") == "bron gekozen":
        keyboard.press("Tab")
    keyboard.press("Enter")
    assert citation.evaluate("element => element === element.getRootNode().activeElement")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_a_phone_needs_no_sideways_scrolling(
    browser: Browser, intranet: Intranet, violations: Callable[[Page], Any], scheme: str
) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme, has_touch=True) as context:
        visitor = visit(context, intranet)
        page = visitor.page
        assert violations(page) == []
        turn = visitor.ask(ANSWERED)
        turn.get_by_role("button", name="Bron 1").first.click()
        visitor.ask(NOT_FOUND)
        visitor.ask("Mijn vader slaat haar. " + "Onafgebroken" * 40)
        visitor.field.fill("x" * 1999 + "😀😀")
        visitor.field.press("Enter")
        expect(visitor.widget).to_contain_text("Uw vraag is te lang: 2001 tekens. Het maximum is 2000.")
        visitor.use(key="hw_onzin")
        expect(visitor.send(ANSWERED)).to_contain_text("Dat lukte niet.")
        assert violations(page) == []
        assert visitor.widget.evaluate(SMALL_BUTTONS) == []
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert visitor.widget.evaluate(IS_LIGHT) is (scheme == "light")
        page.locator("link").evaluate("link => { link.disabled = true; }")
        for theme in ("licht", "donker"):
            visitor.use(theme=theme)
            assert visitor.widget.evaluate(IS_LIGHT) is (theme == "licht")
        assert violations(page) == []


def test_hostile_text_shows_as_text_and_marks_count_whole_characters(visitor: Visit) -> None:
    turn = visitor.ask(KEY_QUESTION)
    source = turn.locator(".bron").first
    expect(source).to_contain_text(f"rode sleutel {HOSTILE}")
    assert source.locator("mark").first.inner_text().startswith("De zorgcoördinator opent de noodkast")
    expect(visitor.ask(f"Wat betekent {HOSTILE}?")).to_contain_text(HOSTILE)
    visitor.use(titel=HOSTILE, placeholder=HOSTILE)
    expect(visitor.widget.get_by_role("heading", level=2)).to_have_text(HOSTILE)
    assert visitor.widget.locator("img, script").count() == 0
    with visitor.page.context.expect_page() as opened:
        source.get_by_role("button", name="Open origineel").click()
    opened.value.wait_for_url(re.compile("^blob:"))
    assert opened.value.evaluate("[document.contentType, document.images.length]") == ["text/plain", 0]
    assert HOSTILE in opened.value.inner_text("body")


def test_a_word_file_is_downloaded_under_its_own_name(visitor: Visit) -> None:
    visitor.ask("Wat doet de school in het stappenplan voor terugkeer na langdurig verzuim?")
    with visitor.page.expect_download() as download:
        visitor.button("Open origineel").last.click()
    assert download.value.suggested_filename == "stappenplan-terugkeer.docx"
    expect(visitor.told).to_have_text("Het document is gedownload.")


def test_an_expired_source_says_so_in_words_and_the_answer_is_copied_with_it(visitor: Visit) -> None:
    turn = visitor.ask(EXPIRED_QUESTION)
    expect(turn.locator(".bron").first).to_contain_text("verlopen: geldig tot en met 31 juli 2020")
    expect(turn.locator(".meldingen + .tekst")).to_contain_text("dertig dagen")
    expect(turn.locator(".melding")).to_contain_text("Let op: bron 1, ‘Regels voor fietsen’")
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.button("Kopieer antwoord met bronnen").click()
    expect(turn).to_contain_text("Gekopieerd.")
    copied = visitor.page.evaluate("navigator.clipboard.readText()")
    assert "dertig dagen. [1]" in copied
    assert re.search(r"\n\[1\] Regels voor fietsen, Protocol, 1 augustus 2019, verlopen: .* http\S+\?versie=", copied)


def test_without_an_answer_there_are_suggestions_that_open(visitor: Visit) -> None:
    turn = visitor.ask(NOT_FOUND)
    expect(turn.locator(".citaat, .bron")).to_have_count(0)
    suggestion = turn.get_by_role("listitem").get_by_role("button").filter(has_text="gegevensuitwisseling")
    with visitor.page.context.expect_page() as opened:
        suggestion.click()
    opened.value.wait_for_url(re.compile("^blob:"))


def test_an_answer_is_spoken_once_and_whole(visitor: Visit) -> None:
    visitor.widget.evaluate(
        """widget => {
            const live = widget.shadowRoot.querySelector("[role=status]");
            window.spoken = [];
            new MutationObserver(() => spoken.push(live.textContent)).observe(live, {childList: true});
        }"""
    )
    visitor.ask(ANSWERED)
    bezig, *answers = visitor.page.evaluate("spoken")
    assert bezig == "Bezig met zoeken in de documenten."
    assert len(answers) == 1
    assert re.search(r"72 uur .*\b\d bron(nen)?\.$", answers[0])
    expect(visitor.widget.locator("[aria-busy]")).to_have_count(0)


def test_a_conversation_goes_along_until_a_new_one_starts(visitor: Visit) -> None:
    for _ in range(6):
        visitor.ask(ANSWERED)
    visitor.use(soorten="handreiking, protocol")
    with visitor.page.expect_request("**/v1/vragen") as sent:
        visitor.ask("En hoe snel dan?")
    body = sent.value.post_data_json
    assert [turn["rol"] for turn in body["gesprek"]] == ["gebruiker", "assistent"] * 5
    assert "72 uur" in body["gesprek"][-1]["tekst"]
    assert body["filters"] == {"soorten": ["handreiking", "protocol"]}
    visitor.button("Nieuw gesprek").click()
    expect(visitor.field).to_be_focused()
    expect(visitor.turns).to_have_count(0)
    with visitor.page.expect_request("**/v1/vragen") as sent:
        visitor.ask(NOT_FOUND)
    assert sent.value.post_data_json["gesprek"] == []


def test_stop_keeps_what_was_written_and_ends_the_request(visitor: Visit, intranet: Intranet) -> None:
    visitor.through("stil")
    intranet.visitor_left.clear()
    turn = visitor.send(ANSWERED)
    reply = turn.locator(".antwoord")
    expect(reply.locator(".citaat").first).to_be_visible()
    expect(reply).to_have_attribute("aria-busy", "true")
    visitor.field.press("Enter")
    expect(visitor.told).to_have_text("Er wordt nog gezocht. Wacht even of kies Stop.")
    visitor.button("Stop").click()
    expect(reply).to_contain_text("Gestopt. Dit antwoord is niet af.")
    expect(reply.locator(".citaat").first).to_be_visible()
    assert intranet.visitor_left.wait(10)
    visitor.use(src=intranet.handwijzer)
    expect(visitor.turns).to_have_count(0)
    visitor.ask(ANSWERED)
    expect(visitor.button("Verstuur")).to_be_visible()


def test_a_new_conversation_and_a_widget_that_is_taken_away_end_the_request_too(
    visitor: Visit, intranet: Intranet
) -> None:
    visitor.through("stil")
    intranet.visitor_left.clear()
    expect(visitor.send(ANSWERED).locator(".citaat").first).to_be_visible()
    visitor.button("Nieuw gesprek").click()
    assert intranet.visitor_left.wait(10)
    expect(visitor.told).to_have_text("Nieuw gesprek.")
    intranet.visitor_left.clear()
    expect(visitor.send(ANSWERED).locator(".citaat").first).to_be_visible()
    visitor.widget.evaluate("widget => widget.remove()")
    assert intranet.visitor_left.wait(10)


@pytest.mark.parametrize("manner", ["afgekapt", "oud"])
def test_behind_a_proxy_without_streams_the_whole_answer_still_comes(visitor: Visit, manner: str) -> None:
    visitor.through(manner)
    turn = visitor.ask(ANSWERED)
    expect(turn.locator(".tekst")).to_contain_text("72 uur")
    expect(turn.locator(".onder")).to_be_visible()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 401}, "Deze pagina heeft geen geldige sleutel voor Handwijzer."),
        ({"status": 403}, "Deze pagina mag Handwijzer niet gebruiken."),
        ({"status": 503}, "Handwijzer is even niet beschikbaar."),
        ({"status": 400, "json": {"detail": "vraag: dit mag niet leeg zijn"}}, "vraag: dit mag niet leeg zijn"),
        ({"status": 200, "body": "<b>Log in</b>"}, "Handwijzer gaf een antwoord dat niet te lezen is."),
        (None, "Handwijzer is niet bereikbaar."),
    ],
)
def test_what_goes_wrong_is_said_in_dutch_and_can_be_tried_again(
    visitor: Visit, answer: dict[str, object] | None, words: str
) -> None:
    visitor.page.evaluate("addEventListener('handwijzer:fout', ({detail}) => { window.heard = detail; })")
    visitor.through("net")  # the same origin: nothing but the answer differs
    visitor.page.route("**/net/v1/vragen", lambda route: route.fulfill(**answer) if answer else route.abort())
    turn = visitor.send(ANSWERED)
    expect(turn.locator(".fout")).to_contain_text(f"Dat lukte niet. {words}")
    expect(visitor.told).to_contain_text(words)
    assert visitor.page.evaluate("heard.status") == (answer["status"] if answer and answer["status"] != 200 else 0)
    visitor.page.unroute("**/net/v1/vragen")
    visitor.page.route("**/net/v1/vragen", lambda route: route.fulfill(json={"antwoord": "Het is hersteld."}))
    visitor.button("Probeer opnieuw").click()
    expect(visitor.turns).to_have_count(1)
    expect(visitor.turns).to_contain_text("Het is hersteld.")
    expect(visitor.turns.get_by_role("heading")).to_be_focused()
    assert [text for text in visitor.complaints if not text.startswith("Failed to load resource")] == []
    visitor.complaints.clear()


def test_offline_is_told_apart(visitor: Visit) -> None:
    visitor.page.context.set_offline(True)
    expect(visitor.send(ANSWERED)).to_contain_text("U bent niet verbonden met internet.")
    assert all("ERR_INTERNET_DISCONNECTED" in text for text in visitor.complaints)
    visitor.complaints.clear()


def test_after_too_many_questions_the_visitor_sees_how_long_to_wait(
    visitor: Visit, intranet: Intranet, public_key: PublicKey
) -> None:
    visitor.use(key=public_key(intranet.url, 1))
    visitor.page.clock.install()
    visitor.ask(ANSWERED)
    turn = visitor.send(ANSWERED)
    expect(turn).to_contain_text("Er zijn te veel vragen achter elkaar gesteld.")
    expect(turn).to_contain_text(re.compile(r"U kunt het opnieuw proberen over (1 minuut|\d+ seconden)"))
    again = visitor.button("Probeer opnieuw")
    expect(again).to_have_attribute("aria-disabled", "true")
    visitor.page.clock.fast_forward(61_000)
    visitor.page.clock.run_for(61_000)
    expect(turn).to_contain_text("U kunt het nu opnieuw proberen.")
    expect(again).to_have_attribute("aria-disabled", "false")
    assert all("429" in text for text in visitor.complaints)
    visitor.complaints.clear()


def test_a_key_of_another_website_asks_nothing(visitor: Visit, public_key: PublicKey) -> None:
    visitor.use(key=public_key("https://ander.example.nl"))
    expect(visitor.send(ANSWERED)).to_contain_text("Dat lukte niet.")
    assert len(visitor.complaints) >= 1
    visitor.complaints.clear()


def test_two_widgets_on_a_page_each_have_their_own_conversation(visitor: Visit) -> None:
    visitor.widget.evaluate("widget => widget.after(widget.cloneNode(true))")
    first, second = visitor.widget.nth(0), visitor.widget.nth(1)
    second.evaluate(
        "widget => { widget.setAttribute('sleutel', widget.getAttribute('key')); widget.removeAttribute('key'); }"
    )
    second.evaluate("widget => widget.setAttribute('titel', '')")
    second.get_by_role("textbox").fill(ANSWERED)
    second.get_by_role("button", name="Verstuur").click()
    expect(second.locator(".onder")).to_be_visible()
    expect(first.locator(".beurt")).to_have_count(0)
    second.get_by_role("button", name="Bron 1").first.click()
    expect(second.locator(".bron").first).to_be_focused()


def test_the_script_is_small_cached_and_open_to_every_page(intranet: Intranet) -> None:
    address = f"{intranet.handwijzer}/widget.js"
    with urllib.request.urlopen(address, timeout=10) as response:
        script, headers = response.read(), response.headers
    assert len(script) < 40_000
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "max-age=" in headers["Cache-Control"]
    again = urllib.request.Request(address, headers={"If-None-Match": headers["ETag"]})
    with pytest.raises(urllib.error.HTTPError) as known:
        urllib.request.urlopen(again, timeout=10)
    assert known.value.code == 304
    known.value.close()
