"""Title and date read from the opening of a document that states neither.

A wrong date on a citation is worse than none. So a date counts only where the text presents it as its own: behind a
label ("Datum:"), with a place ("Utrecht, 12 maart 2024"), in the title of minutes or a newsletter, or on a line by
itself above the text. A month without a day is not enough: the citation would show a day that nobody wrote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import takewhile

from ingest.readers.metadata import iso_date
from ingest.reading import Block, BlockKind
from kb.dutch import MONTHS

_OPENING_BLOCKS = 25
_OPENING_CHARACTERS = 3_000
_LONGEST_LINE = 120
_SHORT = 90
_MOST_WORDS = 16


def guess_title(blocks: Sequence[Block]) -> str:
    """Return what the document calls itself, empty when its opening does not tell.

    That is its first heading of the highest level; else what follows "Betreft:" or "Onderwerp:"; else the first short
    line above the text. A date, an address, a greeting and a page number are no title, the sender of a letter only when
    nothing else is.
    """
    tops = (block for block in blocks[:10] if block.kind is BlockKind.HEADING and block.level == 1)
    headings = [block.text[:_OPENING_CHARACTERS] for block in tops]
    titles = [text for text in headings if not _is_no_title(text)]
    opening = _opening(blocks)
    announced = (found["title"] for block in opening if (found := _ANNOUNCED_TITLE.match(block.text)))
    lines = [block.text for block in _above_the_text(opening) if not (block is opening[0] and _is_section(block))]
    # Without any text below it, a line is no title but all there is.
    candidates = [*(text for text in titles if not _WEAK.match(text)), *announced]
    if len(blocks) > len(lines):
        candidates += [text for text in lines if _reads_as_title(text)]
    return next(iter([*candidates, *titles]), "")


def guess_date(blocks: Sequence[Block], latest: date | None = None) -> date | None:
    """Return the date that the first page presents as that of the document, if there is one; none after ``latest``."""
    opening = _opening(blocks)
    above = _above_the_text(opening)
    if any(_INVITATION.search(block.text) for block in above):
        return None  # its date is that of the event
    short = [block for block in opening if len(block.text) <= _SHORT and block.kind is not BlockKind.ITEM]
    for pattern, among in (
        (_ENACTED, opening[:1]),
        (_LABELLED, opening),
        (_DECIDED, short),
        (_DECIDED_THIS, opening),
        (_PLACED, short),
        (_TITLED, above),
        (_LONE, above),
    ):
        found = {day for block in among if (day := _day(pattern, block.text))}
        if found:
            # Two dates with the same claim are those of two events.
            day = found.pop()
            return day if not found and (latest is None or day <= latest) else None
    return None


def _opening(blocks: Sequence[Block]) -> list[Block]:
    """Give the blocks of the first page, or of what a page would hold."""
    left = _OPENING_CHARACTERS
    opening = []
    for block in blocks[:_OPENING_BLOCKS]:
        if block.page != blocks[0].page or left <= 0:
            break
        # Markdown of which the marks lack their space is a paragraph that begins with them.
        opening.append(replace(block, text=block.text[:_OPENING_CHARACTERS].lstrip("# ")))
        left -= len(block.text)
    return opening


def _above_the_text(opening: Sequence[Block]) -> list[Block]:
    return list(takewhile(lambda block: not _is_running(block), opening))


def _is_running(block: Block) -> bool:
    text = block.text
    long = len(text) > _LONGEST_LINE or (re.search(r"[.!](?: |$)", text) is not None and len(text.split()) > 8)
    return block.kind in (BlockKind.ITEM, BlockKind.ROW) or (long and not _ADDRESS.search(text))


def _is_section(block: Block) -> bool:
    return block.kind is BlockKind.HEADING and block.level > 1


_MONTH = "|".join([*MONTHS, *(f"{month[:3]}\\.?" for month in MONTHS), "mrt\\.?", "sept\\.?"])
_DAY = (
    r"(?:(?:maan|dins|woens|donder|vrij|zater|zon)dag,? )?(?P<day>"
    rf"\d{{1,2}} (?:{_MONTH}) (?:19|20)\d\d|\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d)(?![\w-])"
)


def _pattern(form: str) -> re.Pattern[str]:
    return re.compile(form.replace("DAG", _DAY), re.IGNORECASE)


_LABELLED = _pattern(
    r"^(?:(?:datum(?: (?:van )?(?:publicatie|uitgave|brief|verslag|vergadering|overleg|bijeenkomst|vaststelling"
    r"|besluit|versie|verzending))?|publicatie-?datum|versie-?datum|vergader-?datum|verslag-?datum|datum/tijd"
    r"|dagtekening|verzonden|verzenddatum|uitgegeven|opgesteld|opgemaakt)(?: op)?\s*:|(?:datum|dagtekening)"
    r"|(?:gepubliceerd|laatst (?:gewijzigd|bijgewerkt)|bijgewerkt|geplaatst)(?: op)?\s*:?"
    r"|laatste (?:wijziging|update)\s*:?|d\.?d\.?:?) DAG(?![^;]*;)"
)
_ENACTED = _pattern(
    r"^(?:wet|besluit|regeling|beleidsregel|verordening|circulaire)\b[^.;\d]{0,150}? van DAG"
    r"(?=,? (?:nr|houd|tot|onder meer))"
)
_BY = r"(?: (?:door|in|te) [^.;\d]{3,60}?)?(?: op|,| d\.d\.)"
_DECIDED = _pattern(
    rf"^(?!.*\bvorig)(?:[^.;:]{{0,60}}[ ,(|–-])?(?:(?:vastgesteld|besloten){_BY}|gepubliceerd op|versie(?: van)?"
    r"|(?:versie|v\.?) ?\d+(?:\.\d+)*,?(?: [|–-]| d\.d\.| van)?) DAG"
)
_DECIDED_THIS = _pattern(rf"^(?:dit|deze) [\w-]+ (?:is|werd) vastgesteld{_BY} DAG")
_PLACED = re.compile(rf"^(?:te )?[A-Z'][^\W\d_]+(?:[ '-][^\W\d_]+){{0,3}}, (?:d\.?d\.? )?(?:op )?{_DAY}\.?$")
_TITLED = _pattern(
    r"^(?:concept-?)?(?:nieuwsbrief|nieuwsflits|nieuwsbericht|persbericht|notulen|\w*verslag|besluitenlijst|actielijst|memo"
    r"|notitie|raadsbrief|brief|kamerbrief|agenda)\b(?!.*\b(?:vorige|uw|geboren)\b)[^.;]{0,80}?[ ,(|–-]"
    r"(?<!en )(?<!t/m )(?<!tot )(?<!of )(?:d\.?d\.? |van )?DAG\)?(?: [|–-].{0,30})?$"
)
_LONE = _pattern(r"^DAG\.?$")
_INVITATION = re.compile(r"\b(?:uitnodiging|save the date|meld je aan|aanmelden)\b", re.IGNORECASE)


def _day(pattern: re.Pattern[str], text: str) -> date | None:
    found = pattern.match(text)
    day = iso_date(found["day"]) if found else None
    return date.fromisoformat(day) if day else None


_ANNOUNCED_TITLE = re.compile(r"^(?:betreft|betreffende|onderwerp|titel)\s*: ?(?P<title>.{4,120}?)\.?$", re.IGNORECASE)
_NO_TITLE = _pattern(
    r"^(?:DAG\.?|[^\w]*|[\d .,/|-]+|(?:pagina|pag\.|blz\.?|p\.) ?\d+.*|(?:geachte|beste|dag|hallo|lieve|l\.s\.)\b.*"
    r"|aan\b:?.*|(?:van|cc|datum|kenmerk|ons kenmerk|uw kenmerk|bijlagen?|telefoon|tel\.|e-?mail|aanwezig|afwezig"
    r"|behandeld door|contactpersoon|auteurs?|opgesteld door|versie)\b[^:]{0,20}:.*|versie [\d.]+.*"
    r"|(?:concept|vertrouwelijk|intern|definitief)|inhoud(?:sopgave)?|inleiding|voorwoord|samenvatting|colofon"
    rf"|aanleiding|agenda|home|menu|vraag|nieuws|(?:{_MONTH}) \d{{4}})$"
)
_ADDRESS = re.compile(
    r"\b[1-9]\d{3} ?(?-i:[A-Z]{2})\b(?! \d)|\bpostbus \d|@\w|\bwww\.|https?://"
    r"|(?:straat|laan|weg|plein|kade|gracht|singel) \d+",
    re.IGNORECASE,
)
# The sender of a letter, or what it is.
_WEAK = re.compile(
    r"(?:de )?(?:gemeente|ministerie|provincie|stichting|vereniging|samenwerkingsverband|ggd)\b[^:–?]{0,50}$"
    r"|(?:memo|notitie|brief|raadsbrief|persbericht|nieuwsbrief|notulen|verslag)$",
    re.IGNORECASE,
)


def _is_no_title(text: str) -> bool:
    return any(pattern.search(text) for pattern in (_NO_TITLE, _ADDRESS, _LABELLED, _PLACED))


def _reads_as_title(text: str) -> bool:
    return (
        8 <= len(text) <= _LONGEST_LINE
        and 1 < len(text.split()) <= _MOST_WORDS
        and not text[0].islower()
        and text[-1] not in ".,;:"
        and sum(map(str.isalpha, text)) > len(text) / 2
        and not (_is_no_title(text) or _WEAK.match(text))
    )
