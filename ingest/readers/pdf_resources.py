"""The named resources of a PDF page: fonts, forms and properties."""

from __future__ import annotations

from typing import Any

from pypdf.generic import DictionaryObject


def text_of(value: Any) -> str:
    """Return a string operand as text, by its byte order mark or else byte for byte."""
    if isinstance(value, bytes):
        return value.decode("utf-16" if value[:2] in (b"\xfe\xff", b"\xff\xfe") else "latin-1", "replace")
    return str(value)


def resources_of(owner: Any) -> DictionaryObject:
    """Return the resources of a page or form, its own or those it inherits; empty when it has none."""
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


def named(resources: Any, kind: str) -> DictionaryObject:
    """Return one kind of resource by name ("/Font"), empty when there is none."""
    found = resources.get(kind)
    found = found.get_object() if found is not None else None
    return found if isinstance(found, DictionaryObject) else DictionaryObject()
