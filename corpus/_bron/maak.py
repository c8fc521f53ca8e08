"""Make the shipped documents in `corpus/` from their Markdown sources in `corpus/_bron/`.

Run ``python corpus/_bron/maak.py`` after ``pip install '.[corpus]'``. Every ``_bron/*.md`` states in its
front matter what it is (titel, soort, uitgever, gebaseerd_op; datum and kolommen where they apply), in which
format it ships (uitvoer) and which questions it answers (vragen). One Markdown parser, pandoc, serves all
formats, so that a list or table comes out the same everywhere.

Two runs give the same bytes: no clock time ends up in a file (`SOURCE_DATE_EPOCH`). The bytes do differ with
another release of pandoc or WeasyPrint, and a PDF also with another release of Pango or of the Liberation
fonts: those set the line ends.

Files that other people put in the folders stay untouched. A document that lost its source stays too, until
somebody removes it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from string import Template

import pypandoc  # type: ignore[import-untyped]
import yaml
from weasyprint import CSS, HTML  # type: ignore[import-untyped]

SOURCES = Path(__file__).resolve().parent
CORPUS = SOURCES.parent
LAYOUT = SOURCES / "opmaak"

FOLDERS = {
    "handreiking": "handreikingen",
    "convenant": "convenanten",
    "sfeerverslag": "sfeerverslagen",
    "nieuwsbrief": "nieuwsbrieven",
    "interview": "overig",
    "begrippenlijst": "overig",
    "vraag-en-antwoord": "overig",
}
"""The folder under `corpus/` for each kind of document."""

FORMATS = ("pdf", "docx", "odt", "pptx", "html", "txt", "md")
FRONT_MATTER = ("txt", "md")
"""Formats whose files carry their own metadata; the others get a sidecar, a web page only for the questions."""

# Straight quotes stay straight: a quotation then reads the same in every format.
_PANDOC_MARKDOWN = "markdown-smart-citations-tex_math_dollars-subscript-superscript"
_FIXED_TIME_S = "1704067200"  # 1 January 2024, midnight UTC
_TASK = re.compile(r"^(\s*[-*] )\[[ xX]\] ", re.MULTILINE)
_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip

_README = """# De meegeleverde documenten

**Deze documenten zijn samenvattingen in eigen woorden, gemaakt voor Handwijzer. Geen enkel document is een
officiële tekst van een school, gemeente, jeugdhulporganisatie of overheid. Zij houden de plaats vrij voor de
eigen, vastgestelde documenten van uw organisatie: vervang ze daardoor.**

In de tabel staat per document waarop het is gebaseerd. Een document zonder datum heeft een bron zonder datum.
Voorbeelden van leerlingen en gezinnen zijn bedacht.

| Document | Soort | Datum | Formaat | Woorden | Gebaseerd op |
| --- | --- | --- | --- | ---: | --- |
{rows}

Samen zijn dit {documents} documenten met {words} woorden.

## Een document vervangen door uw eigen document

1. Zet uw eigen bestand in de map die erbij past, bijvoorbeeld `handreikingen/`.
2. Verwijder het meegeleverde bestand, het bestand `.meta.yaml` met dezelfde naam en de bron in `_bron/`.
   Anders komt het document terug zodra iemand de documenten opnieuw maakt.
3. Schrijf naast een pdf-, Word-, ODT- of PowerPointbestand een bestand met dezelfde naam en `.meta.yaml` in
   plaats van `.pdf` of `.docx`, met de regels `titel`, `soort`, `datum` en `uitgever`. Kijk voor een
   voorbeeld naar de bestanden die er al staan.

## Zo zijn de documenten gemaakt

De bronnen staan als Markdown in `_bron/`. Het script `_bron/maak.py` maakt daar de bestanden van, en ook deze
pagina:

```sh
pip install '.[corpus]'
python corpus/_bron/maak.py
```

Verander dus de bron en niet het gemaakte bestand. `.handwijzerignore` houdt de bronnen en deze pagina buiten
de kennisbank.
"""
_IGNORE = """# Wat in deze map geen document voor de kennisbank is (zelfde schrijfwijze als .gitignore).
_bron/
README.md
"""


@dataclass(frozen=True, slots=True)
class Source:
    """One Markdown source: what its front matter states, and its text. ``day`` is None where undated."""

    slug: str
    title: str
    kind: str
    day: date | None
    publisher: str
    format: str
    columns: int
    based_on: str
    questions: list[dict[str, str]]
    body: str

    @property
    def path(self) -> Path:
        """The document's path below `CORPUS`."""
        return Path(FOLDERS[self.kind], f"{self.slug}.{self.format}")

    @property
    def words(self) -> int:
        """Number of words in the text; Markdown's own signs do not count."""
        return sum(any(sign.isalnum() for sign in word) for word in self.body.split())

    @property
    def facts(self) -> str:
        """The four facts that readers of the file look for, as YAML lines."""
        return _yaml({"titel": self.title, "soort": self.kind, "datum": self.day, "uitgever": self.publisher})

    @property
    def hints(self) -> str:
        """The questions that the document answers, as YAML lines; empty where the source lists none."""
        return _yaml({"vragen": self.questions})


def _yaml(stated: dict[str, object]) -> str:
    kept = {key: value for key, value in stated.items() if value}
    return str(yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=1000)) if kept else ""


def read_source(path: Path) -> Source:
    """Read one source. Raises `ValueError` naming the file when its front matter is missing or not usable."""
    parts = path.read_text(encoding="utf-8").split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise ValueError(f"{path.name}: het bestand begint niet met gegevens tussen regels met ---")
    stated = yaml.safe_load(parts[1])
    try:
        source = Source(
            slug=path.stem,
            title=stated["titel"],
            kind=stated["soort"],
            day=stated.get("datum"),
            publisher=stated["uitgever"],
            format=stated["uitvoer"],
            columns=stated.get("kolommen", 1),
            based_on=stated["gebaseerd_op"],
            questions=stated.get("vragen", []),
            body=_TASK.sub(r"\1", parts[2]).strip() + "\n",
        )
    except KeyError as missing:
        raise ValueError(f"{path.name}: {missing} ontbreekt in de gegevens bovenaan") from missing
    if source.kind not in FOLDERS or source.format not in FORMATS:
        raise ValueError(f"{path.name}: soort {source.kind!r} of uitvoer {source.format!r} bestaat niet")
    return source


def dutch_date(day: date) -> str:
    """Return ``day`` the way people write it: 21 november 2023."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _html_body(source: Source) -> str:
    # A line width without end keeps pandoc from dividing a table's width by the length of the source lines.
    return str(
        pypandoc.convert_text(
            source.body, "html5", format=_PANDOC_MARKDOWN, extra_args=["--wrap=none", "--columns=100000"]
        )
    )


def _meta_tags(source: Source, **names: str) -> str:
    content = {"author": source.publisher, names["kind"]: source.kind}
    if source.day:
        content[names["day"]] = source.day.isoformat()
    return "\n".join(f'<meta name="{name}" content="{escape(text)}">' for name, text in content.items())


def _fill(template: str, **values: str) -> str:
    return Template((LAYOUT / template).read_text(encoding="utf-8")).substitute(values)


def write_pdf(source: Source, target: Path) -> None:
    """Set ``source`` as an A4 PDF with running title, page numbers and an outline."""
    page = _fill(
        "pdf.html",
        titel=escape(source.title),
        metatags=_meta_tags(source, kind="keywords", day="dcterms.created"),
        kolommen=str(source.columns),
        gegevens=escape(" · ".join([source.publisher, *([dutch_date(source.day)] if source.day else [])])),
        inhoud=_html_body(source),
    )
    # The start number of a list that resumes after a table counts as a presentational hint.
    HTML(string=page).write_pdf(target, stylesheets=[CSS(LAYOUT / "pdf.css")], presentational_hints=True, pdf_tags=True)


def write_html(source: Source, target: Path) -> None:
    """Write ``source`` as a page of an intranet, with the menus and footer such a page has."""
    page = _fill(
        "intranet.html",
        titel=escape(source.title),
        metatags=_meta_tags(source, kind="dcterms.type", day="date"),
        rubriek=FOLDERS[source.kind].capitalize(),
        inhoud=_html_body(source),
    )
    target.write_text(page, encoding="utf-8")


def write_office(source: Source, target: Path) -> None:
    """Write ``source`` as Word, OpenDocument or PowerPoint file; a `##` heading starts a slide."""
    stated = {"title": source.title, "author": source.publisher, "lang": "nl-NL"}
    if source.day:
        stated["date"] = dutch_date(source.day)
    pypandoc.convert_text(
        source.body,
        source.format,
        format=_PANDOC_MARKDOWN,
        outputfile=str(target),
        extra_args=[
            "--columns=100000",
            *(f"--metadata={name}:{text}" for name, text in stated.items()),
            *(["--slide-level=2"] if source.format == "pptx" else []),
        ],
    )


def write_document(source: Source) -> None:
    """Write the document of ``source`` and, where its format needs one, the sidecar."""
    target = CORPUS / source.path
    target.parent.mkdir(exist_ok=True)
    if source.format in FRONT_MATTER:
        target.write_text(f"---\n{source.facts}{source.hints}---\n\n{source.body}", encoding="utf-8")
    elif source.format == "html":
        write_html(source, target)
    elif source.format == "pdf":
        write_pdf(source, target)
    else:
        write_office(source, target)
    beside = source.hints if source.format == "html" else source.facts + source.hints
    if beside and source.format not in FRONT_MATTER:
        target.with_name(f"{source.slug}.meta.yaml").write_text(beside, encoding="utf-8")


def readme(sources: Iterable[Source]) -> str:
    """Return the Dutch page on where every document comes from."""
    ordered = sorted(sources, key=lambda source: source.path.as_posix())
    rows = (
        " | ".join(
            (
                f"| [{source.title}]({source.path.as_posix()})",
                source.kind,
                source.day.isoformat() if source.day else "geen",
                source.format,
                f"{source.words:,}".replace(",", "."),
                f"{source.based_on[0].upper()}{source.based_on[1:]} |",
            )
        )
        for source in ordered
    )
    words = f"{sum(source.words for source in ordered):,}".replace(",", ".")
    return _README.format(rows="\n".join(rows), documents=len(ordered), words=words)


def main() -> None:
    """Make every document, the sidecars, the page about them and the ignore file."""
    os.environ["SOURCE_DATE_EPOCH"] = _FIXED_TIME_S
    sources = [read_source(path) for path in sorted(SOURCES.glob("*.md"))]
    for source in sources:
        write_document(source)
        print(source.path.as_posix())
    (CORPUS / "README.md").write_text(readme(sources), encoding="utf-8")
    (CORPUS / ".handwijzerignore").write_text(_IGNORE, encoding="utf-8")


if __name__ == "__main__":
    main()
