"""Text in a document that gives orders to the assistant. It is never an answer, and no language model gets to see it.

Documents are data: whoever can add a line to one must not be able to steer what the assistant says.
"""

from __future__ import annotations

import re
from functools import lru_cache

_ASSISTANT = r"(?:(?:ai|digitale|virtuele)[ -])?(?:assistent|chatbot|taalmodel|ai|assistant|language model)"
_ORDER = re.compile(
    rf"(?:^|[,.;:!\]]\s*)(?:beste )?{_ASSISTANT}\s*[,:]|\b(?:voor|aan) (?:de|het|elke?|een) {_ASSISTANT}\s*:"
    r"|\[?\b(?:systeem|system)(?:bericht|prompt|message)\b|(?:^|[^\w])(?:systeem|system)\s*:"
    r"|</?(?:bronnen|sources|systeem|system|instructies?|instructions?)>"
    r"|\b(?:negeer|vergeet|ignore|disregard)\b.{0,60}\b(?:instructies?|documenten|bronnen|regels|opdrachten|prompt|"
    r"instructions|rules|previous)\b"
    r"|\b(?:antwoord|schrijf|zeg|vermeld|bevestig) (?:vanaf nu|voortaan|alleen nog|op alles|(?:bij )?elke vraag)\b"
    r"|\b(?:jouw|je|uw|your) (?:systeem)?(?:prompt|instructies|instructions)\b"
    r"|\bzet er bron \W?\d",
    re.IGNORECASE,
)


@lru_cache(maxsize=65536)
def is_order(text: str) -> bool:
    """Tell whether ``text`` tells an assistant what to do or say."""
    return _ORDER.search(text) is not None
