"""Which documents go when one is removed."""

from __future__ import annotations

import pytest

from ingest.targets import find_target
from kb.documents import Document
from kb.errors import NotFoundError


def document(key: str, content: str = "", parent: str | None = None) -> Document:
    return Document(
        id=key, title=key, kind="document", date=None, publisher=None, url=None, file=f"{key}.md",
        sha256=content or key, stamp=content or key, media_type="text/markdown", size_bytes=1, pages=None, passages=1,
        parent=parent,
    )  # fmt: skip


def release(*documents: Document) -> dict[str, Document]:
    return {known.id: known for known in documents}


def test_what_was_attached_goes_with_its_message_at_any_depth() -> None:
    live = release(
        document("mail"), document("doorgestuurd", parent="mail"), document("bijlage", parent="doorgestuurd"), document("ander")
    )  # fmt: skip
    found = find_target("mail.md", [live], live)
    assert found.ids == {"mail", "doorgestuurd", "bijlage"}
    assert found.files == {"mail.md"}


def test_an_attachment_goes_without_its_message_which_is_the_file_it_came_from() -> None:
    live = release(document("mail"), document("bijlage", parent="mail"))
    found = find_target("bijlage", [live], live)
    assert (found.ids, found.files) == ({"bijlage"}, {"mail.md"})


def test_a_moved_document_goes_under_its_earlier_names_too() -> None:
    live = release(document("derde", "versie 2"))
    older = [release(document("eerste", "versie 1")), release(document("tweede", "versie 1"), document("ander")),
             release(document("tweede", "versie 2")), live]  # fmt: skip
    assert find_target("derde", older, live).ids == {"eerste", "tweede", "derde"}


def test_a_copy_that_is_live_under_a_name_of_its_own_stays() -> None:
    live = release(document("een", "zelfde"), document("kopie", "zelfde"))
    assert find_target("een", [live], live).ids == {"een"}


def test_a_name_that_is_not_there_is_told_with_what_looks_like_it() -> None:
    live = release(document("verzuim-beleid-2024"), document("kernrollen"))
    with pytest.raises(NotFoundError, match=r"Bedoelt u: verzuim-beleid-2024(\.md)? of"):
        find_target("verzuim-belied-2024", [live], live)
