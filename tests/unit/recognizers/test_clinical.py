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


def test_abbreviation_counts_only_in_capitals():
    assert [f.kind for f in found_in("Une HTA ancienne")] == ["disease"]
    assert found_in("une hta ancienne") == []


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
