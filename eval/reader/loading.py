"""What training and evaluation both begin with: the encoder's float weights, its tokeniser, and a trained reader."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from transformers.utils import logging

from eval.reader.tokens import Tokeniser
from kb.encoder import DESCRIPTION_FILE, TOKENIZER_FILE, encoder_folder, ensure_prepared
from kb.encoder_prepare import load_float_model
from kb.errors import UsageError
from kb.reader import ADAPTER_FILE, CARD_FILE
from kb.reader_model import Reader, read_adapters


@dataclass(frozen=True, slots=True)
class Prepared:
    """The encoder ``name``: its ``bert`` in float32, a tokeniser, and its fingerprint."""

    name: str
    bert: Any
    tokeniser: Tokeniser
    fingerprint: str


def prepared(name: str, model_dir: Path) -> Prepared:
    """Load the encoder ``name``, made ready first where that was not done yet. Raises `EncoderError`."""
    ensure_prepared(name, model_dir)
    folder = encoder_folder(name, model_dir)
    description = json.loads((folder / DESCRIPTION_FILE).read_text("utf-8"))
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as scratch:
        bert = load_float_model(name, Path(scratch))[0].auto_model
    tokeniser = Tokeniser(folder / TOKENIZER_FILE, description["prompts"], description["max_tokens"])
    return Prepared(name, bert, tokeniser, description["fingerprint"])


def write_reader(folder: Path, reader: Reader, card: dict[str, Any]) -> None:
    """Write adapters and heads (float16) into ``folder``, and the ``card`` that says what they are."""
    folder.mkdir(parents=True, exist_ok=True)
    scratch = folder / f"{ADAPTER_FILE}.part"
    save_file({name: value.detach().cpu().half() for name, value in reader.learnt().items()}, scratch)
    scratch.replace(folder / ADAPTER_FILE)
    known = {"sha256": sha256((folder / ADAPTER_FILE).read_bytes()).hexdigest(), "shape": asdict(reader.shape), **card}
    (folder / CARD_FILE).write_text(json.dumps(known, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_reader(folder: Path, encoder: Prepared) -> tuple[Reader, dict[str, Any]]:
    """Return the reader in ``folder``, on the weights of ``encoder``, and its card.

    Raises `HandwijzerError` when it is damaged or was trained on another encoder.
    """
    reader, card = read_adapters(folder, encoder.bert)
    if card["encoder"] != encoder.fingerprint:
        raise UsageError(f"the reader in {folder} belongs to encoder {card['encoder']}, not {encoder.fingerprint}")
    return reader, card
