"""What a figure, a cause, a type and a part is called in Dutch, and what it says.

Text only: tables on the terminal use it too, so nothing heavy is imported here.
"""

from __future__ import annotations

# By JSON name: how a metric is called in a table, and what it says in a sentence or two.
METRICS: dict[str, tuple[str, str]] = {
    "success": (
        "goed afgehandeld",
        "Bij welk deel van de vragen het antwoord helemaal goed is: alle verwachte feiten staan erin en een bron bevat "
        "het bewijs. Staat het antwoord niet in de documenten, dan is het goed als Handwijzer dat zegt.",
    ),
    "follow_up_success": (
        "vervolgvraag goed",
        "Bij welk deel van de vervolgvragen in een gesprek het antwoord helemaal goed is. De eerste vraag van een "
        "gesprek telt hier niet mee.",
    ),
    "fact_recall": (
        "feiten in antwoord",
        "Welk deel van de verwachte feiten in het antwoord staat. Wie geen antwoord krijgt, krijgt ook geen feiten.",
    ),
    "evidence_cited": (
        "bewijs als bron",
        "Bij welk deel van de vragen een genoemde bron het bewijs bevat. Bewijs is de plek in een document die de "
        "vraag beantwoordt.",
    ),
    "exact_evidence_rate": (
        "bewijs geciteerd",
        "Bij welk deel van de vragen het antwoord het bewijs zelf citeert: ten minste de helft van de woorden van een "
        "bewijscitaat.",
    ),
    "citation_precision": (
        "bronvermelding klopt",
        "Welk deel van de bronvermeldingen klopt: de zin staat letterlijk in de genoemde bron. Een zin zonder bron "
        "telt als fout.",
    ),
    "citation_recall": (
        "feit staat in bron",
        "Van de goede feiten in de antwoorden: welk deel ook staat in een bron die bij die zin is genoemd.",
    ),
    "answer_words": ("woorden per antwoord", "Hoe lang een antwoord gemiddeld is. Dit zegt niet of het goed is."),
    "supported_sentence_rate": (
        "zinnen bevestigd",
        "Van de zinnen die een schrijfmodel schreef: welk deel de bronnen bevestigen. De rest is weggelaten.",
    ),
    "sentences_dropped": ("zinnen weggelaten", "Hoeveel zinnen van een schrijfmodel gemiddeld zijn weggelaten."),
    "best_statement_f1": (
        "beste zin (F1)",
        "Hoeveel woorden de beste zin van het antwoord deelt met het verwachte antwoord. 1 is gelijk, 0 is geen enkel "
        "woord. Hele zinnen scoren hier van nature laag.",
    ),
    "best_statement_em": (
        "beste zin gelijk (EM)",
        "Bij welk deel van de vragen de beste zin precies gelijk is aan het verwachte antwoord. Hele zinnen scoren "
        "hier van nature laag.",
    ),
    "hit_at_1": (
        "bewijs op plaats 1",
        "Bij welk deel van de vragen de eerste gevonden passage het bewijs bevat: ten minste de helft van een "
        "bewijscitaat.",
    ),
    "hit_at_3": ("bewijs bij eerste 3", "Bij welk deel van de vragen een van de eerste 3 passages het bewijs bevat."),
    "hit_at_5": ("bewijs bij eerste 5", "Bij welk deel van de vragen een van de eerste 5 passages het bewijs bevat."),
    "mrr_at_10": (
        "plaats van bewijs (MRR)",
        "Hoe hoog de eerste passage met bewijs staat. 1 is bovenaan, 0,5 is plaats 2, 0 is niet bij de eerste 10.",
    ),
    "ndcg_at_10": (
        "volgorde (nDCG)",
        "Of alle passages met bewijs bij de eerste 10 staan, en hoe hoog. 1 is de best mogelijke volgorde.",
    ),
    "document_hit_at_1": (
        "document op plaats 1",
        "Bij welk deel van de vragen de eerste passage uit een document met bewijs komt.",
    ),
    "document_hit_at_3": (
        "document bij eerste 3",
        "Bij welk deel van de vragen een document met bewijs bij de eerste 3 documenten staat.",
    ),
    "document_hit_at_5": (
        "document bij eerste 5",
        "Bij welk deel van de vragen een document met bewijs bij de eerste 5 documenten staat.",
    ),
    "document_mrr_at_10": (
        "plaats van document (MRR)",
        "Hoe hoog het eerste document met bewijs staat. 1 is bovenaan, 0,5 is plaats 2.",
    ),
    "document_ndcg_at_10": (
        "volgorde documenten (nDCG)",
        "Of alle documenten met bewijs bij de eerste 10 staan, en hoe hoog. 1 is de best mogelijke volgorde.",
    ),
    "answer_rate": (
        "krijgt een antwoord",
        "Van de vragen die de documenten beantwoorden: welk deel een antwoord kreeg, goed of fout. De rest is ten "
        "onrechte geweigerd.",
    ),
    "refusal_recall": (
        "terecht geweigerd",
        "Van de vragen die de documenten niet beantwoorden: bij welk deel Handwijzer dat ook zegt.",
    ),
    "refusal_precision": (
        "weigering klopt",
        "Van alle keren dat Handwijzer zegt dat het antwoord er niet in staat: bij welk deel dat waar is.",
    ),
    "refusal_auc": (
        "onderscheid (AUC)",
        "Hoe goed de berekende kans vragen met en zonder antwoord uit elkaar houdt. 1 is altijd goed, 0,5 is raden.",
    ),
    "calibration_error": (
        "afwijking van kans (ECE)",
        "Hoe ver de berekende kans gemiddeld van de werkelijkheid ligt. 0 is precies goed; lager is beter.",
    ),
    "brier_score": (
        "fout van kans (Brier)",
        "Het gemiddelde kwadraat van het verschil tussen de berekende kans en wat waar is. 0 is precies goed, 0,25 is "
        "altijd 50% zeggen; lager is beter.",
    ),
    "latency_p50_ms": (
        "helft klaar binnen (ms)",
        "De helft van de antwoorden is binnen zoveel milliseconden klaar, gemeten zonder netwerk. Lager is beter.",
    ),
    "latency_p95_ms": (
        "95% klaar binnen (ms)",
        "Van elke 20 antwoorden zijn er 19 binnen zoveel milliseconden klaar, gemeten zonder netwerk. Lager is beter.",
    ),
}  # fmt: skip

# The metrics above under the question that they answer, in the order in which a reader needs them.
SUBJECTS: dict[str, tuple[str, ...]] = {
    "Is het antwoord goed?": (
        "success", "follow_up_success", "fact_recall", "evidence_cited", "exact_evidence_rate", "citation_precision",
        "citation_recall", "answer_words", "supported_sentence_rate", "sentences_dropped",
        "best_statement_f1", "best_statement_em",
    ),
    "Is het bewijs gevonden?": (
        "hit_at_1", "hit_at_3", "hit_at_5", "mrr_at_10", "ndcg_at_10", "document_hit_at_1", "document_hit_at_3",
        "document_hit_at_5", "document_mrr_at_10", "document_ndcg_at_10",
    ),
    "Weigert Handwijzer op het goede moment?": (
        "answer_rate", "refusal_recall", "refusal_precision", "refusal_auc", "calibration_error", "brier_score",
    ),
    "Hoe snel is het?": ("latency_p50_ms", "latency_p95_ms"),
}  # fmt: skip

# By JSON name: why an answer is wrong, in a few words and in a sentence or two. The order is that of answering.
CAUSES: dict[str, tuple[str, str]] = {
    "retrieval_miss": (
        "bewijs niet gevonden",
        "Geen van de gevonden passages bevat het bewijs. Verbeter het zoeken, of kijk of de vraag en de tekst andere "
        "woorden gebruiken.",
    ),
    "sentence_miss": (
        "verkeerde zinnen gekozen",
        "Het bewijs is gevonden, maar het antwoord citeert andere zinnen of mist een feit. Verbeter het kiezen van de "
        "zinnen.",
    ),
    "wrongly_refused": (
        "ten onrechte geweigerd",
        "De documenten beantwoorden de vraag, maar Handwijzer zei van niet. De berekende kans is te laag.",
    ),
    "wrongly_answered": (
        "ten onrechte beantwoord",
        "De documenten beantwoorden de vraag niet, maar Handwijzer gaf toch antwoord. De berekende kans is te hoog.",
    ),
}

# What a type of question or follow-up means, for who does not know the question set.
TYPES: dict[str, str] = {
    "feit": "vraagt naar een feit",
    "definitie": "vraagt wat een begrip betekent",
    "wie": "vraagt wie iets doet",
    "wanneer": "vraagt naar een moment of termijn",
    "hoeveel": "vraagt naar een aantal",
    "mag": "vraagt of iets mag of moet",
    "procedure": "vraagt hoe iets gaat",
    "lijst": "vraagt om een opsomming",
    "vergelijking": "heeft twee plekken nodig",
    "afkorting": "gaat over of gebruikt een afkorting",
    "spreektaal": "in gewone spreektaal",
    "typefouten": "met typefouten",
    "casus": "lang, beschrijft een situatie",
    "net-niet": "past bij het onderwerp, maar staat er niet in",
    "ander-onderwerp": "gaat over iets heel anders",
    "verwijzing": "verwijst terug (die, dat, hij)",
    "toespitsing": "vraagt door op hetzelfde",
    "voorbeeld": "vraagt om een voorbeeld",
    "wisseling": "stapt over op iets anders",
}


def metric(name: str) -> tuple[str, str]:
    """Return the label and explanation of a metric; its name and nothing where there is none."""
    return METRICS.get(name, (name, ""))
