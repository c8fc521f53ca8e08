"""What is recognised as personal data, and what is left alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kb.privacy import PersonalData, mask

ROOT = Path(__file__).resolve().parents[2]

# Invented: telephone numbers that count up, the IBAN of every manual, BSNs that only pass the eleven test.
MASKED = [
    ("Het BSN is 123456782.", "Het BSN is [BSN]."),
    ("bsn123456782 of 1234.56.782 of 123 456 782", "bsn[BSN] of [BSN] of [BSN]"),
    ("BSN: 12345678, volgens moeder", "BSN: [BSN], volgens moeder"),
    ("onderwijsnummer 101222331", "onderwijsnummer [BSN]"),
    ("123\u200b456\u00a0782 en 123\u200b456\u200b782", "[BSN] en [BSN]"),
    ("Bel 06-12345678 of (020) 123 45 67.", "Bel [telefoonnummer] of [telefoonnummer]."),
    (
        "Bel 06 12 34 56 78, +31 6 12345678 of 0031612345678",
        "Bel [telefoonnummer], [telefoonnummer] of [telefoonnummer]",
    ),
    ("tel0612345678", "tel[telefoonnummer]"),
    ("mail naam.achternaam@school.example.nl!", "mail [e-mailadres]!"),
    ("rekening NL91 ABNA 0417 1643 00 of nl91abna0417164300.", "rekening [IBAN] of [IBAN]."),
    ("Zij wonen op Kerkstraat 12a, 1234 AB Dronten", "Zij wonen op [adres] Dronten"),
    ("Burgemeester de Vlugtlaan 12-3 en Laan van Meerdervoort 100", "[adres] en [adres]"),
    ("hij woont op Het Wold 3.", "hij woont op [adres]."),
    ("kerkstraat 12 en 3512 JK 12 en postcode 1234 AB", "[adres] en [adres] en postcode [adres]"),
    ("geboren op 3 maart 2012 in Zwolle", "geboren op [geboortedatum] in Zwolle"),
    ("geb. 03-03-2012; geboortedatum: 2012-03-03", "geb. [geboortedatum]; geboortedatum: [geboortedatum]"),
    ("Zij is op 3 maart 2012 in Zwolle geboren.", "Zij is op [geboortedatum] in Zwolle geboren."),
    ("geboortedatum 03032012", "geboortedatum [geboortedatum]"),
    ("Mijn leerling Bram de Vries zit thuis. Mag Bram terug?", "Mijn leerling [naam] zit thuis. Mag [naam] terug?"),
    ("ons kind Fatima's rooster", "ons kind [naam]'s rooster"),
    ("mevrouw Jansen-de Boer en dhr. P. van der Berg", "mevrouw [naam] en dhr. [naam]"),
    ("MEVROUW JANSEN belt", "MEVROUW [naam] belt"),
    (
        "Hij heet Sem. Een leerling van mij heet Fatima El Idrissi.",
        "Hij heet [naam]. Een leerling van mij heet [naam].",
    ),
    ("een jongen van 12 genaamd Bram", "een jongen van 12 genaamd [naam]"),
    ("Leerling: Bram Jansen, moeder (Sandra)", "Leerling: [naam], moeder ([naam])"),
    ("Met vriendelijke groet, Sandra de Wit", "Met vriendelijke groet, [naam]"),
    ("Bram de Vries, geb. 12-03-2010, groep 7", "[naam], geb. [geboortedatum], groep 7"),
]

LEFT_ALONE = [
    "Wat staat er in artikel 1:247 BW, artikel 7.3.11 lid 2 en artikel 1200 BW?",
    "Is € 12.345.678 of 1 000 000 000 euro genoeg voor 2023-2024?",
    "De bijeenkomst was op 21-11-2023 en op 3 maart 2024, om 13.30 uur.",
    "Kinderen geboren vóór 1 oktober 2019 of na 1 januari 2021",
    "Een kleuter wordt op 12 maart vijf.",
    "In 2023 PO 12 scholen en 1500 VO 300 leerlingen",
    "In de Kerkstraat 12 leerlingen; onderweg 3 uur; woont in Utrecht 2 jaar",
    "Hoe heet het RMC tegenwoordig? En hoe heet Bureau Jeugdzorg nu?",
    "De docent Nederlands en de leraar Duits, over een leerling (Leerplichtwet).",
    "Centrum voor Jeugd en Gezin Utrecht en Veilig Thuis, 0800-2000",
    "Een ouder belt. Mijn leerling Wat moet ik doen?",
    "123456789 is geen burgernummer, 21-11-2023 5 ook niet",
    "release r20261122-003618364-853c van 2024-06-01",
    "",
]


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_personal_data_gives_way_to_its_kind(text: str, masked: str) -> None:
    assert mask(text).text == masked


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_other_numbers_dates_and_capitals_stay(text: str) -> None:
    assert mask(text).text == text
    assert mask(text).found == {}


def test_what_was_found_is_counted_by_kind() -> None:
    found = mask("Bel 06-12345678 of 020-1234567 over mijn leerling Bram, BSN 123456782").found
    assert found == {PersonalData.PHONE: 2, PersonalData.NAME: 1, PersonalData.BSN: 1}


def _ordinary() -> list[str]:
    """Every question and every quotation of the question set, none of which holds personal data."""
    texts: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                if key in ("vraag", "citaat"):
                    texts.append(value)
                else:
                    walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    for file in sorted((ROOT / "eval" / "questions").glob("*.yaml")):
        walk(yaml.safe_load(file.read_text("utf-8")))
    return texts


def test_no_question_or_quotation_of_the_question_set_changes() -> None:
    texts = _ordinary()
    assert len(texts) > 500
    assert [text for text in texts if mask(text).text != text] == []


def _eleven(start: str) -> str | None:
    """Complete eight digits to a BSN, None when no ninth digit does."""
    rest = sum(weight * int(digit) for weight, digit in zip(range(9, 1, -1), start, strict=True)) % 11
    return f"{start}{rest}" if rest < 10 and int(start) else None


bsns = st.from_regex(r"\A[0-9]{8}\Z").map(_eleven).filter(lambda number: number is not None)
separators = st.sampled_from(["", " ", ".", "-", "\u00a0", "–", " - "])
cuts = st.sets(st.integers(1, 8), max_size=4)
around = st.text(st.characters(exclude_categories=("Nd", "Cs")), max_size=40)


@given(bsns, separators, cuts, around, around)
def test_no_valid_bsn_survives_however_it_is_written(
    number: str, separator: str, places: set[int], before: str, after: str
) -> None:
    written = "".join(separator * (place in places) + digit for place, digit in enumerate(number))
    masked = mask(f"{before} {written} {after}").text
    assert written not in masked
    assert number not in re.sub(r"\D", "", masked)


pieces = st.one_of(
    st.sampled_from([text for text, _ in MASKED] + [masked for _, masked in MASKED] + LEFT_ALONE),
    st.sampled_from(
        "mijn leerling|mevrouw|Bram|de|Vries|geboren|3 maart 2012|BSN|06|12345678|[naam]|[BSN]|[|]|Kerkstraat|12".split(
            "|"
        )
    ),
    st.text(max_size=12),
    bsns,
)


@given(st.lists(pieces, max_size=8), st.sampled_from(["", " ", ", ", "\n"]))
def test_masking_what_is_masked_changes_nothing(parts: list[str], glue: str) -> None:
    once = mask(glue.join(parts)).text
    assert mask(once).text == once
    assert mask(once).found == {}
