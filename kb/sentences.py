"""Dutch sentence boundaries with character offsets, written for guidance documents, minutes and law texts."""

from __future__ import annotations

import re

# Only at the first of many marks, and nothing given back: a line of dots is looked at once.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+(?=\s|$)")
_ABBREVIATIONS = frozenset(
    """
    a.d a.h.v a.i a.s a.u.b adm afd afz alg art artt b.v bijl bijv blz bv c.a c.q c.s ca cf co d.d d.i d.m.v d.w.z
    div dhr do dr drs e.a e.d e.e.a e.v ed enz etc evt fig gem gr h incl ing inkl ir i.c i.c.m i.h.a i.h.b i.h.k.v
    i.o i.p.v i.s.m i.v.m jl jr lid m.a.w m.b.t m.b.v m.i m.i.v m.m.v m.n m.u.v max mevr min mr mw n.a.v n.b n.v.t
    nl no nr nrs o.a o.b.v o.g.v o.i o.i.d o.l.v o.m o.v.v p p.m p.p par pag plm prof q.q red resp rev s sec sr st
    stb stcrt tab tel t.a.v t.b.v t.g.v t.h.v t.m t.n.v t.o.v t.w.v t.z.t tzt u.d v v.a v.d v.h v.w.b ver vgl vlg
    vml vnl voorz vs w.o w.v.t.t.k wo z.g z.i z.s.m zgn zie-ook
    """.split()
)
_LAST_TOKEN = re.compile(r"[^\s(\[\"'“‘«]+$")
# Further back than any abbreviation: a whole book may be one paragraph.
_LONGEST_TOKEN = 40


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return the ``(start, end)`` offsets of the sentences of ``text``, in order, without surrounding blanks.

    Line ends count as spaces. The spans cover every non-blank character.
    """
    spans = []
    start = 0
    for match in _END.finditer(text):
        if _ends_sentence(text, match):
            spans.append((start, match.end()))
            start = match.end()
    spans.append((start, len(text)))
    trimmed = ((_skip_blanks(text, begin, end), end) for begin, end in spans)
    return [(begin, begin + len(text[begin:end].rstrip())) for begin, end in trimmed if text[begin:end].strip()]


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    after = _skip_blanks(text, match.end(), len(text))
    if after == len(text):
        return True
    if text[after].islower():
        return False
    if match.group()[0] != ".":
        return True
    before = _LAST_TOKEN.search(text, max(0, match.start() - _LONGEST_TOKEN), match.start())
    token = before.group().lower() if before else ""
    if token in _ABBREVIATIONS:
        return False
    # "J. Jansen", "A.B. Jansen", and numbered items such as "2. De school" or "a. De school".
    is_initial = bool(re.fullmatch(r"(?:[a-z]\.)*[a-z]", token)) and len(match.group()) == 1
    is_number_marker = token.isdigit() and len(token) <= 2 and _starts_text(text, match.start() - len(token))
    return not (is_initial or is_number_marker)


def _starts_text(text: str, position: int) -> bool:
    """Tell whether ``position`` begins a sentence or line, so that a number there is a marker."""
    while position and text[position - 1] == " ":
        position -= 1
    return not position or text[position - 1] in "\n.!?:;"


def _skip_blanks(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start
