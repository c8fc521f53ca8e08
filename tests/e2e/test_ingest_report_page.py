"""The report of an ingest in a real browser, opened as a file without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import overhear
from ingest_reports import HOSTILE, REPORT
from playwright.sync_api import Browser, Page, expect

from ingest.html_report import write_report


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(tmp_path_factory.mktemp("release"), REPORT)


@pytest.fixture(params=[(1280, "light"), (390, "light"), (390, "dark")], ids=["wide", "phone", "dark phone"])
def page(request: pytest.FixtureRequest, browser: Browser, report: Path) -> Iterator[Page]:
    """The report on three screens; ends with the check that it fetched nothing and nothing went wrong."""
    width, scheme = request.param
    with browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, offline=True) as context:
        page = context.new_page()
        requests, complaints = overhear(page)
        page.goto(report.as_uri())
        yield page
        assert (requests, complaints) == ([report.as_uri()], [])


def test_the_page_fits_and_shows_hostile_text_as_text(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.viewport_size
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    expect(page.locator("#mislukt")).to_contain_text(HOSTILE)
    assert page.locator("script, img").count() == 0
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    channels = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (channels[0] < 128) is dark


def test_what_needs_a_look_leads_to_the_document(page: Page) -> None:
    page.get_by_text("De geldigheid is voorbij").click()
    page.get_by_role("link", name="Titel oud").click()
    row = page.locator(":target")
    expect(row).to_be_in_viewport()
    expect(row).to_contain_text("Verlopen: geldig tot en met 1 maart 2026.")
