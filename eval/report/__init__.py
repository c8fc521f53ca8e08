"""The report of a run: one HTML page that needs nothing else, with plots and every question that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eval.gate import Change
    from eval.runs import Run


def write_report(
    run: Run,
    folder: Path,
    *,
    changes: Sequence[Change] = (),
    compared_with: str | None = None,
    ablation: Mapping[str, Run] | None = None,
) -> Path:
    """Write ``index.html`` in ``folder`` and return its path.

    ``changes`` and ``compared_with`` are what the run is compared with and how that is called; ``ablation`` are the
    runs of `eval.ablation.ablate`. Raises `UsageError` when the folder can not be written.
    """
    # The labels of this package serve the terminal too; only a page needs templates and plots.
    from eval.report.page import rendered
    from kb.errors import UsageError

    page = rendered(run, changes, compared_with, ablation or {})
    target = folder / "index.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target.write_text(page, "utf-8")
    except OSError as error:
        raise UsageError(f"Het rapport kan niet worden bewaard in {folder}. Kies een andere map: {error}") from error
    return target
