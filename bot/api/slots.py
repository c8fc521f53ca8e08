"""At most so many answers at a time, and a fair queue for the rest: refused in time beats slow for everybody."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from bot.api.bodies import replay
from bot.api.problems import problem_response

WAIT_S = 20.0
_RETRY_AFTER_S = 5
# Making a file of a conversation takes longer than an answer.
_ANSWERS = re.compile(r"/v1/(?:vragen|zoekopdrachten)|/openai/v1/chat/completions|/pagina/(?:vragen|export)|/mcp/?")


@dataclass(eq=False, slots=True)
class Turn:
    """A place in the queue of ``caller``. ``future`` becomes True when it is a slot, False when the place is lost."""

    caller: str
    future: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class NoPlaceError(Exception):
    """There is no room in the queue; ``own``: because this caller's own questions fill it."""

    def __init__(self, own: bool) -> None:
        super().__init__()
        self.own = own


class FairSlots:
    """``size`` slots for which up to ``waiting`` turns wait; callers take turns, however many each has waiting.

    A caller may fill the queue as long as nobody else needs it: when it is full, the last turn of whoever has most
    waiting makes room for a caller who has less. For one event loop.
    """

    def __init__(self, size: int, waiting: int) -> None:
        self._free = size
        self._places = waiting
        self._queues: OrderedDict[str, deque[Turn]] = OrderedDict()  # whoever is first in it is next
        self._busy: set[Turn] = set()

    @property
    def busy(self) -> int:
        """How many slots are taken."""
        return len(self._busy)

    @property
    def waiting(self) -> int:
        """How many turns wait."""
        return sum(map(len, self._queues.values()))

    def join(self, caller: str) -> Turn:
        """Return a turn; whoever has it must `leave`, whatever happens. Raises `NoPlaceError`."""
        turn = Turn(caller)
        if self._free:
            self._give(turn)
        else:
            if self.waiting >= self._places:
                self._make_room(caller)
            self._queues.setdefault(caller, deque()).append(turn)
        return turn

    def leave(self, turn: Turn) -> None:
        """Give back the slot or the place in the queue of ``turn``; a second time does nothing."""
        if turn in self._busy:
            self._busy.remove(turn)
            self._free += 1
            if self._queues:
                self._give(self._next())
        else:
            self._forget(turn)

    def _give(self, turn: Turn) -> None:
        self._free -= 1
        self._busy.add(turn)
        turn.future.set_result(True)

    def _next(self) -> Turn:
        caller, queue = self._queues.popitem(last=False)
        turn = queue.popleft()
        if queue:
            self._queues[caller] = queue
        return turn

    def _make_room(self, caller: str) -> None:
        own = len(self._queues.get(caller, ()))
        longest = max(self._queues.values(), key=len, default=deque[Turn]())
        if own + 1 >= len(longest):
            raise NoPlaceError(own=own > 0)
        last = longest[-1]
        self._forget(last)
        last.future.set_result(False)

    def _forget(self, turn: Turn) -> None:
        queue = self._queues.get(turn.caller, deque())
        with suppress(ValueError):  # it had its place taken
            queue.remove(turn)
        if not queue:
            self._queues.pop(turn.caller, None)


class AnswerSlots:
    """Lets ``size`` requests for an answer through at a time, streams included, and ``waiting`` wait `WAIT_S` at most.

    ``told`` hears how many are busy and how many wait, whenever that changes. Why a request had no place is noted in
    its state, as ``refused``.
    """

    def __init__(self, app: ASGIApp, size: int, waiting: int, told: Callable[[int, int], None]) -> None:
        self.app = app
        self._slots = FairSlots(size, waiting)
        self._told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when it is its turn, or answer 429 or 503. Expects the body in one message."""
        if scope["type"] != "http" or scope["method"] != "POST" or not _ANSWERS.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        try:
            turn = self._slots.join(scope["state"]["caller"].name)
        except NoPlaceError as error:
            await _refuse(error, scope, receive, send)
            return
        try:
            self._tell()
            body = await receive()
            try:
                if not turn.future.done() and not await _came(turn, receive):
                    return
            except (NoPlaceError, TimeoutError) as error:
                await _refuse(error, scope, receive, send)
                return
            await self.app(scope, replay(body, receive), send)
        finally:
            self._slots.leave(turn)
            self._tell()

    def _tell(self) -> None:
        self._told(self._slots.busy, self._slots.waiting)


async def _refuse(error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
    state = scope["state"]
    if isinstance(error, NoPlaceError) and error.own:
        state["refused"] = "aandeel"
        status, why = 429, "Er wachten al te veel vragen van u op een antwoord."
    else:
        state["refused"] = "wachttijd" if isinstance(error, TimeoutError) else "vol"
        status, why = 503, "Het is nu te druk."
    detail = f"{why} Probeer het over {_RETRY_AFTER_S} seconden opnieuw."
    headers = {"Retry-After": str(_RETRY_AFTER_S)}
    await problem_response(scope["path"], status, detail, slug="te-druk", headers=headers)(scope, receive, send)


async def _came(turn: Turn, receive: Receive) -> bool:
    """Wait for ``turn``; False when the client left before that. Raises `NoPlaceError` or `TimeoutError`."""
    left = asyncio.create_task(_left(receive))
    either: set[asyncio.Future[Any]] = {turn.future, left}
    try:
        done, _ = await asyncio.wait(either, timeout=WAIT_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        left.cancel()
    if turn.future in done:
        if not turn.future.result():
            raise NoPlaceError(own=True)
        return True
    if left in done:
        return False
    raise TimeoutError


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
