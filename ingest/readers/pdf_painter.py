"""Follows the drawing instructions of a PDF page and notes where text and ruling lines come to stand.

The graphics and text state are those of ISO 32000-1, 8.4 and 9.3; coordinates come out in points from the top
left corner of the page as it is shown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from pypdf.generic import ContentStream, DictionaryObject, NameObject, StreamObject

from ingest.readers.pdf_fonts import Typeface, load_typeface
from ingest.readers.pdf_matrices import IDENTITY, Matrix, apply, matrix_of, multiply
from ingest.readers.pdf_resources import named, resources_of, text_of
from ingest.readers.pdf_runs import PageContent, Rule, Run

_FORM_DEPTH = 8
_FORMS_PER_PAGE = 500
_SAME_WORD = 0.09
_WIDE = 0.45
_RULE_THICKNESS = 2.5
_FIELD_SIZE = 10.0


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


class Painter:
    """Follows the instructions of a page and of the forms it draws, and notes text and rules."""

    def __init__(self, content: PageContent, faces: dict[int, Typeface | None]) -> None:
        self._content = content
        self._faces = faces
        self._own_faces: dict[int, Typeface | None] = {}
        self._forms = 0

    def paint(self, stream: ContentStream, resources: DictionaryObject, ctm: Matrix, depth: int) -> None:
        state = _State(ctm)
        stack: list[_State] = []
        tm = line = IDENTITY
        path: list[tuple[float, float, float, float]] = []
        pen = (0.0, 0.0)
        marks: list[_Mark] = []
        fonts = named(resources, "/Font")
        for operands, operator in stream.operations:
            try:
                match operator:
                    case b"Tj":
                        tm = self._show(state, tm, [operands[0]])
                    case b"TJ":
                        tm = self._show(state, tm, operands[0])
                    case b"'":
                        tm = line = multiply((1, 0, 0, 1, 0, -state.leading), line)
                        tm = self._show(state, tm, [operands[0]])
                    case b'"':
                        state = replace(state, word_space=float(operands[0]), char_space=float(operands[1]))
                        tm = line = multiply((1, 0, 0, 1, 0, -state.leading), line)
                        tm = self._show(state, tm, [operands[2]])
                    case b"Td":
                        tm = line = multiply((1, 0, 0, 1, float(operands[0]), float(operands[1])), line)
                    case b"TD":
                        state = replace(state, leading=-float(operands[1]))
                        tm = line = multiply((1, 0, 0, 1, float(operands[0]), float(operands[1])), line)
                    case b"T*":
                        tm = line = multiply((1, 0, 0, 1, 0, -state.leading), line)
                    case b"Tm":
                        tm = line = matrix_of(operands)
                    case b"BT":
                        tm = line = IDENTITY
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
                        state = replace(state, ctm=multiply(matrix_of(operands), state.ctm))
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
                        self._image(state.ctm)
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

    def paint_form(self, form: Any, ctm: Matrix, resources: DictionaryObject | Any, depth: int) -> None:
        self._forms += 1
        if depth >= _FORM_DEPTH or self._forms > _FORMS_PER_PAGE:
            return
        if "/Matrix" in form:
            ctm = multiply(matrix_of(list(form["/Matrix"].get_object())), ctm)
        own = resources_of(form) or resources
        self.paint(ContentStream(form, None, "bytes"), own, ctm, depth + 1)

    def paint_annotation(self, annotation: Any, box: tuple[float, float, float, float], ctm: Matrix) -> None:
        """Note what a form field or remark shows; what was typed where its picture was not kept up to date."""
        runs = self._content.runs
        before = len(runs)
        look: Any = annotation.get("/AP")
        look = look.get_object() if look is not None else None
        look = look.get("/N") if look is not None else None
        look = look.get_object() if look is not None else None
        if isinstance(look, StreamObject):
            frame = [float(side) for side in look.get("/BBox", [0, 0, 1, 1])]
            shift = (1.0, 0.0, 0.0, 1.0, box[0] - frame[0], box[1] - frame[1])
            self.paint_form(look, multiply(shift, ctm), {}, 0)
        value = annotation.get("/V")
        value = value.get_object() if value is not None else None
        if len(runs) > before or not isinstance(value, str) or isinstance(value, NameObject):
            return
        x0, y0 = apply(ctm, box[0], box[1])
        x1, y1 = apply(ctm, box[2], box[3])
        size = min(_FIELD_SIZE, abs(y1 - y0) or _FIELD_SIZE)
        baseline = max(y0, y1) - 0.25 * size
        runs.append(Run(" ".join(value.split()), min(x0, x1), max(x0, x1), baseline, size, False, 0.25 * size))

    def _draw(self, resources: DictionaryObject, name: Any, state: _State, depth: int) -> None:
        target: Any = named(resources, "/XObject")[name].get_object()
        if target.get("/Subtype") == "/Image":
            self._image(state.ctm)
        elif target.get("/Subtype") == "/Form":
            self.paint_form(target, state.ctm, resources, depth)

    def _image(self, ctm: Matrix) -> None:
        """Note what an image, which fills the unit square, covers of the page."""
        corners = [apply(ctm, x, y) for x in (0, 1) for y in (0, 1)]
        xs = [min(max(x, 0.0), self._content.width) for x, _ in corners]
        ys = [min(max(y, 0.0), self._content.height) for _, y in corners]
        self._content.image_area += (max(xs) - min(xs)) * (max(ys) - min(ys))

    def _face(self, fonts: DictionaryObject, name: Any) -> Typeface | None:
        if name not in fonts:
            return None
        reference = fonts.raw_get(name)
        number = getattr(reference, "idnum", None)
        known, key = (self._faces, number) if number else (self._own_faces, id(reference))
        if key not in known:
            known[key] = load_typeface(reference)
        return known[key]

    def _show(self, state: _State, tm: Matrix, parts: Any) -> Matrix:
        """Note the runs of one show instruction and return the text matrix after it."""
        face = state.face
        if face is None:
            return tm
        size, stretch = state.size, state.stretch
        place = multiply((1, 0, 0, 1, 0, state.rise), multiply(tm, state.ctm))
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
        return multiply((1, 0, 0, 1, pen, 0), tm)

    def _rules(self, path: list[tuple[float, float, float, float]], ctm: Matrix) -> None:
        for ax, ay, bx, by in path:
            x0, y0 = apply(ctm, ax, ay)
            x1, y1 = apply(ctm, bx, by)
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
            details = named(resources, "/Properties").get(details, DictionaryObject()).get_object()
        if not isinstance(details, DictionaryObject):
            return mark
        mark.furniture = operands[0] == "/Artifact" and details.get("/Type") == "/Pagination"
        if "/ActualText" in details:
            mark.actual = text_of(details["/ActualText"])
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
