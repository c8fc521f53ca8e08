"""What surrounds the Gradio app: Dutch as the page's language, our own style, and only the addresses the page uses.

Gradio brings dozens of routes (upload, proxy, monitoring, API descriptions). The page needs a handful; the rest is a
404 like any unknown address, answered by the application's own error handler.
"""

from __future__ import annotations

import re
from importlib.resources import files

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from bot.web.assets import ASSETS

TITLE = "Handwijzer"
_PAGE = "/"
_PATHS = {_PAGE, "/theme.css", "/gradio_api/startup-events"}
_FOLDERS = ("/assets/", "/static/")
_STYLES = ("documents.css", "manage.css")
# What page.js imports: asked for at once, and not one after another.
_MODULES = (
    "shared.js", "tabs.js", "chat.js", "filters.js", "sources.js", "store.js", "stream.js", "turns.js", "documents.js",
    "manage.js",
)  # fmt: skip
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' "
    "rx='7' fill='%230b5c7a'/%3E%3Cpath d='M9 8v16M23 8v16M9 16h14' stroke='white' stroke-width='4' "
    "stroke-linecap='round'/%3E%3C/svg%3E"
)
# Cards for social media, a manifest and an icon, all of them Gradio's.
_FOREIGN = re.compile(r'<meta\s+(?:property="og:|name="twitter:)[^>]*>|<link rel="manifest"[^>]*>')
_NO_SCRIPT = "<noscript><p>Handwijzer werkt alleen met JavaScript. Zet JavaScript aan in uw browser.</p></noscript>"


class PageShell:
    """Passes what the page needs on to ``gradio_app`` and completes its HTML."""

    def __init__(self, gradio_app: ASGIApp) -> None:
        self._app = gradio_app
        own = files("bot.web")
        self._head = (
            f'<title>{TITLE}</title><link rel="icon" href="{ICON}">'
            f"<style>{own.joinpath('static/colours.css').read_text('utf-8')}"
            f"{own.joinpath('style.css').read_text('utf-8')}</style>"
            f"<script>{own.joinpath('prelude.js').read_text('utf-8')}</script>"
            + "".join(f'<link rel="stylesheet" href="{ASSETS}/{name}">' for name in _STYLES)
            + "".join(f'<link rel="modulepreload" href="{ASSETS}/{name}">' for name in _MODULES)
            + f'<script type="module" src="{ASSETS}/page.js"></script>'
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises `HTTPException` 404 and 405 for what the page does not use."""
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path not in _PATHS and not path.startswith(_FOLDERS):
            raise HTTPException(404)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        if path == _PAGE:
            await self._page(scope, receive, send)
        elif path.startswith("/assets/"):
            await self._app(scope, receive, _kept_by_browser(send))
        else:
            await self._app(scope, receive, send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        start: Message = {}
        body = b""

        async def complete(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            html = self._completed(body.decode()).encode()
            headers = MutableHeaders(scope=start)
            headers["cache-control"] = "no-cache"
            if scope["method"] != "HEAD":
                headers["content-length"] = str(len(html))
            await send(start)
            await send({"type": "http.response.body", "body": html})

        # Gradio would look for saved states by query.
        await self._app({**scope, "headers": plain, "query_string": b""}, receive, complete)

    def _completed(self, html: str) -> str:
        html = _FOREIGN.sub("", html).replace('lang="en"', 'lang="nl"', 1)
        return html.replace("</head>", f"{self._head}</head>", 1).replace("</body>", f"{_NO_SCRIPT}</body>", 1)


def _kept_by_browser(send: Send) -> Send:
    """The names of the assets change with their content; asking for dozens of them again takes longer than the page."""

    async def complete(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            MutableHeaders(scope=message)["cache-control"] = "public, max-age=31536000, immutable"
        await send(message)

    return complete
