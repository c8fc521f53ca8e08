"""Which personal data is found in documents, what is an organisation's or chance, and the text without it."""

from __future__ import annotations

import importlib.util
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.names import find_names
from ingest.personal_data import Finding, masked, scan
from ingest.reading import Block, BlockKind
from kb.errors import UsageError
from kb.privacy import PersonalData


def blocks(text: str) -> list[Block]:
    """One block a line; a line of cells is a row."""
    return [
        Block(BlockKind.ROW if ": " in line and "; " in line else BlockKind.PARAGRAPH, line)
        for line in text.split("\n")
    ]


def hidden(text: str) -> str:
    found = blocks(text)
    return "\n".join(block.text for block in masked(found, scan(found)))


# Minutes, cases, letters and forms, all invented. Telephone numbers count up, the IBAN is that of every manual, BSNs
# only pass the eleven test.
PLANTED = [
    # minutes
    ("Actie: de mentor belt moeder (06-12345678) voor vrijdag.", "Actie: de mentor belt moeder ([telefoonnummer]) voor vrijdag."),
    ("Vader is bereikbaar op 06 – 1234 5678 of 06/12345678.", "Vader is bereikbaar op [telefoonnummer] of [telefoonnummer]."),
    ("Nieuw nummer van oma: +31 (0)6 1234 5678", "Nieuw nummer van oma: [telefoonnummer]"),
    ("Oom in België: +32 474 12 34 56, belt 's avonds", "Oom in België: [telefoonnummer], belt 's avonds"),
    ("Thuisnummer 020-1234567, moeder neemt op", "Thuisnummer [telefoonnummer], moeder neemt op"),
    ("Mobiel0612345678", "Mobiel[telefoonnummer]"),
    ("Verslag naar s.dewit@gmail.example.com en naar sanne_dewit@kpn.example.nl", "Verslag naar [e-mailadres] en naar [e-mailadres]"),
    ("Vragen aan fatima.elidrissi (at) school.example.nl", "Vragen aan [e-mailadres]"),
    ("mailadres vader: p.yilmaz[at]example[dot]nl graag bevestigen", "mailadres vader: [e-mailadres] graag bevestigen"),
    ("cc: info@gmail.com, j.leerplicht@example.nl", "cc: [e-mailadres], [e-mailadres]"),
    ("De docent (bakker-wiskunde@example.nl) geeft bijles.", "De docent ([e-mailadres]) geeft bijles."),
    # cases
    ("Casus 3. De jongen (BSN 1234.56.782) is 14 jaar.", "Casus 3. De jongen (BSN [BSN]) is 14 jaar."),
    ("Het gaat om leerling 123456782 uit klas 2B.", "Het gaat om leerling [BSN] uit klas 2B."),
    ("Zijn burgerservicenummer is 123 456 782 en dat van zijn zus 111 222 333.", "Zijn burgerservicenummer is [BSN] en dat van zijn zus [BSN]."),
    ("In het systeem staat hij als 123 456 782.", "In het systeem staat hij als [BSN]."),
    ("bsn:123456789 (controleren, klopt niet)", "bsn:[BSN] (controleren, klopt niet)"),
    ("Onderwijsnummer/PGN 101222331", "Onderwijsnummer/PGN [BSN]"),
    ("Sofinummer 12345678 staat nog in het oude dossier.", "Sofinummer [BSN] staat nog in het oude dossier."),
    ("Casus: Daan (fictief), geboren 3 mrt. 2012, zit thuis.", "Casus: Daan (fictief), geboren [geboortedatum], zit thuis."),
    ("Het meisje is op 3 maart 2012 te Almere geboren.", "Het meisje is op [geboortedatum] te Almere geboren."),
    ("Jongen (geb. 3-3-'12) verzuimt sinds de herfst.", "Jongen (geb. [geboortedatum]) verzuimt sinds de herfst."),
    ("Gezin woont sinds mei op Kerkstraat 12a, 1234 AB Almere.", "Gezin woont sinds mei op [adres] Almere."),
    ("Moeder verhuisde naar het Plantsoen 3; vader bleef op de Burgemeester de Vlugtlaan 12-3.", "Moeder verhuisde naar [adres]; vader bleef op de [adres]."),
    ("De leerling van basisschool De Vlieger woont op Dorpsstraat 4.", "De leerling van basisschool De Vlieger woont op [adres]."),
    ("Postcode 1234AB, huisnummer 7, groen hek", "Postcode [adres], groen hek"),
    # letters
    ("Aan de ouders van Bram\nKerkstraat 12\n1234 AB Almere", "Aan de ouders van Bram\n[adres]\n[adres] Almere"),
    ("De vergoeding gaat naar NL91 ABNA 0417 1643 00.", "De vergoeding gaat naar [IBAN]."),
    ("rek.nr nl91abna0417164300 t.n.v. mevrouw", "rek.nr [IBAN] t.n.v. mevrouw"),
    ("Belgische rekening BE71 0961 2345 6769", "Belgische rekening [IBAN]"),
    ("U kunt Sanne de Wit van Stichting De Brug bellen: 020 123 45 67.", "U kunt Sanne de Wit van Stichting De Brug bellen: [telefoonnummer]."),
    ("Mijn privénummer is 020.1234567.", "Mijn privénummer is [telefoonnummer]."),
    # forms
    ("BSN\n123456782\nGeboortedatum\n03-03-2012\nTelefoon\n06 12 34 56 78", "BSN\n[BSN]\nGeboortedatum\n[geboortedatum]\nTelefoon\n[telefoonnummer]"),
    ("Burgerservicenummer:\n123456789", "Burgerservicenummer:\n[BSN]"),
    ("Geb.datum:\n3/3/2012", "Geb.datum:\n[geboortedatum]"),
    ("Naam: Bram; BSN: 123456782; Geboortedatum: 20120303; School: De Vlieger; Adres: Kerkstraat 12.", "Naam: Bram; BSN: [BSN]; Geboortedatum: [geboortedatum]; School: De Vlieger; Adres: [adres]."),
    ("Leerling: A; Nummer: 123456782; Moeder: 06-12345678; Oma: 020-1234567.", "Leerling: A; Nummer: [BSN]; Moeder: [telefoonnummer]; Oma: [telefoonnummer]."),
    ("Kind 1: 123456782, kind 2: 111222333", "Kind 1: [BSN], kind 2: [BSN]"),
    ("123456782 03-03-2012 groep 7", "[BSN] 03-03-2012 groep 7"),
    ("Noodnummer 1: 06.12.34.56.78 / noodnummer 2: (020) 123 45 67", "Noodnummer 1: [telefoonnummer] / noodnummer 2: [telefoonnummer]"),
    ("E-mail ouder 1\nNaam.Achternaam@Example.NL", "E-mail ouder 1\n[e-mailadres]"),
]  # fmt: skip

LEFT_ALONE = [
    # an organisation's
    "Bel 112, 113, 0800-2000, 0900 1234567, 088-1234567 of 14 036.",
    "Mail info@example.nl, leerplicht@almere.example.nl of secretariaat-vo@example.nl.",
    "post@example.nl, privacy@example.nl, fg@example.nl, klachten@example.nl, zorg.coordinator@example.nl",
    "jeugdteam.noord@example.nl, onderwijsloket@example.nl, burgerzaken@example.nl, noreply@example.nl",
    "Vlieger@vlieger.example.nl is het adres van de school.",
    "Gemeente Almere, Postbus 123, 1234 AB Almere",
    "Antwoordnummer 12, 1234AB Almere",
    "Bezoekadres: Stationsplein 1, 1234 AB Almere",
    "Basisschool De Vlieger, Kerkstraat 12, 1234 AB Almere, tel. 020-1234567",
    "Veilig Thuis Flevoland\nKerkstraat 12, 1234 AB Almere\nMeer weten? Lees de folder.",
    "Organisatie: Stichting De Brug; Adres: Kerkstraat 12; Telefoon: 020-1234567.",
    "Het secretariaat is bereikbaar op (020) 123 45 67.",
    # numbers that mean something else, though most pass the eleven test
    "ISBN 978-90-1234-567-1, ISBN 90 123 4567 8 en ISSN 1234-5678",
    "KvK 12345678, RSIN 123456782, btw-nummer NL123456782B01",
    "zaaknummer 123456782, kenmerk: 123456782, documentnummer 2015-0000123456",
    "Het budget is € 123.456.782, dus 123.456.782 euro of 123 456 782 euro.",
    "release r123456782, doc_123456782, /bestand/123456782 en 123456782.pdf",
    "De code is 000000000 als er geen BSN is.",
    "Het BSN is sinds 20231104 (of 04-11-2023) verplicht.",
    "Tabel: 12 345 678 2 en 100 123 456 782 en 123 456 782 9",
    "BWBR0003599, Stb. 2014, 442, Kamerstukken II 2013/14, 33 684, nr. 10, ECLI:NL:RVS:2014:1234",
    "Op 20231104 om 13.30 uur, van 04-11-2023 tot 05-11-2023, blz. 123-145",
    # dates and places that are nobody's
    "Kinderen geboren op of na 1 januari 2021, of geboren op 1 oktober 2019 of later",
    "De vordering verjaart op 1 januari 2026.",
    "Gegeven ten Paleize Soestdijk 30 mei 1968",
    "Woonplaats\nArtikel 3",
    "In de Kerkstraat 12 leerlingen; artikel 1200 BW; 2023 PO; Overleg 2024 VO",
    "",
]


@pytest.mark.parametrize(("text", "expected"), PLANTED)
def test_personal_data_in_a_document_gives_way_to_its_kind(text: str, expected: str) -> None:
    assert hidden(text) == expected


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_contact_data_of_organisations_and_numbers_of_other_things_stay(text: str) -> None:
    assert hidden(text) == text


def test_a_finding_says_what_and_where_but_not_the_value() -> None:
    text = "Eerste pagina. Moeder belt 06-12345678 terug."
    found = scan([Block(BlockKind.HEADING, "Verslag", 1, 3), Block(BlockKind.PARAGRAPH, text, 0, 3, (15,))])
    assert found == (Finding(PersonalData.PHONE, 1, 27, 38, 4),)
    assert "12345678" not in repr(found)


def test_pages_begin_at_the_same_words_after_masking() -> None:
    text = "BSN 123456782 hoort bij Bram. Moeder belt 06-12345678 terug."
    breaks = (4, 8, text.index("Bram"), 46, text.index("terug"))
    block = Block(BlockKind.PARAGRAPH, text, 0, 1, breaks)
    (result,) = masked([block], scan([block]))
    assert result.text == "BSN [BSN] hoort bij Bram. Moeder belt [telefoonnummer] terug."
    assert [result.text[offset:] for offset in result.page_breaks] == [
        "[BSN] hoort bij Bram. Moeder belt [telefoonnummer] terug.",
        " hoort bij Bram. Moeder belt [telefoonnummer] terug.",
        "Bram. Moeder belt [telefoonnummer] terug.",
        " terug.",
        "terug.",
    ]


def test_findings_that_overlap_are_hidden_together() -> None:
    block = Block(BlockKind.PARAGRAPH, "abcdefghij")
    spans = [(PersonalData.PHONE, 3, 6), (PersonalData.BSN, 1, 4), (PersonalData.IBAN, 6, 7)]
    findings = [Finding(kind, 0, start, end, None) for kind, start, end in spans]
    assert masked([block], findings) == (Block(BlockKind.PARAGRAPH, "a[BSN][IBAN]hij"),)


@st.composite
def documents(draw: st.DrawFn) -> list[Block]:
    parts = st.one_of(
        st.sampled_from([line for text, _ in PLANTED for line in text.split("\n")] + LEFT_ALONE),
        st.sampled_from("BSN|geboren|1234 AB|Kerkstraat 12|06|12345678|123456782|[BSN]|[|]|020-|Stichting|€|@example.nl".split("|")),
        st.text(max_size=12),
    )  # fmt: skip
    texts = draw(
        st.lists(st.lists(parts, max_size=5).map(draw(st.sampled_from(["", " ", ", ", "\n"])).join), max_size=5)
    )
    kinds = st.sampled_from(list(BlockKind))
    return [
        Block(draw(kinds), text, 0, 1, tuple(sorted(draw(st.lists(st.integers(0, len(text)), max_size=3)))))
        for text in texts
    ]


@given(documents())
def test_masking_takes_out_what_was_found_and_nothing_else(before: list[Block]) -> None:
    found = scan(before)
    after = masked(before, found)
    assert scan(after) == ()
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        rebuilt, page_breaks, done = "", list(old.page_breaks), 0
        for finding in (finding for finding in found if finding.block == number):
            rebuilt += old.text[done : finding.start]
            assert new.text.startswith(f"{rebuilt}[{finding.kind}]")
            inside = [offset for offset in old.page_breaks if finding.start < offset <= finding.end]
            rebuilt += f"[{finding.kind}]"
            page_breaks = [
                len(rebuilt) if offset in inside else moved
                for offset, moved in zip(old.page_breaks, page_breaks, strict=True)
            ]
            page_breaks = [
                len(rebuilt) + offset - finding.end if offset > finding.end else moved
                for offset, moved in zip(old.page_breaks, page_breaks, strict=True)
            ]
            done = finding.end
        assert new.text == rebuilt + old.text[done:]
        assert list(new.page_breaks) == page_breaks


DEDUCE = importlib.util.find_spec("deduce") is not None
needs_deduce = pytest.mark.skipif(not DEDUCE, reason="the extra 'namen' (deduce) is not installed")

# Ordinary first names and surnames put together, nobody is meant; after the bar the names.
NAMED = """
Mevrouw Sanne de Wit belt over haar zoon Daan. Daan zit al zes weken thuis. | Sanne de Wit, Daan, Daan
Aanwezig: Fatima El Idrissi (ib), P. Yılmaz (leerplicht) en J. van der Meer-Bakker. | Fatima El Idrissi, P. Yılmaz, J. van der Meer-Bakker
De heer drs. H.J. Dijkstra opent het overleg namens de gemeente Almere. | H.J. Dijkstra
Youssef (14) gaat naar het Stedelijk College in Zoetermeer. Zijn mentor is meester Kowalski. | Youssef, Kowalski
Leerling: Mohamed Ali Hassan; Mentor: mw. De Boer; Datum: 3 maart 2024. | Mohamed Ali Hassan, De Boer
Opa Kees brengt Noor elke ochtend naar school. Noor's broer Sem loopt zelf. | Kees, Noor, Noor, Sem
Volgens Achmed's moeder wil hij niet meer naar de Montessorischool. Tante Zeynep helpt. | Achmed, Zeynep
Notulist: Marieke van 't Hof. Afwezig: Bas, Emre Şahin. | Marieke van 't Hof, Bas, Emre Şahin
Wij hebben T. Nguyen en A.M. de Jong-Singh uitgenodigd voor het MDO van dinsdag. | T. Nguyen, A.M. de Jong-Singh
Jeugdbeschermer Ilse Vermeulen sprak met vader, Piotr Nowak, in het wijkteam Noord. | Ilse Vermeulen, Piotr Nowak
Rosa en haar vriendin Fleur zijn gezien bij het station. Agent Van Dijk nam hen mee. | Rosa, Fleur, Van Dijk
Het kind Jayden Martina staat onder toezicht; gezinsvoogd is Kim Blokland. | Jayden Martina, Kim Blokland
Met vriendelijke groet, Lotte Hoekstra, zorgcoördinator bij Veilig Thuis | Lotte Hoekstra
Gisteren belde Abdirahman. Hij vertelde dat juf Merel hem niet gelooft. | Abdirahman, Merel
Veilig Thuis Flevoland, Bureau Jeugdzorg en het Centrum voor Jeugd en Gezin werken samen. |
De Jan Ligthartschool ligt aan de Burgemeester de Vlugtlaan, naast de Wilhelminastraat. |
Artikel 3 van de Leerplichtwet 1969 verplicht ouders; Boek 1 van het Burgerlijk Wetboek ook. |
In Groningen, Den Haag en 's-Hertogenbosch loopt een pilot met het Nederlands Jeugdinstituut. |
De Mulder-methode en de William Schrikker Stichting kwamen op 3 maart aan de orde. |
Onderzoeksbureau Oberon volgde de pilots. Oberon sprak met scholen. Stap 1: meld het. Rijk en gemeente betalen. |
""".strip().split("\n")


@needs_deduce
@pytest.mark.parametrize("line", NAMED)
def test_persons_are_named_and_organisations_streets_and_laws_are_not(line: str) -> None:
    text, _, named = line.partition(" |")
    (spans,) = find_names([text])
    assert [text[start:end] for start, end in spans] == [name.strip() for name in named.split(",") if name.strip()]


@needs_deduce
def test_part_of_a_name_is_known_by_the_whole_elsewhere_in_the_document() -> None:
    texts = ["Aanwezig: Sanne Tuinbouwer.", "Tuinbouwer belt morgen, zegt S. Tuinbouwer.", "Tuinen en bouwers"]
    assert [
        [text[start:end] for start, end in spans] for text, spans in zip(texts, find_names(texts), strict=True)
    ] == [
        ["Sanne Tuinbouwer"],
        ["Tuinbouwer", "S. Tuinbouwer"],
        [],
    ]


@needs_deduce
def test_names_are_masked_beside_the_rest_and_none_is_left() -> None:
    before = blocks("Sanne de Wit (s.dewit@school.example.nl) belt\nMoeder: Sanne; BSN: 123456782; School: De Vlieger.")
    after = masked(before, scan(before, names=True))
    assert [block.text for block in after] == [
        "[naam] ([e-mailadres]) belt",
        "Moeder: [naam]; BSN: [BSN]; School: De Vlieger.",
    ]
    assert scan(after, names=True) == ()


@needs_deduce
def test_looking_for_names_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    find_names(["Sanne de Wit belt."])
    logging.getLogger("handwijzer.test").debug("stil")
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(DEDUCE, reason="the extra 'namen' (deduce) is installed")
def test_without_the_extra_names_are_refused_with_what_to_do() -> None:
    with pytest.raises(UsageError, match="pip install"):
        scan([Block(BlockKind.PARAGRAPH, "Sanne de Wit belt.")], names=True)
