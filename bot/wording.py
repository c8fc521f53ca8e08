"""An answer as one text, for programs that show a text and nothing beside it: warnings and sources stand at its end.

Such programs read Markdown. What documents and visitors wrote must stay text there: no link, picture or HTML of theirs.
"""

from __future__ import annotations

import re

from bot.answers import Answer, Source

_NOTICE, _SOURCES, _NEARBY = "Let op: ", "Bronnen:\n", "Documenten in de buurt:\n"
# What opens a link, a picture, a link definition, HTML or a block of code; a blank behind it takes its meaning away.
_ACTIVE = re.compile(r"\](?=[(:])|<(?=[A-Za-z/!?])|([`~])(?=\1\1)")
_IN_TITLE = str.maketrans("[]<>`\\", "()‹›'/")


def inert(text: str) -> str:
    """Return ``text`` so that Markdown shows it as it is. Pieces of an answer can be taken one by one."""
    return _ACTIVE.sub(r"\g<0> ", text)


def ending(answer: Answer, origin: str = "") -> str:
    """Return what comes after the text of ``answer``: its notices, then its numbered sources or its suggestions.

    ``origin`` (``https://host``) is put before the addresses of documents, which are paths.
    """
    parts = [_NOTICE + inert(notice.removeprefix(_NOTICE)) for notice in answer.notices]
    if answer.sources:
        lines = [f"{source.number}. {_link(_name(source), origin + source.url)}" for source in answer.sources]
        parts.append("\n".join([_SOURCES, *lines]))
    if answer.suggestions:
        lines = [f"- {_link(item.title, origin + item.url)} ({inert(item.kind)})" for item in answer.suggestions]
        parts.append("\n".join([_NEARBY, *lines]))
    return "".join(f"\n\n{part}" for part in parts)


def whole(answer: Answer, origin: str = "") -> str:
    """Return the text of ``answer`` with its `ending`."""
    return inert(answer.text) + ending(answer, origin)


def without_ending(text: str) -> str:
    """Return the text of an answer that was made by `whole`."""
    found = [at for mark in (_NOTICE, _SOURCES, _NEARBY) if (at := text.find(f"\n\n{mark}")) >= 0]
    return text[: min(found)] if found else text


def _name(source: Source) -> str:
    # Without pages the heading tells two passages of one document apart.
    place = f"pagina {source.page}" if source.page else (source.heading or "").rpartition(" > ")[2]
    named = f"{source.title}, {place}" if place and place != source.title else source.title
    return f"{named} (verlopen)" if source.expired else named


def _link(name: str, url: str) -> str:
    return f"[{' '.join(name.split()).translate(_IN_TITLE)}]({url})"
