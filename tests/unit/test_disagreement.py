"""Two documents that give a different value for the same thing are noticed; two that speak of two things are not."""

from __future__ import annotations

from datetime import date

import pytest

from bot.disagreement import Claim, Voice, conflict, disagree, notice
from bot.quantities import Bound, quantities
from kb.analysis import content, terms

# The question, and two statements of different documents that cannot both be its answer.
DIFFERENT = [
    (
        "Hoe lang bewaren we het incassodossier?",
        "Het incassodossier wordt zeven jaar bewaard.",
        "Bewaar het incassodossier vijf jaar na het laatste contact.",
    ),
    (
        "Binnen welke termijn beslist de gemeente over een bijstandsaanvraag?",
        "De gemeente beslist binnen acht weken over de bijstandsaanvraag.",
        "Over een bijstandsaanvraag beslist de gemeente binnen 6 weken.",
    ),
    (
        "Hoe oud moet je zijn om vrijwilliger te worden in het buurthuis?",
        "Vrijwilligers in het buurthuis zijn minimaal 16 jaar.",
        "Wie vrijwilliger wil worden in het buurthuis, is ten minste 18 jaar.",
    ),
    (
        "Hoeveel kost een bewonersvergunning?",
        "Een bewonersvergunning kost 45 euro per jaar.",
        "Voor een bewonersvergunning betaalt u € 60 per jaar.",
    ),
    (
        "Welk percentage eigen bijdrage betaalt een huurder?",
        "De huurder betaalt een eigen bijdrage van 20 procent.",
        "De eigen bijdrage van de huurder is 35%.",
    ),
    (
        "Hoe vaak komt de cliëntenraad bijeen?",
        "De cliëntenraad komt vier keer per jaar bijeen.",
        "De cliëntenraad vergadert minimaal zes keer per jaar en komt dan bijeen.",
    ),
    (
        "Hoe lang duurt een kennismakingsgesprek?",
        "Een kennismakingsgesprek duurt een half uur.",
        "Het kennismakingsgesprek duurt ongeveer 45 minuten.",
    ),
    (
        "Wanneer sluit de inschrijving voor de zomerschool?",
        "De inschrijving voor de zomerschool sluit op 1 mei 2024.",
        "Inschrijving voor de zomerschool sluit op 15 april 2024.",
    ),
    (
        "Binnen hoeveel uur meld je een datalek?",
        "Een datalek wordt binnen 72 uur gemeld bij de toezichthouder.",
        "Meld een datalek binnen 48 uur bij de toezichthouder.",
    ),
    (
        "Hoeveel deelnemers passen in een trainingsgroep?",
        "Een trainingsgroep bestaat uit maximaal twaalf deelnemers.",
        "In een trainingsgroep zitten ten hoogste 8 deelnemers.",
    ),
    (
        "Uit hoeveel stappen bestaat het klachtenproces?",
        "Het klachtenproces bestaat uit vier stappen.",
        "Het klachtenproces kent zes stappen.",
    ),
    (
        "Hoe lang is een zorgindicatie geldig?",
        "Een zorgindicatie is vijf jaar geldig.",
        "De zorgindicatie blijft twee jaar geldig en kan daarna worden vernieuwd.",
    ),
    (
        "Tot welke leeftijd volgt het jongerenteam iemand?",
        "Het jongerenteam volgt jongeren tot 23 jaar.",
        "Het jongerenteam volgt jongeren tot 27 jaar.",
    ),
    ("Hoe lang is de bezwaartermijn?", "De bezwaartermijn is zes weken.", "De bezwaartermijn bedraagt 4 weken."),
    (
        "Hoe lang van tevoren vraag je verlof aan?",
        "Verlof wordt ten minste acht weken van tevoren aangevraagd.",
        "Vraag verlof minimaal vier weken van tevoren aan.",
    ),
    (
        "Hoe vaak wordt het zorgplan geëvalueerd?",
        "Het zorgplan wordt elke zes maanden geëvalueerd.",
        "Het zorgplan wordt jaarlijks geëvalueerd.",
    ),
    (
        "Hoe lang duurt de proeftijd van een begeleider?",
        "De proeftijd van een begeleider duurt één maand.",
        "Een begeleider heeft een proeftijd van twee maanden.",
    ),
    (
        "Binnen hoeveel dagen krijgt een klager een ontvangstbevestiging?",
        "De klager krijgt binnen vijf dagen een ontvangstbevestiging.",
        "Een klager ontvangt binnen 14 dagen een ontvangstbevestiging van de klacht.",
    ),
    (
        "Vanaf hoeveel kilometer is er recht op vervoer?",
        "Er is recht op vervoer vanaf zes kilometer.",
        "Recht op vervoer bestaat vanaf 4 kilometer.",
    ),
    (
        "Hoeveel uur begeleiding krijgt een cliënt per week?",
        "Een cliënt krijgt vier uur begeleiding per week.",
        "De cliënt krijgt zes uur begeleiding per week.",
    ),
    (
        "Wanneer gaat de nieuwe regeling voor mantelzorg in?",
        "De nieuwe regeling voor mantelzorg gaat in op 1 januari 2025.",
        "De nieuwe regeling voor mantelzorg gaat op 1 juli 2025 in.",
    ),
    (
        "Hoeveel medewerkers zijn er nodig bij een huisbezoek?",
        "Een huisbezoek wordt gedaan door twee medewerkers.",
        "Bij een huisbezoek zijn drie medewerkers aanwezig.",
    ),
    (
        "Is een schorsing van tien dagen toegestaan?",
        "Een schorsing duurt ten hoogste vijf dagen.",
        "Een schorsing duurt ten hoogste tien dagen.",
    ),
    (
        "Hoe lang moet je de sleutel van het lokaal van tevoren aanvragen?",
        "Vraag de sleutel van het lokaal drie werkdagen van tevoren aan.",
        "De sleutel van het lokaal vraag je een week van tevoren, minstens vijf werkdagen, aan.",
    ),
    (
        "Hoeveel weken duurt de weerbaarheidstraining?",
        "De weerbaarheidstraining duurt tien weken.",
        "De weerbaarheidstraining duurt zes tot acht weken.",
    ),
    (
        "Moet je een ongeval binnen 24 uur melden?",
        "Een ongeval met letsel wordt binnen 24 uur gemeld bij de inspectie.",
        "Een ongeval met letsel wordt binnen 48 uur gemeld bij de inspectie.",
    ),
    (
        "In welk jaar is het steunpunt opgericht?",
        "Het steunpunt is opgericht in 2011.",
        "Het steunpunt werd in 2014 opgericht.",
    ),
    (
        "Hoe lang moet je camerabeelden bewaren?",
        "Camerabeelden worden hoogstens vier weken bewaard.",
        "Bewaar camerabeelden maximaal twee weken.",
    ),
    (
        "Vanaf welke leeftijd mag je alleen naar de bibliotheek?",
        "Kinderen mogen vanaf 8 jaar alleen naar de bibliotheek.",
        "Vanaf 10 jaar mag een kind alleen naar de bibliotheek.",
    ),
    (
        "Hoeveel euro krijgt een gastouder per uur?",
        "Een gastouder krijgt 7 euro per uur.",
        "De vergoeding voor een gastouder is €9 per uur.",
    ),
    (
        "Binnen hoeveel weken moet de huisarts verwijzen?",
        "De huisarts verwijst binnen drie weken.",
        "Verwijzing door de huisarts volgt uiterlijk binnen vijf weken; de huisarts verwijst digitaal.",
    ),
    (
        "Hoeveel vergaderingen per jaar heeft de medezeggenschapsraad?",
        "De medezeggenschapsraad vergadert zes keer per jaar.",
        "De medezeggenschapsraad vergadert minimaal tien keer per jaar.",
    ),
    (
        "Hoe vaak wordt de brandblusser gekeurd?",
        "De brandblusser wordt elke twee jaar gekeurd.",
        "Laat de brandblusser jaarlijks keuren.",
    ),
    ("Wat is de opzegtermijn?", "De opzegtermijn is één maand.", "Er geldt een opzegtermijn van drie maanden."),
    (
        "Hoe lang is de bedenktijd voor ouders?",
        "Ouders hebben een bedenktijd van 14 dagen.",
        "De bedenktijd voor ouders is zeven dagen.",
    ),
    (
        "Wanneer is de open dag van de werkplaats?",
        "De open dag van de werkplaats is op 12 oktober 2024.",
        "De werkplaats houdt een open dag op 19 oktober 2024.",
    ),
    (
        "Uit hoeveel fasen bestaat het hersteltraject?",
        "Het hersteltraject bestaat uit drie fasen.",
        "Het hersteltraject heeft vijf fasen.",
    ),
    (
        "Hoeveel procent van de kosten wordt vergoed?",
        "Van de kosten wordt 75 procent vergoed.",
        "De gemeente vergoedt 50% van de kosten.",
    ),
    (
        "Mag een stage drie maanden duren?",
        "Een stage duurt maximaal drie maanden.",
        "Een stage duurt maximaal zes maanden.",
    ),
    (
        "Hoeveel uur van tevoren kan ik een afspraak afzeggen?",
        "Een afspraak zegt u minstens 24 uur van tevoren af.",
        "Zeg een afspraak minimaal 48 uur van tevoren af.",
    ),
    ("Sinds welk jaar bestaat het wijkteam?", "Het wijkteam bestaat sinds 2015.", "Sinds 2013 bestaat het wijkteam."),
    (
        "Hoe lang moeten leveranciers op hun geld wachten?",
        "Leveranciers krijgen hun geld binnen dertig dagen.",
        "De leveranciers ontvangen hun geld uiterlijk binnen 60 dagen na de factuur.",
    ),
    (
        "Hoeveel dagen van tevoren meld je een evenement?",
        "Meld een evenement ten minste 14 dagen van tevoren bij de gemeente.",
        "Een evenement moet je minimaal 21 dagen van tevoren melden.",
    ),
    (
        "Hoe lang is een rijbewijs voor de heftruck geldig?",
        "Het heftruckbewijs is vijf jaar geldig.",
        "Een heftruckbewijs blijft drie jaar geldig, daarna volgt een opfriscursus.",
    ),
    (
        "Hoe vaak controleert de beheerder de speeltoestellen?",
        "De beheerder controleert de speeltoestellen vier keer per jaar.",
        "Speeltoestellen worden door de beheerder maandelijks gecontroleerd.",
    ),
    ("Hoeveel bedden heeft de nachtopvang?", "De nachtopvang heeft 24 bedden.", "In de nachtopvang staan 30 bedden."),
    (
        "Vanaf welke leeftijd mag je meedoen aan de cursus EHBO?",
        "Je mag vanaf 14 jaar meedoen aan de cursus EHBO.",
        "Deelname aan de cursus EHBO kan vanaf 16 jaar.",
    ),
    (
        "Wanneer is de uiterste datum voor de jaarrekening?",
        "De jaarrekening is uiterlijk 1 april binnen.",
        "De jaarrekening moet uiterlijk 1 juni binnen zijn.",
    ),
    (
        "Binnen hoeveel tijd moet een huisbezoek volgen?",
        "Na de melding volgt binnen vijf werkdagen een huisbezoek.",
        "Een huisbezoek volgt binnen tien werkdagen na de melding.",
    ),
    ("Wat kost een maaltijd?", "Een warme maaltijd kost 7,50 euro.", "Voor een warme maaltijd betaalt u 9 euro."),
]

# The question, and two statements that can both be true: another case, step, unit or moment, or the same in other words.
COMPATIBLE = [
    (
        "Hoe lang blijft een aanmelding op de wachtlijst staan?",
        "Een aanmelding blijft zes maanden op de wachtlijst staan.",
        "De aanmelding blijft maximaal één jaar op de wachtlijst staan.",
    ),
    (
        "Hoe lang mag een schorsing duren?",
        "In het primair onderwijs duurt een schorsing ten hoogste één week.",
        "In het voortgezet onderwijs duurt een schorsing ten hoogste twee weken.",
    ),
    (
        "Hoe lang mag een schorsing duren?",
        "Een schorsing op de basisschool duurt ten hoogste één week.",
        "Op het mbo duurt een schorsing ten hoogste twee weken.",
    ),
    (
        "Binnen hoeveel weken beslist de school?",
        "De school beslist binnen zes weken over toelating.",
        "Het bestuur kan die termijn van beslissen eenmaal met vier weken verlengen.",
    ),
    (
        "Binnen hoeveel weken beslist de school?",
        "De school besluit binnen 6 weken over de toelating.",
        "De school beslist binnen zes weken over toelating.",
    ),
    (
        "Hoe lang wordt het dossier bewaard?",
        "Het jeugdhulpdossier wordt twintig jaar bewaard.",
        "De jeugdhulpverlener bewaart het dossier 20 jaar (Jeugdwet, artikel 7.3.8).",
    ),
    (
        "Hoe lang wordt het dossier bewaard?",
        "Het medisch dossier wordt twintig jaar bewaard.",
        "Het leerlingdossier wordt twee jaar bewaard nadat de leerling van school is.",
    ),
    (
        "Wie geeft toestemming voor jeugdhulp?",
        "Tot 12 jaar geven de ouders met gezag toestemming voor jeugdhulp.",
        "Vanaf 16 jaar geeft de jongere zelf toestemming voor jeugdhulp.",
    ),
    (
        "Vanaf welke leeftijd geeft een jongere toestemming?",
        "Voor jeugdhulp geeft de jongere vanaf 12 jaar ook zelf toestemming.",
        "Voor het verwerken van persoonsgegevens geeft de jongere vanaf 16 jaar zelf toestemming.",
    ),
    (
        "Hoe lang duurt een OTS?",
        "Een OTS duurt ten hoogste één jaar.",
        "De kinderrechter kan de OTS verlengen met een jaar.",
    ),
    (
        "Hoe lang duurt een OTS?",
        "Een OTS duurt ten hoogste één jaar.",
        "Een voorlopige OTS duurt ten hoogste drie maanden.",
    ),
    ("Hoe lang duurt een OTS?", "Een OTS duurt ten hoogste één jaar.", "De OTS duurt maximaal twaalf maanden."),
    (
        "Wanneer wordt het plan geëvalueerd?",
        "Na zes weken wordt het plan geëvalueerd.",
        "De evaluatie van het plan is na zes en na twaalf weken.",
    ),
    (
        "Wanneer wordt het plan geëvalueerd?",
        "De eerste evaluatie van het plan is na zes weken.",
        "De tweede evaluatie van het plan is na twaalf weken.",
    ),
    (
        "Hoe lang duurt de voorbereiding?",
        "De voorbereiding duurt twee tot drie weken.",
        "De voorbereiding duurt ongeveer drie weken.",
    ),
    (
        "Hoe lang duurt de voorbereiding?",
        "De voorbereiding van de terugkeer duurt twee tot drie weken.",
        "De nazorg na de terugkeer duurt zes weken.",
    ),
    (
        "Hoe lang was de beslistermijn?",
        "De beslistermijn was tot 2020 vier weken, nu zes weken.",
        "De beslistermijn is zes weken.",
    ),
    ("Hoe lang is de beslistermijn?", "Tot 2020 was de beslistermijn vier weken.", "De beslistermijn is zes weken."),
    (
        "Wat doe je bij een leerling die veel ziek is?",
        "Een leerling van 9 jaar is vaak ziek en zit twee maanden thuis.",
        "Een leerling van 14 jaar is vaak ziek en zit acht maanden thuis.",
    ),
    (
        "Wat doe je bij een leerling die thuiszit?",
        "Bijvoorbeeld: een leerling zit drie weken thuis en start met een ochtend.",
        "Bijvoorbeeld: een leerling zit tien weken thuis en start met een ochtend.",
    ),
    ("Hoe lang is het advies?", "Het advies telt twee pagina's.", "Het advies komt binnen twee weken."),
    ("Hoe lang is de aanvraagtermijn?", "De aanvraagtermijn is zes weken.", "De aanvraagtermijn is 42 dagen."),
    (
        "Hoe snel meld je een datalek?",
        "Meld een datalek binnen 72 uur bij de toezichthouder.",
        "Een datalek met gegevens van een andere partij meld je binnen 24 uur aan die partij.",
    ),
    (
        "Welk artikel regelt de schorsing?",
        "Artikel 40c van de WPO regelt de schorsing.",
        "Artikel 13 van de WVO regelt de schorsing.",
    ),
    (
        "Wat zegt de Leerplichtwet over verlof?",
        "De Leerplichtwet 1969 regelt verlof in artikel 11.",
        "De Leerplichtwet regelt verlof in artikel 14, lid 2.",
    ),
    (
        "Welke wet geldt voor het ontwikkelingsperspectief?",
        "De WVO 2020 regelt het ontwikkelingsperspectief.",
        "Het ontwikkelingsperspectief staat sinds 2014 in de wet.",
    ),
    (
        "Hoe vaak wordt het ondersteuningsplan gemaakt?",
        "Het samenwerkingsverband maakt eens per vier jaar een ondersteuningsplan.",
        "Het samenwerkingsverband stelt om de vier jaar een ondersteuningsplan vast.",
    ),
    (
        "Hoe vaak belt de mentor?",
        "De mentor belt elke week met de ouders.",
        "De procesregisseur belt iedere twee weken met de ouders.",
    ),
    (
        "Hoe vaak is er contact?",
        "In de eerste zes weken is er iedere week contact met de jongere.",
        "Na de eerste maand is er iedere twee weken contact met de jongere.",
    ),
    (
        "Hoeveel uur verzuim moet de school melden?",
        "De school meldt verzuim van 16 uur in vier weken.",
        "De mentor waarschuwt al bij 8 uur verzuim; dat is een advies.",
    ),
    (
        "Hoeveel uur verzuim moet de school melden?",
        "Het hoofd meldt verzuim van 16 uren les- of praktijktijd in vier opeenvolgende lesweken.",
        "Bij zestien uur ongeoorloofd verzuim in 4 lesweken volgt een melding.",
    ),
    (
        "Binnen welke termijn melden ouders ziekte?",
        "Ouders melden ziekte binnen twee dagen.",
        "De school meldt langdurige ziekte na vier dagen bij de jeugdarts.",
    ),
    (
        "Hoe lang vooraf melden ouders verlof?",
        "Ouders melden verlof voor een godsdienstige feestdag uiterlijk twee dagen vooraf.",
        "Ouders vragen vakantieverlof liefst acht weken vooraf aan.",
    ),
    (
        "Wanneer was de bijeenkomst?",
        "De bijeenkomst in Utrecht was op 23 maart 2018.",
        "De bijeenkomst in Alkmaar was op 18 mei 2018.",
    ),
    (
        "Wat is de stand van de wet?",
        "De tekst volgt de wet, stand 1 januari 2024.",
        "De tekst volgt de wet, stand 1 april 2023.",
    ),
    (
        "Hoeveel mensen kwamen er naar de studiemiddag?",
        "Er kwamen 250 mensen naar de studiemiddag.",
        "De organisatie van de studiemiddag rekende op 100 mensen.",
    ),
    (
        "Hoeveel leerlingen zitten in de groep?",
        "In de groep zitten maximaal acht leerlingen.",
        "In de groep zitten zes leerlingen.",
    ),
    (
        "Hoeveel leerlingen deden mee aan de pilot?",
        "In 2022 deden 40 leerlingen mee aan de pilot.",
        "In 2023 deden 65 leerlingen mee aan de pilot.",
    ),
    (
        "Wanneer stuurt de school het verslag?",
        "Het conceptverslag gaat binnen vijf werkdagen naar de ouders.",
        "Het definitieve verslag gaat binnen tien werkdagen naar de ouders.",
    ),
    (
        "Wanneer stuurt de school het verslag?",
        "De school stuurt het verslag binnen vijf werkdagen.",
        "De ouders krijgen tien werkdagen om op het verslag te reageren.",
    ),
    (
        "Binnen hoeveel weken beslist de gemeente over een aanvraag?",
        "De gemeente beslist binnen acht weken op de aanvraag.",
        "De gemeente stuurt binnen twee weken een ontvangstbevestiging van de aanvraag.",
    ),
    (
        "Hoe oud moet je zijn voor een taxipas?",
        "Voor een taxipas moet je minstens 65 jaar zijn.",
        "De taxipas geldt tot 70 jaar.",
    ),
    (
        "Wanneer is een leerling een thuiszitter?",
        "Een thuiszitter volgt langer dan vier weken geen onderwijs.",
        "Na vier weken zonder onderwijs is de leerling een thuiszitter.",
    ),
    ("Wanneer start de hulp?", "Bij spoed start de hulp binnen drie dagen.", "De hulp start binnen dertig dagen."),
    ("Hoe lang duurt een overleg?", "Een MDO duurt een uur.", "Een doorbraakoverleg duurt ongeveer 90 minuten."),
    ("Hoe lang duurt een overleg?", "Het overleg duurt anderhalf uur.", "Het overleg duurt 90 minuten."),
    ("Hoeveel stappen heeft de meldcode?", "De meldcode heeft vijf stappen.", "De meldcode kent 5 stappen."),
    (
        "Hoeveel stappen heeft de meldcode?",
        "De meldcode heeft vijf stappen.",
        "In stap 3 van de meldcode praat je met de ouders.",
    ),
    (
        "Hoe laat bel je de ouders?",
        "De school belt de ouders vóór 10.00 uur.",
        "De mentor belt de ouders binnen 24 uur.",
    ),
    ("Hoeveel kost een cursus?", "Een basiscursus kost 100 euro.", "Een vervolgcursus kost 250 euro."),
    (
        "Welk deel betaalt de gemeente?",
        "De gemeente betaalt 40 procent van de kosten.",
        "Het samenwerkingsverband betaalt 60 procent van de kosten.",
    ),
    (
        "Hoe lang is de wachttijd?",
        "De wachttijd voor een intake is drie weken.",
        "De wachttijd voor behandeling is twaalf weken.",
    ),
    (
        "Hoeveel uur heeft de procesregisseur?",
        "De procesregisseur heeft twee uur per week.",
        "De procesregisseur heeft acht uur per maand.",
    ),
    (
        "Hoe lang blijft de toestemming geldig?",
        "De toestemming geldt tot het einde van het schooljaar.",
        "De toestemming wordt één jaar na afloop bewaard.",
    ),
    (
        "Tot welke leeftijd geldt de leerplicht?",
        "De leerplicht eindigt aan het einde van het schooljaar waarin de jongere 16 jaar wordt.",
        "De kwalificatieplicht duurt tot de jongere 18 jaar wordt.",
    ),
    (
        "Vanaf welke leeftijd geldt de leerplicht?",
        "De leerplicht begint bij vijf jaar.",
        "De leerplicht eindigt bij 16 jaar.",
    ),
    (
        "Wat is de termijn voor bezwaar?",
        "Bezwaar maken kan binnen zes weken.",
        "Op het bezwaar volgt binnen twaalf weken een beslissing.",
    ),
    (
        "Hoe lang duurt de training?",
        "De training voor ouders duurt zes weken.",
        "De training voor kinderen duurt tien weken.",
    ),
    (
        "Hoe snel reageert de wijkagent op een melding?",
        "Op een schriftelijke melding volgt binnen vijf dagen een reactie.",
        "Op een telefonische melding volgt binnen één dag een reactie.",
    ),
    (
        "Hoeveel begeleiding is er per dag?",
        "In de ochtend is er twee uur begeleiding.",
        "In de middag is er drie uur begeleiding.",
    ),
    (
        "Hoe ziet het rooster eruit?",
        "Week: 7–8; Lesuren per week: 14; Dagdelen: 5.",
        "Week: 3; Lesuren per week: 6; Dagdelen: 2.",
    ),
    (
        "Wat gebeurt er in week 4?",
        "Week: 4; Aanwezigheid: 4 × 2 uur; Aandachtspunt: Evaluatie met ouders.",
        "Week: 3–4; Lesuren per week: 6; Dagdelen: 3; Aandachtspunt: Eén pauze met de klas.",
    ),
    (
        "Hoe lang duurt de noodopvang?",
        "De noodopvang duurt minimaal drie dagen.",
        "De noodopvang duurt maximaal veertien dagen.",
    ),
    (
        "Wanneer wordt het gesprek gevoerd?",
        "Het startgesprek is binnen twee weken na aanmelding.",
        "Het eindgesprek is binnen zes weken na afsluiting.",
    ),
    (
        "Hoe lang van tevoren krijgen huurders een brief?",
        "Huurders krijgen twee weken vooraf een brief.",
        "Huurders krijgen een week na afloop een brief.",
    ),
    (
        "Hoe lang is de opzegtermijn?",
        "De opzegtermijn voor de huurder is één maand.",
        "De opzegtermijn voor de verhuurder is drie maanden.",
    ),
    (
        "Hoe lang bewaart de school camerabeelden?",
        "Camerabeelden worden vier weken bewaard.",
        "Na een incident worden camerabeelden zes maanden bewaard.",
    ),
    ("Hoe lang duurt de intake?", "De intake duurt een uur.", "Na de intake krijgt u binnen twee uur bericht."),
    (
        "Hoe groot is een klas?",
        "Een klas op de basisschool telt 28 leerlingen.",
        "Een klas in het speciaal onderwijs telt 12 leerlingen.",
    ),
    (
        "Hoeveel uur les krijgt een nieuwkomer?",
        "Een nieuwkomer krijgt 20 uur taalles per week.",
        "Een nieuwkomer krijgt 2 uur gymles per week.",
    ),
    (
        "Wat kost een paspoort?",
        "Een paspoort voor volwassenen kost 80 euro.",
        "Een paspoort voor kinderen kost 60 euro.",
    ),
    (
        "Wanneer is de vergadering?",
        "De vergadering van de raad is op 3 maart 2025.",
        "De vergadering van de commissie is op 10 maart 2025.",
    ),
    (
        "Hoe lang blijft een melding in het systeem?",
        "Een melding blijft twee jaar in het systeem.",
        "De melding staat 24 maanden in het systeem.",
    ),
    (
        "Hoe vaak wordt een plan besproken?",
        "Het plan wordt twee keer per jaar met de ouders besproken.",
        "Het plan wordt ieder half jaar besproken.",
    ),
    (
        "Hoe vaak wordt een plan besproken?",
        "Het plan wordt elke week in het team besproken.",
        "Het plan wordt twee keer per jaar met de ouders besproken.",
    ),
    (
        "Binnen welke termijn neemt de jeugdarts contact op?",
        "De jeugdarts neemt binnen vijf werkdagen contact op met de ouders.",
        "Binnen twee weken stuurt de jeugdarts een advies.",
    ),
    (
        "Binnen welke termijn volgt een besluit?",
        "Het besluit volgt binnen acht weken na de aanvraag.",
        "Het besluit op bezwaar volgt binnen twaalf weken.",
    ),
    (
        "Hoeveel leerlingen heeft de school?",
        "De school heeft 450 leerlingen.",
        "Op de vestiging in het dorp zitten 120 leerlingen.",
    ),
    (
        "Hoe oud zijn kinderen in de peutergroep?",
        "In de peutergroep zitten kinderen van 2 tot 4 jaar.",
        "In de kleutergroep zitten kinderen van 4 tot 6 jaar.",
    ),
    (
        "Hoe lang duurt het traject?",
        "Het traject duurt drie tot zes maanden.",
        "Het traject duurt meestal vier maanden.",
    ),
    ("Hoe lang duurt het traject?", "Het korte traject duurt drie maanden.", "Het lange traject duurt een jaar."),
    (
        "Hoe lang mag je reiskosten declareren?",
        "Reiskosten declareert u binnen drie maanden.",
        "Reiskosten worden binnen een maand uitbetaald.",
    ),
    (
        "Wanneer sluit de inschrijving?",
        "De inschrijving voor het najaar sluit op 1 september 2024.",
        "De inschrijving voor het voorjaar sluit op 1 februari 2025.",
    ),
    (
        "Hoeveel deelnemers waren er?",
        "Aan de eerste bijeenkomst deden 30 deelnemers mee.",
        "Aan de tweede bijeenkomst deden 45 deelnemers mee.",
    ),
    (
        "Hoe lang is de reactietijd van de helpdesk?",
        "Bij een storing reageert de helpdesk binnen vier uur.",
        "Bij een gewone vraag reageert de helpdesk binnen twee dagen.",
    ),
    (
        "Hoe lang is de reactietijd van de helpdesk?",
        "Bij een storing reageert de helpdesk binnen vier uur.",
        "Bij een gewone vraag reageert de helpdesk binnen 24 uur.",
    ),
    (
        "Welke leeftijd geldt voor het jeugdfonds?",
        "Het jeugdfonds is er voor kinderen van 4 tot 18 jaar.",
        "Het jeugdfonds helpt kinderen tot 18 jaar.",
    ),
    (
        "Hoeveel begeleiders gaan er mee op kamp?",
        "Op kamp gaan vier begeleiders mee.",
        "Bij het zwemmen gaan twee begeleiders mee.",
    ),
    (
        "Hoe lang heeft de inspectie voor een onderzoek?",
        "Het onderzoek van de inspectie duurt twee dagen.",
        "De inspectie kondigt het onderzoek vier weken van tevoren aan.",
    ),
    ("Hoe lang mag je zwijgen?", "De wet uit 2015 noemt geen termijn.", "De wet uit 2023 noemt geen termijn."),
    (
        "Hoeveel weken vakantie heeft een docent?",
        "Een docent heeft twaalf weken vakantie.",
        "De zomervakantie duurt zes weken.",
    ),
    (
        "Wat is het maximum aan begeleiding?",
        "Lichte begeleiding is maximaal twee uur per week.",
        "Intensieve begeleiding is maximaal acht uur per week.",
    ),
    (
        "Hoe lang blijft iemand op de crisisplek?",
        "Iemand blijft hoogstens vier weken op de crisisplek.",
        "Iemand blijft gemiddeld twee weken op de crisisplek.",
    ),
    (
        "Hoe lang duurt de proeftijd?",
        "Bij een tijdelijk contract duurt de proeftijd één maand.",
        "De proeftijd duurt twee maanden.",
    ),
    (
        "Hoeveel kost kinderopvang?",
        "Kinderopvang kost 9 euro per uur.",
        "Kinderopvang kost gemiddeld 700 euro per maand.",
    ),
    ("Hoe laat begint de school?", "De school begint om 8.30 uur.", "De les begint na tien minuten."),
    (
        "Hoe lang is de wachttijd bij de specialist?",
        "In 2021 was de wachttijd bij de specialist acht weken.",
        "De wachttijd bij de specialist is nu vijf weken.",
    ),
    (
        "Hoe lang is de wachttijd bij de specialist?",
        "In Groningen is de wachttijd bij de specialist acht weken.",
        "In Zwolle is de wachttijd bij de specialist vijf weken.",
    ),
    (
        "Wie mag mee beslissen?",
        "Een leerling van 13 jaar mag meebeslissen over het plan.",
        "Een leerling van 17 jaar mag meebeslissen over het plan.",
    ),
    (
        "Hoeveel boeken mag je lenen?",
        "Met een jeugdpas mag je tien boeken lenen.",
        "Met een volwassenenpas mag je twintig boeken lenen.",
    ),
    ("Hoe lang mag je boeken lenen?", "Je mag boeken drie weken lenen.", "Je mag films één week lenen."),
    ("Hoeveel toetsen zijn er?", "In leerjaar 1 zijn er vier toetsen.", "In leerjaar 3 zijn er acht toetsen."),
    (
        "Hoe lang duurt een gesprek met de ouders?",
        "Het gesprek met de ouders duurt 20 minuten.",
        "Het gesprek met de leerling duurt 10 minuten.",
    ),
    (
        "Wanneer mag een medewerker met pensioen?",
        "Vanaf 60 jaar kan een medewerker met vervroegd pensioen.",
        "Vanaf 67 jaar gaat een medewerker met pensioen.",
    ),
    (
        "Hoeveel stoelen staan er in de zaal?",
        "In de grote zaal staan 200 stoelen.",
        "In de kleine zaal staan 40 stoelen.",
    ),
    (
        "Hoe lang mag een gast blijven?",
        "Een gast mag in de nachtopvang drie nachten blijven.",
        "In het pension mag een gast drie maanden blijven.",
    ),
    (
        "Hoe snel helpt de balie?",
        "De balie beantwoordt een mail binnen twee dagen.",
        "De balie beantwoordt een brief binnen tien dagen.",
    ),
    (
        "Hoe lang duurt de opleiding?",
        "De opleiding tot kok duurt drie jaar.",
        "De opleiding tot bakker duurt twee jaar.",
    ),
    ("Hoe lang duurt de opleiding?", "De opleiding duurt drie jaar.", "De verkorte opleiding duurt anderhalf jaar."),
    (
        "Wat is de minimumleeftijd?",
        "Voor de kermis geldt een minimumleeftijd van 12 jaar.",
        "Voor het casino geldt een minimumleeftijd van 18 jaar.",
    ),
    (
        "Wat is de boete voor te laat inleveren?",
        "De boete is 5 euro bij te laat inleveren.",
        "Bij verlies van het boek betaal je 20 euro.",
    ),
    (
        "Hoe vaak komt de schoonmaak?",
        "De schoonmaak komt twee keer per week in de gangen.",
        "De schoonmaak komt één keer per maand voor de ramen.",
    ),
    (
        "Binnen hoeveel weken start de behandeling?",
        "Na de intake start de behandeling binnen vier weken.",
        "De behandeling start binnen vier tot acht weken.",
    ),
    (
        "Binnen hoeveel weken start de behandeling?",
        "De behandeling start binnen vier weken.",
        "De behandeling wordt na twaalf weken afgesloten.",
    ),
    (
        "Hoe lang geldt het keurmerk?",
        "Het keurmerk geldt drie jaar.",
        "Voor kleine bedrijven geldt het keurmerk vijf jaar.",
    ),
    ("Hoeveel kamers heeft de woning?", "De woning heeft vier kamers.", "De naastgelegen woning heeft zes kamers."),
    (
        "Hoeveel vrije dagen heb je?",
        "Een medewerker heeft 25 vrije dagen.",
        "Een medewerker van 60 jaar of ouder heeft 30 vrije dagen.",
    ),
    ("Hoe lang wacht je met bellen?", "Wacht vijf minuten en bel daarna opnieuw.", "Bel na 15 minuten de achterwacht."),
    (
        "Wanneer is de aanmelding open?",
        "De aanmelding voor groep 1 is open vanaf 1 februari.",
        "De aanmelding voor groep 8 is open vanaf 1 maart.",
    ),
    (
        "Hoeveel procent haalt het diploma?",
        "Van de jongens haalt 80 procent het diploma.",
        "Van de meisjes haalt 90 procent het diploma.",
    ),
    (
        "Hoeveel procent haalt het diploma?",
        "Ruim 80 procent haalt het diploma.",
        "In 2019 haalde 75 procent het diploma.",
    ),
    ("Hoe lang van tevoren meld je je af?", "Meld je 24 uur van tevoren af.", "Meld je één dag van tevoren af."),
    (
        "Binnen hoeveel weken krijg je geld terug?",
        "Je krijgt het geld binnen twee weken terug.",
        "Je krijgt het geld in drie delen terug.",
    ),
    (
        "Hoe lang moet een bestuurslid aanblijven?",
        "Een bestuurslid wordt benoemd voor vier jaar.",
        "Een bestuurslid kan eenmaal worden herbenoemd, voor twee jaar.",
    ),
    (
        "Hoe vaak mag je de bus gebruiken?",
        "Met een dagkaart mag je onbeperkt reizen.",
        "Met een strippenkaart mag je tien keer reizen.",
    ),
]

# Statements of the shipped documents, with what their headings and titles say.
SHIPPED = [
    (
        "Hoeveel bladzijden mag een terugkeerplan zijn?",
        ("In week 4 ligt er een eerste terugkeerplan op één bladzijde.", "Toelichting op week 3 en 4"),
        (
            "5. De zorgcoördinator schrijft het terugkeerplan van maximaal twee pagina's en legt het vast in het dossier en, als er een ontwikkelingsperspectief is, in dat plan.",
            "Fase 1: voorbereiding",
        ),
        ("één bladzijde", "maximaal twee pagina's"),
    ),
    (
        "Na hoeveel weken zonder onderwijs komt er een doorbraakoverleg?",
        (
            "acht weken na de eerste dag van afwezigheid is er geen enkele onderwijsactiviteit gestart;",
            "Aanleiding voor een doorbraakoverleg",
        ),
        (
            "Deze handreiking adviseert opschaling als een van deze situaties zich voordoet:\n\nTwee MDO's achter elkaar hebben niet tot een uitgevoerd plan geleid.\nEen leerling zit thuis en er is na zes weken plannen maken nog geen onderwijs of hulp gestart.",
            "Opschaling naar een doorbraakoverleg",
        ),
        ("acht weken", "zes weken"),
    ),
    (
        "Hoe lang duurt de opbouw?",
        ("Een voorbeeld van een opbouw in acht weken staat in deze tabel:", "Opbouw van het rooster"),
        ("Een voorbeeld van een opbouw in twaalf weken staat in de volgende tabel:", "Fase 3: opbouw in uren"),
        ("acht weken", "twaalf weken"),
    ),
    (
        "Wanneer krijgen deelnemers het verslag van het overleg?",
        (
            "5. De voorzitter verstuurt het verslag binnen vijf werkdagen langs een beveiligde weg. Deelnemers bewaren alleen het deel dat zij voor hun eigen taak nodig hebben.",
            "Artikel 11 Organisatie van het overleg",
        ),
        (
            "Het vastgestelde verslag gaat dan uiterlijk tien werkdagen na het MDO naar de deelnemers voor wie toestemming is gegeven.",
            "Handreiking MDO en overleg",
        ),
        ("binnen vijf werkdagen", "uiterlijk tien werkdagen"),
    ),
]


def claim(text: str, document: str = "a", headings: str = "") -> Claim:
    return Claim(text, document, None, content(headings))


@pytest.mark.parametrize(("question", "first", "second"), DIFFERENT)
def test_another_value_for_the_same_thing_is_noticed_from_either_side(question: str, first: str, second: str) -> None:
    assert disagree(claim(first), claim(second, "b"), terms(question))
    assert disagree(claim(second, "b"), claim(first), terms(question))


@pytest.mark.parametrize(("question", "first", "second"), COMPATIBLE)
def test_what_can_both_be_true_raises_no_alarm(question: str, first: str, second: str) -> None:
    assert not disagree(claim(first), claim(second, "b"), terms(question))
    assert not disagree(claim(second, "b"), claim(first), terms(question))


@pytest.mark.parametrize(("question", "first", "second", "expected"), SHIPPED)
def test_the_shipped_documents_that_contradict_each_other_are_found_with_their_own_words(
    question: str, first: tuple[str, str], second: tuple[str, str], expected: tuple[str, str]
) -> None:
    assert conflict(claim(first[0], "a", first[1]), claim(second[0], "b", second[1]), terms(question)) == expected


def test_one_document_does_not_disagree_with_itself() -> None:
    question, first, second = DIFFERENT[0]
    assert not disagree(claim(first), claim(second), terms(question))


@pytest.mark.parametrize(
    "question",
    [
        "Wie bewaart het incassodossier?",
        "Hoeveel bladzijden telt het incassodossier?",
        "Hoe lang duurt de zomervakantie?",
    ],
)
def test_a_value_that_the_question_does_not_ask_for_does_not_count(question: str) -> None:
    first, second = (
        "Het incassodossier telt zeven foto's en wordt zeven jaar bewaard.",
        "Het incassodossier telt vijf foto's.",
    )
    assert not disagree(claim(first), claim(second, "b"), terms(question))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("binnen zes weken", [("week", 6, 6, Bound.AT_MOST, "binnen zes weken")]),
        ("6 weken of langer", [("week", 6, 6, Bound.AT_LEAST, "6 weken")]),
        ("twee tot drie werkdagen", [("werkdag", 2, 3, Bound.EXACT, "twee tot drie werkdagen")]),
        ("de evaluatie is na zes en na twaalf weken", [("week", 6, 12, Bound.AFTER, "zes en na twaalf weken")]),
        ("maximaal twee pagina’s", [("bladzijde", 2, 2, Bound.AT_MOST, "maximaal twee pagina’s")]),
        ("anderhalf uur", [("minuut", 90, 90, Bound.EXACT, "anderhalf uur")]),
        ("ten hoogste één jaar", [("maand", 12, 12, Bound.AT_MOST, "ten hoogste één jaar")]),
        ("€ 1.250 per maand", [("euro/maand", 1250, 1250, Bound.EXACT, "€ 1.250 per maand")]),
        ("2,5% van de kosten", [("procent", 2.5, 2.5, Bound.EXACT, "2,5%")]),
        ("eens per vier jaar", [("keer/jaar", 0.25, 0.25, Bound.EXACT, "eens per vier jaar")]),
        ("elk half jaar", [("keer/jaar", 2, 2, Bound.EXACT, "elk half jaar")]),
        ("Onderdeel: welkom; Minuten: 5; Wie: voorzitter.", [("minuut", 5, 5, Bound.EXACT, "Minuten: 5")]),
        ("vijfentwintig stoelen", [("stoel", 25, 25, Bound.EXACT, "vijfentwintig stoelen")]),
        ("sinds 2014", [("jaartal", 2014, 2014, Bound.EXACT, "sinds 2014")]),
    ],
)
def test_a_number_is_read_with_its_unit_and_what_limits_it(
    text: str, expected: list[tuple[str, float, float, Bound, str]]
) -> None:
    assert [(one.unit, one.low, one.high, one.bound, one.text) for one in quantities(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "Leerplichtwet 1969, artikelen 21 en 21a, tweede lid",
        "Zie artikel 12, lid 3, en hoofdstuk 4.",
        "In week 9 of 10 en op dag 3.",
        "De school belt vóór 10.00 uur.",
        "Een leerling van 9 jaar komt terug.",
        "De tekst volgt de wet, stand 1 januari 2024.",
        "Jeugdwet 7.3.8",
        "de eerste dag van een jaar",
        "de terugkeer van het bestuur",
    ],
)
def test_references_labels_times_and_ages_of_persons_are_no_quantities(text: str) -> None:
    assert quantities(text) == ()


def test_the_same_day_is_the_same_value_and_another_day_is_not() -> None:
    (first,), (second,), (third,) = (quantities(text) for text in ("op 1 mei 2024", "1 mei 2024", "2 mei 2024"))
    assert (first.unit, first.low) == (second.unit, second.low)
    assert first.low < third.low


OLD, NEW = Voice("Oud plan", date(2022, 3, 1), "zes weken"), Voice("Nieuw plan", date(2024, 5, 1), "acht weken")


def test_the_notice_names_both_documents_with_their_dates_the_newest_first() -> None:
    assert notice([OLD, NEW]) == (
        "De bronnen zijn het niet eens. ‘Nieuw plan’ (1 mei 2024) zegt ‘acht weken’ en ‘Oud plan’ (1 maart 2022) "
        "zegt ‘zes weken’. De nieuwste bron staat bovenaan."
    )


def test_the_notice_does_not_call_a_source_the_newest_when_dates_do_not_tell() -> None:
    undated = Voice("Folder", None, "vier weken")
    assert notice([undated, OLD]) == (
        "De bronnen zijn het niet eens. ‘Oud plan’ (1 maart 2022) zegt ‘zes weken’ en ‘Folder’ (zonder datum) zegt "
        "‘vier weken’. Niet van elke bron is de datum bekend. Vraag na wat nu geldt."
    )
    assert notice([OLD, Voice("Brief", OLD.date, "vier weken")]).endswith(
        "De bronnen zijn even oud. Vraag na wat nu geldt."
    )
