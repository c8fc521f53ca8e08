"""One turn on the page: what a visitor reads when it works, and when it does not."""

from __future__ import annotations

from conftest import page_reply

from bot.desk import Desk
from bot.feedback import FeedbackStore
from bot.recording import Recorder
from bot.storage.database import Database
from kb.encoder import Encoder
from kb.live import LiveKnowledge
from kb.releases import ReleaseStore


def test_a_follow_up_question_leans_on_the_previous_one(desk: Desk) -> None:
    first = page_reply(desk, "Wat is een multidisciplinair overleg?")
    second = page_reply(desk, "En wie is daarbij?", [first])
    assert second.answer
    assert "multidisciplinair" in second.answer.query


def test_a_visitor_reads_in_dutch_that_there_are_no_documents_yet(store: ReleaseStore, encoder: Encoder) -> None:
    desk = Desk(LiveKnowledge(store, encoder), Recorder(FeedbackStore(Database(store.data_dir))))
    turn = page_reply(desk, "Wat is een MDO?")
    assert turn.answer is None
    assert "nog geen documenten" in (turn.error or "")


def test_an_overlong_question_is_refused_and_shown_short(desk: Desk) -> None:
    turn = page_reply(desk, "x" * 50_000)
    assert "te lang" in (turn.error or "")
    assert len(turn.question) < 300
