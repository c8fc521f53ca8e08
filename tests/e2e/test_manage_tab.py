"""The Beheer tab in a real browser, on a server with documents of its own: from signing in to going back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import HOSTILE, overhear, running_server, wait_until
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from bot.access.caller import Role
from bot.access.keys import KeyStore
from bot.storage.database import Database
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.releases import ReleaseStore
from kb.settings import Settings

WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
JOB_MS = 150_000
KEYRING = "De klokkenluider meldt een verdwenen sleutelbos binnen drie werkdagen bij de conciërge van de school."
SMALL = """() => [...document.querySelectorAll("#beheer button, #beheer a, #beheer summary, .venster button, .beheer-voet button")]
    .map((one) => one.getBoundingClientRect()).filter(({width, height}) => width && (width < 24 || height < 24)).length"""
DROP = """([selector, name, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name));
    for (const kind of ["dragenter", "dragover", "drop"]) {
        const event = new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true});
        document.querySelector(selector).dispatchEvent(event);
    }
}"""


@dataclass(frozen=True)
class Site:
    """A server, and what is on its disk."""

    url: str
    settings: Settings

    def key(self, role: Role = Role.MANAGE) -> tuple[str, str]:
        """Make a key and wait until the server knows it; returns it with its id."""
        text, key = KeyStore(Database.of(self.settings), self.settings.data_dir).create(role)
        wait_until(lambda: self.knows(text), "de sleutel is niet bekend")
        return text, key.id

    def revoke(self, id: str, text: str) -> None:
        KeyStore(Database.of(self.settings), self.settings.data_dir).revoke(id)
        wait_until(lambda: not self.knows(text), "de sleutel is nog geldig")

    def knows(self, key: str) -> bool:
        # From another address: too many wrong keys from that of the browser, and it is refused for a minute.
        with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2")) as client:
            answer = client.get(f"{self.url}/v1/documenten", headers={"Authorization": f"Bearer {key}"})
        return answer.status_code == 200


@pytest.fixture(scope="module")
def site(encoder: Encoder, model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("beheer")
    settings = Settings(data_dir=folder / "data", corpus_dir=folder / "corpus", model_dir=model_dir)
    (settings.corpus_dir / "regels").mkdir(parents=True)
    (settings.corpus_dir / "verzuim.md").write_text(
        "---\ntitel: Verzuim melden\ndatum: 2024-01-15\n---\n\nDe mentor meldt verzuim op de eerste dag.\n", "utf-8"
    )
    (settings.corpus_dir / "regels" / "fietsen.md").write_text(
        f"---\ntitel: Fietsen {HOSTILE}\n---\n\nDe conciërge bewaart gevonden fietsen dertig dagen.\n", "utf-8"
    )
    assert ingest(ReleaseStore(settings.data_dir), settings.corpus_dir, encoder).published
    with running_server(
        data_dir=settings.data_dir,
        corpus_dir=settings.corpus_dir,
        model_dir=model_dir,
        upload_size=1,
        rate_limit=100_000,
    ) as url:
        yield Site(url, settings)


@dataclass
class Visit:
    """A page of a maintainer, and all that it complained of."""

    page: Page
    complaints: list[str]

    @property
    def way_in(self) -> Locator:
        return self.page.locator("footer").get_by_role("button", name="Beheer")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def list(self) -> Locator:
        return self.page.locator("#beheer-lijst")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    def give(self, key: str) -> None:
        self.dialog.get_by_label("Sleutel").fill(key)
        self.page.keyboard.press("Enter")

    def choose(self, *files: tuple[str, str]) -> None:
        chosen = [{"name": name, "mimeType": "text/plain", "buffer": text.encode()} for name, text in files]
        self.page.locator(".neer input").set_input_files(chosen)

    def publish(self) -> None:
        """Look at what changes and publish it; returns when that is done."""
        self.button("Kijk wat er verandert").first.click()
        expect(self.button("Publiceer")).to_be_visible(timeout=JOB_MS)
        self.button("Publiceer").click()
        expect(self.page.locator("#eerdere-taken li").first).to_contain_text("Klaar", timeout=JOB_MS)
        expect(self.page.locator("[data-open]")).to_have_count(0, timeout=JOB_MS)

    def excused(self, *codes: int) -> None:
        """Chromium itself tells of every refusal on the console; nothing else may be there."""
        assert [text for text in self.complaints if not any(f"status of {code}" in text for code in codes)] == []
        self.complaints.clear()


def visit(context: BrowserContext, site: Site) -> Visit:
    page = context.new_page()
    _, complaints = overhear(page, unheard="log")
    page.goto(site.url)
    return Visit(page, complaints)


@pytest.fixture
def visitor(browser: Browser, site: Site) -> Iterator[Visit]:
    """A visitor on a wide screen who has not signed in."""
    with browser.new_context(viewport=WIDE, locale="nl-NL") as context:
        visitor = visit(context, site)
        expect(visitor.way_in).to_be_visible()
        yield visitor
        assert visitor.complaints == []


@pytest.fixture
def maintainer(visitor: Visit, site: Site) -> Visit:
    visitor.way_in.click()
    visitor.give(site.key()[0])
    expect(visitor.button("Kies bestanden")).to_be_visible()
    return visitor


def test_only_a_key_with_role_beheer_opens_the_tab_and_signing_out_closes_it(visitor: Visit, site: Site) -> None:
    page, tab = visitor.page, visitor.page.get_by_role("tab", name="Beheer")
    expect(tab).to_be_hidden()
    visitor.way_in.focus()
    page.keyboard.press("Enter")
    expect(visitor.dialog).to_contain_text("handwijzer keys create --role beheer")
    for key, words in (
        ("", "Plak eerst uw sleutel"),
        ("twee woorden", "Dit is geen sleutel."),
        ("hw_fout", "Deze sleutel is niet geldig"),
        (site.key(Role.READ)[0], "Deze sleutel mag alleen lezen."),
    ):
        visitor.give(key)
        expect(visitor.dialog.get_by_role("alert")).to_contain_text(words)
        assert page.evaluate("Object.values(sessionStorage).some((value) => value.startsWith('hw_'))") is False
    visitor.give(site.key()[0])
    expect(tab).to_be_visible()
    expect(visitor.button("Kies bestanden")).to_be_visible()
    expect(visitor.way_in).to_be_hidden()
    assert "hw_" not in page.url
    page.reload()
    expect(visitor.button("Kies bestanden")).to_be_visible()
    visitor.button("Uitloggen").click()
    expect(tab).to_be_hidden()
    assert page.evaluate("document.getElementById('beheer').childElementCount") == 0
    assert page.evaluate("Object.values(sessionStorage).some((value) => value.startsWith('hw_'))") is False
    visitor.excused(401, 403)


def test_a_dropped_file_is_seen_published_asked_about_rolled_back_and_removed(maintainer: Visit) -> None:
    page = maintainer.page
    page.evaluate(DROP, [".neer", "sleutelbos.md", f"# Sleutelbos\n\n{KEYRING}\n"])
    row = page.locator("#klaar [data-token]")
    expect(row).to_contain_text("sleutelbos.md")
    row.locator("summary").click()
    row.get_by_label("Titel").fill(f"Sleutels {HOSTILE}")
    row.get_by_label("Datum van het document").fill("2024-03-01")
    maintainer.button("Kijk wat er verandert").first.click()
    diff = page.locator("#verschil")
    expect(diff).to_contain_text("1 nieuw", timeout=JOB_MS)
    expect(diff.get_by_role("heading", level=3)).to_be_focused()
    expect(maintainer.list).not_to_contain_text("Sleutels")
    page.reload()  # what waits, and what it would change, is still there
    expect(diff).to_contain_text("1 nieuw")
    maintainer.button("Publiceer").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(maintainer.list).to_contain_text(f"Sleutels {HOSTILE}", timeout=JOB_MS)
    expect(maintainer.list).to_contain_text("1 maart 2024")
    expect(page.locator("#klaar li")).to_have_count(0)
    expect(page.locator("#eerdere-taken")).to_contain_text("sleutelbos.md publiceren")

    page.get_by_role("tab", name="Vragen").click()
    page.get_by_role("textbox", name="Stel uw vraag").fill("Binnen hoeveel werkdagen wordt een sleutelbos gemeld?")
    page.keyboard.press("Enter")
    expect(page.locator("#gesprek")).to_contain_text("drie werkdagen")

    page.get_by_role("tab", name="Beheer").click()
    page.get_by_role("link", name="Releases").click()
    newest = page.locator(".releases > li").first
    expect(newest).to_contain_text("1 erbij")
    newest.locator("summary").click()
    expect(newest).to_contain_text(f"Sleutels {HOSTILE}")
    newest.get_by_role("button", name="Verslag").click()
    report = page.frame_locator("iframe.verslag")
    report.get_by_role("link", name="Documenten").click()
    expect(report.get_by_role("heading", name="Wat is er ingelezen?")).to_be_attached()
    maintainer.button("Zet deze live").first.click()
    maintainer.dialog.get_by_role("button", name="Zet live").click()
    expect(page.locator(".gelukt")).to_contain_text("is nu live")
    expect(page.locator(".gelukt")).to_be_focused()
    expect(newest.get_by_text("live", exact=True)).to_have_count(0)
    maintainer.button("Zet deze live").first.click()
    maintainer.dialog.get_by_role("button", name="Zet live").click()
    expect(newest.get_by_text("live", exact=True)).to_be_visible()

    page.get_by_role("link", name="Documenten").click()
    page.get_by_label("Zoek een document").fill("sleutels")
    remove = maintainer.list.get_by_role("button", name="Verwijder")
    expect(remove).to_have_count(1)
    remove.click()
    maintainer.dialog.get_by_role("button", name="Annuleren").click()
    expect(remove).to_be_focused()
    remove.click()
    maintainer.dialog.get_by_label("Ook uit oudere releases").check()
    maintainer.dialog.get_by_role("button", name="Verwijder").click()
    expect(maintainer.list).to_contain_text("Er is geen document met", timeout=JOB_MS)
    assert page.locator("#beheer :is(script, img)").count() == 0


def test_a_file_of_the_same_name_asks_first_and_what_fails_says_why(maintainer: Visit, site: Site) -> None:
    page, before = maintainer.page, (site.settings.corpus_dir / "regels" / "fietsen.md").read_text("utf-8")
    maintainer.choose(
        ("fietsen.md", "# Fietsen\n\nDe conciërge bewaart fietsen nu veertig dagen.\n"), ("kapot.pdf", "%PDF-1.4 kapot"),
        ("groot.txt", "a" * 1_000_001), ("pak.zip", "PK\x03\x04leeg"),
    )  # fmt: skip
    faults = page.get_by_role("list", name="Wat niet lukte")
    expect(faults.get_by_role("listitem")).to_have_count(2)
    expect(faults).to_contain_text("groot.txt: Een bestand mag maximaal 1 MB groot zijn.")
    expect(faults).to_contain_text("pak.zip: Dit is een ingepakt bestand")
    maintainer.button("Kijk wat er verandert").first.click()
    expect(page.locator("#klaar > .let-op")).to_have_text("Kies eerst bij elk bestand of het een ander vervangt.")
    maintainer.button("Vervang regels/fietsen.md").click()
    maintainer.button("Kijk wat er verandert").first.click()
    diff = page.locator("#verschil")
    expect(diff).to_contain_text("1 gewijzigd", timeout=JOB_MS)
    expect(diff).to_contain_text("Deze pdf is beschadigd")
    assert (site.settings.corpus_dir / "regels" / "fietsen.md").read_text("utf-8") == before
    maintainer.button(
        "Toch niet",
    ).last.click()
    maintainer.button("Toch niet: haal alles weg").click()
    expect(page.locator("#klaar li")).to_have_count(0)
    assert (site.settings.corpus_dir / "regels" / "fietsen.md").read_text("utf-8") == before
    maintainer.excused(415)


def test_a_newer_version_goes_for_a_document_and_what_is_out_of_the_list_can_still_be_erased(maintainer: Visit) -> None:
    page, row = maintainer.page, maintainer.page.locator("#klaar [data-token]")
    with page.expect_file_chooser() as chooser:
        maintainer.list.get_by_role("button", name="Vervang Verzuim melden").click()
    chooser.value.set_files({"name": "verzuim 2026.md", "mimeType": "text/plain", "buffer": KEYRING.encode()})
    expect(row).to_contain_text("Vervangt verzuim.md.")
    expect(page.locator("#klaar-kop")).to_be_focused()
    maintainer.button("Toch niet: haal alles weg").click()
    expect(row).to_have_count(0)
    maintainer.choose(("kluis.md", f"# Kluis\n\n{KEYRING}\n"))
    maintainer.publish()
    maintainer.choose(("kluis.md", f"# Kluis\n\n{KEYRING}\n"))
    expect(row).to_have_count(1)
    maintainer.list.get_by_role("button", name="Verwijder Kluis").click()
    maintainer.dialog.get_by_role("button", name="Verwijder").click()
    maintainer.button("Wis ook uit oudere releases").click(timeout=JOB_MS)
    maintainer.dialog.get_by_role("button", name="Wis overal").click()
    told = page.locator("#eerdere-taken li").first
    expect(told).to_contain_text("Ook 1 klaargezet bestand van dit document is gewist.", timeout=JOB_MS)
    expect(row).to_have_count(0)


def test_what_changed_in_the_corpus_folder_itself_is_seen_before_it_is_published(maintainer: Visit, site: Site) -> None:
    page, file = maintainer.page, site.settings.corpus_dir / "map.md"
    file.write_text(f"# Uit de map\n\n{KEYRING}\n", "utf-8")
    page.get_by_text("Iets veranderd in de corpusmap zelf?").click()
    maintainer.publish()
    expect(maintainer.list).to_contain_text("Uit de map")
    file.unlink()
    (site.settings.corpus_dir / "verzuim.md").rename(site.settings.corpus_dir / ".verzuim.md")
    maintainer.button("Kijk wat er verandert").first.click()
    expect(page.locator("#verschil")).to_contain_text("2 verwijderd", timeout=JOB_MS)
    maintainer.button("Publiceer").click()
    told = page.locator("#eerdere-taken li").first
    expect(told).to_contain_text("Mislukt", timeout=JOB_MS)
    expect(told).to_contain_text("Er is niets gewijzigd.")
    maintainer.button("Kijk wat er verandert").first.click()
    page.get_by_label("Het klopt dat deze documenten verdwijnen").check(timeout=JOB_MS)
    maintainer.button("Publiceer").click()
    expect(maintainer.list).not_to_contain_text("Uit de map", timeout=JOB_MS)
    (site.settings.corpus_dir / ".verzuim.md").rename(site.settings.corpus_dir / "verzuim.md")
    maintainer.publish()
    expect(maintainer.list).to_contain_text("Verzuim melden")


def test_a_key_that_ends_leads_back_to_the_dialog_and_what_was_on_the_screen_stays(visitor: Visit, site: Site) -> None:
    key, id = site.key()
    visitor.way_in.click()
    visitor.give(key)
    # What the page asks of itself could meet the ended key first: the search while typing, and the look at jobs.
    visitor.page.route("**/pagina/beheer/taken", lambda route: route.fulfill(body=""))
    with visitor.page.expect_response("**/pagina/beheer/documenten?zoek=fiets"):
        visitor.page.get_by_label("Zoek een document").fill("fiets")
    expect(visitor.list.get_by_role("row")).to_have_count(2)
    site.revoke(id, key)
    visitor.list.get_by_role("button", name="Verwijder").click()
    visitor.dialog.get_by_role("button", name="Verwijder").click()
    expect(visitor.dialog).to_contain_text("Uw sleutel is niet meer geldig.")
    visitor.give(site.key()[0])
    expect(visitor.dialog).to_have_count(0)
    expect(visitor.page.get_by_label("Zoek een document")).to_have_value("fiets")
    expect(visitor.list.get_by_role("row")).to_have_count(2)
    visitor.excused(401)


def test_a_visitor_with_an_old_key_goes_on_as_a_visitor(visitor: Visit, site: Site) -> None:
    visitor.page.evaluate("sessionStorage.setItem('handwijzer-sleutel', 'hw_oud')")
    visitor.page.goto(f"{site.url}/#beheer")
    visitor.page.reload()
    expect(visitor.dialog).to_contain_text("Inloggen voor beheer")  # that is what the address asks for
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.get_by_role("tab", name="Vragen")).to_have_attribute("aria-selected", "true")
    expect(visitor.way_in).to_be_visible()
    visitor.excused(401)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_a_phone_needs_no_sideways_scrolling(
    browser: Browser, site: Site, violations: Callable[[Page], Any], scheme: str
) -> None:
    with browser.new_context(viewport=PHONE, color_scheme=scheme, has_touch=True) as context:
        visitor = visit(context, site)
        page = visitor.page

        def is_sound() -> None:
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
            assert page.evaluate(SMALL) == 0

        visitor.way_in.click()
        is_sound()
        visitor.give(site.key()[0])
        visitor.choose(
            ("fietsen.md", KEYRING), (f"{'lang' * 30}.md", KEYRING), ("kapot.pdf", "%PDF-1.4 kapot"),
            ("groot.txt", "a" * 1_000_001),
        )  # fmt: skip
        expect(page.locator("#klaar [data-token]")).to_have_count(3)
        expect(page.locator("#niet-gelukt li")).to_have_count(1)
        page.locator("#klaar summary").first.click()
        is_sound()
        visitor.button("Vervang regels/fietsen.md").click()
        visitor.button("Kijk wat er verandert").first.click()
        expect(page.locator("#verschil-kop")).to_be_visible(timeout=JOB_MS)
        is_sound()
        visitor.button("Verwijder").first.click()
        is_sound()
        page.keyboard.press("Escape")
        for name in ("Releases", "Controle", "Gebruik en kwaliteit"):
            page.get_by_role("link", name=name).click()
            section = page.locator("#beheer > section:not([hidden]) .inhoud")
            expect(section.locator("li, p").first).to_be_visible()
            is_sound()
        assert visitor.complaints == []
