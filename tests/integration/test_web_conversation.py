"""One turn on the page: what a visitor reads when it works, and when it does not."""

from __future__ import annotations

from bot.desk import Desk
from bot.feedback import FeedbackStore
from bot.recording import Recorder
from bot.storage.database import Database
from bot.web.conversation import reply
from bot.web.examples import EXAMPLES
from kb.encoder import Encoder
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore


def test_every_example_question_has_an_answer_in_the_shipped_documents(desk: Desk) -> None:
    replies = [reply(desk, question, []) for question in EXAMPLES]
    assert [turn.question for turn in replies if not (turn.answer and turn.answer.sources)] == []


def test_a_follow_up_question_leans_on_the_previous_one(desk: Desk) -> None:
    first = reply(desk, "Wat is een multidisciplinair overleg?", [])
    second = reply(desk, "En wie is daarbij?", [first])
    assert second.answer
    assert "multidisciplinair" in second.answer.query


def test_a_visitor_reads_in_dutch_that_there_are_no_documents_yet(store: ReleaseStore, encoder: Encoder) -> None:
    desk = Desk(LiveKnowledge(store, encoder), Recorder(FeedbackStore(Database(store.data_dir))))
    turn = reply(desk, "Wat is een MDO?", [])
    assert turn.answer is None
    assert "nog geen documenten" in (turn.error or "")


def test_an_overlong_question_is_refused_and_shown_short(desk: Desk) -> None:
    turn = reply(desk, "x" * 50_000, [])
    assert "te lang" in (turn.error or "")
    assert len(turn.question) < 300
