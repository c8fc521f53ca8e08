"""Write the encoder's float weights as a sentence-transformers folder, for the pipeline beside this system.

Runs as ``python -m eval.bench.weights``: a process of its own, because it imports torch.
"""

from __future__ import annotations

from pathlib import Path

from eval.bench.worker import Channel, Result, Task, work
from kb.encoder_prepare import load_float_model


def export_weights(task: Task, channel: Channel) -> Result:
    """Save the model ``encoder`` under ``target``; return its prompts."""
    model = load_float_model(task["encoder"], Path(task["scratch"]))
    model.save(task["target"])
    return {role: model.prompts.get(role) or "" for role in ("query", "passage")}


if __name__ == "__main__":
    work({"export": export_weights})
