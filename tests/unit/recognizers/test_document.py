"""Documents of care by title, headings and layout; what only looks like one."""

import pytest

from harness.reading import reader
from hygie_detectors.recognizers.document.document import KINDS, DocumentRecognizer
from hygie_detectors.recognizers.patient.patient import PatientRecognizer
from hygie_detectors.vocabulary import terms

found_in = reader(DocumentRecognizer, beside=[PatientRecognizer])


def kinds(text, source="body"):
    return [(f.kind.removeprefix("document_"), f.confidence.value) for f in found_in(text, source)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COMPTE RENDU D'HOSPITALISATION\ndu 12/03/2024", [("hospitalisation", "medium")]),
        ("Lettre de liaison : sortie", [("discharge", "medium")]),
        ("Ordonnance\nDocteur X", [("prescription", "low")]),
        ("Compte rendu opératoire", [("operative", "medium")]),
        ("Certificat médical MDPH", [("disability", "medium")]),
        ("Avis d'arrêt de travail", [("sick_leave", "medium")]),
        ("Arrêt de travail\n", [("sick_leave", "low")]),
        ("ECBU\n", [("microbiology", "medium")]),
        ("Le compte rendu d'hospitalisation sera dématérialisé en 2025.", []),
        ("Compte rendu de réunion", []),
        ("Convocation à l'assemblée générale", []),
    ],
)
def test_a_title_alone_is_medium_at_most(text, expected):
    assert kinds(text) == expected


SURE = {
    "biology": "Compte rendu d'examens biologiques\nPrélevé le 04/01\nRésultats   Valeurs de référence\n",
    "microbiology": "ECBU\nExamen direct : leucocyturie\nUroculture : E. coli > 10^6 UFC/ml\n",
    "imaging": "Scanner thoracique\nInjection de produit de contraste. Parenchyme normal.\n",
    "pathology": "Compte rendu d'anatomopathologie\nMacroscopie : pièce\nMicroscopie : adénocarcinome\n",
    "operative": "Compte rendu opératoire\nOpérateur : Dr X\nVoie d'abord : médiane\n",
    "consultation": "Compte rendu de consultation\nCher confrère, je revois ce jour\nConduite à tenir\n",
    "discharge": "Lettre de liaison\nMotif d'hospitalisation : chute\nTraitement de sortie : aucun\n",
    "hospitalisation": "Compte rendu d'hospitalisation\nMode de vie : seule\nAntécédents : HTA\n",
    "emergency": "Compte rendu de passage aux urgences\nMotif de recours : chute\nCCMU 2\n",
    "prescription": (
        "Ordonnance de sortie\nParacétamol 1 g : 1 comprimé matin et soir\nEliquis : 1 cp matin et soir\n"
    ),
    "certificate": "Certificat médical\nJe soussigné\nRemis en main propre\n",
    "referral": "Demande d'avis spécialisé\nJe vous adresse pour avis\n",
    "nursing": "Transmissions infirmières\nPansement refait. Diurèse 800 ml.\n",
    "vaccination": "Carnet de vaccination\nNuméro de lot : AB12\nProchain rappel : 2030\n",
    "anaesthesia": "Consultation d'anesthésie\nMallampati 2\nAnesthésie générale\n",
    "oncology": "Fiche RCP\nMotif de la RCP : suite\nProposition de la RCP : surveillance\n",
    "genetics": "Résultat d'analyse génétique\nVariant de classe 5, hétérozygote\n",
    "psychiatric": "Expertise psychiatrique\nThymie basse, idées suicidaires\n",
    "pregnancy": "Dossier de maternité\nDDR 01/02, terme prévu 08/11\n",
    "dental": "Bilan bucco-dentaire\nDétartrage, carie 26\n",
    "rehabilitation": "Bilan de kinésithérapie\nFlexion 90°, extension 0°\n",
    "disability": "Dossier MDPH\nTaux d'incapacité 80 %, AAH\n",
    "sick_leave": "Avis d'arrêt de travail\nCerfa n° 10170, sorties autorisées\n",
    "appointment": "Convocation à l'hôpital\nVous êtes attendu au bureau des admissions\n",
    "invoice": "Feuille de soins\nTicket modérateur, tiers payant\n",
}


def test_every_kind_has_a_sample():
    assert set(SURE) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_title_with_two_marks_of_its_kind_is_high(kind):
    assert (kind, "high") in kinds(SURE[kind])


def test_every_mark_tells_of_a_kind_that_has_titles():
    assert {term.group for term in terms("document_marks")} == set(KINDS)


def test_a_weak_title_is_raised_one_step():
    text = "Ordonnance\nParacétamol : 1 comprimé matin et soir\nEliquis : 1 cp matin et soir\nQSP 1 mois"

    assert kinds(text) == [("prescription", "medium")]


def test_the_patient_block_is_a_mark():
    text = "Compte rendu de consultation\nDate de naissance : 03/08/1981\nCher confrère,"

    assert kinds(text) == [("consultation", "high")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Motif d'hospitalisation : chute\nAntécédents :\nrien\nTraitement de sortie\nrien\nConclusion\n",
            [("sections", "high")],
        ),
        ("Motif de consultation :\nExamen clinique :\nConclusion :", [("sections", "medium")]),
        ("Diagnostic\nTraitement\nConclusion\nRésultats\n", []),
        ("Les antécédents, l'examen clinique et le motif d'hospitalisation sont des rubriques.", []),
    ],
)
def test_headings(text, expected):
    assert [kind for kind in kinds(text) if kind[0] == "sections"] == expected


def test_headings_without_a_title_get_the_kind_that_the_body_shows():
    text = (
        "Motif d'hospitalisation : chute\nHistoire de la maladie : x\nTraitement de sortie : y\n"
        "Suites à donner : z\n"
    )

    assert kinds(text) == [("sections", "high"), ("discharge", "high")]


def test_the_formula_of_a_certificate_needs_no_title():
    text = "Je soussigné, Dr Martin, certifie avoir examiné ce jour M. X."

    assert kinds(text) == [("certificate", "medium")]
    assert kinds("Le notaire certifie avoir examiné l'acte.") == []


def test_title_in_a_file_name_is_low():
    assert kinds("20240312_compte rendu d'hospitalisation.pdf", "name") == [("hospitalisation", "low")]


def test_two_documents_in_one_text_are_both_told():
    text = "Lettre de liaison\ntexte\nOrdonnance de sortie\ntexte"

    assert kinds(text) == [("discharge", "medium"), ("prescription", "medium")]
