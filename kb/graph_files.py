"""The files in which embedded Chroma keeps its graph, so far as documents could leave traces in them.

Chroma makes room for more elements than there are, and writes that room to disk with whatever was in the memory of the
process, such as pieces of documents (https://github.com/chroma-core/chroma/issues/7688). Of elements that are deleted,
the vectors stay.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

# How the header begins: version, offset, room for, number of, and bytes per element.
_HEADER = struct.Struct("=iQQQQ")
_ELEMENTS, _NORMS = "data_level0.bin", "length.bin"
_BYTES_PER_NORM = 4


def seal(folder: Path) -> None:
    """Cut off the room for more in the graphs under ``folder``, once everything is in them and they are closed."""
    for graph, count, size in _graphs(folder):
        os.truncate(graph / _ELEMENTS, count * size)
        os.truncate(graph / _NORMS, count * _BYTES_PER_NORM)


def holds_only(folder: Path, passages: int) -> bool:
    """Tell whether the graphs under ``folder`` hold so many passages each, and no trace of others."""
    try:
        return all(
            count == passages and (graph / _ELEMENTS).stat().st_size == count * size
            for graph, count, size in _graphs(folder)
        )
    except (OSError, struct.error):
        return False


def _graphs(folder: Path) -> Iterator[tuple[Path, int, int]]:
    """Yield the folder of every graph, with its number of elements and the bytes for each."""
    for header in folder.glob("chroma/*/header.bin"):
        _, _, _, count, size = _HEADER.unpack_from(header.read_bytes())
        yield header.parent, count, size
