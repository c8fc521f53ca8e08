"""From a torch model to the ONNX graph that is served: exported, its attention as one operator, weights in int8.

Every text is a run of its own (see `kb.encoder`), so the graph takes no attention mask: nothing is ever padded.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_MICROSOFT = "com.microsoft"
OPSETS = {"opset_version": 18, "custom_opsets": {_MICROSOFT: 1}}
# onnx.TensorProto.FLOAT, the type of tensors whose producer is an operator of ONNX Runtime's own.
_FLOAT = 1
# Architectures with plain bidirectional attention, which ONNX Runtime has as one operator.
_WHOLE_ATTENTION = {"bert", "roberta", "xlm-roberta", "camembert"}
# How many layers keep their float weights, and the texts that tell which ones need it. Three
# differed within noise, a tenth slower (0001-encoder.md).
_FLOAT_LAYERS = 1
_SAMPLE_TEXTS = (
    "Wie is de contactpersoon op school?",
    "De school meldt ongeoorloofd verzuim van zestien uur in vier weken bij de leerplichtambtenaar.",
    "Een multidisciplinair overleg is een overleg waarin professionals met ouders en leerling één plan maken.",
)


def outlier_layers(model: Any) -> list[str]:
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
    # Where the transformer stands in the model is of no use in the graph: "0.model.encoder.layer.4.output.dense".
    return [name.split(".", 2)[-1] for name in sorted(peaks, key=lambda name: -peaks[name])[:_FLOAT_LAYERS]]


def halfway(model: Any) -> int | None:
    """Return after how many layers a reader (`kb.reader`) takes over from a `SentenceTransformer`, None if never."""
    transformer = model[0].auto_model
    return transformer.config.num_hidden_layers // 2 if _attends_whole(transformer) else None


def export(model: Any, folder: Path) -> Path:
    """Write the float graph of a `SentenceTransformer` into ``folder`` and return its file.

    Input ``input_ids`` (1, n); outputs ``pooled`` (1, d) and ``tokens`` (1, n, d), both of length 1, and where a reader
    can take over (`halfway`) the ``states`` (1, n, d) that it goes on from.
    """
    import torch

    class All(torch.nn.Module):  # type: ignore[misc]  # torch is not type-checked here
        """The model's own modules in a row."""

        def __init__(self) -> None:
            super().__init__()
            self.modules_in_order = torch.nn.ModuleList(model)
            self.states: list[Any] = []
            if (layers := halfway(model)) is not None:
                model[0].auto_model.encoder.layer[layers - 1].register_forward_hook(self._keep)

        def _keep(self, _module: Any, _inputs: Any, output: Any) -> None:
            self.states = [output]

        def forward(self, input_ids: Any) -> tuple[Any, ...]:
            features = {"input_ids": input_ids, "attention_mask": torch.ones_like(input_ids)}
            for module in self.modules_in_order:
                features = module(features)
            pooled = torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)
            tokens = torch.nn.functional.normalize(features["token_embeddings"], dim=-1)
            return pooled, tokens, *self.states

    transformer = model[0].auto_model
    whole = _attends_whole(transformer)
    if whole:
        transformer.set_attn_implementation(whole_attention())
    target = folder / "float.onnx"
    sample = model.tokenizer("een zin om mee te beginnen", return_tensors="pt")["input_ids"]
    outputs = ["pooled", "tokens", *(["states"] if whole else [])]
    model.eval()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            All().eval(),
            (sample,),
            str(target),
            input_names=["input_ids"],
            output_names=outputs,
            dynamic_axes={name: {1: "length"} for name in ("input_ids", *outputs[1:])},
            dynamo=False,
            **OPSETS,
        )
    return tidy(target, whole)


def split(graph: Path, lower: Path, upper: Path) -> None:
    """Write the two halves of an exported graph: up to its ``states``, and from there on."""
    import onnx
    from onnx.utils import Extractor

    model = onnx.load(graph)
    onnx.save(Extractor(model).extract_model(["input_ids"], ["states"]), lower)
    half = Extractor(model).extract_model(["states", "input_ids"], ["pooled", "tokens"])
    used = {name for node in half.graph.node for name in node.input}
    for value in [value for value in half.graph.input if value.name not in used]:
        half.graph.input.remove(value)
    onnx.save(half, upper)


def quantise(source: Path, target: Path, kept_float: Sequence[str]) -> None:
    """Store the weights of a graph in int8 per channel; layers whose torch names end in one of ``kept_float`` stay as
    they are."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # Torch says "encoder.layer.4.output.dense", the graph "/…/encoder/layer.4/output/dense/MatMul".
    tails = tuple(f".{name}.MatMul" for name in kept_float)
    nodes = [node.name for node in onnx.load(source).graph.node]
    quantize_dynamic(
        source,
        target,
        nodes_to_exclude=[name for name in nodes if name.replace("/", ".").endswith(tails)],
        weight_type=QuantType.QInt8,
        per_channel=True,
        extra_options={"DefaultTensorType": _FLOAT},
    )


def _attends_whole(transformer: Any) -> bool:
    return transformer.config.model_type in _WHOLE_ATTENTION


def whole_attention() -> str:
    """Register attention that is exported as ONNX Runtime's one operator, and return its name in transformers."""
    import torch
    from transformers import AttentionInterface, AttentionMaskInterface

    class WholeAttention(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(_context: Any, query: Any, key: Any, value: Any, scaling: float, _heads: int) -> Any:
            weights = torch.softmax(torch.matmul(query, key.transpose(2, 3)) * scaling, -1)
            return torch.matmul(weights, value).transpose(1, 2).flatten(2)

        @staticmethod
        def symbolic(graph: Any, query: Any, key: Any, value: Any, scaling: float, heads: int) -> Any:
            # The operator wants (1, n, d); `_wire_attention` takes the reshaping out that torch does around it.
            node = graph.op(f"{_MICROSOFT}::MultiHeadAttention", query, key, value, num_heads_i=heads, scale_f=scaling)
            return node.setType(query.type().with_sizes([None, None, None]))

    def attend(
        module: Any, query: Any, key: Any, value: Any, _mask: Any, *, scaling: float, **_: Any
    ) -> tuple[Any, None]:
        heads = module.num_attention_heads
        found = WholeAttention.apply(query, key, value, float(scaling), heads)
        return found.unflatten(2, (heads, -1)), None

    name = "handwijzer"
    AttentionInterface.register(name, attend)
    AttentionMaskInterface.register(name, lambda *_args, **_kwargs: None)
    return name


def tidy(graph: Path, whole_attention: bool) -> Path:
    """Fold constants and fuse what ONNX Runtime's optimizer knows; returns the new file.

    Skip connections stay apart from layer norms: fused they took six times as long (measured, ONNX Runtime 1.31).
    """
    from onnxruntime.quantization.shape_inference import quant_pre_process
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    tidied = graph.with_name("tidy.onnx")
    if whole_attention:
        _wire_attention(graph)
    quant_pre_process(graph, tidied, skip_symbolic_shape=True)
    if not whole_attention:
        return tidied
    options = FusionOptions("bert")
    options.enable_skip_layer_norm = False
    options.enable_attention = False
    options.enable_embed_layer_norm = False
    fused = optimizer.optimize_model(str(tidied), model_type="bert", opt_level=0, optimization_options=options)
    target = graph.with_name("fused.onnx")
    fused.save_model_to_file(str(target))
    return target


def _wire_attention(path: Path) -> None:
    """Connect the attention operators straight to the linear layers around them.

    Torch splits and joins the heads with reshapes and transposes; the operator does that itself.
    """
    import onnx

    model = onnx.load(path)
    graph = model.graph
    producer = {output: node for node in graph.node for output in node.output}
    users: defaultdict[str, list[Any]] = defaultdict(list)
    for node in graph.node:
        for name in node.input:
            users[name].append(node)
    for attention in [node for node in graph.node if node.op_type == "MultiHeadAttention"]:
        for place, name in enumerate(attention.input):
            while producer[name].op_type in ("Reshape", "Transpose"):
                name = producer[name].input[0]
            attention.input[place] = name
        reshaped = attention.output[0]
        # Shape nodes hang on the result too; the reshapes that carry it on form one chain.
        while carried := [user for user in users[reshaped] if user.op_type == "Reshape" and user.input[0] == reshaped]:
            reshaped = carried[0].output[0]
        for user in users[reshaped]:
            for place, name in enumerate(user.input):
                if name == reshaped:
                    user.input[place] = attention.output[0]
    needed = {output.name for output in graph.output}
    kept = []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(node.input)
    del graph.node[:]
    graph.node.extend(reversed(kept))
    onnx.save(model, path)
