"""A language model on any OpenAI-compatible server (vLLM, Ollama, llama.cpp, Azure, Mistral).

model = LanguageModel(ModelServer("http://127.0.0.1:8080/v1"))
for delta in model.stream([{"role": "user", "content": "Wie meldt verzuim?"}], max_tokens=200): ...

Importing this module is cheap; the first call loads the client libraries.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.generative.breaker import Breaker
from bot.leaving import ASKER
from kb.errors import LanguageModelError

if TYPE_CHECKING:
    from bot.generative.wire import Wire

_FAILURES = 3
_REST_S = 30.0

Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class ModelServer:
    """Where the model is and how long it may take. ``url`` ends before ``/chat/completions`` and holds no password;
    without ``model`` the first one of the server's own list is used. ``timeout_s`` bounds a whole answer, retries
    included; ``backoff_s`` is about the wait before the first retry."""

    url: str
    model: str | None = None
    key: SecretStr | None = None
    timeout_s: float = 30.0
    backoff_s: float = 0.5


class LanguageModel:
    """Asks one server. Safe to use from several threads; every call has a connection of its own.

    Calls block, so they belong in a thread without a running event loop.
    """

    def __init__(self, server: ModelServer, clock: Callable[[], float] = time.monotonic) -> None:
        self._server = server
        self._breaker = Breaker(_FAILURES, _REST_S, clock)

    @cached_property
    def _wire(self) -> Wire:
        from bot.generative.wire import Wire

        return Wire(self._server)

    @property
    def rests(self) -> bool:
        """Whether the server failed so often that it is left alone for a while."""
        return self._breaker.is_open

    def stream(
        self, messages: Sequence[Message], max_tokens: int, timeout_s: float | None = None
    ) -> Generator[str, None, None]:
        """Yield the reply as it comes, at temperature 0. Closing the generator closes the connection; when the `Asker`
        of the context leaves while the server is silent, that does too, with a `CancelledError`.

        ``timeout_s`` bounds this reply more tightly than the server's own. Raises `LanguageModelError` whatever goes
        wrong, also when part of the reply was given already.
        """
        if not self._breaker.admits():
            raise LanguageModelError(
                f"Het schrijfmodel gaf {_FAILURES} keer achter elkaar een fout en wordt even met rust gelaten. "
                "Controleer de server van HANDWIJZER_LLM_URL."
            )
        spoke = False
        deltas = self._wire.deltas(messages, max_tokens, min(timeout_s or float("inf"), self._server.timeout_s))
        # A loop of its own: only there can a silent server be left after any time that we choose.
        runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        try:
            while (delta := runner.run(_next(deltas))) is not None:
                spoke = True
                yield delta
        except LanguageModelError:
            self._breaker.failed()
            raise
        except GeneratorExit:
            if spoke:
                self._breaker.succeeded()
            raise
        else:
            self._breaker.succeeded()
        finally:
            # A stream that nobody holds any more is closed wherever that comes out, in a running loop perhaps.
            closing = threading.Thread(target=_close, args=(runner, deltas))
            closing.start()
            closing.join()

    def complete(self, messages: Sequence[Message], max_tokens: int, timeout_s: float | None = None) -> str:
        """Return the whole reply, as `stream` gives it."""
        return "".join(self.stream(messages, max_tokens, timeout_s))


def _close(runner: asyncio.Runner, deltas: AsyncGenerator[str, None]) -> None:
    with runner:
        runner.run(deltas.aclose())


async def _next(deltas: AsyncGenerator[str, None]) -> str | None:
    asker, task = ASKER.get(), asyncio.current_task()
    if asker is None or task is None:
        return await anext(deltas, None)
    with asker.waits(partial(asyncio.get_running_loop().call_soon_threadsafe, task.cancel)):
        return await anext(deltas, None)
