"""The scripts and style sheets of the page, at /pagina/static/…"""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

ASSETS = "/pagina/static"


class _PageFiles(StaticFiles):
    """Files of which a browser asks each time whether they changed: after an update no old script meets a new page."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Return the file, or 304 for a browser that has it."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "no-cache"
        return response


def add_assets(app: FastAPI) -> None:
    """Serve the files on ``app``."""
    app.mount(ASSETS, _PageFiles(directory=Path(__file__).parent / "static"))
