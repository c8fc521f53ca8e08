"""`ask`, its streaming twin `stream`, and `search`: what every door calls; and `examine`, which measuring calls."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from bot.abstention import answerable, model_of, signals
from bot.answers import Answer, AnswerStatus, Method, Source, Statement, Suggestion, Turn
from bot.citing import Citations, file_url, unnumbered
from bot.danger import reminder
from bot.extract import extract, unit_cosines
from bot.followup import Standing, standing
from bot.guard import guard, names_in
from bot.keywords import is_keywords, stand_together
from bot.looking_up import looked_up
from bot.observing import Observer, Phase
from bot.question import Asks, what_it_asks
from bot.quotes import Quote
from bot.small_talk import small_talk
from bot.validity import in_force, notice, valid_first
from bot.voices import with_other_voice
from kb.analysis import content
from kb.errors import LanguageModelError, UsageError
from kb.live import LiveKnowledge
from kb.retrieval import Filters, Found, Hit, Legs, Retriever

if TYPE_CHECKING:
    from bot.generative.writer import Writer

MAX_QUESTION_CHARACTERS = 2000
_log = logging.getLogger(__name__)
_HITS = 12
_SUGGESTIONS = 3
_TURNS = 8
# More of each says nothing about the question, and looking for personal data in it would take seconds.
_TURN_CHARACTERS = 5000
_NOBODY = Observer()
_DOUBT = "Het is niet zeker dat dit de vraag helemaal beantwoordt. Lees de bron na."
_MODEL_FAILED = "Het schrijfmodel was niet bereikbaar. Dit antwoord bestaat daarom uit letterlijke citaten."
_BROKEN_OFF = "Het schrijfmodel viel weg voordat het antwoord af was. Lees verder in de bronnen."
_NOTHING_LEFT = (
    "Het schrijfmodel gaf geen antwoord dat door de bronnen wordt bevestigd. Dit zijn letterlijke citaten die er het "
    "dichtst bij komen."
)
_LEFT_OUT = "Een deel van het antwoord is weggelaten, omdat de bronnen het niet bevestigen."


@dataclass(frozen=True, slots=True)
class Parts:
    """What takes part in answering; everything, unless a measurement leaves something out.

    ``threshold`` is the probability under which a question is refused, None for that of the model that decides.
    """

    legs: Legs = field(default_factory=Legs)
    follow_ups: bool = True
    question_form: bool = True
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """An answer with what it came from: the passages found, and the probability that they answer the question.

    ``written`` and ``dropped`` count the sentences of a language model that its sources did and did not bear out;
    ``failed`` tells that the model itself did.
    """

    answer: Answer
    found: Found
    probability: float
    written: int = 0
    dropped: int = 0
    failed: bool = False


@dataclass(frozen=True, slots=True)
class SourcesFound:
    """The sources that the text so far cites; comes before the text that cites a new one."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class TextAdded:
    """The next piece of the answer; all pieces together are its text."""

    text: str


# An answer as it is made, with the whole of it last.
Pieces = Generator[SourcesFound | TextAdded | Answer, None, None]


def ask(
    knowledge: LiveKnowledge,
    question: str,
    conversation: Sequence[Turn] = (),
    filters: Filters | None = None,
    writer: Writer | None = None,
    observer: Observer = _NOBODY,
) -> Answer:
    """Answer one question from the live release, with citations, or say that the documents do not hold the answer.

    With a ``writer`` a language model words the answer; ``observer`` hears how it is made. Raises `UsageError` for an
    empty or over-long question, and `ReleaseError` when there is nothing to ask.
    """
    today = knowledge.today()
    retriever = knowledge.retriever()
    examined = examine(retriever, question, conversation, filters, writer=writer, today=today, observer=observer)
    observer.answered(examined)
    return examined.answer


def stream(
    knowledge: LiveKnowledge,
    question: str,
    conversation: Sequence[Turn] = (),
    filters: Filters | None = None,
    writer: Writer | None = None,
    observer: Observer = _NOBODY,
) -> Pieces:
    """Answer as `ask` does, in pieces as they are made, with the whole answer last. Closing it stops the work.

    Raises what `ask` raises at once: what is wrong with a question is known before anything of its answer is given.
    """
    retriever, tidy = knowledge.retriever(), checked_question(question)
    events = _events(retriever, tidy, conversation, filters, Parts(), writer, knowledge.today(), observer)
    return _pieces(events, observer)


def examine(
    retriever: Retriever,
    question: str,
    conversation: Sequence[Turn] = (),
    filters: Filters | None = None,
    parts: Parts | None = None,
    writer: Writer | None = None,
    today: date | None = None,
    observer: Observer = _NOBODY,
) -> Examined:
    """Answer one question as `ask` does, from the release of ``retriever``, and show how it came about.

    ``today`` is the day on which documents must hold, by default the day itself.
    """
    today = today or date.today()
    *_, last = _events(retriever, question, conversation, filters, parts or Parts(), writer, today, observer)
    assert isinstance(last, Examined)
    return last


def search(
    knowledge: LiveKnowledge, query: str, count: int = 10, filters: Filters | None = None
) -> tuple[str, tuple[Hit, ...]]:
    """Return the id of the live release and its ``count`` best passages for ``query``, best first.

    Personal data in ``query`` are left out before the search. Raises what `ask` raises.
    """
    retriever = knowledge.retriever()
    today = knowledge.today()
    guarded = guard(checked_question(query), names_in(retriever.release))
    found = retriever.search(guarded.text, count, filters, today=today)
    return retriever.release.id, valid_first(found, today).hits


def checked_question(question: str) -> str:
    """Return ``question`` on one line. Raises `UsageError` when it is empty or too long."""
    tidy = " ".join("".join(c if c.isprintable() else " " for c in question).split())
    if not tidy:
        raise UsageError("De vraag is leeg. Typ een vraag over de documenten.")
    if len(tidy) > MAX_QUESTION_CHARACTERS:
        raise UsageError(
            f"De vraag is te lang: {len(tidy)} tekens, het maximum is {MAX_QUESTION_CHARACTERS}. "
            "Houd alleen over wat nodig is om de vraag te begrijpen."
        )
    return tidy


def _pieces(events: Generator[SourcesFound | TextAdded | Examined, None, None], observer: Observer) -> Pieces:
    with closing(events):
        for event in events:
            if isinstance(event, Examined):
                observer.answered(event)
            yield event.answer if isinstance(event, Examined) else event


def _events(
    retriever: Retriever,
    question: str,
    conversation: Sequence[Turn],
    filters: Filters | None,
    parts: Parts,
    writer: Writer | None,
    today: date,
    observer: Observer,
) -> Generator[SourcesFound | TextAdded | Examined, None, None]:
    began = time.monotonic()
    observer.begins(Phase.UNDERSTANDING)
    release = retriever.release
    question = checked_question(question)
    names_known = names_in(release)
    guarded = guard(question, names_known)
    notices = [said for said in (reminder(question), guarded.notice) if said]
    if reply := small_talk(guarded.text):
        answer = _answer(_Draft(release.id, began, guarded.text, notices, today), reply)
        yield TextAdded(reply)
        yield Examined(answer, Found(guarded.text, np.zeros(retriever.encoder.dimensions, np.float32), ()), 0.0)
        return
    turns = [
        turn.model_copy(update={"text": guard(_beginning(turn.text), names_known).text})
        for turn in conversation[-_TURNS:]
    ]
    asked = _standing(guarded.text, turns, writer) if parts.follow_ups else Standing(guarded.text)
    observer.begins(Phase.RETRIEVAL)
    searched = retriever.search(asked.question, _HITS, filters, parts.legs, asked.context, today)
    found = valid_first(searched, today)
    under_heading = looked_up(asked.question, found)
    found = under_heading or found
    observer.begins(Phase.CHOICE)
    cosines = unit_cosines(release, found)
    evidence = signals(release, found, cosines)
    asks = what_it_asks(asked.question) if parts.question_form else Asks.OTHER
    model = model_of(reads=evidence.read is not None)
    probability = 1.0 if under_heading else model.probability(evidence)
    draft = _Draft(release.id, began, unnumbered(found.query), notices, today)
    threshold = model.threshold if parts.threshold is None else parts.threshold
    quotes = extract(release, found, asks, cosines) if answerable(asks, evidence, probability, threshold) else []
    loose = asked.context is None and is_keywords(asked.question)
    if not quotes or (loose and not stand_together(asked.question, quotes, probability, release.glossary)):
        refusal = _refusal(draft.query, found, filters)
        yield TextAdded(refusal)
        yield Examined(_answer(draft, refusal, suggestions=_suggestions(found)), found, probability)
        return
    if probability < model.doubt:
        notices.append(_DOUBT)
    dropped = 0
    if writer is not None:
        whole = f"{asked.context.asked} {asked.question}" if asked.context else asked.question
        observer.begins(Phase.WRITING)
        dropped = yield from _write(writer, whole, found, draft)
    if not draft.statements:
        quotes = [_in_force(quote, found, today) for quote in quotes]
        quotes, dissent = with_other_voice(quotes, found, asks, today)
        notices += [dissent] if dissent else []
        for quote in quotes:
            yield from draft.add(quote.text, [(quote.hit, quote.start, quote.end)])
    if expired := notice(draft.citations.sources()):
        notices.append(expired)
    yield Examined(_answer(draft, draft.text), found, probability, draft.written, dropped, draft.failed)


def _in_force(quote: Quote, found: Found, today: date) -> Quote:
    hit, start, end = in_force((quote.hit, quote.start, quote.end), found.hits, today)
    return replace(quote, hit=hit, start=start, end=end)


class _Draft:
    """An answer in the making."""

    def __init__(self, release: str, began: float, query: str, notices: list[str], today: date) -> None:
        self.release, self.began, self.query, self.notices, self.today = release, began, query, notices, today
        self.method = Method.EXTRACTIVE
        self.statements: list[Statement] = []
        self.citations = Citations(today)
        self.text = ""
        self.written = 0
        self.failed = False

    def add(self, text: str, cited: Sequence[tuple[Hit, int, int]]) -> Iterator[SourcesFound | TextAdded]:
        """Add a statement that rests on stretches of passages, and yield what a reader sees of it."""
        before = len(self.citations)
        numbers = list(dict.fromkeys(self.citations.cite(*stretch) for stretch in cited))
        if len(self.citations) > before:
            yield SourcesFound(tuple(self.citations.sources()))
        several_lines = "\n" in text or "\n" in self.text
        gap = "" if not self.statements else "\n" if several_lines else " "
        piece = f"{gap}{unnumbered(text)} {''.join(f'[{number}]' for number in numbers)}"
        self.statements.append(Statement(text=text, sources=numbers))
        self.text += piece
        yield TextAdded(piece)


def _beginning(text: str) -> str:
    """Return what is read of a turn: all of it, or whole words, for half a number would not be known as one."""
    return text if len(text) <= _TURN_CHARACTERS else text[:_TURN_CHARACTERS].rpartition(" ")[0]


def _standing(question: str, turns: Sequence[Turn], writer: Writer | None) -> Standing:
    """Return the question as it is searched: in the words of the language model where it leans on earlier ones and
    there is such a model, else by rule."""
    by_rule = standing(question, turns)
    if writer is not None and by_rule.context is not None and (rewritten := writer.rewrite(question, turns)):
        return Standing(rewritten)
    return by_rule


def _write(
    writer: Writer, question: str, found: Found, draft: _Draft
) -> Generator[SourcesFound | TextAdded, None, int]:
    """Add what the language model writes and its sources bear out, and return how many sentences were left out.

    When nothing is left, or the model fails before it wrote anything, the draft stays empty and a notice says why.
    """
    from bot.generative.writer import Report

    report = Report()
    try:
        with closing(writer.write(question, found.hits, report)) as sentences:
            for sentence in sentences:
                draft.method = Method.GENERATIVE
                draft.written += 1
                borne_out = [_borne_out(sentence.text, hit) for hit in sentence.hits]
                cited = [in_force(stretch, found.hits, draft.today) for stretch in borne_out]
                yield from draft.add(sentence.text, cited)
    except LanguageModelError as error:
        _log.warning("%s", error.message)
        draft.failed = True
        draft.notices.append(_BROKEN_OFF if draft.statements else _MODEL_FAILED)
    else:
        if not draft.statements:
            draft.notices.append(_NOTHING_LEFT)
        elif report.dropped:
            draft.notices.append(_LEFT_OUT)
    return report.dropped.total()


def _borne_out(text: str, hit: Hit) -> tuple[Hit, int, int]:
    """Return the sentence of a passage that shares most words with what was written, to be marked."""
    passage, said = hit.passage, content(text)
    best = max(passage.units, key=lambda unit: len(said & content(passage.text[unit.start : unit.end])))
    return hit, best.start, best.end


def _answer(draft: _Draft, text: str, suggestions: Sequence[Suggestion] = ()) -> Answer:
    return Answer(
        id=uuid.uuid4().hex,
        status=AnswerStatus.ANSWERED if draft.statements else AnswerStatus.NOT_FOUND,
        method=draft.method,
        text=text,
        statements=draft.statements,
        sources=draft.citations.sources(),
        query=draft.query,
        suggestions=list(suggestions),
        notices=draft.notices,
        release=draft.release,
        duration_ms=round((time.monotonic() - draft.began) * 1000),
    )


def _refusal(query: str, found: Found, filters: Filters | None) -> str:
    narrowed = " binnen de gekozen filters" if filters and filters != Filters() else ""
    nearby = " Onder dit bericht staan documenten die er het dichtst bij komen." if found.hits else ""
    return (
        f"In de documenten staat geen antwoord op deze vraag. Er is{narrowed} gezocht naar: \u201c{query}\u201d."
        f"{nearby} Stel de vraag anders, of vraag het aan een collega die het onderwerp kent."
    )


def _suggestions(found: Found) -> list[Suggestion]:
    nearest = {hit.document.id: hit.document for hit in found.hits}
    return [
        Suggestion(document_id=document.id, title=document.title, kind=document.kind, url=file_url(document))
        for document in list(nearest.values())[:_SUGGESTIONS]
    ]
