"""What may come into the knowledge base: personal data by the rule that is set, and only pages that can be read."""

from __future__ import annotations

from pathlib import Path

from intake_files import ADDRESS, BORN, BSN, CASE, MOBILE, details, documents, mail, original, row, word_file
from pdf_files import draw, paragraph
from test_ingest import best, statuses

from bot.service import ask
from ingest.pipeline import ingest
from ingest.policy import PersonalDataRule, Policy
from kb.encoder import Encoder
from kb.errors import Reason
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore
from kb.word_table import WordTable

REPORTED, MASKED, REFUSED = (Policy(personal_data=rule) for rule in PersonalDataRule)


def bytes_in(folder: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_personal_data_are_reported_with_kind_count_and_page(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    draw(
        corpus / "casus.pdf",
        [
            paragraph(["De school bespreekt elke maand de leerlingen die thuis zitten."]),
            paragraph([f"De jongen heeft BSN {BSN} en zijn zus ook {BSN}.", f"Moeder belt met {MOBILE} naar school."]),
        ],
    )
    report = ingest(store, corpus, encoder, policy=REPORTED)
    assert details(report, "casus.pdf")["persoonsgegevens"] == [
        {"soort": "BSN", "aantal": 2, "paginas": [2], "gemaskeerd": False},
        {"soort": "telefoonnummer", "aantal": 1, "paginas": [2], "gemaskeerd": False},
    ]
    message = row(report, "casus.pdf").message or ""
    assert "2 keer BSN (pagina 2), niet gemaskeerd" in message
    assert BSN not in message
    # Unchanged, it is told again: it still stands there.
    (corpus / "verslag.txt").write_text("Een nieuw verslag van de netwerkgroep.", encoding="utf-8")
    again = ingest(store, corpus, encoder, policy=REPORTED)
    assert details(again, "casus.pdf") == details(report, "casus.pdf")


def test_refused_personal_data_keep_the_version_before_until_the_maintainer_lets_them_through(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    ingest(store, corpus, encoder, policy=REFUSED)
    changed = (corpus / "verzuim.md").read_text("utf-8") + f"\n## Casus\n\n{CASE}\n"
    (corpus / "verzuim.md").write_text(changed, encoding="utf-8")
    # The title is shown with every citation, though it may stand nowhere in the text.
    (corpus / "brief.docx").write_bytes(word_file("De directeur schrijft de ouders een brief.", f"Brief {MOBILE}"))
    report = ingest(store, corpus, encoder, policy=REFUSED)
    assert row(report, "brief.docx").reason is Reason.PERSONAL_DATA
    refused = row(report, "verzuim.md")
    assert (refused.status.value, refused.reason, refused.passages) == ("mislukt", Reason.PERSONAL_DATA, 2)
    assert "1 keer BSN, 1 keer geboortedatum, 1 keer telefoonnummer" in (refused.message or "")
    assert "vorige versie" in (refused.message or "")
    assert BSN.encode() not in bytes_in(store.data_dir)
    (corpus / "verzuim.meta.yaml").write_text("toestaan: persoonsgegevens\n", encoding="utf-8")
    assert row(ingest(store, corpus, encoder, policy=REFUSED), "verzuim.md").status.value == "gewijzigd"
    assert original(store, "verzuim.md") == changed.encode()


def test_masked_personal_data_are_nowhere_and_citations_still_point_right(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    after = "Daarna nodigt de jeugdarts het gezin uit op het consultatiebureau."
    (corpus / "casus.txt").write_text(f"Verslag van het overleg\n\n{CASE} {after}\n", encoding="utf-8")
    (corpus / "brief.docx").write_bytes(word_file("De directeur schrijft een brief.", f"Brief aan {MOBILE}"))
    sent = [("casus.docx", word_file(CASE))]
    (corpus / "mail.eml").write_bytes(mail("De casus zit bij dit bericht.", sent).as_bytes())
    garbage = ["x9#k w@t |l3tt| q]n {8f ~~ z^j"] * 30
    draw(corpus / "scan.pdf", [paragraph(["De leraar leest de klas elke dag voor."]), paragraph([BSN, *garbage])])
    report = ingest(store, corpus, encoder, policy=MASKED)
    for file in ("casus.txt", "mail.eml/casus.docx", "scan.pdf"):
        assert {found["gemaskeerd"] for found in details(report, file)["persoonsgegevens"]} == {True}
    stored = bytes_in(store.data_dir)
    for value in (BSN, MOBILE, BORN, ADDRESS):
        assert value.encode() not in stored
        assert value.encode("utf-16-le") not in stored
    table = WordTable.load(store.folder(store.live_id() or ""))
    assert table
    assert not {BSN, "12345678"} & set(table.vocabulary)
    assert documents(store)["brief.docx"].title == "Brief aan [telefoonnummer]"
    known = documents(store)
    release = store.open()
    for file in ("casus.txt", "brief.docx", "mail.eml", "mail.eml/casus.docx", "scan.pdf"):
        assert original(store, file).decode() == release.text_of(known[file].id)
        assert known[file].media_type == "text/plain"
    for passage in release.passages:
        assert release.text_of(passage.document_id)[passage.start : passage.end] == passage.text
    answer = ask(LiveKnowledge(store, encoder), "Wie nodigt het gezin uit?")
    source = answer.sources[0]
    assert [source.text[start:end].endswith(after) for start, end in source.marks] == [True]
    assert "[BSN]" in source.text
    assert not ingest(store, corpus, encoder, policy=MASKED).published


def test_another_rule_reads_everything_again_at_the_next_ingest(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    (corpus / "casus.txt").write_text(CASE, encoding="utf-8")
    ingest(store, corpus, encoder, policy=REPORTED)
    assert BSN in best(store, encoder, "Wat is het BSN van de jongen?")
    report = ingest(store, corpus, encoder, policy=MASKED)
    assert report.published
    assert BSN not in "".join(passage.text for passage in store.open().passages)
    assert b"[BSN]" in original(store, "casus.txt")
    (corpus / "casus.meta.yaml").write_text("toestaan: persoonsgegevens\n", encoding="utf-8")
    ingest(store, corpus, encoder, policy=MASKED)
    assert original(store, "casus.txt") == CASE.encode()


def test_only_the_maintainer_lets_through_what_came_with_a_message(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    sent = f"---\ntitel: Casus\ntoestaan: persoonsgegevens\n---\n\n{CASE}\n".encode()
    (corpus / "mail.eml").write_bytes(mail("De casus staat in de bijlage.", [("casus.md", sent)]).as_bytes())
    report = ingest(store, corpus, encoder, policy=REFUSED)
    assert row(report, "mail.eml/casus.md").reason is Reason.PERSONAL_DATA
    # What the message itself opens must not hold it either, nor who sent it.
    assert original(store, "mail.eml") == b"Afspraken\n\nDe casus staat in de bijlage."
    (corpus / "mail.eml.meta.yaml").write_text("toestaan: persoonsgegevens\n", encoding="utf-8")
    ingest(store, corpus, encoder, policy=REFUSED)
    assert original(store, "mail.eml/casus.md") == sent
    assert original(store, "mail.eml") == (corpus / "mail.eml").read_bytes()


def test_a_page_of_garbage_costs_that_page_and_a_file_of_it_is_refused_unless_allowed(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    garbage = paragraph(["x9#k w@t |l3tt| q]n {8f ~~ z^j k$r p%4v"] * 30)
    good = ["De logopedist toetst in groep twee of elk kind goed", "praat en bespreekt dat met de ouders."]
    draw(corpus / "deels.pdf", [paragraph(good), garbage, paragraph(["De tolk komt bij elk gesprek op school mee."])])
    draw(corpus / "helemaal.pdf", [garbage])
    (corpus / "engels.txt").write_text(
        "The school calls the parents on the first day of absence. The mentor then invites them for a talk, and "
        "together they agree on what the pupil needs in order to return to the class.", encoding="utf-8",
    )  # fmt: skip
    report = ingest(store, corpus, encoder)
    assert [page["pagina"] for page in details(report, "deels.pdf")["slechtePaginas"]] == [2]
    assert "overgeslagen: pagina 2." in (row(report, "deels.pdf").message or "")
    assert {unit.page for passage in store.open().passages for unit in passage.units if unit.page} == {1, 3}
    assert row(report, "helemaal.pdf").reason is Reason.QUALITY
    assert "Engels" in (row(report, "engels.txt").message or "")
    (corpus / "helemaal.meta.yaml").write_text("toestaan: kwaliteit\n", encoding="utf-8")
    assert statuses(ingest(store, corpus, encoder))["helemaal.pdf"] == "nieuw"
