"""Answers and standalone questions by a language model; of an answer only what its sources bear out is passed on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bot.answers import Turn
from bot.generative.check import Fault, fault_of
from bot.generative.llm import LanguageModel, Message
from bot.generative.prompts import answer_messages, refuses, rewrite_messages
from bot.generative.stream import Sentence, SentenceStream
from bot.orders import is_order
from kb.analysis import content, word_count, words
from kb.encoder import Encoder
from kb.errors import LanguageModelError
from kb.retrieval import Hit

MAX_SENTENCES = 8
MAX_WORDS = 150
_MAX_SOURCES = 8
_ANSWER_TOKENS = 400
# No server of ours goes on this long; one that ignores its limit might.
_MAX_CHARACTERS = 6000
# The prompt holds 2.5 (English tokenizer of SmolLM2) to 4.2 (multilingual one of e5) characters a token.
_CHARACTERS_PER_TOKEN = 2.5
_REWRITE_TOKENS = 100
_REWRITE_S = 10.0
_LONGEST_REWRITE = 300


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence that its sources bear out: ``hits`` in the order in which it cites them, at least one."""

    text: str
    hits: tuple[Hit, ...]


@dataclass(slots=True)
class Report:
    """What became of the rest of an answer: the sentences that were left out, and whether the model said that the
    sources do not hold the answer. A sentence that was only said twice is not counted."""

    dropped: Counter[Fault] = field(default_factory=Counter)
    refused: bool = False


class Writer:
    """Writes with one model and checks with the encoder. Safe to use from several threads.

    ``context_tokens`` is what the model can hold, prompt and answer together.
    """

    def __init__(self, model: LanguageModel, encoder: Encoder, context_tokens: int) -> None:
        self._model = model
        self._encoder = encoder
        self._answer_tokens = min(_ANSWER_TOKENS, context_tokens // 4)
        self._prompt_tokens = context_tokens - self._answer_tokens

    @property
    def rests(self) -> bool:
        """Whether the model failed so often that it is left alone for a while."""
        return self._model.rests

    def write(self, question: str, hits: Sequence[Hit], report: Report) -> Generator[Written, None, None]:
        """Yield the sentences of an answer to ``question`` as soon as each is known to be good, and note the rest in
        ``report``. As many of ``hits``, best first, are given to the model as it can hold.

        Closing the generator hangs up. Raises `LanguageModelError`, also halfway.
        """
        sources = self._fitting(question, [_Source(hit, self._encoder) for hit in hits[:_MAX_SOURCES]])
        if not sources:
            return
        said: set[str] = set()
        said_words = 0
        messages = answer_messages(question, [source.shown for source in sources])
        with closing(self._model.stream(messages, self._answer_tokens)) as deltas:
            for sentence in _sentences(deltas):
                cited = [sources[number - 1] for number in sentence.numbers if 0 < number <= len(sources)]
                if fault := self._fault(sentence, sources, cited, question):
                    if refuses(sentence.text):
                        report.refused = True
                        return
                    report.dropped[fault] += 1
                    continue
                key = " ".join(words(sentence.text))
                if key in said:
                    continue
                said.add(key)
                said_words += word_count(sentence.text)
                yield Written(sentence.text, tuple(source.hit for source in cited))
                if len(said) == MAX_SENTENCES or said_words >= MAX_WORDS:
                    return

    def rewrite(self, question: str, conversation: Sequence[Turn]) -> str | None:
        """Return ``question`` so that it stands without ``conversation``, None when the model does not manage."""
        try:
            reply = self._model.complete(rewrite_messages(question, conversation), _REWRITE_TOKENS, _REWRITE_S)
        except LanguageModelError:
            return None
        standing = " ".join(reply.split()).strip("\"'“”‘’„ ")
        known = content(" ".join([question, *(turn.text for turn in conversation)]))
        is_about_it = bool(content(standing) & known)
        return standing if len(standing) <= _LONGEST_REWRITE and is_about_it else None

    def _fitting(self, question: str, sources: Sequence[_Source]) -> list[_Source]:
        """Return the best sources that fit the prompt, whole; one that is too long makes room for the next."""
        kept: list[_Source] = []
        for source in sources:
            if _tokens(answer_messages(question, [one.shown for one in [*kept, source]])) <= self._prompt_tokens:
                kept.append(source)
        return kept

    def _fault(
        self, sentence: Sentence, sources: Sequence[_Source], cited: Sequence[_Source], question: str
    ) -> Fault | None:
        nearness = 0.0
        if cited:
            vector = self._encoder.encode_passages([sentence.text])[0]
            nearness = max(float((source.unit_vectors @ vector).max(initial=0)) for source in cited)
        texts = ["\n".join(source.shown) for source in sources]
        return fault_of(sentence.text, sentence.numbers, texts, nearness, question)


class _Source:
    """A passage as the model sees it: ``shown`` is its title with the headings, and its text without what gives orders
    to an assistant."""

    def __init__(self, hit: Hit, encoder: Encoder) -> None:
        self.hit = hit
        text = hit.passage.text
        orders = [unit for unit in hit.passage.units if is_order(text[unit.start : unit.end])]
        self._units = [text[unit.start : unit.end] for unit in hit.passage.units if unit not in orders]
        for unit in reversed(orders):
            text = text[: unit.start] + text[unit.end :]
        self.shown = " > ".join([hit.document.title, *hit.passage.headings]), text
        self._encoder = encoder

    @cached_property
    def unit_vectors(self) -> NDArray[np.float32]:
        """The (units, d) unit vectors of its sentences, each encoded by itself: those of the release carry what stands
        around a sentence, so that another fact of the same passage comes as near as the right one."""
        return self._encoder.encode_passages(self._units)


def _sentences(deltas: Iterable[str]) -> Iterator[Sentence]:
    stream = SentenceStream()
    length = 0
    for delta in deltas:
        yield from stream.feed(delta)
        length += len(delta)
        if length > _MAX_CHARACTERS:
            return
    yield from stream.close()


def _tokens(messages: Sequence[Message]) -> int:
    return math.ceil(sum(len(message["content"]) for message in messages) / _CHARACTERS_PER_TOKEN)
