"""What runs in a worker process: reading one file, recognising the text of one page, judging what came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.ocr import OcrPage, ocr_page
from ingest.personal_data import Finding, masked, scan
from ingest.policy import PersonalDataRule, Policy
from ingest.quality import PageQuality, Quality, assess, without_poor_pages
from ingest.readers import find_format
from ingest.readers.failures import too_large
from ingest.reading import Block, BlockKind, FileText, StatedQuestion
from kb.errors import ReadError, Reason

MOST_CHARACTERS = 10_000_000
"""Of the text of one document: some 4,000 full pages."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """The text of a file as it may be indexed, and what was found on the way. ``poor_pages`` were left out."""

    content: FileText
    quality: Quality
    poor_pages: tuple[PageQuality, ...]
    findings: tuple[Finding, ...]
    masked: bool


def read_file(path: Path) -> tuple[FileText, str]:
    """Return what the file at ``path`` says, and its media type. Raises `ReadError`."""
    format_ = find_format(path)
    content = format_.read(path)
    if sum(len(block.text) for block in content.blocks) > MOST_CHARACTERS:
        raise too_large("bestand")
    return content, format_.media_type


def recognise(path: Path, media_type: str, page: int) -> OcrPage:
    """Read the text of one scanned page. Raises `ReadError`."""
    return ocr_page(path, media_type, page)


def inspect(content: FileText, policy: Policy, allowed: frozenset[str]) -> Inspected:
    """Judge the text of a file by the rules of ``policy``; ``allowed`` is what its maintainer let through.

    Raises `ReadError`: QUALITY when every page is unreadable, PERSONAL_DATA when such data may not come in.
    """
    quality = assess(content.blocks)
    # Of the whole file, for that is what a citation opens: also of pages that are left out, and of its properties.
    stated = [Block(BlockKind.PARAGRAPH, value) for value in content.metadata.values()]
    asked = [Block(BlockKind.PARAGRAPH, part) for one in content.questions for part in (one.text, one.heading or "")]
    in_text, in_metadata, in_questions = (scan(part, policy.names) for part in (content.blocks, stated, asked))
    # A title mostly stands above the text as well: it does not count twice.
    findings = (*(in_text or in_metadata), *in_questions)
    rule = PersonalDataRule.REPORT if "persoonsgegevens" in allowed else policy.personal_data
    if rule is PersonalDataRule.MASK:
        hidden = (block.text for block in masked(stated, in_metadata))
        metadata = dict(zip(content.metadata, hidden, strict=True))
        parts = [block.text for block in masked(asked, in_questions)]
        questions = (StatedQuestion(text, above or None) for text, above in zip(parts[::2], parts[1::2], strict=True))
        content = replace(
            content, blocks=masked(content.blocks, in_text), metadata=metadata, questions=tuple(questions)
        )
    poor: tuple[PageQuality, ...] = ()
    if "kwaliteit" not in allowed:
        content, poor = without_poor_pages(content, quality, policy.min_page_score)
        if not content.blocks:
            raise _unreadable(poor)
    if findings and rule is PersonalDataRule.REFUSE:
        raise _refused(findings)
    return Inspected(content, quality, poor, findings, bool(findings) and rule is PersonalDataRule.MASK)


def _unreadable(pages: Sequence[PageQuality]) -> ReadError:
    reasons = ", ".join(dict.fromkeys(reason for page in pages for reason in page.reasons))
    return ReadError(
        Reason.QUALITY,
        f"De tekst van dit bestand is niet goed te lezen ({reasons}). Lever een betere versie aan. Klopt de tekst "
        "toch? Zet dan 'toestaan: kwaliteit' in het bestand .meta.yaml ernaast.",
    )


def _refused(findings: Sequence[Finding]) -> ReadError:
    counts = {kind: sum(finding.kind == kind for finding in findings) for kind in sorted({f.kind for f in findings})}
    pages = sorted({finding.page for finding in findings if finding.page})
    where = f" op pagina {', '.join(map(str, pages[:10]))}" if pages else ""
    listed = ", ".join(f"{count} keer {kind.value}" for kind, count in counts.items())
    return ReadError(
        Reason.PERSONAL_DATA,
        f"In dit bestand staan persoonsgegevens{where}: {listed}. Haal ze weg en lees het opnieuw in. Mogen ze er "
        "staan? Zet dan 'toestaan: persoonsgegevens' in het bestand .meta.yaml ernaast.",
    )
