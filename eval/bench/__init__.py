"""Speed and memory of this system beside a plain LlamaIndex pipeline, measured in one run.

`run_bench` measures, `print_bench` shows. They load when they are asked for: the measured processes begin with this
package too, and none should carry what the others need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eval.bench.runner import run_bench
    from eval.bench.table import print_bench

__all__ = ["print_bench", "run_bench"]

_PLACES = {"run_bench": "eval.bench.runner", "print_bench": "eval.bench.table"}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
