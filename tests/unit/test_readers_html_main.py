"""Web pages: which part of a page is read, and that nothing is read that its reader does not see."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.readers import find_format

MENU = "<ul><li><a href='/a'>MENU</a></li><li><a href='/b'>MENU</a></li><li><a href='/c'>MENU</a></li></ul>"
NEWS = "<h3>NIEUWS</h3><p>NIEUWS brug open. Lees verder</p><p>NIEUWS kermis dicht.</p>"
FOOT = "<p>VOET Postbus Telefoon</p>"
TEXT = (
    "<h1>Terugkeer</h1><p>Dit stappenplan helpt een jongere om rustig terug te keren naar school.</p>"
    "<ol><li>Maak een afspraak.</li><li>Schrijf een rooster.</li></ol>"
    "<h2>Rooster</h2><table><tr><th>Week</th><th>Uren</th></tr><tr><td>1</td><td>vier</td></tr></table>"
    "<p>Overleg met de jeugdarts als de klachten toenemen of als het thuis te zwaar wordt.</p>"
)
SAID = [
    "Terugkeer",
    "Dit stappenplan helpt een jongere om rustig terug te keren naar school.",
    "1. Maak een afspraak.",
    "2. Schrijf een rooster.",
    "Rooster",
    "Week: 1; Uren: vier.",
    "Overleg met de jeugdarts als de klachten toenemen of als het thuis te zwaar wordt.",
]


def said(path: Path, body: str, head: str = "") -> list[str]:
    path.write_text(f"<!DOCTYPE html><html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>", "utf-8")
    return [block.text for block in find_format(path).read(path).blocks]


@pytest.mark.parametrize(
    "page",
    [
        f"<div class=wrap><div class=top>{MENU}</div><div class=cols><div class=text>{TEXT}</div>"
        f"<div class=box>{NEWS}</div></div><div class=site-footer>{FOOT}</div></div>",
        f"<form id=aspnetForm><div>{MENU}</div><div id=contentBox>{TEXT}</div><div>{NEWS}</div></form>",
        f"<main><article>{TEXT}</article><section>{NEWS}</section></main><footer>{FOOT}</footer>",
        f"<div id=CybotCookiebotDialog><p>Wij plaatsen VOLGBESTANDEN om u advertenties te kunnen tonen.</p></div>"
        f"<div class=page><div>{TEXT}</div><div class=comments-area><p>REACTIE</p></div></div>",
    ],
)
def test_the_text_of_a_page_is_read_with_its_structure_and_without_the_site(page: str, tmp_path: Path) -> None:
    assert said(tmp_path / "x.html", page) == SAID


@pytest.mark.parametrize("tag", ["section", "article", "div"])
def test_a_text_in_several_parts_is_read_whole(tag: str, tmp_path: Path) -> None:
    parts = TEXT.replace("<h2>", f"</div></{tag}><{tag}><div><h2>")
    assert said(tmp_path / "x.html", f"{MENU}<main><{tag}><div>{parts}</div></{tag}></main>") == SAID


def test_what_the_reader_of_a_page_does_not_see_is_not_read(tmp_path: Path) -> None:
    style = """<style>/* .text{display:none} */ .menu-mobiel, p.concept{color:red;display:none}
    #popup > div{visibility:hidden}
    @media print{.text{display:none}} @media screen and (max-width:9em){.text{display:none}} .x::before{content:""}
    </style><style media=print>.text{display:none}</style>"""
    page = (
        "<div class='menu-mobiel groot'>WEG</div><p class=concept>WEG</p><div id=popup><div>WEG</div></div>"
        "<template><p>WEG</p></template><p aria-hidden=true>WEG</p><p hidden>WEG</p><p style='display: none'>WEG</p>"
        "<p style='color:#fff; background-color: white'>WEG</p><p style='color:#FFF'>Witte letters op een donker vlak zijn te lezen, want wit op wit is het niet.</p>"
        f"<div class=text>{TEXT}</div>"
    )
    assert said(tmp_path / "x.html", page, style) == [
        "Witte letters op een donker vlak zijn te lezen, want wit op wit is het niet.",
        *SAID,
    ]


def test_what_opens_on_a_click_is_read(tmp_path: Path) -> None:
    style = """<style>.tab{display:none} .tab.active{display:block} .paneel, #uitleg, .los{display:none}</style>"""
    page = (
        f"{TEXT}<div class='tab active'><p>Eerste tabblad.</p></div><div class=tab><p>Tweede tabblad.</p></div>"
        "<button>Vraag</button><div class=paneel><p>Het antwoord.</p></div>"
        "<p><a href='#uitleg'>Uitleg</a></p><p>Tekst.</p><div id=uitleg><p>De uitleg.</p></div><p class=los>WEG</p>"
    )
    opened = ["Eerste tabblad.", "Tweede tabblad.", "Het antwoord.", "Uitleg", "Tekst.", "De uitleg."]
    assert said(tmp_path / "x.html", page, style) == [*SAID, *opened]


def test_a_page_that_hides_itself_until_it_has_loaded_is_read(tmp_path: Path) -> None:
    assert said(tmp_path / "x.html", f"<div id=page>{TEXT}</div>", "<style>#page{visibility:hidden}</style>") == SAID
