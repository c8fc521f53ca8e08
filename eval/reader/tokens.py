"""Texts as tokens that know which sentence they belong to, as the encoder reads them: with its prompts and titles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.reader.data import Passage
from kb.reader_tokens import Tokens, owners


class Tokeniser:
    """Cuts texts into the encoder's tokens."""

    def __init__(self, file: Path, prompts: dict[str, str], max_tokens: int) -> None:
        """``file``: the ``tokenizer.json`` of a prepared encoder; ``prompts``: by role, "query" and "passage"; texts
        longer than ``max_tokens`` are cut."""
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(file))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._prompts = prompts
        self._max_tokens = max_tokens

    def question(self, text: str) -> Tokens:
        """Return the tokens of a question."""
        start = len(self._prompts["query"])
        return self._tokens(self._prompts["query"] + text, [(start, start + len(text))])

    def passage(self, passage: Passage) -> Tokens:
        """Return the tokens of a passage below its title, as `kb.releases.indexed_text` shows it to the encoder."""
        text = self._prompts["passage"] + (f"{passage.title}\n" if passage.title else "")
        return self._tokens(text + passage.text, sentence_spans(passage.sentences, len(text)))

    def _tokens(self, text: str, spans: Sequence[tuple[int, int]]) -> Tokens:
        encoding = self._tokenizer.encode(text)
        encoding.truncate(self._max_tokens)
        offsets = np.asarray(encoding.offsets, np.int64).reshape(-1, 2)
        return Tokens(np.asarray(encoding.ids, np.int64), owners(offsets, len(text), spans), len(spans))


def sentence_spans(sentences: Sequence[str], start: int = 0) -> list[tuple[int, int]]:
    """Return where ``sentences`` stand, as characters (start, end), in a text that holds them from ``start`` on with a
    space between each."""
    spans = []
    for sentence in sentences:
        spans.append((start, start + len(sentence)))
        start += len(sentence) + 1
    return spans
