"""HTTP/1.1 connections with the time limits that uvicorn does not have.

uvicorn waits for ever for headers that do not come (it only bounds the pause between two requests), and for a client
that does not read its response. `handwijzer serve` names this class to it.
"""

from __future__ import annotations

import asyncio
import resource

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_S = 10.0
UNREAD_S = 30.0
# The rest is for files, databases and language models: a server out of descriptors can not even answer.
_SHARE = 0.5


class BoundedProtocol(H11Protocol):
    """Closes a connection whose headers, or the rest of a body that nobody waits for, take over `HEADERS_S`, or whose
    response is not read for `UNREAD_S`, and every new one when those that are open take up half of what the process may
    open."""

    _closing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for the first headers."""
        super().connection_made(transport)
        if len(self.connections) > _SHARE * resource.getrlimit(resource.RLIMIT_NOFILE)[0]:
            transport.abort()
        self._expect(HEADERS_S)

    def data_received(self, data: bytes) -> None:
        """Take what came. While it is only part of the headers, or of a body whose request was answered without it, the
        rest has to follow in time."""
        super().data_received(data)
        if self.flow.write_paused:
            return
        answered = self.conn.their_state is h11.SEND_BODY and self.conn.our_state is h11.DONE
        if self.conn.their_state is not h11.IDLE and not answered:
            self._expect(None)
        elif self._closing is None:
            self._expect(HEADERS_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._expect(None)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        super().pause_writing()
        self._expect(UNREAD_S)

    def resume_writing(self) -> None:
        """Go on: the client reads."""
        self._expect(None)
        super().resume_writing()

    def _expect(self, within_s: float | None) -> None:
        """Close the connection unless this is called again ``within_s``; None stops that."""
        if self._closing is not None:
            self._closing.cancel()
        self._closing = None if within_s is None else self.loop.call_later(within_s, self.transport.abort)
