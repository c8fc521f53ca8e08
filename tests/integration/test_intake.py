"""What a maintainer puts into the folder becomes documents: messages with what came along, files that moved."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from intake_files import BSN, CASE, details, documents, mail, original, row, word_file
from pdf_files import draw, paragraph
from test_ingest import CountingEncoder, best, statuses

from bot.maintenance import print_report
from bot.service import ask
from bot.terminal import out
from ingest.html_report import read_report
from ingest.pipeline import ingest
from kb.encoder import Encoder
from kb.errors import Reason
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore


def test_a_message_and_what_was_attached_to_it_are_documents_as_long_as_the_message_is_there(
    corpus: Path, store: ReleaseStore, encoder: Encoder, tmp_path: Path
) -> None:
    text = b"De conducteur controleert de vervoersbewijzen in de schoolbus.\n"
    word = word_file("De kantinebeheerder bestelt het fruit op maandag.")
    pdf = draw(tmp_path / "x.pdf", [paragraph(["De huismeester sluit het fietsenhok om half vijf."])]).read_bytes()
    sent = [("bijlage.txt", text), ("fruit.docx", word), ("hok.pdf", pdf)]
    (corpus / "mail.eml").write_bytes(mail("Hierbij de stukken over de schoolbus en het fruit.", sent).as_bytes())
    attached = {f"mail.eml/{name}": content for name, content in sent}
    assert statuses(ingest(store, corpus, encoder)).items() >= dict.fromkeys(["mail.eml", *attached], "nieuw").items()
    known = documents(store)
    for file, content in attached.items():
        assert known[file].parent == known["mail.eml"].id
        assert original(store, file) == content
        assert known[file].sha256 == sha256(content).hexdigest()
    assert "kantinebeheerder" in best(store, encoder, "Wie bestelt het fruit?")

    counting: Any = CountingEncoder(encoder)
    (corpus / "verslag.txt").write_text("Een nieuw verslag van de netwerkgroep.", encoding="utf-8")
    report = ingest(store, corpus, counting)
    assert {row(report, file).status.value for file in ("mail.eml", *attached)} == {"ongewijzigd"}
    assert counting.texts == 1
    assert documents(store).items() >= {file: known[file] for file in ("mail.eml", *attached)}.items()

    (corpus / "mail.eml").write_bytes(mail("Hierbij de stukken, zonder het fruit.", [sent[0], sent[2]]).as_bytes())
    assert statuses(ingest(store, corpus, encoder)).items() >= {
        "mail.eml": "gewijzigd", "mail.eml/bijlage.txt": "ongewijzigd", "mail.eml/fruit.docx": "verwijderd",
        "mail.eml/hok.pdf": "ongewijzigd",
    }.items()  # fmt: skip
    (corpus / "mail.eml").unlink()
    gone = statuses(ingest(store, corpus, encoder, may_shrink=True))
    assert {file for file, status in gone.items() if status == "verwijderd"} == {
        "mail.eml", "mail.eml/bijlage.txt", "mail.eml/hok.pdf",
    }  # fmt: skip
    assert set(documents(store)) == {"verzuim.md", "verslag.txt"}


def test_attachments_stand_or_fall_alone_under_names_of_their_own(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    inner = mail("De inspecteur bezoekt de nieuwe school in juni.", [("kaart.txt", b"De kaart hangt in de gang.")])
    outer = mail(
        "Drie stukken en een doorgestuurd bericht.",
        [
            ("stuk.pdf", b"%PDF-1.7 en dan niets"),
            ("lijst.txt", b"De eerste lijst noemt de leraren."),
            ("lijst.txt", b"De tweede lijst noemt de klassen."),
            ("../../verzuim.md", b"De aanvaller meldt het verzuim aan niemand."),
            (f"{'学' * 130}.txt", b"Dit stuk heeft een lange naam."),
        ],
    )
    outer.add_attachment(inner, filename="doorgestuurd.eml")
    (corpus / "mail.eml").write_bytes(outer.as_bytes())
    report = ingest(store, corpus, encoder)
    assert {file: row(report, file).reason for file, status in statuses(report).items() if status == "mislukt"} == {
        "mail.eml/stuk.pdf": Reason.DAMAGED
    }
    known = documents(store)
    lists = [known[file] for file in known if "lijst" in file]
    assert {original(store, one.file) for one in lists} == {
        b"De eerste lijst noemt de leraren.", b"De tweede lijst noemt de klassen.",
    }  # fmt: skip
    assert known["mail.eml/doorgestuurd.eml"].parent == known["mail.eml"].id
    assert known["mail.eml/doorgestuurd.eml/kaart.txt"].parent == known["mail.eml/doorgestuurd.eml"].id
    assert known["mail.eml/verzuim.md"].parent
    assert len(known) == 2 + 1 + 2 + 1 + 1 + 2
    assert "verzuimcoördinator" in best(store, encoder, "Bij wie meldt de mentor verzuim?")
    assert not ingest(store, corpus, encoder).published


def test_a_moved_file_is_told_as_such_and_costs_nothing(corpus: Path, store: ReleaseStore, encoder: Encoder) -> None:
    counting: Any = CountingEncoder(encoder)
    ingest(store, corpus, counting)
    question = "Bij wie meldt de mentor verzuim?"
    before = ask(LiveKnowledge(store, encoder), question)
    (corpus / "map").mkdir()
    (corpus / "verzuim.md").rename(corpus / "map" / "afspraken.md")
    counting.texts = 0
    report = ingest(store, corpus, counting)
    assert row(report, "map/afspraken.md").message == "Verplaatst: stond eerst op verzuim.md."
    assert row(report, "verzuim.md").message == "Verplaatst naar map/afspraken.md."
    assert counting.texts == 0
    after = ask(LiveKnowledge(store, encoder), question)
    assert (after.text, after.sources[0].marks) == (before.text, before.sources[0].marks)


def test_the_release_keeps_the_report_that_the_terminal_shows(
    corpus: Path, store: ReleaseStore, encoder: Encoder
) -> None:
    ingest(store, corpus, encoder)
    (corpus / "stuk.pdf").write_bytes(b"%PDF-1.7 en dan niets")
    (corpus / "verslag.txt").unlink()
    (corpus / "notulen.txt").write_text(
        "Notulen van de kerngroep\n\nAlmere, 12 maart 2024\n\nDe kerngroep kwam bijeen en besprak de plannen voor de "
        f"school. {CASE}\n", encoding="utf-8",
    )  # fmt: skip
    report = ingest(store, corpus, encoder)
    assert report.release
    assert report.page
    with out.capture() as shown:
        print_report(report, dry_run=False)
    page = report.page.read_text("utf-8")
    kept = read_report(store.folder(report.release))
    assert kept == report.as_json() | {"verslag": None}
    for outcome in report.outcomes:
        assert outcome.file in page
        assert outcome.status.value == "ongewijzigd" or f"{outcome.status.value}" in shown.get()
        for told in (outcome.message or "",):
            assert told in shown.get()
    assert BSN not in page + shown.get()
    minutes = documents(store)["notulen.txt"]
    assert (minutes.title, str(minutes.date)) == ("Notulen van de kerngroep", "2024-03-12")
    assert minutes.guessed == ("titel", "datum")
    assert details(report, "notulen.txt")["geraden"] == ["titel", "datum"]
