"""From the control words of RTF to its paragraphs and table rows.

Rich Text Format Specification 1.9.1; destinations that hold no text of the document are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ingest.readers.docx_styles import Style
from ingest.readers.rtf_parts import Content, Paragraph, Row, Stylesheet
from ingest.readers.rtf_tokens import Fonts, code_page, tokens

_PASSED_OVER = frozenset(
    "colortbl pict objdata nonshppict header headerl headerr headerf footer footerl footerr footerf fldinst xe tc tcn "
    "txe rxe ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn filetbl template sp shprslt nonesttables".split()
)
_STARRED_BUT_READ = frozenset("footnote shpinst do userprops".split())
_FLOWS = frozenset("footnote shptxt dptxbxtext".split())
_PLACES = frozenset(
    "fonttbl stylesheet info userprops listtext pntext title company propname staticval creatim revtim".split()
)
_SIGNS = {
    "tab": "\t", "line": "\n", "lbr": "\n", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘",
    "rquote": "’", "ldblquote": "“", "rdblquote": "”", "~": "\u00a0", "_": "-", "emspace": " ", "enspace": " ",
    "qmspace": " ", "nestcell": "\n", "nestrow": "\n", "softline": " ",
}  # fmt: skip
_STATED = frozenset("title company propname staticval".split())
_PAGES = {"mac": 10000, "pc": 437, "pca": 850}
_MOMENTS = frozenset({"creatim", "revtim"})
_MOMENT = ("yr", "mo", "dy", "hr", "min")
_DEEPEST_GROUP = 10_000
_DEEPEST_ITEM = 8


@dataclass(slots=True)
class _State:
    """What a group inherits, and forgets at its end."""

    place: str = ""
    passed_over: bool = False
    fallback: int = 1
    font: int = 0
    bold: bool = False
    hidden: bool = False
    style: int = 0
    outline: int | None = None
    listed: bool = False
    depth: int | None = None
    indent: int = 0
    in_table: bool = False


@dataclass(slots=True)
class _Flow:
    """Paragraphs and rows under way: of the body, a footnote or a text box."""

    is_note: bool = False
    parts: list[Paragraph | Row] = field(default_factory=list)
    paragraph: Paragraph = field(default_factory=Paragraph)
    cells: list[list[Paragraph]] = field(default_factory=list)
    cell: list[Paragraph] = field(default_factory=list)
    defined: Row = field(default_factory=Row)


class _Interpreter:
    def __init__(self) -> None:
        self.content = Content()
        self._fonts = Fonts()
        self._state = _State()
        self._groups: list[tuple[_State, _Flow]] = []
        self._flow = _Flow(parts=self.content.parts)
        self._styles = Stylesheet()
        self._parent: int | None = None
        self._captured = ""
        self._moment: dict[str, int] = {}
        self._bytes = bytearray()
        self._skip = 0
        self._starred = False

    def run(self, data: bytes) -> Content:
        """Work through a file until its outermost group ends."""
        for token in tokens(data):
            if token.text:
                self._take(token.text)
                continue
            self._write_bytes()
            if token.word in "{}":
                self._skip = 0
                if token.word == "{":
                    self._open()
                elif self._close():
                    break
            elif self._skip and token.word in _SIGNS:
                self._skip -= 1
            elif not self._state.passed_over:
                self._control(token.word, token.number)
            self._starred = token.word == "*"
        self._write_bytes()
        self.content.is_whole = not self._groups
        while self._groups:
            self._close()
        self._end_paragraph()
        self._end_row()
        return self.content

    # -- text

    def _take(self, data: bytes) -> None:
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        if self._groups and not self._state.passed_over:
            # Decoded as one: a Japanese sign is two bytes, each written by itself.
            self._bytes += data[skipped:]

    def _write_bytes(self) -> None:
        if self._bytes:
            data, self._bytes = bytes(self._bytes), bytearray()
            self._write(self._fonts.decode(data, self._state.font))

    def _write(self, text: str) -> None:
        state, paragraph = self._state, self._flow.paragraph
        if state.hidden:
            return
        if state.place in ("listtext", "pntext"):
            paragraph.marker = (paragraph.marker or "") + text
        elif state.place == "stylesheet" or state.place in _STATED:
            self._captured += text
        elif not state.place:
            paragraph.text += text
            if text.strip():
                paragraph.bold += state.bold
                paragraph.plain += not state.bold

    # -- groups

    def _open(self) -> None:
        if len(self._groups) == _DEEPEST_GROUP:
            raise ValueError("groups are nested too deep")
        self._groups.append((replace(self._state), self._flow))

    def _close(self) -> bool:
        """End the innermost group; say whether it was the outermost one."""
        inner, flow = self._state, self._flow
        self._state, self._flow = self._groups.pop()
        if flow is not self._flow:
            self._end_flow(flow, inner)
        elif inner.passed_over:
            return not self._groups
        elif inner.place == "stylesheet":
            name, self._captured = self._captured.strip().rstrip(";").rstrip(), ""
            if name:
                self._styles.add(inner.style, Style(name, inner.outline), self._parent)
            self._parent = None
        elif inner.place in _STATED and self._state.place != inner.place:
            text, self._captured = self._captured.strip(), ""
            self.content.keep(inner.place, text)
        elif inner.place in _MOMENTS:
            numbers, self._moment = self._moment, {}
            self.content.keep_moment(inner.place, [numbers.get(name, 0) for name in _MOMENT])
        return not self._groups

    def _end_flow(self, flow: _Flow, state: _State) -> None:
        outer, self._flow = self._flow, flow
        outer_state, self._state = self._state, state
        self._end_paragraph()
        self._end_row()
        self._flow, self._state = outer, outer_state
        if flow.is_note:
            texts = [part.text.strip() for part in flow.parts if isinstance(part, Paragraph)]
            outer.paragraph.notes.append(" ".join(texts))
        else:
            outer.paragraph.boxes += flow.parts

    # -- control words

    def _control(self, word: str, number: int | None) -> None:
        state = self._state
        if word in _PASSED_OVER or (self._starred and word not in _STARRED_BUT_READ):
            state.passed_over = True
        elif word in _FLOWS:
            self._flow = _Flow(is_note=word == "footnote")
            self._state = _State(fallback=state.fallback, font=state.font)
        elif word in _PLACES:
            state.place = word
        elif word in _SIGNS:
            self._write(_SIGNS[word])
        elif word == "u" and number is not None:
            self._write(chr(number & 0xFFFF))
            self._skip = state.fallback
        elif word in _MOMENT and state.place in _MOMENTS:
            self._moment[word] = number or 0
        elif not self._structure(word, number or 0):
            self._format(word, number)

    def _format(self, word: str, number: int | None) -> None:
        """Follow a word that says how text is written or what its paragraph is."""
        state = self._state
        match word:
            case "pard":
                state.style, state.outline, state.listed, state.depth = 0, None, False, None
                state.indent, state.in_table = 0, False
            case "plain":
                state.font, state.bold, state.hidden = self._fonts.default, False, False
            case "b":
                state.bold = number != 0
            case "v" | "deleted":
                state.hidden = number != 0
            case "uc":
                state.fallback = max(0, number or 0)
            case "f":
                state.font = number or 0
            case "fcharset":
                self._fonts.charset(state.font, number or 0)
            case "deff":
                self._fonts.default = state.font = number or 0
            case "ansicpg":
                self._fonts.page = code_page(number or 0)
            case "mac" | "pc" | "pca":
                self._fonts.page = code_page(_PAGES[word])
            case "s":
                state.style = number or 0
            case "sbasedon":
                self._parent = number
            case "outlinelevel":
                state.outline = number
            case "ls":
                state.listed = True
            case "ilvl":
                state.depth = min(max(0, number or 0), _DEEPEST_ITEM)
            case "li":
                state.indent = number or 0
            case "intbl":
                state.in_table = True
            case "itap":
                state.in_table = bool(number)

    def _structure(self, word: str, number: int) -> bool:
        """Follow a word that ends a paragraph, a cell or a row, or says what a row is like."""
        row = self._flow.defined
        match word:
            case "par" | "sect" | "\n" | "\r":
                self._end_paragraph()
            case "cell":
                self._end_paragraph(in_cell=True)
                self._flow.cells.append(self._flow.cell)
                self._flow.cell = []
            case "row":
                self._end_row()
            case "trowd":
                self._flow.defined = Row()
            case "trleft":
                row.left = number
            case "trhdr":
                row.is_head = True
            case "clmrg":
                row.from_left.add(len(row.edges))
            case "clvmrg":
                row.from_above.add(len(row.edges))
            case "cellx":
                row.edges.append(number)
            case _:
                return False
        return True

    # -- paragraphs and rows

    def _end_paragraph(self, in_cell: bool = False) -> None:
        state, flow = self._state, self._flow
        paragraph, flow.paragraph = flow.paragraph, Paragraph()
        # A sign outside the first plane comes as two halves.
        paragraph.text = paragraph.text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
        if not (paragraph.text.strip() or paragraph.notes or paragraph.boxes):
            return
        style = self._styles.get(state.style)
        paragraph.style = style if state.outline is None else replace(style, outline=state.outline)
        paragraph.listed, paragraph.depth, paragraph.indent = state.listed, state.depth, state.indent
        if in_cell or state.in_table:
            flow.cell.append(paragraph)
        else:
            self._end_row()
            flow.parts.append(paragraph)

    def _end_row(self) -> None:
        flow = self._flow
        if flow.cell:
            flow.cells.append(flow.cell)
        if flow.cells:
            flow.parts.append(replace(flow.defined, cells=flow.cells))
        flow.cells, flow.cell = [], []


def read_content(data: bytes) -> Content:
    """Return what an RTF file says; of a file that breaks off, what is there.

    Raises `ValueError` when its groups are nested as no program nests them.
    """
    return _Interpreter().run(data)
