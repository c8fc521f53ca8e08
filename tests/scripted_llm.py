"""A server with the API of OpenAI that says what a test tells it to, over a real socket.

with ScriptedServer() as server:
    server.replies(Reply(says("De mentor ", "meldt het. [1]")))
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

END = b"data: [DONE]\n\n"


class Step(Enum):
    """What a server does besides sending bytes."""

    SILENCE = "says nothing until the client hangs up"
    CUT = "breaks the connection"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer to one request: the parts of its body go out one by one."""

    body: Iterable[bytes | Step] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/event-stream"})


@dataclass(frozen=True, slots=True)
class Received:
    """A request that came in. Names of headers are in lower case."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


def chunk(text: str | None, **more: Any) -> bytes:
    """Return one event of a stream that brings ``text``."""
    choice = {"index": 0, "delta": {"content": text, **more}, "finish_reason": None}
    event = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


def says(*pieces: str) -> list[bytes | Step]:
    """Return a whole stream as the servers send it: the role, the pieces, a count without a choice, the end."""
    usage = b'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":null}\n\n'
    return [chunk(None, role="assistant"), *map(chunk, pieces), usage, END]


def letters(text: str) -> list[bytes | Step]:
    """Return a whole stream in which every letter is a piece."""
    return says(*text)


def without_end(event: bytes) -> Iterator[bytes | Step]:
    """Yield the same event for ever."""
    while True:
        yield event


class ScriptedServer:
    """Gives its replies in order, the last one again and again. ``hung_up`` is set when a client left a reply early."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.models = ["eerste-model", "tweede-model"]
        self.hung_up = threading.Event()
        self._replies: list[Reply] = []
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def replies(self, *replies: Reply) -> None:
        """Set what the coming requests are answered with."""
        self._replies = list(replies)

    def chats(self) -> list[Received]:
        """Return the requests for an answer, without those for the list of models."""
        return [request for request in self.received if request.path.endswith("/chat/completions")]

    def _next(self) -> Reply:
        with self._lock:
            return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 30

            def do_GET(self) -> None:
                self._note({})
                models = {"object": "list", "data": [{"id": name, "object": "model"} for name in server.models]}
                body = json.dumps(models).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                self._note(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                reply = server._next()
                try:
                    self.send_response(reply.status)
                    for name, value in {**reply.headers, "Transfer-Encoding": "chunked"}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    if all(self._take(step) for step in reply.body):
                        self.wfile.write(b"0\r\n\r\n")
                except OSError:
                    server.hung_up.set()
                    self.close_connection = True

            def _take(self, step: bytes | Step) -> bool:
                """Do one step; tell whether the reply goes on."""
                if isinstance(step, bytes):
                    self.wfile.write(f"{len(step):x}\r\n".encode() + step + b"\r\n")
                    return True
                if step is Step.SILENCE and self.rfile.read(1) == b"":
                    server.hung_up.set()
                self.close_connection = True
                return False

            def _note(self, body: dict[str, Any]) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.received.append(Received(self.path, headers, body))

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler
