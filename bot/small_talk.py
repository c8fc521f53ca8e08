"""Small talk: a greeting or thanks gets a friendly reply without a search, and beside a question it is left out."""

from __future__ import annotations

import re

from kb.analysis import fold

_MOST_WORDS = 12
_HELP = "Stel gerust een vraag over onderwijs en jeugdhulp. Ik zoek het antwoord voor u op in de documenten."
_YOU, _ME, _CAN = "(?:je|jij|jou|u)", "(?:mij|me|ons)", "(?:kan|kun|kunt)"
_GREETING = (
    r"(?:hallo|hello|hoi+|hai|hey|hee+j?|hi|moin|gegroet|goeden? ?(?:morgen|middag|avond|dag)|"
    r"goeie(?:morgen|middag|avond)|dag(?= (?:allemaal|handwijzer)))"
    r"(?: (?:allemaal|daar|handwijzer|bot|chatbot|collega|team))?"
)
_FOR = r"(?:voor )?(?:je|uw|het|de|deze|dit|alle)?(?: (?:snelle|goede|duidelijke))? ?"
_THANKS = (
    r"(?:(?:oke?|heel|super|hartelijk|alvast|nogmaals|ontzettend) )*"
    r"(?:bedankt|dank ?(?:je|u) ?wel|dank (?:je|u|jullie)|dankjulliewel|thanks|thank you|thnx|merci)"
    rf"(?: (?:hoor|alvast|{_FOR}(?:antwoord|hulp|uitleg|info|informatie|reactie|moeite)))*"
)
# A message that holds several kinds gets the reply of the first in this order.
_KINDS = (
    (
        rf"(?:wie|wat) (?:ben|bent) {_YOU}(?: eigenlijk| precies| voor iets)?|hoe heet {_YOU}|"
        rf"(?:ben|bent) {_YOU} (?:een )?(?:echt )?(?:mens|robot|bot|computer|ai|chatbot)|"
        r"stel je(?:zelf)? (?:eens )?voor",
        "Ik ben Handwijzer, een digitale assistent. Ik beantwoord vragen met letterlijke stukken uit documenten over "
        "onderwijs en jeugdhulp, en ik laat zien waar ze staan. Wat wilt u weten?",
    ),
    (
        rf"wat (?:{_CAN}|doe|doet|weet) {_YOU}(?: eigenlijk)?(?: (?:allemaal|precies|zoal))?(?: voor {_ME})?"
        rf"(?: (?:doen|betekenen))?|{_CAN} {_YOU} {_ME} (?:even |misschien )?helpen|"
        rf"waar ?mee {_CAN} {_YOU} {_ME} helpen|wat kan ik (?:je |jou |u )?(?:hier )?(?:allemaal )?vragen|"
        r"hoe werk (?:je|jij)|hoe werkt (?:dit|deze (?:chat)?bot|handwijzer)|help",
        "U kunt mij vragen stellen over de documenten in deze kennisbank. Ik geef een kort antwoord met de bron "
        "erbij, en ik zeg het als het antwoord er niet in staat. Noem liever geen namen van leerlingen of ouders.",
    ),
    (
        r"(?:hoe gaat het|hoe is het|alles goed)(?: (?:met (?:je|jou|u)|vandaag|ermee))*",
        f"Met mij gaat het goed, dank u. {_HELP}",
    ),
    (
        r"tot (?:ziens|later|straks|morgen|de volgende keer)|doei+|doeg|houdoe|"
        r"(?:(?:met )?vriendelijke )?groet(?:en|jes)?|(?:nog )?(?:een )?(?:fijne|prettige) "
        r"(?:dag|avond|middag|week|werkdag)(?: verder| nog)?|(?:nog )?(?:een )?(?:fijn|prettig|goed) weekend|"
        r"(?:ik heb )?(?:verder )?geen vragen(?: meer)?|(?:dit|dat) was (?:het|alles)",
        "Graag gedaan en tot ziens! U kunt altijd terugkomen met een nieuwe vraag.",
    ),
    (rf"{_THANKS}|(?:hartelijk |veel )?dank", "Graag gedaan! Hebt u nog een vraag? Stel hem gerust."),
    (r"sorry(?: hoor)?|excuus|excuses|foutje", "Geen probleem! Stel gerust uw vraag."),
    (rf"{_GREETING}|dag", f"Dag! {_HELP}"),
    (
        r"(?:(?:dat|dit|het) is (?:me |mij )?|nou |heel |erg |helemaal |echt )*"
        r"(?:ok|oke|okay|okee|top|prima|helder|duidelijk|mooi|goed|fijn|super|perfect|geweldig|begrepen|akkoord|"
        r"handig|nuttig|(?:ik )?snap (?:ik|het)|ik begrijp het|ja|nee|inderdaad|klopt|aha|leuk|goed om te weten|"
        r"[👍👌🙏🙂😊])(?: (?:hoor|zo|zeg|joh|dan))?",
        "Goed. Hebt u nog een vraag? Stel hem gerust.",
    ),
)
_REPLIES = tuple((re.compile(rf"(?:^|\s)(?:{pattern})(?=\s|$)"), reply) for pattern, reply in _KINDS)
_MESSAGE = re.compile(f"(?:(?:{'|'.join(pattern for pattern, _ in _KINDS)})(?: en)?(?: |$))+")
_WORD = re.compile(r"[^\W_]+|[👍👌🙏🙂😊]")
# What may stand before a question or behind it. Without a comma or a full stop only what can be nothing else.
_IN_FRONT = re.compile(
    rf"(?:(?:{_GREETING}|{_THANKS})\b[\s,.!:;-]*|"
    rf"(?:{'|'.join(pattern for pattern, _ in _KINDS[3:])})\s*[,.!:;]+\s*)+",
    re.IGNORECASE,
)
_BEHIND = re.compile(rf"(?<=[?.!,\s])(?:{_THANKS}|(?:(?:met )?vriendelijke )?groet(?:en|jes)?)[\s.!]*$", re.IGNORECASE)


def small_talk(text: str) -> str | None:
    """Return the reply to a message that asks nothing of the documents; None when it does, or may do so."""
    said = " ".join(_WORD.findall(fold(text)))
    if not said or said.count(" ") >= _MOST_WORDS or _MESSAGE.fullmatch(said) is None:
        return None
    return next(reply for pattern, reply in _REPLIES if pattern.search(said))


def without_courtesies(question: str) -> str:
    """Return ``question`` without greetings, thanks and the like before and behind it; as it is when it has no more."""
    front = _IN_FRONT.match(question)
    rest = _BEHIND.sub("", question[front.end() :] if front else question).strip()
    return rest or question
