"""The reader: the encoder's own layers, of which the upper ones read question and passage together.

The lower layers read each text alone, with the weights of the encoder: what they make of a passage does not hang on the
question, so it is computed once (PreTTR, MacAvaney et al. 2020), and the encoder computes it anyway. From layer
``joined_from`` on the tokens of a question and a passage see each other; there low-rank adapters (LoRA, Hu et al. 2021)
are learnt. With ``joined_from`` 0 this is a plain cross-encoder.

Texts are never padded: the tokens of many pairs stand in one row, and attention is computed per pair.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional
from transformers import AttentionInterface

from kb.errors import EncoderError
from kb.reader import ABSENT, ADAPTER_FILE, CARD_FILE
from kb.reader_tokens import Tokens

_PACKED = "handwijzer-packed"
_HIDDEN = 128
# What cosine and MaxSim are worth before anything is read: fitted on the train split for the bundled encoder, by the
# likelihood that the right passage (or sentence) comes first. Learnt on from there. A logit is so many times their
# weighted distance from where an answer is as likely as not. Third is the cosine of what was read, which tells little
# at first; without it a small model was slow to learn to match.
_SIMILAR_TIMES = 20.0
_PASSAGE_WEIGHTS, _PASSAGE_EVEN = (0.0, 1.0, 0.5), (0.84, 0.41, 0.98)
_SENTENCE_WEIGHTS, _SENTENCE_EVEN = (0.2, 0.75, 0.5), (0.84, 0.48, 0.96)


@dataclass(frozen=True, slots=True)
class Shape:
    """What must be the same to load an adapter. ``joined_from``: the first layer in which question and passage see each
    other; ``rank`` of the adapters, which count ``scale`` times."""

    joined_from: int = 6
    rank: int = 16
    scale: float = 2.0


@dataclass(frozen=True, slots=True)
class Text:
    """One text after the lower layers: ``states`` (n, d), ``owners`` (n,) as in `Tokens`, and the number of parts."""

    states: Any
    owners: Any
    parts: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a passage, with the cosine and MaxSim that the retriever gave the passage, ``similar`` (2,), and
    each of its sentences, ``similar_sentences`` (s, 2)."""

    question: Text
    passage: Text
    similar: Any
    similar_sentences: Any


@dataclass(frozen=True, slots=True)
class Logits:
    """What was read in some pairs: ``passages`` (pairs,), whether the passage answers, and for each pair the
    ``sentences`` (s,), whether the sentence belongs to the answer."""

    passages: Any
    sentences: Sequence[Any]


class LowRank(nn.Module):  # type: ignore[misc]  # torch is not type-checked here
    """A frozen linear layer with a learnt addition of low rank, which is nothing at first."""

    def __init__(self, linear: Any, rank: int, scale: float) -> None:
        super().__init__()
        self.linear = linear
        self.scale = scale
        self.down = nn.Parameter(torch.empty(rank, linear.in_features))
        self.up = nn.Parameter(torch.zeros(linear.out_features, rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, states: Any) -> Any:
        """Return the layer's output plus the addition."""
        return self.linear(states) + self.scale * functional.linear(functional.linear(states, self.down), self.up)

    def merged(self) -> Any:
        """Return one linear layer that does the same."""
        layer = nn.Linear(self.linear.in_features, self.linear.out_features)
        with torch.no_grad():
            layer.weight.copy_(self.linear.weight + self.scale * self.up @ self.down)
            layer.bias.copy_(self.linear.bias)
        return layer.requires_grad_(False)


class Match(nn.Module):  # type: ignore[misc]  # torch is not type-checked here
    """From two means of states, (n, d) each, and their cosine and MaxSim (n, 2), to n logits. Before anything is learnt
    hardly anything but those similarities counts."""

    def __init__(self, width: int, weights: tuple[float, ...], even: tuple[float, ...]) -> None:
        super().__init__()
        self.inner = nn.Linear(3 * width, _HIDDEN)
        self.outer = nn.Linear(_HIDDEN, 1)
        self.weights = nn.Parameter(torch.tensor(weights))
        self.register_buffer("even", torch.tensor(even), persistent=False)
        nn.init.zeros_(self.outer.weight)
        nn.init.zeros_(self.outer.bias)

    def forward(self, asked: Any, said: Any, similar: Any) -> Any:
        """Return the (n,) logits."""
        both = torch.cat([asked, said, asked * said], dim=-1)
        learnt = self.outer(functional.gelu(self.inner(both))).squeeze(-1)
        nearness = functional.cosine_similarity(asked, said, dim=-1)[:, None]
        return learnt + _SIMILAR_TIMES * (torch.cat([similar, nearness], dim=-1) - self.even) @ self.weights


class Reader(nn.Module):  # type: ignore[misc]  # torch is not type-checked here
    """A transformers ``BertModel`` with adapters and two heads."""

    def __init__(self, bert: Any, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        bert.pooler = None
        bert.set_attn_implementation(_PACKED)
        bert.requires_grad_(False)
        for module in bert.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        for layer in bert.encoder.layer[shape.joined_from :]:
            for name, linear in [(name, part) for name, part in layer.named_modules() if isinstance(part, nn.Linear)]:
                owner, _, attribute = name.rpartition(".")
                setattr(layer.get_submodule(owner), attribute, LowRank(linear, shape.rank, shape.scale))
        self.bert = bert
        width = bert.config.hidden_size
        self.sentence_head = Match(width, _SENTENCE_WEIGHTS, _SENTENCE_EVEN)
        self.passage_head = Match(width, _PASSAGE_WEIGHTS, _PASSAGE_EVEN)
        # A passage answers when one of its sentences does: how much that counts is learnt.
        self.best_sentence = nn.Parameter(torch.tensor(0.0))

    def lower(self, tokens: Tokens) -> Text:
        """Read one text alone, up to where texts are joined."""
        device = self.best_sentence.device
        ids = torch.from_numpy(tokens.ids).to(device)[None]
        with torch.no_grad():
            states = self.bert.embeddings(input_ids=ids)
            for layer in self.bert.encoder.layer[: self.shape.joined_from]:
                states = layer(states, None, lengths=[ids.shape[1]])
        return Text(states[0], torch.from_numpy(tokens.owners).to(device), tokens.parts)

    @property
    def device(self) -> str:
        """The kind of device that it runs on."""
        return str(self.best_sentence.device.type)

    def forward(self, pairs: Sequence[Pair], dropout: float = 0.0, noise: Any = None) -> Logits:
        """Read each question together with its passage. ``dropout`` is the share of the lower layers' states that is
        left out, drawn from the generator ``noise``."""
        lengths = [len(pair.question.states) + len(pair.passage.states) for pair in pairs]
        states = torch.cat([text.states for pair in pairs for text in (pair.question, pair.passage)])[None]
        if dropout:
            kept = torch.rand(states.shape, generator=noise, device=states.device) >= dropout
            states = states * kept / (1 - dropout)
        for layer in self.bert.encoder.layer[self.shape.joined_from :]:
            states = layer(states, None, lengths=lengths)
        members = _members(pairs)
        counts = members.sum(dim=1, keepdim=True)
        sizes = [2 + pair.passage.parts for pair in pairs]
        means = ((members @ states[0]) / counts.clamp(min=1)).split(sizes)
        there = torch.cat([part[2:] for part in counts[:, 0].split(sizes)]) > 0
        read = self.sentence_head(
            torch.cat([part[:1].expand(len(part) - 2, -1) for part in means]),
            torch.cat([part[2:] for part in means]),
            torch.cat([pair.similar_sentences for pair in pairs]),
        )
        sentences = torch.where(there, read, ABSENT).split([size - 2 for size in sizes])
        passages = self.passage_head(
            torch.stack([part[0] for part in means]),
            torch.stack([part[1] for part in means]),
            torch.stack([pair.similar for pair in pairs]),
        )
        best = torch.stack([torch.logsumexp(of_pair, 0) for of_pair in sentences])
        return Logits(passages + self.best_sentence * best, sentences)

    def learnt(self) -> dict[str, Any]:
        """Return everything that is learnt, by name: adapters and heads."""
        return {name: value for name, value in self.named_parameters() if value.requires_grad}

    def learn(self, values: dict[str, Any]) -> None:
        """Take over what `learnt` gave. Raises `ValueError` when it belongs to a reader of another shape."""
        own = self.learnt()
        if {name: value.shape for name, value in own.items()} != {name: value.shape for name, value in values.items()}:
            raise ValueError("these adapters belong to a reader of another shape")
        with torch.no_grad():
            for name, value in own.items():
                value.copy_(values[name])

    def merge(self) -> None:
        """Put the adapters into the weights beside them; the logits stay the same."""
        for name, module in list(self.bert.named_modules()):
            if isinstance(module, LowRank):
                owner, _, attribute = name.rpartition(".")
                setattr(self.bert.get_submodule(owner), attribute, module.merged())


def read_adapters(folder: Path, bert: Any) -> tuple[Reader, dict[str, Any]]:
    """Return the reader whose adapters stand in ``folder``, on the weights of ``bert``, and its card.

    Raises `EncoderError` when they are damaged.
    """
    try:
        card: dict[str, Any] = json.loads((folder / CARD_FILE).read_text("utf-8"))
        digest = sha256((folder / ADAPTER_FILE).read_bytes()).hexdigest()
    except (OSError, ValueError) as error:
        raise EncoderError(f"{folder} bevat geen lezer.") from error
    if digest != card["sha256"]:
        raise EncoderError(f"{folder / ADAPTER_FILE} is niet het bestand dat {CARD_FILE} beschrijft.")
    reader = Reader(bert, Shape(**card["shape"]))
    reader.learn(load_file(folder / ADAPTER_FILE))
    return reader, card


def _members(pairs: Sequence[Pair]) -> Any:
    """Return which of all T tokens belong to what, as (R, T) of 0 and 1: for each pair a row for the question, one for
    the passage and one for each sentence."""
    total = sum(len(text.states) for pair in pairs for text in (pair.question, pair.passage))
    start, blocks = 0, []
    for pair in pairs:
        middle = start + len(pair.question.states)
        end = middle + len(pair.passage.states)
        owners = pair.passage.owners
        block = torch.zeros(2 + pair.passage.parts, total, device=owners.device)
        block[0, start:middle] = (pair.question.owners >= 0).float()
        block[1, middle:end] = (owners >= 0).float()
        numbers = torch.arange(pair.passage.parts, device=owners.device)
        block[2:, middle:end] = (owners[None] == numbers[:, None]).float()
        blocks.append(block)
        start = end
    return torch.cat(blocks)


def _attend(
    _module: Any, query: Any, key: Any, value: Any, _mask: Any, *, lengths: list[int], scaling: float, **_rest: Any
) -> tuple[Any, None]:
    """Compute attention (1, heads, T, d) within each of the stretches of ``lengths`` tokens."""
    parts = zip(query.split(lengths, 2), key.split(lengths, 2), value.split(lengths, 2), strict=True)
    found = [functional.scaled_dot_product_attention(*part, scale=scaling) for part in parts]
    return torch.cat(found, dim=2).transpose(1, 2), None


AttentionInterface.register(_PACKED, _attend)
