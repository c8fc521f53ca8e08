"""One border where the errors of parsing libraries become a `ReadError` with a reason."""

from __future__ import annotations

import functools
import zipfile
from collections.abc import Callable
from pathlib import Path

from ingest.reading import FileText, Reader
from kb.errors import ReadError, Reason


def no_text() -> ReadError:
    """Return the error for a file that could be opened but says nothing."""
    return ReadError(
        Reason.NO_TEXT,
        "In dit bestand staat geen leesbare tekst. Staat de tekst op een afbeelding? Maak het bestand dan "
        "opnieuw met echte tekst en lees het opnieuw in.",
    )


def password(kind: str) -> ReadError:
    """Return the error for a file that opens only with a password."""
    return ReadError(
        Reason.PASSWORD,
        f"Dit {kind} is beveiligd met een wachtwoord. Sla het op zonder wachtwoord en lees het opnieuw in.",
    )


def damaged(kind: str) -> ReadError:
    """Return the error for a file whose content does not follow its own format."""
    return ReadError(
        Reason.DAMAGED,
        f"Dit {kind} is beschadigd of niet compleet. Open het in het programma waarmee het is gemaakt, sla "
        "het opnieuw op en lees het opnieuw in.",
    )


def too_large(kind: str) -> ReadError:
    """Return the error for a file that would take too much memory."""
    return ReadError(
        Reason.TOO_LARGE,
        f"Dit {kind} is te groot om in te lezen. Splits het in kleinere bestanden of haal grote afbeeldingen eruit.",
    )


def reports_failures(kind: str) -> Callable[[Reader], Reader]:
    """Make a reader raise nothing but `ReadError`, and refuse a result with neither blocks nor scanned pages.

    ``kind`` is the Dutch name of the format in messages ("Word-document").
    """

    def decorate(read: Reader) -> Reader:
        @functools.wraps(read)
        def reading(path: Path) -> FileText:
            try:
                with path.open("rb"):
                    pass
            except OSError as error:
                raise ReadError(
                    Reason.UNREADABLE,
                    "Dit bestand kan niet worden geopend. Controleer of u er rechten op hebt.",
                ) from error
            try:
                result = read(path)
            except ReadError:
                raise
            except MemoryError as error:
                raise too_large(kind) from error
            except RuntimeError as error:
                # zipfile's only sign of an encrypted member is a RuntimeError with this word.
                locked = "encrypted" in str(error) and zipfile.is_zipfile(path)
                raise (password(kind) if locked else damaged(kind)) from error
            except Exception as error:
                raise damaged(kind) from error
            if not result.blocks and not result.scanned:
                raise no_text()
            return result

        return reading

    return decorate
