"""A visitor of the chat page in a real browser, for the tests of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from conftest import overhear
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
# What the page asks when a question is sent.
ASKING = "**/pagina/vragen"


@dataclass
class Visit:
    """One visitor's page, with all it fetched, said on the console and popped up."""

    page: Page
    requests: list[str]
    complaints: list[str]

    @property
    def field(self) -> Locator:
        return self.page.get_by_role("textbox", name="Stel uw vraag")

    @property
    def turns(self) -> Locator:
        return self.page.locator("#gesprek > .beurt:not(.bezig, .niet-verstuurd)")

    @property
    def sources(self) -> Locator:
        return self.page.locator(".bronnen-van:not([hidden]) .bron")

    @property
    def spoken(self) -> Locator:
        """What the live region says."""
        return self.page.locator("body > [role=status]")

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name)

    def send(self, question: str) -> None:
        """Send a question by Enter."""
        self.field.fill(question)
        self.field.press("Enter")

    def ask(self, question: str) -> Locator:
        """Ask by Enter and return the new turn once it is answered."""
        before = self.turns.count()
        self.send(question)
        expect(self.turns).to_have_count(before + 1)
        return self.turns.nth(before)


def visit(context: BrowserContext, url: str) -> Visit:
    """Open the page and wait until a question can be asked."""
    page = context.new_page()
    visitor = Visit(page, *overhear(page, unheard="log"))
    page.goto(url)
    expect(page.locator("html.hw-klaar")).to_be_attached(timeout=20_000)
    return visitor


@contextmanager
def visiting(browser: Browser, url: str, **settings: Any) -> Iterator[Visit]:
    """Open the page for a visitor, on a wide screen by default; ends with the check that nothing went wrong behind it."""
    with browser.new_context(**{"viewport": WIDE, "locale": "en-US"} | settings) as context:
        visitor = visit(context, url)
        yield visitor
        assert visitor.complaints == []
