"""What the privacy guard takes out of a question, which words it leaves, and that ordinary questions pass untouched."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.guard import guard, names_in
from bot.guard_wording import age
from kb.live import LiveKnowledge
from kb.privacy import mask, no_names_known

QUESTIONS = Path(__file__).resolve().parents[2] / "eval"
TODAY = dt.date(2024, 6, 1)

# Ordinary first names and surnames put together: nobody is meant.
NAMES = """
Sanne de Wit
Youssef El Amrani
Fatima Yılmaz
Mehmet Öztürk
Elif Demir
Emre Şahin
Zeynep Çelik
Kevin van Dijk
Lotte Vermeulen
Daan van den Berg
Sem Bakker
Mohamed Bouzidi
Samira El Idrissi
Ayoub Ben Ali
Naima Haddou
Ilias Ait Ali
Priya Ramdin
Radjesh Jagesar
Shaniqua Pinas
Vijay Baldew
Jayden Kromosoeto
Orlando Wijdenbosch
Agnieszka Nowak
Krzysztof Wiśniewski
Katarzyna Kowalska
Jakub Wójcik
Zuzanna Lewandowska
Sjoukje Hoekstra
Tjeerd Dijkstra
Nynke Postma
Jan Peters
Ali Hassan
Maria Lopez Garcia
Anne-Marie de Graaf
Jan Willem van der Meer
Chayenne Maduro
Esmée van 't Hof
Noor Janssen-de Boer
Thijs in 't Veld
Berkay Arslan
Xanthe van der Wal
Fleur Hoogendoorn
Ravi Soekhoe
Gülsüm Yıldırım
Oumaima Chaoui
Wiktoria Kamińska
Dunya El Khattabi
Levi den Ouden
Jesse Kuijpers
Bilal Azzouzi
Tygo ter Haar
Romy Schoonhoven
Nisa Kılıç
Hamza Tahiri
Giovanni Croes
Szymon Zieliński
Milou Verbeek
Omar Abdi
Sarah Nguyen
Quinten Rietveld
Jurre Zijlstra
Amira Benali
Ricardo dos Santos
Lina Tesfay
Dilara Korkmaz
Ashwin Bhagwandin
Femke op den Akker
Bram V.
""".strip().splitlines()
SENTENCES = [
    "{} zit al zes weken thuis, wat moet ik doen?",
    "Wat moet ik doen als {} niet meer naar school komt?",
    "{} van 12 jaar wordt gepest. Mag ik dat melden?",
    "Mag ik het dossier van {} delen met de gemeente?",
    "Krijgt {} een oproep van de leerplichtambtenaar?",
]

SENSE_STAYS = [
    ("Sanne de Wit zit al zes weken thuis, wat moet ik doen?", "De leerling zit al zes weken thuis, wat moet ik doen?"),
    (
        "Youssef El Amrani van 12 jaar wordt gepest. Mag Youssef naar een andere klas?",
        "Een leerling van 12 jaar wordt gepest. Mag de leerling naar een andere klas?",
    ),
    ("sanne de wit zit thuis, mag sanne naar school", "De leerling zit thuis, mag de leerling naar school"),
    ("Sanne de Wit en Bram Jansen zitten thuis", "De leerlingen zitten thuis"),
    ("Mijn leerling Bram zit thuis. Mag Bram terug?", "Mijn leerling zit thuis. Mag de leerling terug?"),
    ("Mijn zoon, Bram, wil niet naar school", "Mijn zoon wil niet naar school"),
    ("Moeder Sandra wil niet meewerken. Wat nu?", "De moeder wil niet meewerken. Wat nu?"),
    ("Leerling: Bram Jansen, moeder (Sandra)", "De leerling, moeder"),
    ("Wie belt de ouders van Fatima Yilmaz?", "Wie belt de ouders van het kind?"),
    ("Mag ik Jan Peters (34) uitnodigen?", "Mag ik een persoon (34) uitnodigen?"),
    ("Bel ik jeugdzorg over Sanne de Wit (06-12345678)?", "Bel ik jeugdzorg over deze persoon?"),
    ("Mw. Jansen belt over ons kind Fatima's rooster", "Deze mevrouw belt over ons kind zijn rooster"),
    ("Mag ik foto's van Sanne de Wit delen?", "Mag ik foto's van deze persoon delen?"),
    ("Hij heet Sem. Hij zit thuis.", "Hij zit thuis."),
    ("Hij heet Sem en zit thuis", "Hij zit thuis"),
    ("Een leerling die Bram heet zit thuis", "Een leerling zit thuis"),
    ("een jongen van 12 genaamd Bram", "een jongen van 12"),
    ("Ik ben Sanne de Wit, mentor. Wat is een MDO?", "Ik ben mentor. Wat is een MDO?"),
    ("Een leerling geboren op 3 maart 2012 zit thuis", "Een leerling van 12 jaar zit thuis"),
    ("Bram de Vries, geb. 12-03-2010, groep 7", "Een leerling, 14 jaar, groep 7"),
    ("Zij is op 3 maart 2012 in Zwolle geboren.", "Zij is 12 jaar geleden in Zwolle geboren."),
    ("Zijn geboortedatum is 12-03-2010, mag ik dat mailen?", "Zijn leeftijd is 14 jaar, mag ik dat mailen?"),
    ("Mag ik het BSN 123456782 aan de jeugdhulp geven?", "Mag ik het BSN aan de jeugdhulp geven?"),
    ("Mag ik mailen naar ouder@school.example.nl over een leerling?", "Mag ik mailen over een leerling?"),
    (
        "Het gezin El Amrani woont op Kerkstraat 12a in Utrecht. Wie helpt?",
        "Dit gezin woont op een adres in Utrecht. Wie helpt?",
    ),
]

NO_PERSONS = """
Wanneer meld ik bij Veilig Thuis?
Wat doet het Centrum Jeugd en Gezin Utrecht voor een kind van 12 jaar?
Wat zegt de Raad van State over Passend Onderwijs?
Geldt de Wet Donner nog?
Wat Is De Rol Van De Ondersteuningscoördinator Bij Langdurig Verzuim?
WAT DOET DE LEERPLICHTAMBTENAAR IN DEN HAAG?
Waar staat het Thijsse College en wat doet Gedragswerk?
Heeft de Anne Frankschool een plan? En basisschool Jan Ligthart?
Wie diende de motie Peters in, en wat vond minister Jan Jansen?
Mag een kind in Nederland thuis leren?
Is Capelle aan den IJssel aangesloten? En Alphen aan den Rijn?
Wat staat in de handreiking Samen Sterk In De Klas van Januari 2024?
Wat doet William Schrikker voor kinderen met een beperking?
Mag ik in Mei met Verlof?
Hoe meld ik mij aan bij Entrea van Nijmegen?
Wat staat er op [naam]?
""".strip().splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_a_full_name_that_nothing_announces_is_taken_out(name: str) -> None:
    for sentence in SENTENCES:
        guarded = guard(sentence.format(name), no_names_known)
        assert "een naam" in (guarded.notice or "")
        left = guarded.text.replace("?", " ").replace(".", " ").split()
        assert [part for part in name.replace(".", "").split() if part[0].isupper() and part in left] == []


def test_a_listed_name_is_found_in_small_letters_too() -> None:
    found = [name for name in NAMES if guard(f"mag {name.lower()} terug naar school", no_names_known).notice]
    assert len(found) >= 0.75 * len(NAMES)


@pytest.mark.parametrize(("question", "guarded"), SENSE_STAYS)
def test_the_question_keeps_its_sense(question: str, guarded: str) -> None:
    assert guard(question, no_names_known, TODAY).text == guarded


@pytest.mark.parametrize("question", NO_PERSONS)
def test_organisations_laws_places_and_titles_are_no_persons(question: str) -> None:
    assert guard(question, no_names_known).text == question
    assert guard(question, no_names_known).notice is None


def test_a_name_that_the_documents_hold_stays() -> None:
    question = "Wat zei Sanne de Wit op de bijeenkomst, en mevrouw Thijsse?"
    assert guard(question, {"Sanne de Wit", "Thijsse"}.__contains__).text == question
    assert "een naam" in (guard(question, {"Sanne de Wit"}.__contains__).notice or "")


def test_a_first_name_alone_is_no_name_that_the_documents_hold() -> None:
    assert guard("Mijn leerling Bram zit thuis", lambda name: True).text == "Mijn leerling zit thuis"


def test_the_notice_names_each_kind_and_says_how_to_ask_without() -> None:
    notice = guard("Bel 06-12345678 over mijn leerling Bram, BSN 123456782", no_names_known).notice or ""
    assert "een naam, een telefoonnummer en een burgerservicenummer" in notice
    assert "privacy" in notice
    assert "een leerling van 12 jaar" in notice


@pytest.mark.parametrize(
    ("written", "years"),
    [
        ("3 maart 2012", 12), ("3de maart 2012", 12), ("1 juni 2012", 12), ("2 juni 2012", 11), ("maart 2012", 12),
        ("03-03-'12", 12), ("2012-03-03", 12), ("20120303", 12), ("03032012", 12), ("030399", 25),
        ("3 maart", None), ("3/3", None), ("31-02-2012", None), ("3-3-2030", None), ("0-0-0000", None),
    ],
)  # fmt: skip
def test_an_age_is_counted_in_whole_years(written: str, years: int | None) -> None:
    assert age(written, TODAY) == years


def test_no_question_of_the_question_sets_changes() -> None:
    asked: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "vraag":
                    asked.append(value)
                else:
                    walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    for file in sorted(QUESTIONS.glob("questions*/*.yaml")):
        walk(yaml.safe_load(file.read_text("utf-8")))
    assert len(asked) > 450
    for form in (str, str.title, str.upper):
        assert [question for question in map(form, asked) if guard(question, no_names_known).notice] == []


def test_names_of_the_documents_are_read_only_when_asked_for(knowledge: LiveKnowledge) -> None:
    release = knowledge.retriever().release
    known = names_in(release)
    began = time.perf_counter()
    assert known("Thijsse College")
    assert time.perf_counter() - began < 0.5
    assert known("veilig thuis")
    assert not known("Sanne de Wit")
    assert not known("wit")
    assert not known("")


def test_an_ordinary_question_costs_next_to_nothing() -> None:
    question = "Wat moet een mentor doen als een leerling vaak ziek is, en wie belt dan de ouders?"
    began = time.perf_counter()
    for _ in range(100):
        guard(question, no_names_known)
    assert time.perf_counter() - began < 0.1


pieces = st.one_of(
    st.sampled_from([question for question, _ in SENSE_STAYS] + NO_PERSONS),
    st.sampled_from(
        "mijn leerling|mevrouw|Bram|de|Vries|geboren op|3 maart 2012|BSN|06|12345678|[naam]|[BSN]|heet|en|(|)|,|12 jaar"
        "|Kerkstraat|12|'s|. |van|die|naam:".split("|")
    ),
    st.text(max_size=12),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces, max_size=8), st.sampled_from(["", " ", ", ", "\n"]))
def test_what_is_guarded_is_clean_and_stays_as_it_is(parts: list[str], glue: str) -> None:
    text = glue.join(parts)
    guarded = guard(text, no_names_known, TODAY)
    assert mask(guarded.text).found == {}
    assert guard(guarded.text, no_names_known, TODAY).text == guarded.text
    if not mask(text).found:
        assert guarded.text == text
        assert guarded.notice is None
