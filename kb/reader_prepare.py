"""Prepare a reader once, so that serving needs neither torch nor a hub.

The reader that is shipped is a set of adapters on the weights of an encoder: they are merged, and the upper layers are
exported to an ONNX graph in int8 that goes on from the encoder's own lower half. Anything else is the name of a
sentence-transformers ``CrossEncoder`` on a hub or in a folder, exported whole with its tokenizer. Runs in a process of
its own (``python -m kb.reader_prepare NAME ENCODER FOLDER``), see `kb.preparing`.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from kb.encoder import MODEL_FILE, TOKENIZER_FILE
from kb.encoder_graph import OPSETS, quantise, tidy, whole_attention
from kb.encoder_prepare import load_float_model
from kb.errors import EncoderError
from kb.preparing import describe, run
from kb.reader import ABSENT, ADAPTERS, DESCRIPTION_FILE, SHIPPED, Kind
from kb.reader_model import Reader, read_adapters

_MAX_TOKENS = 512
_HEADS = ("passage_head", "passage_head.inner", "sentence_head", "sentence_head.inner")
# A pair that reads as an answer, for the graph to be traced with.
_QUESTION, _ANSWER = "Wie meldt verzuim?", "De school meldt verzuim. Zij doet dat binnen vijf dagen."


class OnePair(nn.Module):  # type: ignore[misc]  # torch is not type-checked here
    """A `Reader` for one question and one passage, as it is served."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.layers = reader.bert.encoder.layer[reader.shape.joined_from :]
        self.passage_head, self.sentence_head = reader.passage_head, reader.sentence_head
        self.best_sentence = reader.best_sentence

    def forward(self, states: Any, members: Any, similar: Any, similar_units: Any) -> tuple[Any, Any]:
        """Return the logits of the passage (1,) and of its units (u,); see `Reader.forward`."""
        for layer in self.layers:
            states = layer(states, None)
        counts = members.sum(dim=1, keepdim=True)
        means = (members @ states[0]) / counts.clamp(min=1)
        asked, said, units = means[:1], means[1:2], means[2:]
        read = self.sentence_head(asked.expand(units.shape[0], -1), units, similar_units)
        sentences = torch.where(counts[2:, 0] > 0, read, torch.full_like(read, ABSENT))
        passage = self.passage_head(asked, said, similar)
        return passage + self.best_sentence * torch.logsumexp(sentences, 0), sentences


def _prepare(name: str, encoder: str, work: Path, scratch: Path) -> None:
    """Write the reader ``name``, for the encoder of that name, into the folder ``work``.

    Raises `EncoderError` when a model can not be loaded.
    """
    about = _export_own(encoder, work, scratch) if name == SHIPPED else _export_cross(name, work, scratch)
    describe(work / DESCRIPTION_FILE, {"name": name, **about})


def _export_own(encoder: str, work: Path, scratch: Path) -> dict[str, Any]:
    bert = load_float_model(encoder, scratch / "bron")[0].auto_model
    reader, _ = read_adapters(ADAPTERS, bert)
    reader.merge()
    bert.set_attn_implementation(whole_attention())
    width, tokens, units = bert.config.hidden_size, 12, 3
    sample = (torch.rand(1, tokens, width), torch.ones(2 + units, tokens), torch.rand(1, 2), torch.rand(units, 2))
    varying = {
        "states": {1: "length"}, "members": {0: "rows", 1: "length"}, "similar_units": {0: "units"},
        "units": {0: "units"},
    }  # fmt: skip
    names = ["states", "members", "similar", "similar_units"], ["passage", "units"]
    graph = _export(OnePair(reader), sample, *names, varying, scratch)
    quantise(tidy(graph, whole_attention=True), work / MODEL_FILE, _HEADS)
    return {"kind": Kind.OWN}


def _export_cross(name: str, work: Path, scratch: Path) -> dict[str, Any]:
    """Export a CrossEncoder whole: a pair's tokens in, one logit out."""
    from sentence_transformers import CrossEncoder

    try:
        model = CrossEncoder(name, device="cpu", model_kwargs={"attn_implementation": "eager"}).float()
        sample = dict(model.tokenizer(_QUESTION, _ANSWER, return_tensors="pt"))
        if model.num_labels != 1:
            raise ValueError(f"{model.num_labels} labels")
    except Exception as error:
        raise EncoderError(
            f"De lezer '{name}' kan niet worden geladen. Nodig is een CrossEncoder met één uitkomst. Controleer de "
            "naam of de map in HANDWIJZER_READER, of laat die instelling weg."
        ) from error
    inputs = [key for key in ("input_ids", "attention_mask", "token_type_ids") if key in sample]

    class Logit(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model.model

        def forward(self, *given: Any) -> Any:
            return self.model(**dict(zip(inputs, given, strict=True))).logits[:, 0]

    varying = {key: {1: "length"} for key in inputs}
    graph = _export(Logit(), tuple(sample[key] for key in inputs), inputs, ["passage"], varying, scratch)
    quantise(tidy(graph, whole_attention=False), work / MODEL_FILE, ())
    model.tokenizer.backend_tokenizer.save(str(work / TOKENIZER_FILE))
    return {"kind": Kind.CROSS, "max_tokens": min(int(model.max_seq_length or _MAX_TOKENS), _MAX_TOKENS)}


def _export(
    module: Any,
    sample: tuple[Any, ...],
    inputs: list[str],
    outputs: list[str],
    varying: Mapping[str, Mapping[int, str]],
    folder: Path,
) -> Path:
    target = folder / "float.onnx"
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(), sample, str(target), input_names=inputs, output_names=outputs, dynamic_axes=varying,
            dynamo=False, **OPSETS,
        )  # fmt: skip
    return target


def main(arguments: list[str]) -> int:
    """Prepare ``NAME`` for ``ENCODER`` into ``FOLDER``, see `kb.preparing.run`."""
    name, encoder, folder = arguments
    return run(Path(folder), lambda work, scratch, say: _prepare(name, encoder, work, scratch))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
