"""What a document must look like to be called readable."""

from __future__ import annotations

import codecs
import random
import string
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.language import language_of
from ingest.quality import assess, without_poor_pages
from ingest.readers import find_format
from ingest.reading import Block, BlockKind, FileText

ROOT = Path(__file__).parents[2]
SEEDS = ROOT.parent / "shared" / "seeds"
LAWS = ROOT.parent / "shared" / "data" / "texts" / "laws-2015"
BAR = 0.4
DUTCH = (
    "De mentor belt de ouders op de eerste dag dat een leerling zonder bericht wegblijft. Na drie dagen meldt de "
    "school het verzuim bij de leerplichtambtenaar. Samen met het gezin zoekt de ondersteuningscoördinator uit wat er "
    "nodig is, zodat de leerling weer naar school kan gaan. De afspraken staan in het plan, en na zes weken kijken "
    "alle betrokkenen of die hebben geholpen."
)
ENGLISH = (
    "The mentor calls the parents on the first day that a pupil stays away without notice. After three days the "
    "school reports the absence to the attendance officer, and together they look for what is needed."
)
FRENCH = (
    "Le mentor appelle les parents le premier jour où un élève est absent sans prévenir. Après trois jours, l'école "
    "signale l'absence, et ensemble ils cherchent ce qui est nécessaire pour que l'élève revienne."
)
GERMAN = (
    "Der Mentor ruft die Eltern am ersten Tag an, an dem ein Schüler ohne Nachricht fehlt. Nach drei Tagen meldet die "
    "Schule das Fehlen, und gemeinsam suchen sie, was nötig ist, damit das Kind zurückkommt."
)
FRISIAN = (
    "De mentor skillet de âlden op de earste dei dat in learling sûnder berjocht net op skoalle is. Nei trije dagen "
    "meldt de skoalle it by de amtner, en tegearre sykje se wat der nedich is foar it bern."
)
AFRIKAANS = (
    "Die mentor bel die ouers op die eerste dag wat 'n leerder sonder kennisgewing wegbly. Na drie dae meld die skool "
    "dit by die amptenaar, en saam soek hulle wat nodig is sodat die kind nie agter raak nie."
)


def page(lines: str | Sequence[str], number: int | None = None, kind: BlockKind = BlockKind.PARAGRAPH) -> list[Block]:
    return [Block(kind, line, page=number) for line in ([lines] if isinstance(lines, str) else lines)]


def shifted_font(text: str) -> str:
    """A font whose glyph numbers are read as characters: "7KLV" for "This"."""
    return "".join(chr(ord(char) - 29) if "=" <= char <= "~" else char for char in text)


def other_alphabet(text: str) -> str:
    mixed = random.Random(4).sample(string.ascii_letters, 52)
    return text.translate(str.maketrans(string.ascii_letters, "".join(mixed)))


def random_letters(text: str) -> str:
    dice = random.Random(4)
    return "".join(dice.choice(string.ascii_lowercase) if char.isalpha() else char for char in text)


def bad_scan(text: str) -> str:
    dice, misread = random.Random(4), {"a": "@", "e": "c", "i": "|", "n": "ri", "o": "0", "s": "5", "d": "cl", "l": "1"}
    return "".join(misread.get(char, char) if dice.random() < 0.5 else dice.choice([char, char, "~"]) for char in text)


GARBAGE = {
    "shifted font": (shifted_font(DUTCH), "weinig bestaande woorden"),
    "other alphabet": (other_alphabet(DUTCH), "weinig bestaande woorden"),
    "rot13": (codecs.encode(ENGLISH, "rot13"), "weinig bestaande woorden"),
    "random letters": (random_letters(DUTCH), "weinig bestaande woorden"),
    "keyboard": ("asdf jkl; qwpoeiru zxmnvb alskdj fhgqpw oeiruty zmxncb laksjd hfgqow ieurty", "weinig bestaande woorden"),
    "bad scan": (bad_scan(DUTCH), "veel vreemde tekens"),
    "private characters": ("".join(chr(0xE000 + ord(c)) if c.isalpha() else c for c in DUTCH), "veel vreemde tekens"),
    "replacement marks": ("".join("\ufffd" if c in "aeno" else c for c in DUTCH), "veel vreemde tekens"),
    "misread Cyrillic": ("Позвоните родителям".encode().decode("cp1252", "replace") * 4, "veel vreemde tekens"),
    "letters apart": (" ".join(DUTCH.replace(" ", "")), "losse letters"),
    "pairs apart": (" ".join(DUTCH[at : at + 2].strip() for at in range(0, len(DUTCH), 2)), "losse letters"),
    "glued": (DUTCH.replace(" ", ""), "woorden aan elkaar"),
    "glued sentences": (DUTCH.replace(" ", "").replace(".", ". "), "woorden aan elkaar"),
}  # fmt: skip


@pytest.mark.parametrize("kind", GARBAGE)
def test_a_page_of_garbage_falls_under_the_bar_and_says_why(kind: str) -> None:
    text, reason = GARBAGE[kind]
    (judged,) = assess(page(text)).pages
    assert judged.score < BAR
    assert reason in judged.reasons


def test_one_line_over_and_over_is_no_page_to_read() -> None:
    (judged,) = assess(page(["Vertrouwelijk, niet verspreiden buiten de school"] * 30)).pages
    assert judged.score < BAR
    assert judged.reasons == ("steeds dezelfde regel",)


GOOD = {
    "title page": ["Handreiking verzuim", "Gemeente Voorbeeld", "Versie 2.1, maart 2024"],
    "title in spaced letters": ["H A N D R E I K I N G  V E R Z U I M", "2024"],
    "numbers": [" ".join(str(x * y) for x in range(1, 13)) for y in range(1, 30)],
    "price list": [f"{what}: € {price},50" for price, what in enumerate("Passers Mappen Agenda Atlas Gummen".split())],
    "salary table": [f"Schaal: {at}; Bedrag: {at * 201.4:.2f}; Nr.: J{at}." for at in range(40)],
    "crosses": [f"Taak: {what}; Mentor: x; IB: ; LPA: x; GGD: ." for what in "Bellen Mailen Melden Sluiten".split()],
    "names": ["Tjitske Hylkema", "Szymon Krzyżanowski", "Nguyễn Thị Hương", "Grzegorz Wrzesniewski", "Rhys Llwyd"] * 2,
    "abbreviations": ["AVG WPO WVO WEC BSN MDO ZAT", "vwo havo vmbo-tl pro vso mbo hbo", "zzp wlz zvw pgb ggz lvb poh"],
    "long words": "gegevensbeschermingseffectbeoordeling toelaatbaarheidsverklaring ondersteuningscoördinator".split() * 4,
    "contents": ["Inhoud", "1 Inleiding ........ 3", "2 Werkwijze ........ 8", "Bijlage 1 Formulier ........ 19"],
    "form": ["Naam: ____________", "☐ Ja ☐ Nee", "☐ Ja ☐ Nee", "Handtekening: ............"] * 3,
    "addresses": ["https://www.voorbeeld.nl/a/b?c=1", "www.voorbeeld.nl/artikelen", "Kijk op voorbeeld.nl"],
    "paths": [f"bestand: verslag_{at}_def.pdf; map: afdeling-onderwijs/{'leerlingzaken-en-verzuim/' * 3}verslag_{at}.pdf." for at in range(9)],
    "bullets of a symbol font": ["\uf0b7 Bel de ouders", "\uf0b7 Noteer het verzuim", "\uf0b7 Meld na drie dagen"],
    "some misread letters": ["De coÃ¶rdinator belt de ouders op de eerste dag, en noteert dat in het systeem van school."],
    "capitals": [DUTCH.upper()],
    "references": ["Smith, J., & Wright, T. (2018). Truancy. Review, 4(1), 1-9.", "Müller, K. (2020). Zeitschrift, 12, 3-19."],
    "Turkish": ["Sayın veliler, çocuğunuzun gelişimi hakkında görüşmek için sizi okula davet ediyoruz."],
    "Polish": ["Szanowni Państwo, zapraszamy na spotkanie z nauczycielem, prosimy o potwierdzenie obecności."],
    "Arabic": ["عزيزي ولي الأمر، ندعوك إلى اجتماع في المدرسة لمناقشة تقدم طفلك."],
    "Chinese": ["尊敬的家长，我们邀请您参加学校会议，讨论您孩子的进步。如果您不能参加，请通知我们。"],
    "one word": ["Dank!"],
    "a number": ["12"],
}  # fmt: skip


@pytest.mark.parametrize("kind", [BlockKind.PARAGRAPH, BlockKind.ROW])
@pytest.mark.parametrize("what", GOOD)
def test_a_short_or_unusual_page_is_readable(what: str, kind: BlockKind) -> None:
    assert assess(page(GOOD[what], kind=kind)).score > BAR
    assert assess(page(" ".join(GOOD[what]), kind=kind)).score > BAR


@pytest.mark.parametrize(
    ("text", "language"),
    [(DUTCH, "nl"), (ENGLISH, "en"), (FRENCH, "fr"), (GERMAN, "de"), (FRISIAN, "fy"), (AFRIKAANS, "af")],
)
def test_another_language_is_named_and_costs_nothing(text: str, language: str) -> None:
    judged = assess(page(text))
    assert (judged.language, judged.score) == (language, 1.0)


def test_short_dutch_is_never_called_afrikaans() -> None:
    sentences = [sentence for line in DUTCH.split(". ") for sentence in (line, line[:60], line[-60:])]
    lines = "Ons kenmerk|Die school is goed voor alle kinderen|Wat doen we daar niet meer|Ik weet niet wat ik moet doen"
    assert {language_of(text) for text in [*sentences, *lines.split("|")]} <= {"nl", None}


def test_too_little_text_has_no_language() -> None:
    assert assess(page(["Handreiking", "2024"])).language is None
    assert assess([]).pages == ()


def test_the_language_is_that_of_the_text_and_not_of_its_cover() -> None:
    assert assess(page(ENGLISH, 1) + [block for at in range(2, 6) for block in page(DUTCH, at)]).language == "nl"


def test_only_poor_pages_are_left_out_and_of_a_block_over_the_page_break_only_what_stands_there() -> None:
    over_the_end = Block(BlockKind.PARAGRAPH, DUTCH, page=2, page_breaks=(len(DUTCH) - 20,))
    blocks = (*page(DUTCH, 1), over_the_end, *page(random_letters(DUTCH), 3))
    content = FileText(blocks, {"titel": "Een"}, pages=3)
    kept, poor = without_poor_pages(content, assess(blocks), BAR)
    assert [(block.page, block.text) for block in kept.blocks] == [(1, DUTCH), (2, DUTCH[:-20].strip())]
    assert [judged.page for judged in poor] == [3]
    assert (kept.metadata, kept.pages) == ({"titel": "Een"}, 3)
    assert without_poor_pages(content, assess(blocks), 0) == (content, ())


def test_a_document_scores_by_how_much_of_its_text_is_readable() -> None:
    mostly_good = assess([*page([DUTCH] * 3, 1), *page(random_letters(DUTCH), 2)])
    assert 0.7 < mostly_good.score < 0.8


@pytest.mark.parametrize(
    "path",
    [
        *sorted(path for path in (ROOT / "corpus").glob("[!_]*/*.*") if path.suffix != ".yaml"),
        *sorted(SEEDS.glob("*")),
        *sorted(LAWS.glob("*.md"))[::17],
    ],
    ids=lambda path: path.name,
)
def test_no_page_of_a_real_document_falls_under_the_bar(path: Path) -> None:
    judged = assess(find_format(path).read(path).blocks)
    assert judged.language == "nl"
    assert [found for found in judged.pages if found.score < 0.7] == []


@given(st.lists(st.text(max_size=300), max_size=12))
@settings(max_examples=200, deadline=None)
def test_any_text_gets_a_score_between_0_and_1(texts: list[str]) -> None:
    blocks = [Block(kind, text, page=at) for at, text in enumerate(texts) for kind in BlockKind]
    judged = assess(blocks)
    assert all(0 <= score <= 1 for score in (judged.score, *(found.score for found in judged.pages)))
    assert [found.page for found in judged.pages] == list(range(len(texts)))
    assert assess(blocks) == judged
