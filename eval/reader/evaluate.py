"""Measure a trained reader once on the test split: ``python -m eval.reader.evaluate FOLDER [dev]``.

Prints a table and writes ``test.json`` beside the adapters. ``dev`` takes the development split, to look at as often as
one likes. Figures come with their 95% interval (`eval.statistics`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from eval.figures import Figures
from eval.reader.data import Split, load_questions
from eval.reader.figures import METHODS, METRICS, read_all
from eval.reader.loading import prepared, read_reader
from eval.reader.outcomes import by_group, figures, gain, plain, table
from eval.reader.texts import Texts
from eval.reader.train import held_out
from kb.encoder import load_encoder
from kb.errors import HandwijzerError
from kb.settings import load_settings


def evaluate(folder: Path, split: Split) -> tuple[str, dict[str, dict[str, Figures]]]:
    """Return the hash of the reader in ``folder`` and its figures, by group of questions and method, with what it adds
    to MaxSim.

    Raises `HandwijzerError`.
    """
    settings = load_settings()
    encoder = prepared(settings.encoder, settings.model_dir)
    reader, card = read_reader(folder, encoder)
    questions = load_questions()
    asked = held_out(questions, split, load_encoder(settings.encoder, settings.model_dir))
    texts = Texts(reader, encoder.tokeniser, dict.fromkeys(question.passage for question in questions))
    groups = by_group(read_all(reader, texts, asked))
    return card["sha256"], {
        name: {method: figures(rows, method) for method in METHODS} | {"reader − late": gain(rows, "late")}
        for name, rows in groups.items()
    }


def main(arguments: Sequence[str]) -> int:
    """Measure, print and write."""
    folder, split = Path(arguments[0]), Split(arguments[1] if arguments[1:] else Split.TEST)
    try:
        reader, found = evaluate(folder, split)
    except HandwijzerError as error:
        print(error.message)
        return error.exit_code
    content = {"split": split, "sha256": reader, "figures": plain(found)}
    (folder / f"{split}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(table(found, METRICS))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
