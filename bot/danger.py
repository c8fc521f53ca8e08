"""A fixed reminder of where help is, where a question tells of somebody who is in danger.

The documents answer what the procedure is; nobody should have to search them while a child is being hit. Only words
that tell of an event trigger it, a subject alone ("het protocol voor suïcide") does not.
"""

from __future__ import annotations

import re

from kb.analysis import fold

_HELP = (
    "Is iemand nu in gevaar? Bel meteen 112. Gaat het om geweld of onveiligheid thuis? Bel dan Veilig Thuis: "
    "0800-2000, gratis, dag en nacht."
)
_SUICIDE_HELP = "Denkt iemand aan zelfdoding? Bel of laat bellen met 113: 0800-0113, gratis, dag en nacht."

_PERSON = (
    r"(?:kind|kinderen|zoon|zoontje|dochter|dochtertje|jongen|meisje|leerlinge?|leerlingen|klasgenoot|medeleerling|baby"
    r"|moeder|vader|vrouw|man|broertje|zusje|broer|zus|vriendin|leraar|juf|meester|docent|mentor|collega)"
)
# "Slaat haar nu", not "slaat haar les over".
_SOMEBODY = (
    rf"(?:(?:haar|hem|hen|mij|me|elkaar)(?= (?:nu|en|met|thuis|vaak|weer|elke|soms|altijd|slaat|schopt)\b|[^\w\s]|$)"
    rf"|(?:zijn|haar|mijn|hun|ons|onze|een|het|de|die|dat|deze) (?:\w+ )?{_PERSON})"
)
_CHILD = r"(?:leerlinge?|kind|kinderen|meisje|jongen|jongere|dochter|zoon|baby|moeder|iemand|ze)"
_HURTS = r"(?:slaat|schopt|trapt|wurgt|mishandelt|misbruikt|verkracht|bedreigt|steekt)"
_HURT = (
    r"(?:geslagen|geschopt|gewurgd|mishandeld|misbruikt|verkracht|aangerand|neergestoken|opgesloten|bedreigd"
    r"|uitgehuwelijkt|achtervolgd)"
)
_TOLD_OF = re.compile(
    r"\b(?:hij|ze|zij|mijn|word ik|ik word|leerlinge?|jongen|meisje|dochter|zoon|zusje|broertje|moeder|vader|thuis|nu"
    r"|zojuist|vandaag|vannacht|vanochtend)\b"
)
# He is hit at home; as she is hit: of somebody in the question, for anybody may be hit in a question of procedure.
_IS_HURT = re.compile(rf"\b(?:word|wordt|worden|werd) (?:\w+ ){{0,7}}{_HURT}\b|\b{_HURT} (?:word|wordt|worden|werd)\b")
_WEAPON = r"(?:mes|wapen|vuurwapen|pistool|steekwapen|bijl)"
_DANGERS = tuple(map(re.compile, (
    # vader slaat haar; zegt dat zijn vader hem slaat
    rf"\b{_HURTS} (?:\w+ )?{_SOMEBODY}\b",
    rf"\b(?:dat|als|want|omdat|of) (?:\w+ ){{1,6}}{_SOMEBODY} (?:\w+ ){{0,3}}{_HURTS}\b",
    r"\bis (?:net|zojuist|vandaag|vannacht|gisteren|vanochtend|thuis) (?:\w+ ){0,3}" + _HURT,
    r"\bdurft? (?:\w+ ){0,3}niet (?:meer )?naar huis\b|\bbang om naar huis te gaan\b",
    r"\b(?:er dreigt|er is|gaan?) (?:\w+ ){0,3}(?:steekpartij|schietpartij|vechtpartij|knokpartij)\b",
    rf"\b(?:heeft|had|met|trekt) (?:nu )?(?:een|zijn|haar) {_WEAPON} (?:bij zich|mee|op zak|op)\b",
    rf"\b(?:dreigt|zwaait|loopt|staat) (?:\w+ ){{0,4}}met een {_WEAPON}\b",
    r"\bdreig(?:t|en|de) (?:\w+ ){0,3}(?:te (?:ver)?moorden|te doden|dood|te slaan|te steken|wat aan te doen"
    r"|iets aan te doen|te ontvoeren)\b",
    r"\bdoods?bedreig\w* (?:gekregen|ontvangen|krijgt)\b|\b(?:krijgt|kreeg|ontvangt) (?:\w+ ){0,3}doodsbedreig",
    rf"\b{_CHILD} (?:\w+ ){{0,5}}in (?:\w+ )?(?:levens)?gevaar\b(?! kom| breng| van)",
    rf"\b{_CHILD} (?:\w+ ){{0,4}}(?:gevaar loopt|loopt (?:\w+ )?gevaar)\b",
    r"\b(?:hij|ze|zij|leerling|kind|jongen|meisje|dochter|zoon) (?:is|zijn|voelt zich) (?:\w+ ){0,2}niet (?:meer )?"
    r"veilig\b|\b(?:leerling|kind|meisje|jongen) (?:is |thuis |nu |echt )+niet veilig\b",
    r"\b(?:is|zijn) (?:nu|net|zojuist|vandaag|vannacht|vanochtend|van huis) (?:\w+ ){0,3}weggelopen\b",
    rf"\b(?:loopt|rent) nu weg\b|\b{_CHILD} (?:\w+ ){{0,3}}(?:vermist|spoorloos|bewusteloos|ontvoerd)\b",
    r"\bademt niet\b|\b(?:overdosis|te veel pillen) (?:genomen|geslikt)\b",
)))  # fmt: skip
_SUICIDE = tuple(map(re.compile, (
    r"\b(?:zichzelf|mezelf|haarzelf|hemzelf) (?:\w+ ){0,2}(?:iets|wat) (?:\w+ )?aan(?:doen|doet)?\b",
    r"\bzich iets (?:\w+ )?(?:aandoen|aandoet|aan wil doen|aan te doen)\b",
    r"\bniet (?:meer|langer) (?:wil(?:len|t|de)?|wenst te) leven\b",
    r"\bwil(?:len|t|de)? (?:\w+ ){0,2}niet (?:meer|langer) leven\b",
    r"\b(?:wil|wilde|wou) (?:\w+ ){0,2}dood\b|\b(?:liever|maar) dood\b|\bdood wil(?:de)?\b|\bwil(?:de)? sterven\b",
    r"\beinde (?:te )?(?:\w+ )?aan (?:zijn|haar|mijn|hun|het) leven\b|\been eind aan (?:zijn|haar|mijn|het) leven\b",
    r"\b(?:zelfmoord|suicide|zelfdoding) (?:\w+ ){0,2}(?:wil|gaat|zal|dreigt|overweegt)\b",
    r"\b(?:wil|gaat|dreigt|overweegt) (?:\w+ ){0,3}(?:zelfmoord|suicide|zelfdoding)\b",
    r"\b(?:denkt|praat|spreekt|appt|schrijft|begint|dreigt) (?:\w+ ){0,3}(?:aan|over|met) (?:zelfmoord|zelfdoding"
    r"|suicide)\b",
    r"\b(?:is|heeft|uit) (?:\w+ ){0,3}(?:suicidaal|suicidale gedachten|suicidaliteit)\b",
    r"\b(?:zelfmoord|suicide)poging (?:gedaan|ondernomen)\b|\bafscheidsbrief\b",
    r"\b(?:van het dak|van een dak|van de brug|voor de trein) (?:\w+ )?(?:springen|springt)\b",
    r"\b(?:snijdt|krast|verwondt) (?:\w+ )?(?:zichzelf|zich)\b|\bzichzelf (?:snijdt|krast|verwondt)\b",
)))  # fmt: skip
# Questions about how often, by which law and for whom a text is: about danger, not from within it.
_GENERAL = re.compile(
    r"\b(?:hoeveel|percentage|cijfers?|statistiek\w*|gemiddeld|per jaar|strafbaar|straf|artikel|wetboek|definitie"
    r"|betekent|training|cursus|workshop|onderzoek|preventie|mogelijk|misschien|vermoed\w*|beleid|registreert)\b"
)


def reminder(question: str) -> str | None:
    """Return whom to call when ``question`` tells of somebody in danger, in Dutch, None for any other question."""
    asked = " ".join(fold(question).replace("’", "'").split())
    if _GENERAL.search(asked):
        return None
    if any(pattern.search(asked) for pattern in _SUICIDE):
        return f"{_HELP} {_SUICIDE_HELP}"
    hurt = _IS_HURT.search(asked) and _TOLD_OF.search(asked)
    return _HELP if hurt or any(pattern.search(asked) for pattern in _DANGERS) else None
