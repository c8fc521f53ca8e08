"""Questions that a first visitor can ask with one click. Each has an answer in the shipped documents."""

from __future__ import annotations

EXAMPLES = (
    "Wanneer moet de school ongeoorloofd verzuim melden?",
    "Vanaf welke leeftijd geeft een jongere zelf toestemming?",
    "Wat is het verschil tussen een casusoverleg en een MDO?",
    "Wat spreken de school en de jeugdbeschermer met elkaar af?",
    "Binnen hoeveel uur moet een datalek worden gemeld?",
    "Wanneer is een leerling een thuiszitter?",
)
