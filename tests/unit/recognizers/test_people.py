"""Who is named, and as what: patients, professionals, speakers, somebody; and what stands beside a name."""

import time

import pytest

from harness.marked import as_marked, read_marked
from hygie_detectors.gate import Gate
from hygie_detectors.model import Confidence, Finding
from hygie_detectors.recognizers import clinical, patient
from hygie_detectors.text import normalise

RECOGNIZERS = [recognizer() for recognizer in patient.RECOGNIZERS]
GATE = Gate([*RECOGNIZERS, *(recognizer() for recognizer in clinical.RECOGNIZERS)])
NAMES = ["patient_name", "person_name", "professional_name"]


def found_in(text, source="body"):
    """Findings of the recognizers of persons, whether or not the gate opens for the others."""
    normal = normalise(text)
    triggers, _ = GATE.read(normal)
    hits = [hit for r in RECOGNIZERS for hit in r.find(normal, triggers, source)]
    return [
        Finding(h.kind, h.axes, h.confidence, "1", *normal.original(h.start, h.end), h.masked) for h in hits
    ]


def check(marked, kinds, source="body"):
    text, expected = read_marked(marked)

    assert as_marked(found_in(text, source), expected, kinds) == expected


@pytest.mark.parametrize(
    "marked",
    [
        # nothing introduces them, nothing tells whose they are
        "<ent kind=person_name confidence=low>Odile MORVAN</ent>",
        "MM. et <ent kind=person_name confidence=low>MORVAN Odile</ent> 28 12",
        "<ent kind=person_name confidence=low>Morvan Odile</ent> transmis le 12",
        "<ent kind=person_name confidence=low>Jean-Marc Le Goff</ent>",
        "<ent kind=person_name confidence=low>J.-P. MORVAN</ent>, <ent kind=person_name>A. Lemar</ent>, x",
        "dossier <ent kind=person_name confidence=low>odile dupont</ent> hier",
        # care in the same sentence
        "<ent kind=person_name confidence=medium>Odile Morvan</ent> a été hospitalisée.",
        # an entry of a list, a verb of state, a class, six digits; a list of work
        "9h00 <ent kind=person_name confidence=medium>MORVAN Odile</ent> - diabète",
        "9h00 <ent kind=person_name confidence=low>MORVAN Odile</ent> - formation diabète",
        "<ent kind=person_name confidence=medium>Odile Morvan</ent> est en arrêt pour une sciatique",
        "<ent kind=person_name confidence=low>Odile Morvan</ent> a une expérience en oncologie",
        "PAI pour <ent kind=person_name confidence=medium>Odile Morvan</ent> (CE2), asthme",
        "<ent kind=person_name confidence=high>MORVAN Odile</ent> 040651 sortie",
        "<ent kind=person_name confidence=low>MORVAN Odile</ent> 040651 22 poste",
        # a title, in one piece with the name
        "RDV de Mme.<ent kind=person_name confidence=low>Odile MORVAN</ent> lundi",
        "vu M. <ent kind=person_name confidence=low>K Morvan</ent> lundi",
        # a label and one word that fills the line
        "PATIENT : <ent kind=patient_name confidence=low>KERVELLA</ent>",
    ],
)
def test_somebody(marked):
    check(marked, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "La maladie de Crohn, le signe de Babinski et le score de Child-Pugh.",
        "Syndrome de Gilles de la Tourette, maladie de Charcot-Marie-Tooth",
        "Hôpital Paul Brousse, rue Jean Jaurès, lycée Victor Hugo, CHU Henri Mondor",
        "stade B. Le traitement, vitamine C. Prendre deux fois",
        "SIMVASTATINE ARROW 20 mg, comprimé",
        "Marie est arrivée. Paul aussi.",
        "Avril, mai : Rose et Blanche en fleurs",
    ],
)
def test_what_bears_a_name_is_nobody(text):
    assert [f for f in found_in(text) if f.kind in NAMES] == []


@pytest.mark.parametrize(
    "marked",
    [
        "Dr <ent kind=professional_name confidence=low>Nicolas KERVELLA</ent>",
        "Docteur <ent kind=professional_name>KERVELLA</ent> (PH), Tel : 12",
        "Pr. <ent kind=professional_name>Jean-Marie Le Parc</ent>",
        "Dr <ent kind=professional_name>A. KERVELLA</ent> et Dr K <ent kind=professional_name>Morvan</ent>",
        "<ent kind=professional_name>Odile MORVAN</ent> (Interne)",
        "<ent kind=professional_name>MORVAN Odile</ent>\nN° RPPS 10101234567",
        "Compte rendu signé par Dr. <ent kind=professional_name>Odile MORVAN</ent>",
        "<ent kind=professional_name>Odile Morvan</ent>, infirmière",
        "Cordialement,\n<ent kind=professional_name>Odile Morvan</ent>\nResponsable achats",
    ],
)
def test_a_professional_is_told_from_a_patient(marked):
    check(marked, NAMES)


@pytest.mark.parametrize(
    "text", ["N° RPPS 10101234567", "ADELI 759312345", "N° FINESS 750712184, AM 123456789"]
)
def test_numbers_of_professionals_are_nobodys_identity(text):
    assert found_in(text) == []


@pytest.mark.parametrize(
    "marked",
    [
        # programmes
        (
            "Congrès d'hépatologie\n9h M. <ent kind=person_name confidence=low>Morvan</ent> : cirrhose.\n"
            "10h Mme <ent kind=person_name confidence=low>Kervella</ent> : hépatite C, patients greffés."
        ),
        (
            "Modérateurs : M. <ent kind=person_name confidence=low>Morvan</ent>\n"
            "Traitement des patients diabétiques"
        ),
        # biographies
        (
            "<ent kind=patient_name confidence=low>Odile Morvan</ent>, née le 3 mai 1921 et morte le 4 juin "
            "1999 d'un cancer, est une romancière."
        ),
    ],
)
def test_a_speaker_and_the_subject_of_a_biography_are_no_patients(marked):
    check(marked, NAMES)


@pytest.mark.parametrize(
    "marked",
    [
        (
            "Madame <ent kind=patient_name confidence=high>Jeannine FABRE</ent>, née le 06/09/1933 à "
            "Saint-Étienne. C'était une douleur, l'état général est conservé, elle est une fois tombée."
        ),
        (
            "Nom : <ent kind=patient_name confidence=high>AUBERT</ent>  Prénom : "
            "<ent kind=patient_name confidence=high>Théo</ent>\nNé le 18/11/1992. Ancien acteur, "
            "footballeur, écrivain, sa carrière est finie."
        ),
        (
            "Madame <ent kind=patient_name confidence=high>Jeannine FABRE</ent>, née le 06/09/1933, "
            "actrice, romancière, biographie en cours : cancer du sein."
        ),
        (
            "Objet : M. <ent kind=person_name confidence=high>Mamadou MARTINEZ</ent> (DDN 11/09/1930), revu "
            "au congrès de l'association ; un intervenant, le programme, un atelier."
        ),
    ],
)
def test_no_word_about_public_life_hides_a_labelled_a_titled_or_a_born_patient(marked):
    check(marked, ["patient_name", "person_name"])


def test_the_birth_date_of_a_public_person_is_low():
    found = found_in("Odile Morvan, née le 3 mai 1921 et morte en 1999, fut une actrice.")

    assert {(f.kind, str(f.confidence)) for f in found} == {("patient_name", "low"), ("birth_date", "low")}


@pytest.mark.parametrize(
    "marked",
    [
        # a list of operations is a programme of patients
        "Programme opératoire, session, discussion, débat\nM. <ent kind=person_name>Morvan</ent> : cirrhose",
        # one word of a public life is not enough
        (
            "Mme <ent kind=patient_name confidence=high>Odile Morvan</ent>, née le 3 mai 1951, actrice, "
            "consulte pour un asthme."
        ),
    ],
)
def test_a_patient_stays_one(marked):
    text, expected = read_marked(marked)
    found = [f for f in found_in(text) if (f.start, f.end) == (expected[0].start, expected[0].end)]

    assert found
    assert found[0].confidence.rank >= 1


@pytest.mark.parametrize(
    "marked",
    [
        "Madame <ent kind=patient_name confidence=medium>Morvan</ent>,\nVos résultats d'analyses sont là.",
        "Bonjour M. <ent kind=patient_name confidence=medium>Morvan</ent>,\nVotre biopsie est normale.",
        "Chère Madame <ent kind=patient_name>Odile Morvan</ent>,\nSuite à votre hospitalisation",
        # of something else
        "Bonjour M. Morvan,\nVotre commande est prête.",
        "Bonjour Docteur Morvan,\nVotre patient est là",
        "Madame <ent kind=person_name confidence=low>Morvan</ent>,\nVotre facture.",
    ],
)
def test_a_letter_to_the_patient(marked):
    check(marked, ["patient_name", "person_name"])


@pytest.mark.parametrize(
    ("source", "marked"),
    [
        (
            "name",
            (
                "<ent kind=patient_name confidence=high>DUPONT_Jeanne</ent>_"
                "<ent kind=birth_date>19560312</ent>_CR.pdf"
            ),
        ),
        (
            "name",
            (
                "<ent kind=person_name confidence=high>jeanne_dupont</ent>-"
                "<ent kind=birth_date>12-03-1956</ent>.pdf"
            ),
        ),
        ("name", "IRM_<ent kind=person_name confidence=medium>Dupont_Jeanne</ent>.pdf"),
        ("name", "budget_<ent kind=person_name confidence=low>Dupont_Jeanne</ent>_20260312.xlsx"),
        (
            "header",
            (
                "CR Mme <ent kind=patient_name confidence=high>DUPONT Jeanne</ent> "
                "<ent kind=birth_date>12/03/1956</ent>"
            ),
        ),
        (
            "header",
            (
                "CR <ent kind=patient_name confidence=high>DUPONT Zelimkhan</ent> "
                "<ent kind=birth_date>12/03/1956</ent>"
            ),
        ),
        ("header", "RE: résultats de Mme <ent kind=patient_name confidence=medium>Dupont</ent>"),
        ("header", "Jeanne Dupont <jeanne.dupont@exemple.test>"),
        ("header", "Réunion Jeanne Dupont 12/03/2026"),
        ("header", "TR: <ent kind=person_name confidence=medium>DUPONT Jeanne</ent>"),
        ("header", "M. <ent kind=person_name confidence=medium>Dupont</ent>"),
        ("header", "<ent kind=person_name confidence=medium>DUPONT Jeanne</ent> - hospitalisation"),
        ("header", "DUPONT Jeanne <jeanne.dupont@exemple.test>"),
        ("name", "<ent kind=person_name confidence=medium>DUPONT Jeanne</ent>.txt"),
    ],
)
def test_subjects_and_file_names(source, marked):
    check(marked, [*NAMES, "birth_date"], source)


@pytest.mark.parametrize(
    "marked",
    [
        # beside a birth date, a year, a number, an address
        "<ent kind=person_name confidence=high>Odile MORVAN</ent> |F| <ent kind=birth_date>12/05/1973</ent>",
        (
            "Monsieur <ent kind=person_name confidence=medium>Morvan</ent>, né en "
            "<ent kind=birth_date confidence=low>1940</ent>"
        ),
        "né en <ent kind=birth_date confidence=low>novembre 1975</ent>",
        "Mise au monde le <ent kind=birth_date confidence=medium>15|10|1960</ent>",
        "<ent kind=birth_date confidence=low>1 2 0 2 1 9 4 0</ent>",
        "<ent kind=person_name confidence=medium>Odile MORVAN</ent>, IPP : 8001234567",
        "Mme <ent kind=person_name confidence=medium>Odile Morvan</ent>, 12 rue des Lilas, 75013 Paris",
        "M. <ent kind=person_name confidence=medium>Morvan</ent> demeurant 12 rue des Lilas, 75013 Paris",
        # a signature is none of these
        (
            "<ent kind=person_name confidence=low>Odile Morvan</ent>\n12 rue des Lilas, 75013 Paris\n"
            "01 23 45 67 89"
        ),
    ],
)
def test_what_stands_beside_a_name(marked):
    check(marked, [*NAMES, "birth_date"])


CARTOUCHE = (
    "Nom de naissance : {name}\nPrénom(s) de naissance : Odile\nSexe : {sex}\n"
    "Date de naissance : {born}\nLieu de naissance : {place}\n"
)


@pytest.mark.parametrize(
    ("values", "traits"),
    [
        ({}, 1),
        ({"place": "Brest"}, 1),
        ({"place": "2A004"}, 1),
        ({"sex": "Féminin"}, 1),
        ({"name": ""}, 0),
        ({"sex": ""}, 0),
        ({"born": "__/__/____"}, 0),
        ({"place": ""}, 0),
        ({"place": "\nMatricule INS : "}, 0),
    ],
)
def test_five_traits_together_are_an_identity_and_four_are_not(values, traits):
    filled = {"name": "MORVAN", "sex": "F", "born": "03/11/1947", "place": "63220"} | values
    found = [f for f in found_in(CARTOUCHE.format(**filled)) if f.kind == "ins_traits"]

    assert [str(f.confidence) for f in found] == ["high"] * traits


@pytest.mark.parametrize(
    "marked",
    [
        "N° de dossier : <ent kind=patient_number confidence=low>2023145</ent>",
        "dossier n°<ent kind=patient_number confidence=low>1204UZO201</ent>",
        "Nº de la visite: <ent kind=patient_number confidence=low>42bg98765</ent>",
        "N° d'accession : <ent kind=patient_number confidence=low>A1234567</ent>",
        "identifiant d’hospitalisation : <ent kind=patient_number confidence=medium>02890512938</ent>",
        "l'IPP étant le <ent kind=patient_number confidence=medium>3456721983</ent>",
        "N° identification Patient : <ent kind=patient_number confidence=medium>3749274755</ent>",
        "le patient <ent kind=patient_number confidence=medium>1234567890</ent> est venu",
        "N° passage : <ent kind=patient_number confidence=low>240012345</ent>",
        # the year, the amount
        "dossier 2023 12345 ",
        "visite 20231",
        "le patient 2023",
        "IPP 40 mg le matin",
        "N° de dossier : ........",
        # insurance
        "N° adhérent mutuelle : <ent kind=insurance_number confidence=medium>1234567890</ent>",
        "N° adhérent : <ent kind=insurance_number confidence=medium>1234567890</ent>",
        "numéro d'assuré est <ent kind=insurance_number confidence=medium>1980612385213</ent>",
        "AMC n° <ent kind=insurance_number confidence=medium>99887766</ent>",
        "contrat n° <ent kind=insurance_number confidence=low>554433221</ent>",
        "le contrat 554433221",
    ],
)
def test_numbers(marked):
    check(marked, ["patient_number", "insurance_number"])


@pytest.mark.parametrize(
    "marked",
    [
        "patiente âgée de <ent kind=age confidence=low>67 ans</ent>",
        "un homme de <ent kind=age>45 ans</ent>",
        "MORVAN, <ent kind=age>67 ans</ent>, vient",
        "(<ent kind=age>59 ans</ent>)",
        "Âge : <ent kind=age>8 mois</ent>",
        "depuis 20 ans, il y a 5 ans, contrat de 3 ans, 30 ans d'expérience",
        "âgé de 670 ans",
    ],
)
def test_ages(marked):
    check(marked, ["age"])


@pytest.mark.parametrize(
    "piece",
    [
        "Jean ",
        "jean dupont ",
        "Aa Jean, ",
        "Dr A",
        "Dr Jean Dupont ",
        "M. A ",
        "A. B",
        "Né en ",
        "dossier n° ",
        "| F | ",
        "lieu de naissance ",
        "67 ans ",
        "Madame Aa, votre irm ",
        "1 2 ",
        "congres M. Aa ",
    ],
)
def test_time_is_linear_on_hostile_text(piece):
    text = piece * (2**20 // len(piece))
    began = time.process_time()
    found_in(text)

    assert time.process_time() - began < 8


def test_a_patient_behind_two_thousand_names_is_told():
    listed = "".join(f"Jeanne DUPONT, poste {number}\n" for number in range(2_100))
    text = f"{listed}\nOdile MORVAN, née le 03/05/1951, consulte pour un asthme."

    assert [f.kind for f in found_in(text) if f.start > len(listed) and f.confidence.rank == 2] == [
        "patient_name",
        "birth_date",
    ]


def test_a_patient_of_the_last_of_many_tables_is_told():
    heads = "nom ; marque\nlampe ; Durand\n" * 30
    text = f"{heads}nom ; prenom ; ddn\nMORVAN ; Odile ; 03/05/1951\n"

    assert "MORVAN" in {text[f.start : f.end] for f in found_in(text) if f.confidence.rank == 2}


@pytest.mark.parametrize(
    "marked",
    [
        # the patient of whom a doctor is told, or whom a doctor has seen
        "Docteur, Mme <ent kind=person_name>Morvan</ent> a une cirrhose.",
        "Le docteur Petit a vu M. <ent kind=person_name>Morvan</ent> pour sa cirrhose.",
        "L'examen clinique de M. <ent kind=person_name>Morvan</ent> évoque une cirrhose.",
        "Merci de voir M. <ent kind=person_name>Morvan</ent> pour sa cirrhose.",
        "Mme <ent kind=person_name>Le Guen</ent> a présenté une cirrhose.",
        # the next label is nobody's function
        "M. <ent kind=person_name>Morvan</ent>\nMédecin traitant : Dr Petit\nCirrhose",
    ],
)
def test_words_of_a_function_nearby_hide_no_patient(marked):
    text, expected = read_marked(marked)
    found = [f for f in found_in(text) if (f.start, f.end) == (expected[0].start, expected[0].end)]

    assert [f.confidence.rank for f in found] == [1]


def test_a_drug_in_capitals_is_nobody_under_treatment():
    """Leaflets name a drug with its maker or its form; a patient may bear a title."""
    drug = "arrêter le traitement de ROSUVASTATINE CRISTERS. Le traitement de NIFLURIL ADULTES 700 mg"

    assert [f for f in found_in(drug) if f.kind == "patient_name"] == []
    assert [f for f in found_in("le traitement de Mme Dupont est changé") if f.kind == "patient_name"]


@pytest.mark.parametrize(
    "text",
    [
        "J'ai vu M. Michel Berger pour son diabète de type 2.",
        "Madame Marie Curie est hospitalisée pour une embolie pulmonaire.",
        "Claude Bernard, né le 04/05/1951, est suivi pour un cancer du côlon.",
    ],
)
def test_a_patient_who_bears_a_famous_name_is_a_patient(text):
    """Only one with neither title nor birth date beside the name is the famous one."""
    assert [f for f in found_in(text) if f.kind.endswith("_name") and f.confidence is not Confidence.LOW]
    assert not [
        f
        for f in found_in("Frédéric Chopin était atteint de tuberculose.")
        if f.kind.endswith("_name") and f.confidence is not Confidence.LOW
    ]
