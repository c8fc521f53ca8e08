"""Figures in README and docs are those of the stored runs."""

from __future__ import annotations

import pytest

from eval import doc_figures


def test_every_figure_in_the_docs_is_that_of_a_stored_run() -> None:
    assert doc_figures.stale() == [], "make figures"


def test_a_changed_figure_is_noticed_and_an_unknown_block_refused() -> None:
    readme = next(path for path in doc_figures.documents() if path.name == "README.md").read_text("utf-8")
    assert "<!-- figures: answers -->" in readme
    tampered = readme.replace("| `success` | 0", "| `success` | 9")
    assert tampered != readme
    assert doc_figures.rewritten(tampered) == readme
    with pytest.raises(KeyError):
        doc_figures.rewritten("<!-- figures: verzonnen -->\n\n<!-- /figures -->")
