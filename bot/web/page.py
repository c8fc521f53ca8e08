"""The chat page: a Gradio app at / that asks everything through `bot.service.ask`."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI
from starlette.routing import Mount

from bot.desk import Desk
from bot.web.conversation import dump, load, reply
from bot.web.examples import EXAMPLES
from bot.web.late import Built
from bot.web.render import conversation_html, sources_html
from bot.web.shell import TITLE, PageShell

# Threads that answer at the same time; a visitor beyond these waits for a free one.
_THREADS = 40
_HEADER = f"""<h1>{TITLE}</h1>
<p>Stel een vraag en lees wat de handreikingen, convenanten en verslagen over onderwijs en jeugdhulp erover zeggen,
met de bron erbij.</p>"""
_CARE = """<p>Handwijzer citeert letterlijk uit de documenten. Controleer de bron; typ geen namen of andere
persoonsgegevens.</p>"""
_PENDING = """<div class="beurt bezig"><p class="vraag" id="bezig-vraag"></p>
<p class="antwoord">Bezig met zoeken in de documenten…</p></div>"""
_NOT_REACHED = """<p class="antwoord fout"><strong>Handwijzer is niet bereikbaar.</strong> Controleer uw verbinding en
verstuur uw vraag opnieuw. Uw vraag staat nog in het tekstvak.</p>"""


def build_page(desk: Desk) -> Built:
    """Return the chat page, to be mounted at /."""
    # Gradio takes seconds to import; only a server needs it.
    import gradio as gr

    holder = FastAPI()
    gr.mount_gradio_app(
        holder,
        _blocks(gr, desk),
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


def _blocks(gr: Any, desk: Desk) -> Any:
    def answer(question: str, stored: str) -> tuple[Any, ...]:
        earlier = load(stored)
        kept = dump([*earlier, reply(desk, question, earlier)])
        exchanges = load(kept)
        return conversation_html(exchanges), sources_html(exchanges), kept

    def html(content: str, elem_id: str) -> Any:
        return gr.HTML(content, elem_id=elem_id, apply_default_css=False, js_on_load=None)

    with gr.Blocks(title=TITLE, analytics_enabled=False) as blocks:
        with gr.Row(elem_id="kop"):
            html(_HEADER, "kop-tekst")
            renew = gr.Button("Nieuw gesprek", elem_id="nieuw", size="sm", scale=0)
        with gr.Row(elem_id="vlak"):
            with gr.Column(elem_id="gespreksdeel"):
                html('<h2 class="vh">Gesprek</h2>', "gesprek-titel")
                conversation = html("", "gesprek")
                html(_PENDING, "bezig")
                html(_NOT_REACHED, "onbereikbaar")
                with gr.Column(elem_id="voorbeelden"):
                    html("<h2>Voorbeelden van vragen</h2>", "voorbeelden-titel")
                    examples = [(text, gr.Button(text, elem_classes="voorbeeld")) for text in EXAMPLES]
                with gr.Column(elem_id="invoer"):
                    with gr.Row(elem_id="invoer-regel"):
                        question = gr.Textbox(
                            label="Stel uw vraag",
                            placeholder="Typ hier uw vraag",
                            lines=1,
                            max_lines=8,
                            elem_id="vraag",
                        )
                        send = gr.Button("Verstuur", variant="primary", elem_id="verstuur", scale=0)
                    html(_CARE, "let-op")
            with gr.Column(elem_id="bronnendeel"):
                html("<h2>Bronnen</h2>", "bronnen-titel")
                sources = html(sources_html([]), "bronnen")
        # Not drawn: the browser keeps their values and sends them along.
        asked = gr.Textbox(visible=False)
        stored = gr.Textbox(dump([]), visible=False)

        in_browser: dict[str, Any] = {"fn": None, "queue": False, "api_visibility": "private"}
        on_server: dict[str, Any] = {"queue": False, "api_visibility": "private", "show_progress": "hidden"}

        gr.on(
            [question.submit, send.click],
            js="(text) => handwijzer.begin(text)",
            inputs=question,
            outputs=[question, asked],
            **in_browser,
        ).then(answer, [asked, stored], [conversation, sources, stored], **on_server).failure(
            js="() => handwijzer.failed()", outputs=question, **in_browser
        )
        for text, button in examples:
            button.click(js=f"() => {json.dumps(text)}", outputs=question, **in_browser).then(
                js="() => handwijzer.send()", **in_browser
            )
        empty = json.dumps([conversation_html([]), sources_html([]), dump([])])
        renew.click(js=f"() => {empty}", outputs=[conversation, sources, stored], **in_browser).then(
            js="() => handwijzer.renewed()", **in_browser
        )
        blocks.load(js="() => handwijzer.start()", **in_browser)
        blocks.queue(default_concurrency_limit=_THREADS, api_open=False)
    return blocks
