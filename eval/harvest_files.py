"""The two files of a harvest: drafts in the form of the question set, and a list of what is missing, both in Dutch."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.question import Asks, what_it_asks
from bot.web.render import long_date
from eval.gaps import MOST_DOCUMENTS, Group, by_missing, counted, headline, named, one_line
from eval.questions import QuestionType
from kb.errors import UsageError

_TYPES = {
    Asks.DEFINITION: QuestionType.DEFINITION,
    Asks.NUMBER: QuestionType.HOW_MANY,
    **dict.fromkeys((Asks.PERIOD, Asks.AGE, Asks.FREQUENCY, Asks.MONEY), QuestionType.HOW_MANY),
    Asks.TIME: QuestionType.WHEN,
    Asks.PERSON: QuestionType.WHO,
    Asks.PERMISSION: QuestionType.MAY,
    Asks.LIST: QuestionType.LIST,
    Asks.COMPARISON: QuestionType.COMPARISON,
    Asks.PROCEDURE: QuestionType.PROCEDURE,
    Asks.OTHER: QuestionType.FACT,
}
_MOST_LISTED = 10

_DRAFTS_HEAD = """\
# Concepten voor de vragenset, uit het gebruik. Gemaakt op {date}, met de documenten van release {release}.
#
# Zo maakt u er een vraag van:
#   1. Lees de vraag. Staan er toch namen of andere persoonsgegevens in? Haal ze weg.
#   2. Kies split: dev (om mee te verbeteren) of test (alleen om te meten). Controleer het type.
#   3. Staat het antwoord in de documenten? Vul feiten en bewijs in; het citaat staat letterlijk in het document.
#      Staat het er niet? Haal feiten en bewijs weg en kies type net-niet of ander-onderwerp.
#   4. Zet de vraag in een bestand van eval/questions, onder 'vragen:', en voer uit: handwijzer eval questions
#
# Handwijzer schrijft nooit over dit bestand heen.
concepten:
"""


def write_files(groups: Sequence[Group], out: Path, release: str, today: dt.date) -> tuple[Path, Path]:
    """Write the drafts and the gaps into ``out``, under names that are free, and return them."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        drafts, gaps = _free_names(out, today)
        for path, text in ((drafts, drafts_text(groups, release, today)), (gaps, gaps_text(groups, release, today))):
            with path.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
    except OSError as error:
        raise UsageError(
            f"In {out} kan niet worden geschreven: {error.strerror or error}. Kies een andere map met --out."
        ) from error
    return drafts, gaps


def _free_names(out: Path, today: dt.date) -> tuple[Path, Path]:
    number = 1
    while True:
        ending = today.isoformat() + (f"-{number}" if number > 1 else "")
        drafts, gaps = out / f"concepten-{ending}.yaml", out / f"wat-ontbreekt-{ending}.md"
        if not drafts.exists() and not gaps.exists():
            return drafts, gaps
        number += 1


def drafts_text(groups: Sequence[Group], release: str, today: dt.date) -> str:
    """Return the drafts as YAML, a draft per group. None is finished: ``split`` is left open."""
    head = _DRAFTS_HEAD.format(date=long_date(today), release=release)
    drafts = ("\n".join(_draft(group, f"gebruik-{today:%Y%m%d}-{n:03d}")) for n, group in enumerate(groups, 1))
    return head + "\n\n".join(drafts) + "\n"


def _draft(group: Group, key: str) -> Iterator[str]:
    yield f"  # {counted(group.count)} over {one_line(group.subject)}: {_outcomes(group)}."
    if group.cited:
        yield f"  # Bron van het antwoord dat niet goed was: {named(group.cited, files=True)}"
    if group.near and group.near != group.cited:
        yield f"  # {_where(group)}: {named(group.near, files=True)}"
    for remark in group.remarks[:_MOST_LISTED]:
        yield f"  # Toelichting: {one_line(remark)}"
    others = list(group.questions)[1:]
    for other in others[:_MOST_LISTED]:
        yield f"  # Ook gevraagd: {one_line(other)}"
    if len(others) > _MOST_LISTED:
        yield f"  # en nog {len(others) - _MOST_LISTED} andere"
    documents = group.cited or group.near
    held = bool(group.wrong or group.wrong_source or group.good)
    yield f"  - id: {key}"
    yield f"    vraag: {_quoted(group.example)}"
    if held:
        yield f"    type: {_TYPES[what_it_asks(group.example)]}  # voorstel"
    else:
        yield f"    type: {QuestionType.NEAR_MISS}  # voorstel; anders ander-onderwerp, of een type met antwoord"
    yield "    split:  # dev of test"
    yield f"    opmerking: {_quoted(f'Uit het gebruik: {_outcomes(group)}.')}"
    placeholders = [
        "feiten:",
        '  - [""]  # wat een goed antwoord noemt; meer schrijfwijzen mogen, met komma\'s ertussen',
        "bewijs:",
    ]
    for document in documents[:MOST_DOCUMENTS]:
        placeholders += [f"  - document: {_quoted(document.file)}", '    citaat: ""']
    if not documents:
        placeholders += ['  - document: ""', '    citaat: ""']
    if not held:
        yield "    # Staat het antwoord toch in de documenten? Haal dan hier de hekjes weg en kies een ander type."
    yield from (f"    {line}" if held else f"    # {line}" for line in placeholders)


def gaps_text(groups: Sequence[Group], release: str, today: dt.date) -> str:
    """Return the gaps as a numbered Markdown list, the largest first."""
    gaps = by_missing(groups)
    lines = [
        "# Wat ontbreekt in de kennisbank",
        "",
        f"Gemaakt op {long_date(today)}, uit vragen van gebruikers zonder goed antwoord. Persoonsgegevens zijn zo goed "
        f"mogelijk gemaskeerd. De documenten zijn die van release {release}.",
        "",
    ]
    if not gaps:
        lines += ["Er zijn geen vragen zonder antwoord en geen antwoorden die als fout zijn beoordeeld.", ""]
    for number, gap in enumerate(gaps, 1):
        indent = " " * (len(str(number)) + 2)
        lines.append(f"{number}. **{_escaped(headline(gap))}**")
        if gap.disputed:
            lines.append(f"{indent}- Volgens gebruikers was er {gap.disputed} keer wel een antwoord te geven.")
        if gap.near and gap.near != gap.cited:
            lines.append(f"{indent}- {_where(gap)}: {_escaped(named(gap.near))}")
        lines += [
            f"{indent}- Gevraagd: {_escaped(text)}{f' ({count} keer)' if count > 1 else ''}"
            for text, count in list(gap.questions.items())[:_MOST_LISTED]
        ]
        if len(gap.questions) > _MOST_LISTED:
            lines.append(f"{indent}- en nog {len(gap.questions) - _MOST_LISTED} andere vragen")
        lines += [f"{indent}- Toelichting: {_escaped(one_line(remark))}" for remark in gap.remarks[:_MOST_LISTED]]
        lines.append("")
    return "\n".join(lines)


def _where(group: Group) -> str:
    """Say what the documents nearby are to the first question, as it is answered now."""
    if group.answered_now:
        return "Het antwoord op de eerste vraag komt nu uit (controleer of het klopt)"
    return "Komt in de buurt"


def _outcomes(group: Group) -> str:
    return ", ".join(
        f"{number} keer {what}"
        for number, what in (
            (group.unanswered, "geen antwoord"),
            (group.disputed, "waarvan een gebruiker dat niet goed vond"),
            (group.good, "goed"),
            (group.wrong, "fout"),
            (group.wrong_source, "verkeerde bron"),
        )
        if number
    )


def _quoted(text: str) -> str:
    """A JSON string is a YAML string too."""
    return json.dumps(one_line(text), ensure_ascii=False)


def _escaped(text: str) -> str:
    """What users typed and documents hold is shown as it is, never as Markdown or HTML."""
    return re.sub(r"([\\`*_\[\]<>#|~&])", r"\\\1", text)
