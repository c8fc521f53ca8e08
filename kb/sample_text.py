"""Ordinary Dutch of many subjects, to learn what all token vectors of an encoder share (see `kb.late`).

The subjects are mixed on purpose: what only documents of one kind share tells their passages apart from others.
"""

PASSAGES = """
De gemeente stuurt binnen acht weken een beslissing op de aanvraag. Wie het er niet mee eens is, kan bezwaar maken.
Op school maken leerlingen afspraken over hoe zij met elkaar omgaan. De mentor bespreekt die twee keer per jaar.
Artikel 3. Het bestuur stelt een reglement vast en legt dat ter inzage op de website.
De huisarts verwijst naar de wijkverpleegkundige als er thuis hulp nodig is bij het wassen en aankleden.
In het voorjaar bloeien de eerste bomen al in maart, vooral als de winter zacht is geweest.
Neem een schone kom, meng het meel met water en laat het deeg een uur rusten op een warme plek.
Tijdens de bijeenkomst wisselden de deelnemers ervaringen uit. Na de pauze vertelde een ouder hoe het haar was vergaan.
De trein van kwart over negen rijdt vandaag niet verder dan Amersfoort; reizigers kunnen overstappen op de bus.
Een werkgever mag medische gegevens van een werknemer niet opslaan, behalve als de wet dat uitdrukkelijk toestaat.
De commissie adviseert om eerst met de bewoners te praten en daarna pas een plan te maken.
Voor de vergoeding geldt een maximum van 450 euro per kalenderjaar. Bewaar de rekeningen ten minste vijf jaar.
Het team komt elke maandag bijeen en loopt de lijst met open vragen na: wat is af, wat blijft liggen, wie doet wat?
In 1953 braken in Zeeland de dijken door. Daarna begon het land met de bouw van de Deltawerken.
Stap 1: vul het formulier in. Stap 2: onderteken het. Stap 3: stuur het met een kopie van uw bewijs op.
Kinderen die weinig slapen, kunnen zich overdag slechter concentreren, blijkt uit onderzoek onder 2.000 gezinnen.
De verhuurder herstelt gebreken binnen een redelijke termijn; kleine reparaties zijn voor rekening van de huurder.
Beste collega's, in deze nieuwsbrief leest u wat er de komende maanden op de planning staat.
De vrijwilliger haalt de oudere dame op en brengt haar na de koffie weer naar huis.
""".strip().splitlines()

QUESTIONS = """
Wanneer krijg ik een beslissing op mijn aanvraag?
Hoe lang moet ik rekeningen bewaren?
Wie is verantwoordelijk voor het onderhoud van de woning?
Mag een werkgever vragen waarom iemand ziek is?
Wat betekent ter inzage leggen?
Welke stappen horen bij het indienen van een formulier?
Hoeveel vergoeding kan ik per jaar krijgen?
Wat moet ik doen als de trein niet rijdt?
Waarom is slaap belangrijk voor kinderen?
Bij wie kan een ouder terecht met een klacht over de school?
Is het verplicht om een reglement te hebben?
Wat is het verschil tussen bezwaar en beroep?
Hoe laat je deeg goed rusten?
Binnen hoeveel dagen moet de arts antwoorden?
Noem voorbeelden van kleine reparaties.
Wat als bewoners niet mee willen praten over het plan?
""".strip().splitlines()
