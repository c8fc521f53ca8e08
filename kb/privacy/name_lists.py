"""Ordinary first names and surnames in the Netherlands, folded as `kb.analysis.fold` does.

Written from general knowledge, not taken from a register. Words that open a question ("wil", "ben", "ad") are left
out, however common they are as names.
"""

from __future__ import annotations

FIRST_NAMES = frozenset(
    """
    aad aaron abel abdel abdelaziz abdelhamid abdelkader abdellah abderrahim abdul abdullah achmed achraf adam adil
    adinda adnan adriaan adriana agata agnes agnieszka ahmad ahmed ahmet aicha aisha aleksandra aleksander alejandro
    alex alexander alexandra ali alice alicja alina aliyah amal amalia amanda amber amel amin amina amine amir amira
    amy ana anass andre andrea andreas andrej andrzej angela angelique aniek anika anil anita anja anjali ank anke ann
    anna annabel anne anneke annelies anneloes annemarie annemiek annet annette annick annika anouar anouk ans anthony
    antje anton antonio antoon appie ariane arie arjan arjen arno arnold arnoud arthur arvid asha ashley ashwin asma
    astrid aya ayaan ayla ayman ayoub aysegul ayse aysel aziz aziza azra badr bart bartosz bas bastiaan beata bea
    benjamin bente berat berkay bernadette bernard bert bertus beyza bianca bilal birgit birgul bjorn bogdan boris
    brahim bram brecht brenda brian brigitte britt bruno burak busra carina carla carlijn carlo carlos carmen
    carolien carolina caroline cas casper catharina cecile cedric cees celine cem cemal chahid chaima chantal
    charlotte chayenne chloe chris christa christiaan christian christien christina christine cihan cindy claire clara
    claudia clemens coen cor cora cornelia cornelis corrie daan daantje damian damla danielle daniel danique danny
    danuta daphne david dave davy debbie debora deniz dennis derek derya devi dewi diana dick diede diego dilan dilara
    dinah dino dirk djamila dominik dominika dorien doris dorota dounia driss duygu dylan ebru eda edith eduard edwin
    eefje eelco efe ela elena elias elif elijah elin eline elisa elisabeth elise elke ella ellen els elsa elvira emel
    emiel emiliano emilia emily emine emir emma emmanuel emre enes enver erdem eric erica erik erika ernst erwin
    esmee esra esther eugene eva evelien evelyn evi ewa eymen eylul faas fabian fadma faiza farah farid farida fardau
    faruk fatiha fatima fatma fay felix femke ferdi ferhat fien filip fleur floor floortje florian floris fouad
    francisca franciscus frank frans fred frederik frederique freek frederieke freya friso frits furkan gabriel
    gabriela gamze geert geertje gerard gerben gerda gerrit gert gertjan gijs gina giovanni gizem glenn gloria
    gokhan gonul gregory greet greta grietje grzegorz guido gulay guus gwen habib hadewych hafida hafsa hajar hakan
    hakim halil halima hamid hamza hana hanan hanna hannah hanneke hans harald harm haroun harrie harry hasan hasna
    hassan hatice hayat heidi hein heleen helena henk hendrik hendrika hennie henny henri henriette herman hester
    hicham hidde hilal hilde hind houda hubert hugo huib huseyin ian ibrahim ibtissam idris ikram ilan ilayda ilham
    ilias ilona ilse iman imane imke imran indra ineke inez inge ingeborg ingrid iris irene irma isa isaac isabel
    isabella isabelle ismael ismail ivan ivo iwona izabela jaap jack jacob jacoba jacqueline jaimy jakub jamal
    jamila jan jana janine janna janneke jannes jantje janusz jaroslaw jasmijn jasmin jasmina jason jasper javier jay
    jayden jayson jeanette jean jef jeffrey jelle jelmer jennifer jeroen jerome jerry jesse jessica jessie jip joan
    joanna joanne joao job jochem joel joep joey johan johanna johannes john johnny jolanda jolanta jolien jonas
    jonathan joost jordy jorg joris jorn jorrit jos jose joseph josephine josje joshua joyce juan judith jules julia
    julian juliana julie julien juliette jurre jurgen justin justyna kaan kacper kadir kaj karel karen karim karima
    karin karina karolina kars kasia kasper katarzyna kathleen katja kayleigh kayra kees keith kelly kenan kenji kenza
    kerem kerim kevin khadija khalid kiki kim kimberly kirsten kiran klaas klaartje koen kris krzysztof krystyna
    kubra kyra laila lamia lamine lara larissa lars latifa laura lauren laurens lea leendert leila lena lennart lenny
    leo leon leonie leroy levi lex leyla liam lianne lieke lieselot liesbeth lina linda lisa lisanne lisette liv
    liza loes loek lonneke lorena lorenzo lot lotte louis louisa louise luca lucas lucia lucy ludo luis luka lukas
    lukasz luna luuk lydia lynn maaike maarten maartje maciej madelief madina magdalena maha mahmoud mahmut malak
    malgorzata malika malou mandy manisha manon manouk mara marc marcel marcin marco margot margreet margriet maria
    mariam mariana marie marieke marielle marietje marije marijke marijn marina marinus mario marion mariska marit
    marjan marjolein marjolijn mark marko marleen marlies marloes marouan marta martha martijn martin martina martine
    mary maryam maud maurice maurits maxim maya mees megan mehmet mehdi melanie melike melissa melvin meral
    mercedes merel mert merve meryem mia michael michal michelle michel michiel mick mieke mies miguel mika mike mila
    milan milou mina minke mira miranda miriam mirjam mirthe mitchell mohamed mohammad mohammed moniek monika
    monique morris mostafa mounir mounia mourad moussa muhammed murat mustafa myrthe nabil nabila nadia nadine nadira
    nahid naima najat najib naomi narges nasira natalia natascha nathalie nathan nawal nazli nele nezha nick nicky
    nico nicolaas nicole niek niels nienke nihal nikki nikola nina nisa noa noah noel noemi noor nora nordin norah
    nouria nour nur nuray nynke oguz okan olaf oliver olivia omar omer onno orlando osman otis otman otto oumaima
    ouassima pascal pascalle patricia patrick patrycja paul paula paulien pauline pawel peggy petra peter philip pien
    piet pieter pim piotr pleun priscilla priya przemyslaw puck quinn quinten rachel rachid rachida radjesh rafael
    rahma raimond rajesh ralph ramazan ramon rana rania raoul raphael rashid raymond rayan rayane rebecca redouan reda
    reinier reinout remco remy renate rene renee renske resul rhea riad rianne ricardo richard richelle rick rico rien
    rik rikkert rina ria rishi rita rob robbert robert roberto robin robbin rochelle rodney roderick roel roeland
    roelof roland rolf romana romy ronald ronny rosa rosalie rosanne roxanne roy ruben rubina rudi rudy rukiye ruth
    rutger ruud ryan ryszard saar saartje sabah sabine sabrina said saida salah saloua salim salima salma sam samantha
    sami samir samira samuel sander sandra sandrine sandeep sanne sara sarah sascha saskia sebastiaan sebastian
    seda selena selim selin selma sem semih serdar serge sergio serkan sevgi sevim sezen shaniqua shanti
    sharda sharon shayenne sheila sherida shirley sibel siem siebe sietske sigrid silvana silvia simon simone
    sina siham sinan sjaak sjoerd sjors sjoukje slawomir sofia sofie sofyan soner sonia sonja sophia sophie soraya
    stan stef stefan stefanie stella stephan stephanie steven stijn sultan sumeyye suleyman sunil sunita suzan suzanne
    svenja sven swen sylvana sylvia sylwia tamara tanja tara tarik tatiana tessa teun teunis teus theo theodora
    therese thijmen thijs thom thomas tibor tijmen tijn tim timo timon tina tineke tino titia tjeerd tobias tom tomas
    tomasz tonny toos trudy tugba tulay tuncay twan tycho tygo umit umut urszula ursula valentijn valerie vanessa
    veerle vera veronique victor victoria vigo vijay vince vincent violet virginia vivian wahid walid wanda ward
    wendy wesley wiebe wieke wiesje wietse wijnand willem willemijn willeke wilhelmina wilma wim winston wojciech
    wouter wytske xander xavier yara yasemin yasin yasir yasmin yasmina yasmine yassin yassine yassir yavuz yeliz
    ylva yonas youness younes youri yousra youssef yousef yunus yusuf yvette yvon yvonne zahra zainab zakaria zara
    zehra zeynep zineb ziggy zoe zofia zohra zuzanna
    """.split()
)

# As they follow a first name, particles included; those with a particle are also known without it ("Vries").
SURNAMES = frozenset(
    " ".join(name.split())
    for name in """
    jansen, janssen, jansens, janssens, de jong, de vries, de boer, bakker, visser, smit, meijer, meyer, de groot, bos,
    mulder, vos, peters, hendriks, dekker, brouwer, de wit, dijkstra, smits, de graaf, van der meer, kok, jacobs,
    vermeulen, de haan, van den heuvel, van der veen, van den broek, van der linden, van den berg, van dijk, van dam,
    van leeuwen, van vliet, van der heijden, van der heyden, schouten, willems, van der horst, hoekstra,
    de bruin, de bruijn, verhoeven, koster, prins, blom, huisman, peeters, de jonge, kuipers, van veen,
    van der wal, postma, gerritsen, kramer, van den brink, van den bosch, scholten, van der laan, veenstra, bosman,
    martens, timmermans, sanders, kuiper, groen, van doorn, van der velde, van schaik, wolters, de lange, molenaar,
    hofman, evers, de koning, de ruiter, de bruyn, schipper, de leeuw, verbeek, groeneveld, hermans, driessen,
    van der ploeg, de vos, bouwman, wouters, cornelissen, koopman, van de ven,
    van der wijst, zijlstra, boersma, bosma, wiersma, hoogland, veldman, kroon, vink, willemsen, aarts, claassen,
    van der steen, wagenaar, van de velde, van der heide, de winter, de kok, de bakker, ter haar, ten have,
    van 't hof, van 't hoff, van rooij, van rooijen, van velzen, van ginkel,
    franssen, jonker, hoogendoorn, kooistra, hulst, de rooij, de ridder, schoonhoven, rietveld, pronk,
    yilmaz, kaya, demir, sahin, celik, yildiz, yildirim, ozturk, aydin, ozdemir, arslan, dogan, kilic, aslan, cetin,
    kara, koc, kurt, ozkan, simsek, polat, korkmaz, karaca, erdogan, gunes, aksoy, bulut, keskin, yavuz, acar, tekin,
    bouzidi, el amrani, el idrissi, bennani, benali, ben ali, el bakkali, el khattabi, el ouali, el hamdaoui, amrani,
    idrissi, alaoui, bouazza, bouali, chaoui, el mansouri, el yaakoubi, azzouzi, el azzouzi, haddou, ziani, zaoui,
    tahiri, amezian, ait ali, saidi, hamdaoui, bakkali, boukhari, belhadj, ouali, yahiaoui, jabri, aarab,
    kowalski, kowalska, nowak, wisniewski, wisniewska, wojcik, kaminski, kaminska, lewandowski, lewandowska, zielinski,
    zielinska, szymanski, szymanska, wozniak, dabrowski, dabrowska, mazur, krawczyk, piotrowski, pawlak, sikora,
    singh, ramdin, ramdas, ramlal, jagesar, doerga, baldew, mahabier, soekhoe, sewdien, bhagwandin, kalloe, ramsaran,
    pinas, kromosoeto, kartosen, wongso, amatkarijo, tjon a fat, vreede, zeefuik, blokland, wijdenbosch, pengel,
    martina, maduro, croes, curiel, lopez, garcia, fernandes, fernandez, rodriguez, gomes, da silva, dos santos,
    pereira, nguyen, tran, ali, hassan, hussein, mohamed, ahmed, abdi, tesfay, al hassan, al ahmad
    """.split(",")
)
