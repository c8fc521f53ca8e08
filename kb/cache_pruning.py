"""Vectors in the cache that no release uses any more."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, suppress

from kb.embedding_cache import EmbeddingCache, cache_key, cache_path, drop_cache, spans_in
from kb.errors import ReleaseError
from kb.releases import ReleaseStore, indexed_text

# Vectors of earlier texts are worth some room: whoever goes back to such a text pays nothing.
_ROOM = 2


def prune_cache(store: ReleaseStore) -> int:
    """Forget what no kept release uses, once the cache holds more than `_ROOM` times what the live release needs.

    Returns how many vectors went.
    """
    path, live = cache_path(store.data_dir), store.live_id()
    if live is None or not path.exists():
        return 0
    with closing(EmbeddingCache(path)) as cache:
        full = len(cache) > _ROOM * store.manifest(live).passages
    return forget_all_but(store, store.ids()) if full else 0


def forget_all_but(store: ReleaseStore, releases: Collection[str]) -> int:
    """Forget the vectors of texts that are in none of ``releases`` and return how many there were.

    A cache that can not be written is thrown away, as losing it costs nothing but time.
    """
    path = cache_path(store.data_dir)
    if not path.exists():
        return 0
    try:
        with closing(EmbeddingCache(path)) as cache:
            return cache.keep_only(_keys(store, releases))
    except sqlite3.Error:
        drop_cache(path)
        return 0


def _keys(store: ReleaseStore, releases: Collection[str]) -> Iterator[bytes]:
    """Yield the keys of all passages in ``releases``; a damaged release has none."""
    for release_id in releases:
        with suppress(ReleaseError):
            encoder, documents = store.manifest(release_id).encoder, store.documents(release_id)
            for passage in store.passages(release_id):
                text = indexed_text(passage, documents[passage.document_id])
                yield cache_key(encoder, text, spans_in(text, passage))
