"""`/widget.js`: open to every page, for what it shows still needs a key or a place on the list of origins."""

from __future__ import annotations

import hashlib
from importlib import resources

from fastapi import FastAPI, Request, Response

_HEADERS = {
    "Access-Control-Allow-Origin": "*",  # <script type="module"> and integrity checks ask for it
    "Cache-Control": "public, max-age=300",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def add_widget(app: FastAPI) -> None:
    """Serve the web component on ``app``."""
    script = resources.files("bot.widget").joinpath("widget.js").read_bytes()
    etag = f'"{hashlib.sha256(script).hexdigest()[:32]}"'

    async def widget(request: Request) -> Response:
        headers = _HEADERS | {"ETag": etag}
        known = request.headers.get("If-None-Match", "").replace("W/", "").split(",")
        if etag in (tag.strip() for tag in known):
            return Response(status_code=304, headers=headers)
        return Response(script, headers=headers, media_type="text/javascript")

    app.add_route("/widget.js", widget, methods=["GET"], include_in_schema=False)
