"""What stands where on one PDF page: runs of text and ruling lines, from the page's drawing instructions.

Instructions come in any order and say where ink goes, not what belongs together. This module follows the
graphics and text state (ISO 32000-1, 8.4 and 9.3) and gives every run its place, in points from the top left
corner of the page as it is shown; order and meaning are for the modules after it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

from pypdf import PageObject
from pypdf.generic import ContentStream, DictionaryObject, NameObject, StreamObject

from ingest.readers.pdf_fonts import Typeface, load_typeface

Matrix = tuple[float, float, float, float, float, float]

_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_FORM_DEPTH = 8
_FORMS_PER_PAGE = 500
_SAME_WORD = 0.09
_WIDE = 0.45
_RULE_THICKNESS = 2.5
_HIDDEN_ANNOTATION = 0b100010
_SHOWN_ANNOTATIONS = {"/Widget", "/FreeText"}
_TWICE = 0.12


@dataclass(frozen=True, slots=True)
class Run:
    """Text set in one go. ``x0``, ``x1`` and ``y`` (baseline, downwards) are in points.

    ``angle`` is the direction of reading in whole degrees; for other angles than 0 the coordinates are those
    of the page turned so that the text runs to the right.
    """

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    space: float
    angle: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal or vertical ruling line, or the edge of a box or a shaded cell, in points."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def horizontal(self) -> bool:
        """True for a line from left to right."""
        return self.x1 - self.x0 >= self.y1 - self.y0


@dataclass(slots=True)
class PageContent:
    """All runs and rules of one page, in the order of the file."""

    width: float
    height: float
    runs: list[Run] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    images: int = 0


@dataclass(frozen=True, slots=True)
class _State:
    ctm: Matrix
    face: Typeface | None = None
    size: float = 1.0
    char_space: float = 0.0
    word_space: float = 0.0
    stretch: float = 1.0
    leading: float = 0.0
    rise: float = 0.0
    mode: int = 0


@dataclass(slots=True)
class _Mark:
    """An open marked-content sequence: replacement text, or furniture the maker of the file declared."""

    first_run: int
    actual: str | None
    furniture: bool


def read_page(page: PageObject, faces: dict[int, Typeface | None]) -> PageContent:
    """Return the text and rules of ``page``. ``faces`` keeps fonts between pages, by object number.

    Raises whatever pypdf raises on a damaged page.
    """
    box = page.cropbox
    left, bottom, right, top = (float(side) for side in (box.left, box.bottom, box.right, box.top))
    turn = page.rotation % 360
    ctm: Matrix
    if turn == 90:
        ctm, width, height = (0, 1, 1, 0, -bottom, -left), top - bottom, right - left
    elif turn == 180:
        ctm, width, height = (-1, 0, 0, 1, right, -bottom), right - left, top - bottom
    elif turn == 270:
        ctm, width, height = (0, -1, -1, 0, top, right), top - bottom, right - left
    else:
        ctm, width, height = (1, 0, 0, -1, -left, top), right - left, top - bottom
    content = PageContent(abs(width), abs(height))
    painter = _Painter(content, faces)
    stream = page.get("/Contents")
    if stream is not None:
        painter.paint(ContentStream(stream.get_object(), page.pdf, "bytes"), _resources(page), ctm, 0)
    _paint_annotations(page, painter, ctm)
    content.runs = _on_page(_without_doubles(content.runs), content)
    return content


def _paint_annotations(page: PageObject, painter: _Painter, ctm: Matrix) -> None:
    """Filled-in form fields and typed remarks keep their visible text outside the page's own instructions."""
    for reference in page.get("/Annots", []) or []:
        try:
            annotation = reference.get_object()
            if annotation.get("/Subtype") not in _SHOWN_ANNOTATIONS:
                continue
            if int(annotation.get("/F", 0)) & _HIDDEN_ANNOTATION:
                continue
            look = annotation["/AP"]["/N"].get_object()
            if not isinstance(look, StreamObject):
                continue
            box = [float(side) for side in annotation["/Rect"]]
            frame = [float(side) for side in look.get("/BBox", [0, 0, 1, 1])]
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
        shift = (1.0, 0.0, 0.0, 1.0, min(box[0], box[2]) - frame[0], min(box[1], box[3]) - frame[1])
        painter.paint_form(look, _multiply(shift, ctm), {}, 0)


class _Painter:
    """Follows the instructions of a page and of the forms it draws, and notes text and rules."""

    def __init__(self, content: PageContent, faces: dict[int, Typeface | None]) -> None:
        self._content = content
        self._faces = faces
        self._forms = 0

    def paint(self, stream: ContentStream, resources: DictionaryObject, ctm: Matrix, depth: int) -> None:
        state = _State(ctm)
        stack: list[_State] = []
        tm = line = _IDENTITY
        path: list[tuple[float, float, float, float]] = []
        pen = (0.0, 0.0)
        marks: list[_Mark] = []
        fonts = _named(resources, "/Font")
        for operands, operator in stream.operations:
            try:
                match operator:
                    case b"Tj":
                        tm = self._show(state, tm, [operands[0]])
                    case b"TJ":
                        tm = self._show(state, tm, operands[0])
                    case b"'":
                        tm = line = _multiply((1, 0, 0, 1, 0, -state.leading), line)
                        tm = self._show(state, tm, [operands[0]])
                    case b'"':
                        state = replace(state, word_space=float(operands[0]), char_space=float(operands[1]))
                        tm = line = _multiply((1, 0, 0, 1, 0, -state.leading), line)
                        tm = self._show(state, tm, [operands[2]])
                    case b"Td":
                        tm = line = _multiply((1, 0, 0, 1, float(operands[0]), float(operands[1])), line)
                    case b"TD":
                        state = replace(state, leading=-float(operands[1]))
                        tm = line = _multiply((1, 0, 0, 1, float(operands[0]), float(operands[1])), line)
                    case b"T*":
                        tm = line = _multiply((1, 0, 0, 1, 0, -state.leading), line)
                    case b"Tm":
                        tm = line = _matrix(operands)
                    case b"BT":
                        tm = line = _IDENTITY
                    case b"Tf":
                        face = self._face(fonts, operands[0])
                        state = replace(state, face=face, size=float(operands[1]))
                    case b"Tc":
                        state = replace(state, char_space=float(operands[0]))
                    case b"Tw":
                        state = replace(state, word_space=float(operands[0]))
                    case b"Tz":
                        state = replace(state, stretch=float(operands[0]) / 100)
                    case b"TL":
                        state = replace(state, leading=float(operands[0]))
                    case b"Ts":
                        state = replace(state, rise=float(operands[0]))
                    case b"Tr":
                        state = replace(state, mode=int(operands[0]))
                    case b"q":
                        stack.append(state)
                    case b"Q":
                        if stack:
                            state = stack.pop()
                    case b"cm":
                        state = replace(state, ctm=_multiply(_matrix(operands), state.ctm))
                    case b"re":
                        x, y, w, h = (float(number) for number in operands[:4])
                        path += [(x, y, x + w, y), (x, y + h, x + w, y + h)]
                        path += [(x, y, x, y + h), (x + w, y, x + w, y + h)]
                    case b"m":
                        pen = (float(operands[0]), float(operands[1]))
                    case b"l":
                        end = (float(operands[0]), float(operands[1]))
                        path.append((*pen, *end))
                        pen = end
                    case b"S" | b"s" | b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*":
                        self._rules(path, state.ctm)
                        path = []
                    case b"n":
                        path = []
                    case b"Do":
                        self._draw(resources, operands[0], state, depth)
                    case b"INLINE IMAGE":
                        self._content.images += 1
                    case b"BDC" | b"BMC":
                        marks.append(self._mark(operands, resources))
                    case b"EMC":
                        if marks:
                            self._close(marks.pop())
                    case _:
                        pass
            except (IndexError, TypeError, ValueError, KeyError, AttributeError):
                # one faulty instruction costs that instruction, as it does in every viewer
                continue

    def paint_form(self, form: StreamObject, ctm: Matrix, resources: DictionaryObject | Any, depth: int) -> None:
        self._forms += 1
        if depth >= _FORM_DEPTH or self._forms > _FORMS_PER_PAGE:
            return
        if "/Matrix" in form:
            ctm = _multiply(_matrix(list(form["/Matrix"].get_object())), ctm)  # type: ignore[call-overload]
        own = _resources(form) or resources
        self.paint(ContentStream(form, None, "bytes"), own, ctm, depth + 1)

    def _draw(self, resources: DictionaryObject, name: Any, state: _State, depth: int) -> None:
        target = _named(resources, "/XObject")[name].get_object()
        if target.get("/Subtype") == "/Image":
            self._content.images += 1
        elif target.get("/Subtype") == "/Form":
            self.paint_form(target, state.ctm, resources, depth)

    def _face(self, fonts: DictionaryObject, name: Any) -> Typeface | None:
        if name not in fonts:
            return None
        reference = fonts.raw_get(name)
        key = getattr(reference, "idnum", None) or -id(reference)
        if key not in self._faces:
            self._faces[key] = load_typeface(reference)
        return self._faces[key]

    def _show(self, state: _State, tm: Matrix, parts: Any) -> Matrix:
        """Note the runs of one show instruction and return the text matrix after it."""
        face = state.face
        if face is None:
            return tm
        size, stretch = state.size, state.stretch
        place = _multiply((1, 0, 0, 1, 0, state.rise), _multiply(tm, state.ctm))
        along = math.hypot(place[0], place[1])
        # the height of the letters, square to the direction of reading
        tall = abs(place[0] * place[3] - place[1] * place[2]) / along if along else 0.0
        em = size * face.scale * 1000 if face.font.sub_type == "Type3" else size
        height = abs(em) * tall
        angle = round(math.degrees(math.atan2(place[1], place[0]))) if along else 0
        if size < 0:
            angle += 180
        if abs(angle) <= 1:
            angle = 0
        cos, sin = (place[0] / along, place[1] / along) if along else (1.0, 0.0)
        if angle == 0:
            cos, sin = 1.0, 0.0
        elif size < 0:
            cos, sin = -cos, -sin
        start = place[4] * cos + place[5] * sin
        baseline = place[5] * cos - place[4] * sin
        way = -along if size < 0 else along

        pen = begin = 0.0
        chars: list[str] = []
        bold = face.bold or state.mode == 2
        runs = self._content.runs

        def flush() -> None:
            if chars and height > 0:
                x0, x1 = start + begin * way, start + pen * way
                if x1 < x0:
                    x0, x1 = x1, x0
                runs.append(Run("".join(chars), x0, x1, baseline, height, bold, face.space * height, angle))
            chars.clear()

        for part in parts:
            if isinstance(part, (int, float)):
                move = -float(part) / 1000 * size * stretch
                if chars and abs(move) > _SAME_WORD * abs(size):
                    flush()
                pen += move
                if not chars:
                    begin = pen
                continue
            raw = part if isinstance(part, bytes) else part.original_bytes
            for text, width, one_byte_space in face.decode(raw):
                step = width * size + state.char_space
                if one_byte_space:
                    step += state.word_space
                if text.isspace() and abs(step) > _WIDE * abs(size):
                    # a blank this wide may be a column gap; leave it to the gaps between runs
                    flush()
                    pen += step * stretch
                    begin = pen
                    continue
                chars.append(text)
                pen += step * stretch
                if state.char_space > _SAME_WORD * abs(size):
                    flush()
                    begin = pen
        flush()
        return _multiply((1, 0, 0, 1, pen, 0), tm)

    def _rules(self, path: list[tuple[float, float, float, float]], ctm: Matrix) -> None:
        for ax, ay, bx, by in path:
            x0, y0 = _apply(ctm, ax, ay)
            x1, y1 = _apply(ctm, bx, by)
            if abs(x1 - x0) <= _RULE_THICKNESS or abs(y1 - y0) <= _RULE_THICKNESS:
                rule = Rule(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
                if max(rule.x1 - rule.x0, rule.y1 - rule.y0) > _RULE_THICKNESS:
                    self._content.rules.append(rule)

    def _mark(self, operands: list[Any], resources: DictionaryObject) -> _Mark:
        mark = _Mark(len(self._content.runs), None, False)
        if len(operands) < 2:
            return mark
        details = operands[1]
        if isinstance(details, NameObject):
            details = _named(resources, "/Properties").get(details, DictionaryObject()).get_object()
        if not isinstance(details, DictionaryObject):
            return mark
        mark.furniture = operands[0] == "/Artifact" and details.get("/Type") == "/Pagination"
        if "/ActualText" in details:
            mark.actual = _text(details["/ActualText"])
        return mark

    def _close(self, mark: _Mark) -> None:
        runs = self._content.runs
        inside = runs[mark.first_run :]
        if not inside:
            return
        if mark.furniture:
            del runs[mark.first_run :]
        elif mark.actual is not None and len({(round(run.y), run.angle) for run in inside}) == 1:
            last = max(inside, key=lambda run: run.x1)
            runs[mark.first_run :] = [replace(inside[0], text=mark.actual, x1=last.x1)]


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-16" if value[:2] in (b"\xfe\xff", b"\xff\xfe") else "latin-1", "replace")
    return str(value)


def _resources(owner: Any) -> DictionaryObject:
    seen = 0
    while owner is not None and seen < 50:
        found = owner.get("/Resources")
        found = found.get_object() if found is not None else None
        if isinstance(found, DictionaryObject):
            return found
        parent = owner.get("/Parent")
        owner = parent.get_object() if parent is not None else None
        seen += 1
    return DictionaryObject()


def _named(resources: Any, kind: str) -> DictionaryObject:
    found = resources.get(kind)
    found = found.get_object() if found is not None else None
    return found if isinstance(found, DictionaryObject) else DictionaryObject()


def _matrix(operands: list[Any]) -> Matrix:
    a, b, c, d, e, f = (float(number) for number in operands[:6])
    return (a, b, c, d, e, f)


def _multiply(m: Matrix, n: Matrix) -> Matrix:
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def _apply(m: Matrix, x: float, y: float) -> tuple[float, float]:
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


def _without_doubles(runs: list[Run]) -> list[Run]:
    """Text drawn twice at almost the same spot is how some programs make bold or shadow: keep it once, bold."""
    kept: list[Run] = []
    seen: dict[tuple[str, int, int], int] = {}
    for run in runs:
        if not run.text.strip():
            continue
        spot = (run.text, round(run.y / 2), run.angle)
        before = seen.get(spot)
        if before is not None:
            other = kept[before]
            if abs(other.x0 - run.x0) < _TWICE * run.size and abs(other.y - run.y) < _TWICE * run.size:
                kept[before] = replace(other, bold=True)
                continue
        seen[spot] = len(kept)
        kept.append(run)
    return kept


def _on_page(runs: list[Run], content: PageContent) -> list[Run]:
    """Leave out text outside the page, which no reader sees, and let turned text count from its own top left."""
    width, height = content.width, content.height
    kept: list[Run] = []
    for run in runs:
        left = top = 0.0
        wide, tall = width, height
        if run.angle:
            turn = math.radians(run.angle)
            cos, sin = math.cos(turn), math.sin(turn)
            corners = [(0.0, 0.0), (width, 0.0), (0.0, height), (width, height)]
            xs = [x * cos + y * sin for x, y in corners]
            ys = [y * cos - x * sin for x, y in corners]
            left, top, wide, tall = min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
            run = replace(run, x0=run.x0 - left, x1=run.x1 - left, y=run.y - top)
        if run.x1 > 0 and run.x0 < wide and 0 < run.y <= tall + 0.2 * run.size:
            kept.append(run)
    return kept
