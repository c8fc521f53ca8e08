"""Are the releases whole, does the pointer point at one of them, and does the live one fit the settings?"""

from __future__ import annotations

from collections.abc import Iterator

from ingest.findings import Finding, Severity
from kb.errors import ReleaseError
from kb.hints import FOLDER as HINTS
from kb.releases import DUPLICATES, PUBLISHED, ReleaseStore, load_release
from kb.vectors import VectorStore

_PARTS = frozenset(
    """
    manifest.json documents.json passages.jsonl texts lexical vectors.npy units.npy tokens.bin tokens.index
    glossary.json spelling.json
    """.split()
)
_EXTRAS = frozenset(["words.npz", "signatures.npy", "report.json", "report.html", DUPLICATES, PUBLISHED, HINTS])
_REBUILD = "Bouw een nieuwe release met: handwijzer ingest --full"


def pointer_findings(store: ReleaseStore) -> Iterator[Finding]:
    """Tell whether the pointer names a release that is there."""
    live, known = store.live_id(), store.ids()
    if live in known:
        return
    if live is None and (store.unpublished() or not known):
        yield Finding(
            Severity.WARNING,
            "geen-release",
            "Er is geen release live, dus er zijn geen antwoorden.",
            "Zet documenten in de corpusmap en voer uit: handwijzer ingest",
        )
        return
    lost = f"De live release {live} is er niet." if live else "Welke release live is, staat nergens meer."
    remedy = "Ga naar de nieuwste hele release met: handwijzer doctor --fix" if known else _REBUILD
    yield Finding(Severity.ERROR, "wijzer", lost, remedy, fixable=bool(known))


def release_findings(store: ReleaseStore) -> Iterator[Finding]:
    """Tell what is wrong with each release, the newest first."""
    live = store.live_id()
    for release_id in store.ids():
        faults = list(_faults(store, release_id))
        # Only the live one is in anybody's way; going back to another would be refused.
        severity = Severity.ERROR if release_id == live else Severity.WARNING
        remedy = _REBUILD if release_id == live else "Ga niet terug naar deze release; zij verdwijnt vanzelf."
        for code, fault in faults:
            # A whole release to go to is looked for when it is asked for.
            yield Finding(severity, code, f"Release {release_id}: {fault}", remedy, fixable=release_id == live)
        if not faults:
            yield from _strangers(store, release_id)


def encoder_findings(store: ReleaseStore, fingerprint: str, name: str, recipe: str) -> Iterator[Finding]:
    """Tell whether the live release was made with the encoder and by the rules of now."""
    live = store.live_id()
    if live is None or live not in store.ids():
        return
    try:
        manifest = store.manifest(live)
    except ReleaseError:
        return  # told by `release_findings`
    if manifest.encoder != fingerprint:
        yield Finding(
            Severity.ERROR,
            "taalmodel",
            f"De live release is gemaakt met het taalmodel '{manifest.encoder_name}', maar nu is '{name}' ingesteld.",
            "Zet HANDWIJZER_ENCODER terug, of lees de documenten opnieuw in met: handwijzer ingest",
        )
    elif manifest.recipe != recipe:
        yield Finding(
            Severity.WARNING,
            "verouderd",
            "De documenten zijn gelezen met een oudere versie van Handwijzer of met andere instellingen.",
            "Lees ze opnieuw in met: handwijzer ingest",
        )


def is_whole(store: ReleaseStore, release_id: str) -> bool:
    """Tell whether a release can be used."""
    return release_id in store.ids() and not any(_faults(store, release_id))


def _faults(store: ReleaseStore, release_id: str) -> Iterator[tuple[str, str]]:
    """Yield a code and what is wrong; nothing more after the first thing that makes the rest pointless."""
    folder = store.folder(release_id)
    missing = sorted(_PARTS - {path.name for path in folder.iterdir()})
    if missing:
        yield "onderdeel-weg", f"er ontbreekt: {', '.join(missing)}."
        return
    try:
        manifest, documents = store.manifest(release_id), store.documents(release_id)
        lost = sorted(key for key in documents if not (folder / "texts" / f"{key}.txt").is_file())
        if lost:
            yield "tekst-weg", f"de tekst van {len(lost)} documenten ontbreekt, zoals {documents[lost[0]].file}."
            return
        count = VectorStore.open(folder, release_id, store.chroma_url).count()
        if count != manifest.passages:
            yield "chroma", f"Chroma kent {count} passages en de release heeft er {manifest.passages}."
            return
        load_release(folder, store.chroma_url)
    except ReleaseError as error:
        yield "beschadigd", error.message


def _strangers(store: ReleaseStore, release_id: str) -> Iterator[Finding]:
    folder = store.folder(release_id)
    names = {path.name for path in folder.iterdir()} - _PARTS - _EXTRAS - {"chroma"}
    texts = {path.stem for path in (folder / "texts").iterdir()} - store.documents(release_id).keys()
    found = sorted(names | {f"texts/{name}.txt" for name in texts})
    if found:
        yield Finding(
            Severity.WARNING,
            "vreemd-bestand",
            f"Release {release_id}: {', '.join(found)} hoort hier niet.",
            f"Kijk wat het is, en verwijder het uit {folder}.",
        )
