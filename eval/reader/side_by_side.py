"""Many small computations side by side, a thread each.

On a CPU this beats sharing out every operation over the cores: they wait for each other, on a machine with other work
most of the time. It also makes results independent of the number of cores: every item is computed by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from kb.encoder import default_threads

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def side_by_side(work: Callable[[_Item], _Result], items: Iterable[_Item], device: str = "cpu") -> list[_Result]:
    """Return what ``work`` makes of each item, in their order. A GPU takes them one after the other."""
    if device != "cpu":
        return [work(item) for item in items]
    # The number of threads per operation belongs to the thread that asks for it.
    with ThreadPoolExecutor(default_threads(), initializer=torch.set_num_threads, initargs=(1,)) as pool:
        return list(pool.map(work, items))
