"""Diseases, drugs, procedures, words of care, and what the sentence says of them."""

import time

import pytest

from harness.marked import as_marked, read_marked
from harness.reading import reader
from hygie_detectors.recognizers.clinical.clinical import ClinicalRecognizer

KINDS = ("disease", "drug", "procedure")
found_in = reader(ClinicalRecognizer)


@pytest.mark.parametrize(
    "marked",
    [
        # found, whatever the typing
        "Suivi pour <ent kind=disease confidence=medium>diabète de type 2</ent> depuis 2019.",
        "<ent kind=disease>CANCER DU SEIN</ent>",
        "Elle a une <ent kind=disease>insuffisance\nrénale  chronique</ent>.",
        "Porteur d'un <ent kind=disease>œdème</ent> de la jambe.",
        "Sous <ent kind=drug>Ozempic</ent> et <ent kind=drug>metformine</ent>.",
        "Une <ent kind=procedure>coloscopie</ent> est prévue.",
        "Patient <ent kind=disease confidence=medium>VIH+</ent>, stable.",
        # everyday words are low, and raised by a person under care
        "Campagne contre la <ent kind=disease confidence=low>grippe</ent> au siège lundi.",
        "Patiente hospitalisée pour une <ent kind=disease confidence=medium>grippe</ent>.",
        # denied
        "Pas de <ent kind=disease negated=true>diabète</ent> connu.",
        "Ni <ent kind=disease negated=true>asthme</ent>, ni <ent kind=disease negated=true>eczéma</ent>.",
        "<ent kind=disease negated=true>Embolie pulmonaire</ent> éliminée.",
        "Pas de fièvre, <ent kind=disease>asthme</ent> traité.",
        # a relative's
        "Sa mère a eu une <ent kind=disease family=true>leucémie</ent>.",
        # supposed
        "Suspicion de <ent kind=disease hypothetical=true>tuberculose</ent>.",
        "<ent kind=disease hypothetical=true>Phlébite</ent> ?",
        # past
        "Antécédents de <ent kind=disease historic=true>phlébite</ent>.",
        # nothing to find
        "Réunion de service mardi, ordre du jour joint.",
        "Le ait et la sep sont des sigles en minuscules.",
        "Le cancérologue n'est pas cité ; cancérigène non plus.",
    ],
)
def test_sentence(marked):
    text, expected = read_marked(marked)

    assert as_marked(found_in(text), expected, KINDS) == expected


@pytest.mark.parametrize(
    "office",
    [
        "Merci d'envoyer votre arrêt maladie au service RH avant vendredi.",
        "Votre mutuelle change : consultation des garanties en ligne.",
        "Visite à la médecine du travail jeudi, salle 3.",
        "L'hôpital recrute une infirmière et un cadre de santé.",
        "Congé maternité : la grossesse se déclare avant le troisième mois.",
        "Le stress et la fatigue au bureau : atelier mardi.",
    ],
)
def test_office_mail_is_low_at_most(office):
    assert {finding.confidence.value for finding in found_in(office)} <= {"low"}


def sure(text):
    """Return kind and words of the findings at medium or more."""
    return {(f.kind, text[f.start : f.end]) for f in found_in(text) if f.confidence.value != "low"}


@pytest.mark.parametrize(
    ("about_somebody", "in_general", "found"),
    [
        (
            "Mme Lambert est en arrêt de travail depuis lundi.",
            "Un arrêt de travail se déclare sous 48 heures.",
            ("health_administration", "arrêt de travail"),
        ),
        (
            "La RQTH de M. Costa expire en juin.",
            "La RQTH ouvre droit à des aides.",
            ("health_administration", "RQTH"),
        ),
        (
            "Mon mari a la grippe.",
            "La grippe arrive, vaccinez-vous.",
            ("disease", "grippe"),
        ),
        ("J'ai une migraine terrible.", "La migraine touche un adulte sur dix.", ("disease", "migraine")),
        (
            "Mme Petit attend son scanner.",
            "Le scanner du deuxième étage est en panne.",
            ("procedure", "scanner"),
        ),
        ("Il est dans un coma profond, elle a une grippe.", "La grippe arrive.", ("disease", "grippe")),
        ("Mme Chabot tousse.", "Le moteur tousse.", ("symptom_or_care", "tousse")),
        ("mme chabot est grippée", "La population grippée augmente.", ("disease", "grippée")),
        ("Votre patiente se plaint de vertiges.", "Le vertige des sommets.", ("symptom_or_care", "vertiges")),
    ],
)
def test_an_everyday_word_is_sure_beside_a_person_only(about_somebody, in_general, found):
    assert found in sure(about_somebody)
    assert sure(in_general) == set()


def test_whom_a_mail_is_written_to_is_not_whom_it_is_about():
    assert sure("Bonjour Madame Martin,\nVotre arrêt maladie a bien été reçu.") == set()
    assert sure("L'arrêt maladie de Madame Martin a bien été reçu.") != set()


def test_two_signs_of_somebody_are_a_note_on_his_state():
    told = "Monsieur Petit tousse et il a eu des frissons toute la nuit."
    kinds = {kind for kind, _ in sure(told)}

    assert "clinical_narrative" in kinds
    assert sure("Toux et frissons : les maux de l'hiver.") == set()


@pytest.mark.parametrize(
    "phrase",
    ["le greffe du tribunal", "une dépression tropicale", "sous perfusion de l'aide internationale"],
)
def test_a_set_phrase_is_no_health(phrase):
    assert found_in(f"On lit : {phrase}, hélas.") == []


def test_a_setting_disarms_its_words_and_no_others():
    assert sure("Horoscope : Cancer, une belle semaine.") == set()
    assert sure("Horoscope : leucémie, une triste semaine.") == {("disease", "leucémie")}
    assert sure("Horoscope. " + "x" * 130 + " Un cancer du sein.") == {("disease", "cancer du sein")}


def test_a_setting_yields_to_a_person_unless_it_is_of_animals():
    assert sure("Au colloque : un cancer.") == set()
    assert sure("Au colloque, Mme Petit a dit avoir un cancer.") == {("disease", "cancer")}
    assert sure("Le vétérinaire a trouvé un cancer au chat de Mme Petit.") == set()


@pytest.mark.parametrize(
    "written", ["faryngite", "AVC", "A.V.C.", "alzeimer", "Néomercazole", "retention d urine"]
)
def test_words_are_found_as_people_spell_them(written):
    assert len(found_in(f"Elle a {written} depuis mars")) == 1


@pytest.mark.parametrize(
    "text", ["Écrire à J. Martin/HOU/ECT@ECT pour la suite.", "Écrire à HTA@exemple.fr demain."]
)
def test_no_abbreviation_in_an_address(text):
    assert [f for f in found_in(text) if f.kind in KINDS] == []


def test_abbreviation_counts_only_in_capitals():
    assert [f.kind for f in found_in("Une HTA ancienne")] == ["disease"]
    assert found_in("une hta ancienne") == []


def test_an_abbreviation_is_sure_beside_a_word_of_another_kind():
    assert ("disease", "RAU") in sure("RAU, sondage ce matin, cancer exclu.")
    assert sure("IC et SEP au programme, IRM demain") == set()


def test_words_of_care_standing_together_are_a_narrative():
    note = "Patiente admise aux urgences : fièvre, dyspnée, douleur thoracique et vomissements."
    kinds = {(f.kind, f.confidence.value) for f in found_in(note)}

    assert ("clinical_narrative", "medium") in kinds
    assert "clinical_narrative" not in {f.kind for f in found_in("Patiente admise aux urgences hier soir.")}


def test_evidence_is_masked():
    (finding,) = found_in("Une leucémie")

    assert finding.masked == "l*******"


@pytest.mark.parametrize("piece", ["cancer ", "VIH ", "pas de cancer, ", "mere cancer ? ", "c" * 50])
def test_time_is_linear_on_hostile_text(piece):
    text = piece * (2**20 // len(piece))
    began = time.perf_counter()
    found_in(text)

    assert time.perf_counter() - began < 5
