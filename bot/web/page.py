"""The chat page: Gradio's frame, theme, field and buttons. What it shows comes from the calls under /pagina."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.routing import Mount

from bot.api.models import MAX_REMARK_CHARACTERS
from bot.web.late import Built
from bot.web.shell import TITLE, PageShell
from bot.web.templates import render
from kb.settings import Settings


def build_page(settings: Settings) -> Built:
    """Return the chat page, to be mounted at /."""
    # Gradio takes seconds to import; only a server needs it.
    import gradio as gr

    holder = FastAPI()
    gr.mount_gradio_app(
        holder,
        _blocks(gr, settings),
        "/",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        enable_monitoring=False,
        show_error=False,
        theme=_theme(gr),
    )
    mount = holder.router.routes[-1]
    assert isinstance(mount, Mount)
    return Built(PageShell(mount.app), lambda: holder.router.lifespan_context(holder))


def _theme(gr: Any) -> Any:
    """Gradio's plainest theme with the fonts of the visitor's own system. Colours are in style.css."""
    return gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])


def _blocks(gr: Any, settings: Settings) -> Any:
    values = {"keep_days": settings.keep_days, "remark_length": MAX_REMARK_CHARACTERS}

    def html(name: str, elem_id: str) -> Any:
        return gr.HTML(render(name, **values), elem_id=elem_id, apply_default_css=False, js_on_load=None)

    with gr.Blocks(title=TITLE, analytics_enabled=False) as blocks:
        html("header.html", "kop")
        with gr.Column(elem_id="paneel-vragen"), gr.Row(elem_id="vlak"):
            with gr.Column(elem_id="gespreksdeel"):
                html("conversation_part.html", "gesprek-vlak")
                with gr.Column(elem_id="invoer"):
                    html("filters_part.html", "filter-vlak")
                    with gr.Row(elem_id="invoer-regel"):
                        gr.Textbox(
                            label="Stel uw vraag", placeholder="Typ hier uw vraag", lines=1, max_lines=8,
                            elem_id="vraag",
                        )  # fmt: skip
                        gr.Button("Verstuur", variant="primary", elem_id="verstuur", scale=0)
                        gr.Button("Stop", elem_id="stop", scale=0)
                    html("care.html", "let-op")
            with gr.Column(elem_id="bronnendeel"):
                html("sources_part.html", "bronnen-vlak")
        with gr.Column(elem_id="paneel-documenten"):
            html("documents_part.html", "documenten-vlak")
        with gr.Column(elem_id="paneel-beheer"):
            html("manage_part.html", "beheer-vlak")
    return blocks
