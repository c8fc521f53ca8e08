"""Whether contact data in a document is an organisation's: a role mailbox, a service number, a visiting address.

Guidance documents rightly hold such data. It is told from a person's by the nearest word before it that names an
organisation or a person; when nothing tells, it counts as a person's.
"""

from __future__ import annotations

import re

from phonenumbers import NumberParseException, PhoneNumberType, number_type, parse

from kb.analysis import fold
from kb.privacy import no_names_known
from kb.privacy.full_names import is_first_name
from kb.privacy.name_lists import SURNAMES
from kb.privacy.names import PERSON, may_hold_name, names

_FUNCTIONS = frozenset(
    """
    aanmelden aanmelding aanmeldingen aanvraag aanvragen absentie academie administratie advies afdeling afwezig
    algemeen archief avg balie begeleider bemiddeling bericht bestuur bestuurder bezwaar bezwaren bibliotheek
    boekhouding bovenbouw burgerzaken cjg college commissie communicatie conciergerie congres consulent contact
    coordinator crediteuren cursus debiteuren decaan decanaat directeur directie docenten dossier dpo evenementen
    events examens facilitair facturen factuur feedback fg financien functionaris gegevensbescherming gemeente gezin
    ggd ggz gmr griffie helpdesk helpen hr hrm hulp ib ict info informatie inkoop inschrijven inschrijving
    inschrijvingen inspectie intake intern jeugd kantoor kennis kinderen kinderopvang klacht klachten kwaliteit
    leerlingen leerplicht loket mail media melden melding meldingen meldpunt mentoren mr netwerk nieuwsbrief noreply
    onderbouw ondersteuning onderwijs onderzoek ontvangst or organisatie ouderraad ouders pers personeel planning
    platform po post postbus postkamer praktijk privacy programma project projecten publiekszaken raad reactie
    reacties receptie rector redactie roosters sales samenwerking school secretaresse secretariaat secretaris
    security service sociaal stage stagebureau steunpunt subsidie subsidies support swv systeembeheer team
    thuisonderwijs toezicht training uitgeverij vacature vacatures veiligthuis vertrouwenspersoon verzuim vo
    voorlichting voorzitter vraag vragen wachtlijst webmaster website werk werkenbij wmo ziekmelden ziekmelding zoco
    zorg zorgcoordinator
    """.split()
)
# "jeugdteam", "burgerzaken", "schoolmaatschappelijkwerk"; no surname ends like this.
_FUNCTION_ENDING = re.compile(
    r"(?:team|teams|loket|punt|balie|zaken|zorg|hulp|hulpverlening|plicht|bureau|desk|dienst|beleid|advies|centrum"
    r"|coordinator|coordinatie|administratie|secretariaat|bestuur|college|onderwijs|opvang|ondersteuning|begeleiding"
    r"|meldingen?|maatschappelijkwerk|werkers|netwerk|platform|project|redactie|commissie|veiligheid|bescherming|geving|leiding|lichting"
    r"|werking|regeling|verlening|diening|scholing|verwijzing)$"
)
_FUNCTION_START = re.compile(r"(?:leerplicht|jeugd|onderwijs|privacy|secretar|administrati|klacht|verzuim|veiligthuis)")
_MAILBOX_PART = re.compile(r"[^\W\d_]+")
_FREE_MAIL = re.compile(
    r"(?:gmail|googlemail|hotmail|outlook|live|msn|icloud|me|yahoo|ziggo|kpnmail|kpnplanet|planet|home|hetnet|xs4all"
    r"|casema|chello|telfort|upcmail|quicknet|solcon|zonnet|tele2|protonmail|proton|gmx|freedom)\.[a-z]{2,3}(?:\.uk)?$"
)
_BARE_SURNAMES = frozenset(name.rpartition(" ")[2] for name in SURNAMES)

_ORGANISATION = (
    r"\w*(?:gemeente(?:huis)?|stad(?:huis|skantoor)|school|college|lyceum|gymnasium|stichting|vereniging|centrum|centra"
    r"|bureau|instituut|universiteit|ministerie|inspectie|rechtbank|politie|kantoor|ziekenhuis|kliniek|uitgeverij"
    r"|bibliotheek|museum|theater|kerk|hotel|buurthuis|teams?|loket|meldpunt|steunpunt|servicepunt|informatiepunt"
    r"|organisatie|instelling|aanbieder|verband|raad|dienst|hulplijn|helpdesk|receptie|secretariaat|administratie|balie"
    r"|redactie|directie|bestuur|vestiging|locatie|praktijk|plicht|platform|netwerk|academie)|leerplicht\w*"
    r"|ggd|ggz|cjg|rmc|swv|b\.?v\.?|n\.?v\.?|veilig\sthuis|jeugd(?:hulp|zorg|bescherming)|(?:bezoek|post|factuur)adres"
    r"|postbus|antwoordnummer|(?:algemeen|centraal)\s(?:telefoon)?nummer|t\.?a\.?v\."
)
_PERSON = (
    rf"(?:{PERSON})(?:s|en|es)?|ouders?|gezin|patiënt|medewerker|contactpersoon|woon(?:t|de|den|achtig|adres)?"
    r"|wonen(?:de)?|(?:thuis|huis|privé)adres|verblijf\w*|verhuisd\w*|thuis|privé|mobiel|geboren|geb|bsn|naam|voornaam"
    r"|achternaam|geboorte\w+"
)
_SIGN = re.compile(
    rf"(?<!\w)(?:(?P<organisation>{_ORGANISATION})|(?P<person>{_PERSON}))(?!\w)|(?P<masked>\[naam\])", re.IGNORECASE
)
_REACH = 200
# Above a contact line stands the name of whose it is, not a sentence.
_LONGEST_NAME_LINE = 80
_OF_A_SERVICE = {
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.UAN,
}
_FIXED = {PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP}
_NOT_IN_NUMBER = re.compile(r"[^\d+]")
_POST_BOX_BEFORE = re.compile(r"\b(?:postbus|antwoordnummer)\s+\d{1,6}\W{0,4}$", re.IGNORECASE)


def is_role_mailbox(address: str) -> bool:
    """Tell whether an e-mail address is a function's or a department's ("leerplicht@..."), not a person's."""
    local, _, domain = fold(address).partition("@")
    parts = _MAILBOX_PART.findall(local)
    if not parts or len(parts[0]) == 1 or _FREE_MAIL.search(domain):
        return False
    if any(_names_function(part) for part in parts):
        return not any(_names_person(part) for part in parts)
    return "".join(parts) in domain.split(".") and not any(_names_person(part) for part in parts)


def _names_function(part: str) -> bool:
    return part in _FUNCTIONS or bool(_FUNCTION_ENDING.search(part) or _FUNCTION_START.match(part))


def _names_person(part: str) -> bool:
    return part not in _FUNCTIONS and (is_first_name(part) or part in _BARE_SURNAMES)


def is_contact_number(number: str, text: str, start: int, above: str, row: bool) -> bool:
    """Tell whether a telephone ``number``, at ``start`` of ``text``, is an organisation's.

    ``above`` is what stands before ``text`` in the document; ``row`` says that ``text`` is a row of a table, of which
    all cells are about the same.
    """
    try:
        kind = number_type(parse(_NOT_IN_NUMBER.sub("", number), "NL"))
    except NumberParseException:
        return False
    return kind in _OF_A_SERVICE or (kind in _FIXED and _belongs_to_organisation(text, start, above, row))


def is_contact_address(address: str, text: str, start: int, above: str, row: bool) -> bool:
    """Tell likewise whether an ``address`` is an organisation's, or a post box."""
    if "postbus" in address.casefold() or _POST_BOX_BEFORE.search(text, max(0, start - 40), start):
        return True
    return _belongs_to_organisation(text, start, above, row)


def _belongs_to_organisation(text: str, start: int, above: str, row: bool) -> bool:
    before = text[max(0, start - _REACH) : start]
    about = text[max(0, start - _REACH) : start + _REACH] if row else before
    if may_hold_name(about) and any(True for _ in names(about, no_names_known)):
        return False
    signs = list(_SIGN.finditer(about))
    if not signs and len(above) <= _LONGEST_NAME_LINE and not re.search(r"\w{3,}\s+\w{3,}", before):
        signs = list(_SIGN.finditer(above))
    if row:
        return bool(signs) and all(sign["organisation"] for sign in signs)
    return bool(signs) and bool(signs[-1]["organisation"])
