"""Make knowledge bases of growing size with the product's own writer.

Runs as ``python -m eval.bench.scale``. Every size gets a data folder of its own with one live release.
"""

from __future__ import annotations

import time
from pathlib import Path

from eval.bench.series import make_series, with_made_vectors, write_made_tokens
from eval.bench.worker import Channel, Result, Task, work
from ingest.building import embed_passages
from kb.encoder import load_encoder
from kb.late import TokenIndex
from kb.releases import Manifest, ReleaseStore, this_moment, write_release


def build_points(task: Task, channel: Channel) -> Result:
    """Build a release of each size in ``sizes`` under ``target/<size>``.

    The first ``encoded`` passages get real vectors; what the cache in ``data_dir`` knows is not computed again.
    ``build_s`` is the time of writing and checking the release, without reading and embedding.
    """
    encoder = load_encoder(task["encoder"], Path(task["model_dir"]), task["threads"])
    sizes = sorted(task["sizes"])
    data_dir = Path(task["data_dir"])
    extra = Path(task["extra"]) if task["extra"] else None
    whole = make_series(sizes[-1], ReleaseStore(data_dir).open(), extra, encoder.count_tokens)
    encoded = whole.first(task["encoded"])
    target = Path(task["target"])
    first = target / "eerste"
    first.mkdir(parents=True)
    vectors, units = embed_passages(first, encoded.documents, encoded.passages, encoder, data_dir, channel.progress)
    tokens = TokenIndex.load(first, encoder.dimensions)
    points = []
    for done, size in enumerate(sizes):
        channel.progress("Kennisbanken maken", done, len(sizes))
        series = whole.first(size)
        known = min(size, len(vectors))
        known_units = sum(len(passage.units) for passage in series.passages[:known])
        every, every_unit = with_made_vectors(series, vectors[:known], units[:known_units])
        store = ReleaseStore(target / str(size))
        folder = store.new_folder()
        write_made_tokens(folder, series, tokens, known)
        manifest = Manifest(
            folder.name,
            this_moment(),
            encoder.fingerprint,
            encoder.name,
            "bench",
            len(series.documents),
            len(series.passages),
        )
        began = time.perf_counter()
        write_release(folder, manifest, series.documents, series.passages, series.texts, every, every_unit, None)
        store.publish(folder.name)
        build_s = time.perf_counter() - began
        disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        points.append({
            "passages": len(series.passages),
            "texts_real": series.real,
            "vectors_real": known,
            "build_s": round(build_s, 2),
            "disk_mb": round(disk / 1e6, 1),
            "data_dir": str(store.data_dir),
        })  # fmt: skip
    channel.progress("Kennisbanken maken", len(sizes), len(sizes))
    return {"points": points}


if __name__ == "__main__":
    work({"build": build_points})
