"""What differs between two releases."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kb.changes import Difference, difference
from kb.documents import Document


def document(key: str, stamp: str) -> Document:
    return Document(
        id=key, title=key, kind="document", date=None, publisher=None, url=None, file=f"{key}.md", sha256=stamp,
        stamp=stamp, media_type="text/markdown", size_bytes=1, pages=None, passages=1,
    )  # fmt: skip


releases = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("xyz")).map(
    lambda stamps: {key: document(key, stamp) for key, stamp in stamps.items()}
)


def test_new_changed_and_removed_documents_are_told_apart() -> None:
    older = {"a": document("a", "1"), "b": document("b", "1"), "c": document("c", "1")}
    newer = {"b": document("b", "2"), "c": document("c", "1"), "d": document("d", "1"), "e": document("e", "1")}
    found = difference(older, newer)
    assert found == Difference(new=("d", "e"), changed=("b",), removed=("a",))
    assert str(found) == "+2 ~1 -1"


@given(releases)
def test_a_release_does_not_differ_from_itself(documents: dict[str, Document]) -> None:
    assert difference(documents, dict(documents)) == Difference((), (), ())


@given(releases, releases)
def test_the_way_back_is_the_way_there_reversed(older: dict[str, Document], newer: dict[str, Document]) -> None:
    there, back = difference(older, newer), difference(newer, older)
    assert (there.new, there.changed, there.removed) == (back.removed, back.changed, back.new)
    assert {*there.new, *older} - {*there.removed} == set(newer)
