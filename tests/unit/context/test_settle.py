"""What surroundings do to findings: labels, lowered confidence, and the pair that nothing erases."""

import time

import pytest

from harness.reading import reader
from hygie_detectors.model import Axis
from hygie_detectors.recognizers import clinical, document, lab, nir, patient

found_in = reader(*(r for folder in (lab, patient, clinical, document, nir) for r in folder.RECOGNIZERS))


def shown(text):
    """Return the findings at medium or more: kind, qualifiers."""
    return [(f.kind, f.qualifiers) for f in found_in(text) if f.confidence.rank]


def is_pair(text):
    return {axis for f in found_in(text) if f.confidence.rank for axis in f.axes} == set(Axis)


HEADER = "Patient : M. DURANDEAU Jérôme\nDate de naissance : 14/06/1957\n\n"
LEAFLET = (
    "La notice : lire attentivement avant de prendre ce médicament. Posologie usuelle : un comprimé. Si vous "
    "êtes enceinte, demandez conseil à votre médecin. Les patients atteints de cancer, n = 124, p < 0,05."
)
NEWSLETTER = (
    "Journée mondiale du diabète : inscrivez-vous à la conférence de Mme Claire Durand, infirmière. "
    "Le diabète touche des millions de Français. Se désinscrire"
)


# --- what a sentence says ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "Pas de diabète connu.",
        "Sa mère a eu un cancer du sein.",
        "Suspicion de tuberculose.",
        "Antécédents de phlébite.",
        "Sérologie VIH : négative.",
        "VIH négatif, VHC négatif.",
    ],
)
def test_a_denied_or_supposed_diagnosis_of_a_named_patient_is_a_pair(said):
    assert is_pair(HEADER + said)


def test_a_qualifier_lowers_high_to_medium_and_nothing_to_low():
    plain = [f for f in found_in("Diagnostic : E11.9, diabète.") if f.kind == "icd10_code"]
    denied = [f for f in found_in("Diagnostic : pas de E11.9, diabète.") if f.kind == "icd10_code"]

    assert [("high", ())] == [(f.confidence.value, f.qualifiers) for f in plain]
    assert [("medium", ("negated",))] == [(f.confidence.value, f.qualifiers) for f in denied]
    assert [("disease", ("negated",))] == shown("Pas de diabète.")


def test_only_terms_of_health_are_asked_about():
    text = "Pas de rendez-vous pour M. DURANDEAU Jérôme, né le 14/06/1957, avant le 3 mai."

    assert all("negated" not in f.qualifiers for f in found_in(text))


# --- zones ------------------------------------------------------------------------------------------

SIGNED = "Bonjour,\nLe dossier est complet.\n\nCordialement,\n\nMme Sophie BERNARD\n{line}\n01 42 34 56 78\n"


def test_the_sender_in_a_signature_is_no_patient():
    assert not is_pair("Suivi de diabète, merci.\n" + SIGNED.format(line="Infirmière coordinatrice"))


def test_an_organisation_in_a_signature_is_no_diagnosis():
    assert [] == shown(SIGNED.format(line="Ligue contre le cancer"))


def test_a_diagnosis_hidden_below_a_closing_formula_stays():
    assert is_pair(SIGNED.format(line="P.-S. : M. Leroy a un cancer du poumon."))
    assert is_pair("Cordialement\nPaul\nPS : Mme Durand a un cancer")
    assert is_pair("Cordialement\nPaul\n" + HEADER + "Cancer du sein")


def test_a_nir_in_a_footer_keeps_its_confidence():
    text = "Ce message est confidentiel. NIR 2 81 08 2A 004 121 58"

    assert [("nir", "high", ("footer",))] == [
        (f.kind, f.confidence.value, f.qualifiers) for f in found_in(text) if f.kind == "nir"
    ]


@pytest.mark.parametrize(
    "history",
    [
        "Le 3 mai 2024 à 10:12, Paul Martin a écrit :\n{}",
        "Le lun. 3 mai 2024 à 10:12, Paul Martin\n<paul@exemple.test> a écrit :\n{}",
        "-----Message d'origine-----\nDe : Paul\n{}",
        "De : Paul Martin <paul@exemple.test>\nEnvoyé : lundi 3 mai 2024 10:12\nÀ : Anne\n{}",
        "From: Paul Martin <paul@exemple.test>\nSent: Monday\n{}",
        "---------- Forwarded message ---------\n{}",
        "> {}",
    ],
)
def test_quoted_history_is_labelled_and_counts_fully(history):
    text = "D'accord.\n\n" + history.format("Mme Leroy a eu un infarctus.")
    found = {f.kind: f for f in found_in(text) if f.confidence.rank}

    assert ("quoted",) == found["disease"].qualifiers
    assert is_pair(text)


def test_what_stands_above_quoted_history_is_not_quoted():
    text = "Mme Leroy a eu un infarctus.\n\n> Bonjour\n> merci\n\nMme Petit a un cancer."

    assert all("quoted" not in f.qualifiers for f in found_in(text))


# --- general text -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [LEAFLET, NEWSLETTER])
def test_general_text_is_labelled_and_low(text):
    assert [] == [f for f in found_in(text) if f.kind in {"disease", "drug"} and f.confidence.rank]
    assert any("generic" in f.qualifiers for f in found_in(text))
    assert not is_pair(text)


@pytest.mark.parametrize(
    "text",
    [
        "Étude rétrospective : 124 patients inclus, p < 0,05, traités pour un cancer du sein.",
        "QCM : parmi les propositions suivantes concernant le diabète, laquelle est exacte ?",
        "Offre d'emploi : le service d'oncologie recrute un infirmier, CDI, soins du cancer.",
        "Les personnes atteintes de diabète : selon une étude, des millions de malades.",
        "Il est recommandé de traiter l'hypertension ; recommandations de la Haute Autorité de Santé.",
        "Nom : ..........  Prénom : ..........  Diabète : ______ cochez la case",
    ],
)
def test_kinds_of_general_text(text):
    assert "disease" not in {kind for kind, _ in shown(text)}


@pytest.mark.parametrize(
    "pasted", [LEAFLET, NEWSLETTER, "n = 124, p < 0,05. QCM. Se désinscrire. La notice."]
)
def test_nothing_pasted_beside_a_patient_erases_the_pair(pasted):
    sentence = "Mme Dupont a un cancer du sein."

    assert is_pair(sentence + "\n\n" + pasted)
    assert is_pair(pasted + "\n" + sentence)
    assert is_pair(HEADER + pasted + "\n\nCancer du sein traité.\n\n" + pasted)
    assert is_pair("Patient : M. DURANDEAU Jérôme\n" + pasted + " Cancer du sein. " + pasted)
    assert is_pair("NIR 2 81 08 2A 004 121 58 " + pasted + " Cancer du sein.")


def test_one_word_of_studies_makes_no_general_text():
    assert [("disease", ())] == shown("L'étude du dossier montre un diabète.")


def test_training_material_is_no_document_of_care():
    text = "Certificat médical\nQCM : parmi les propositions suivantes, laquelle est exacte ?\n"

    assert [("document_certificate", "low", ("generic",))] == [
        (f.kind, f.confidence.value, f.qualifiers) for f in found_in(text) if f.kind.startswith("document_")
    ]


@pytest.mark.parametrize(
    "piece",
    [
        "Cordialement,\nMme Durand cancer\n",
        "> Mme Durand cancer\n",
        "De : Paul\n",
        "Le 3 mai cancer ",
        "ce message est confidentiel cancer\n",
        "cancer n = 1 p < 0 ",
        "_" * 50 + "\n",
        "pas de cancer, ",
        "VIH, VHB et VHC, ATCD : ",
        "1 comprimé cancer ",
        "je soussigné cancer ",
        "--\n",
    ],
)
def test_time_is_linear_on_hostile_text(piece):
    text = piece * (200_000 // len(piece))
    found_in("Pas de cancer.")  # loads EDS-NLP
    began = time.perf_counter()
    found_in(text)

    assert time.perf_counter() - began < 5


def test_a_sure_name_in_a_signature_loses_one_step():
    """Near a birth date any name is high, the sender's too."""
    names = {f.masked: f for f in found_in(HEADER + "Suivi.\n\nCordialement,\nMme Sophie BERNARD\n")}

    assert ("medium", ("signature",)) == (
        names["S***** B******"].confidence.value,
        names["S***** B******"].qualifiers,
    )


def test_beyond_two_hundred_zones_nothing_is_labelled():
    """And so nothing is lowered."""
    lines = "Bonjour\n> ligne\n" * 200

    assert all("quoted" not in f.qualifiers for f in found_in(lines + "Bonjour\n> M. Leroy a un cancer."))
    assert any("quoted" in f.qualifiers for f in found_in(lines[16:] + "Bonjour\n> M. Leroy a un cancer."))
