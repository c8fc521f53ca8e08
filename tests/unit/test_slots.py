"""The queue for answers: never more than allowed, fair between callers, and no slot is ever lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from starlette.types import Message, Receive, Scope, Send

from bot.access.caller import Caller, Role
from bot.api import slots
from bot.api.slots import AnswerSlots, FairSlots, NoPlaceError, Turn

SIZE, PLACES = 2, 5
CALLERS = st.sampled_from(["an", "bo", "cas", "dirk"])


class Queue(RuleBasedStateMachine):
    """Callers come and go in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.slots = FairSlots(SIZE, PLACES)
        self.turns: list[Turn] = []
        self.since: dict[str, Counter[str]] = {}

    def teardown(self) -> None:
        for turn in self.turns:
            self.slots.leave(turn)
        assert (self.slots.busy, self.slots.waiting) == (0, 0)
        asyncio.set_event_loop(None)
        self.loop.close()

    def waiting(self, caller: str) -> int:
        return sum(turn.caller == caller and not turn.future.done() for turn in self.turns)

    @rule(caller=CALLERS)
    def join(self, caller: str) -> None:
        before = {name: self.waiting(name) for name in ("an", "bo", "cas", "dirk")}
        refused = None
        try:
            turn = self.loop.run_until_complete(_join(self.slots, caller))
        except NoPlaceError as error:
            refused = error
        if refused is not None:
            assert sum(before.values()) == PLACES
            # Refused is only who has as many waiting as anybody, or would have.
            assert before[caller] + 1 >= max(before.values())
            assert refused.own == (before[caller] > 0)
            return
        self.turns.append(turn)
        if not turn.future.done():
            self.since.setdefault(caller, Counter())

    @precondition(lambda self: self.turns)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        turn = self.turns.pop(data.draw(st.integers(0, len(self.turns) - 1)))
        waited = [one for one in self.turns if not one.future.done()]
        self.slots.leave(turn)
        self.slots.leave(turn)
        came = [one for one in waited if one.future.done() and one.future.result()]
        assert len(came) <= 1
        for one in came:
            self.since.pop(one.caller)
            for counted in self.since.values():
                counted[one.caller] += 1
            if self.waiting(one.caller):
                self.since[one.caller] = Counter()
        for name in [name for name in self.since if not self.waiting(name)]:
            del self.since[name]

    @invariant()
    def never_too_many_and_nobody_waits_for_nothing(self) -> None:
        self.turns = [turn for turn in self.turns if not turn.future.done() or turn.future.result()]
        assert self.slots.busy == sum(turn.future.done() for turn in self.turns) <= SIZE
        assert self.slots.waiting == sum(not turn.future.done() for turn in self.turns) <= PLACES
        assert self.slots.busy == SIZE or self.slots.waiting == 0

    @invariant()
    def nobody_is_let_in_twice_while_another_waits(self) -> None:
        assert all(times <= 1 for counted in self.since.values() for times in counted.values())


async def _join(queue: FairSlots, caller: str) -> Turn:
    return queue.join(caller)


TestQueue = Queue.TestCase
TestQueue.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


class Door:
    """`AnswerSlots` before an application that answers when it is told to."""

    def __init__(self, size: int = SIZE, waiting: int = PLACES) -> None:
        self.state: list[tuple[int, int]] = [(0, 0)]
        self.middleware = AnswerSlots(self.app, size, waiting, told=lambda *state: self.state.append(state))
        self.inside: list[tuple[str, asyncio.Event]] = []
        self.entered: list[str] = []

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["body"] == b"{}"
        done = asyncio.Event()
        name = scope["state"]["caller"].name
        self.inside.append((name, done))
        self.entered.append(name)
        await done.wait()
        if name == "stuk":
            raise RuntimeError
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def request(self, name: str, path: str = "/v1/vragen") -> tuple[asyncio.Task[int], asyncio.Event]:
        """Send a question of ``name``; returns its task, which gives the status, and what makes the client leave."""
        left = asyncio.Event()
        sent: list[Message] = [{"type": "http.request", "body": b"{}", "more_body": False}]

        async def receive() -> Message:
            if sent:
                return sent.pop()
            await left.wait()
            return {"type": "http.disconnect"}

        async def ask() -> int:
            replies: list[Message] = []

            async def send(message: Message) -> None:
                replies.append(message)

            caller = Caller(name, Role.READ, 1000)
            scope: dict[str, Any] = {
                "type": "http", "method": "POST", "path": path, "headers": [], "state": {"caller": caller},
            }  # fmt: skip
            await self.middleware(scope, receive, send)
            return int(replies[0]["status"]) if replies else 0

        return asyncio.create_task(ask()), left

    def finish(self) -> None:
        self.inside.pop(0)[1].set()


async def settle() -> None:
    for _ in range(8):
        await asyncio.sleep(0)


@given(st.lists(st.tuples(st.sampled_from(["vraag", "klaar", "weg", "afgebroken"]), st.integers(0, 9)), max_size=40))
@settings(max_examples=100, deadline=None)
def test_no_slot_is_lost_however_requests_end(steps: list[tuple[str, int]]) -> None:
    async def play() -> None:
        door = Door()
        requests: list[tuple[asyncio.Task[int], asyncio.Event]] = []
        for kind, number in steps:
            if kind == "vraag":
                requests.append(door.request(["an", "bo", "stuk"][number % 3]))
            elif kind == "klaar" and door.inside:
                door.finish()
            elif kind == "weg" and requests:
                requests[number % len(requests)][1].set()
            elif kind == "afgebroken" and requests:
                requests[number % len(requests)][0].cancel()
            if number % 2:
                await settle()
        await settle()
        while door.inside:
            door.finish()
            await settle()
        outcomes = await asyncio.gather(*(task for task, _ in requests), return_exceptions=True)
        assert {outcome for outcome in outcomes if isinstance(outcome, int)} <= {0, 200, 429, 503}
        assert door.state[-1] == (0, 0)
        assert max(busy for busy, _ in door.state) <= SIZE

    asyncio.run(play())


def test_a_caller_with_many_questions_does_not_starve_another() -> None:
    async def play() -> None:
        door = Door(size=1, waiting=64)
        tasks = [door.request("veel")[0] for _ in range(60)]
        await settle()
        tasks.append(door.request("weinig")[0])
        await settle()
        for _ in range(len(tasks)):
            door.finish()
            await settle()
        assert set(await asyncio.gather(*tasks)) == {200}
        assert door.entered.index("weinig") <= 2

    asyncio.run(play())


def test_a_full_queue_refuses_whoever_fills_it_and_still_has_room_for_another() -> None:
    async def play() -> None:
        door = Door(size=1, waiting=3)
        tasks = [door.request("veel")[0] for _ in range(5)]
        await settle()
        assert tasks[4].result() == 429
        newcomer = door.request("weinig")[0]
        await settle()
        # The last of the many had to make room.
        assert tasks[3].result() == 429
        assert not newcomer.done()
        crowd = [door.request(name)[0] for name in ("derde", "vierde")]
        await settle()
        assert crowd[1].result() == 503
        for task in [*tasks, newcomer, *crowd]:
            task.cancel()
        await settle()

    asyncio.run(play())


def test_a_question_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "WAIT_S", 0.01)

    async def play() -> None:
        door = Door(size=1)
        first, second = door.request("an")[0], door.request("bo")[0]
        assert await second == 503
        assert door.state[-1] == (1, 0)
        door.finish()
        assert await first == 200

    asyncio.run(play())


def test_what_is_no_question_does_not_wait() -> None:
    async def play() -> None:
        door = Door(size=1)
        tasks = [door.request("an", path)[0] for path in ("/v1/vragen", "/v1/beoordelingen", "/mcp")]
        await settle()
        assert len(door.inside) == 2
        for task in tasks:
            task.cancel()
        await settle()

    asyncio.run(play())
