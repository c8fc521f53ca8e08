"""The two files of a harvest: drafts in the form of the question set, and a list of what is missing, both in Dutch."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from bot.drafting import HOW_TO, Draft, draft_lines, one_line
from eval.gaps import Group, by_missing, counted, headline, named
from kb.dutch import long_date
from kb.errors import UsageError

_MOST_LISTED = 10

_DRAFTS_HEAD = f"""\
# Concepten voor de vragenset, uit het gebruik. Gemaakt op {{date}}, met de documenten van release {{release}}.
#
{HOW_TO}#
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
    keys = (f"gebruik-{today:%Y%m%d}-{number:03d}" for number in count(1))
    drafts = ("\n".join(draft_lines(_draft(group, key))) for group, key in zip(groups, keys, strict=False))
    return head + "\n\n".join(drafts) + "\n"


def _draft(group: Group, key: str) -> Draft:
    comments = [f"{counted(group.count)} over {group.subject}: {_outcomes(group)}."]
    if group.cited:
        comments.append(f"Bron van het antwoord dat niet goed was: {named(group.cited, files=True)}")
    if group.near and group.near != group.cited:
        comments.append(f"{_where(group)}: {named(group.near, files=True)}")
    comments += [f"Toelichting: {remark}" for remark in group.remarks[:_MOST_LISTED]]
    others = list(group.questions)[1:]
    comments += [f"Ook gevraagd: {other}" for other in others[:_MOST_LISTED]]
    if len(others) > _MOST_LISTED:
        comments.append(f"en nog {len(others) - _MOST_LISTED} andere")
    return Draft(
        key=key,
        question=group.example,
        answered=bool(group.wrong or group.wrong_source or group.good),
        note=f"Uit het gebruik: {_outcomes(group)}.",
        files=[document.file for document in group.cited or group.near],
        comments=comments,
    )


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


def _escaped(text: str) -> str:
    """What users typed and documents hold is shown as it is, never as Markdown or HTML."""
    return re.sub(r"([\\`*_\[\]<>#|~&])", r"\\\1", text)
