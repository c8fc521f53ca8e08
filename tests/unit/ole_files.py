"""OLE files to test with, as Outlook saves its messages ([MS-CFB], [MS-OXMSG])."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Union

Tree = Mapping[str, Union[bytes, "Tree"]]
"""The streams and folders of an OLE file by name."""

_SECTOR, _SMALL, _LEAST = 512, 64, 4096
_END, _NONE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def ole_file(tree: Tree) -> bytes:
    """Return an OLE file, version 3, that holds ``tree``."""
    sectors, chains = bytearray(), []
    small, small_chains = bytearray(), []
    entries: list[list[object]] = []

    def store(content: bytes, room: bytearray, chain: list[int], size: int) -> int:
        start, count = len(chain), -(-len(content) // size)
        if not count:
            return _END
        chain += [*range(start + 1, start + count), _END]
        room += content.ljust(count * size, b"\0")
        return start

    def add(name: str, content: bytes | Tree, kind: int) -> int:
        at = len(entries)
        entry: list[object] = [name, kind, _NONE, _NONE, _END, 0]
        entries.append(entry)
        if isinstance(content, bytes):
            where = (sectors, chains, _SECTOR) if len(content) >= _LEAST else (small, small_chains, _SMALL)
            entry[4:] = [store(content, *where), len(content)]
            return at
        # A tree of siblings in which each has only a right child is in order too.
        last = None
        for child in sorted(content, key=lambda name: (len(name), name.upper())):
            added = add(child, content[child], 2 if isinstance(content[child], bytes) else 1)
            if last is None:
                entry[3] = added
            else:
                entries[last][2] = added
            last = added
        return at

    add("Root Entry", tree, 5)
    entries[0][4:] = [store(bytes(small), sectors, chains, _SECTOR), len(small)]
    small_table = store(struct.pack(f"<{len(small_chains)}I", *small_chains), sectors, chains, _SECTOR)
    directory = b"".join(
        str(name).encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBBIII36xIQ", 2 * len(str(name)) + 2, kind, 1, _NONE, right, child, start, size)
        for name, kind, right, child, start, size in entries
    )
    first = store(directory, sectors, chains, _SECTOR)
    tables = next(count for count in range(1, 110) if count * 128 >= len(chains) + count)
    places = range(len(chains), len(chains) + tables)
    table = struct.pack(f"<{len(chains)}I", *chains) + struct.pack("<I", _TABLE) * tables
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIIII",
        bytes.fromhex("d0cf11e0a1b11ae1"), 0x3E, 3, 0xFFFE, 9, 6, 0, tables, first, 0, _LEAST, small_table,
        -(-len(small_chains) // 128), _END, 0, places[0],
    )  # fmt: skip
    header += struct.pack(f"<{tables - 1}I", *places[1:])
    return header.ljust(_SECTOR, b"\xff") + sectors + table.ljust(tables * _SECTOR, b"\xff")


def properties(strings: Mapping[int, str | bytes], numbers: Mapping[int, int], header: int) -> dict[str, bytes | Tree]:
    """Return the streams of a message or attachment: text in UTF-16, bytes as they are, numbers of 64 bits."""
    streams: dict[str, bytes | Tree] = {}
    entries = b"\0" * header
    for number, value in strings.items():
        kind = 0x001F if isinstance(value, str) else 0x0102
        content = value.encode("utf-16-le") if isinstance(value, str) else value
        streams[f"__substg1.0_{number:04X}{kind:04X}"] = content
        entries += struct.pack("<HHIII", kind, number, 6, len(content), 0)
    for number, amount in numbers.items():
        entries += struct.pack("<HHIQ", 3, number, 6, amount)
    return {**streams, "__properties_version1.0": entries}


def message(
    strings: Mapping[int, str | bytes],
    numbers: Mapping[int, int],
    attachments: Sequence[Mapping[str, bytes | Tree]] = (),
    header: int = 32,
) -> Tree:
    """Return the folder of a message with its attachments."""
    files = {f"__attach_version1.0_#{at:08X}": content for at, content in enumerate(attachments)}
    return {**properties(strings, numbers, header), **files}
