"""The pair in short mails: what must be held together, and office mail that must pass."""

import pytest

from harness.reading import reader
from hygie_detectors.model import Axis
from hygie_detectors.recognizers import clinical, document, lab, patient

found_in = reader(*(r for folder in (lab, patient, clinical, document) for r in folder.RECOGNIZERS))


def sure_axes(text):
    """Axes of the findings at medium or more."""
    return {axis for f in found_in(text) if f.confidence.rank >= 1 for axis in f.axes}


@pytest.mark.parametrize(
    "mail",
    [
        "Bonjour,\nMme Dupont a un cancer du sein, elle sera absente trois mois.\nCordialement",
        (
            "Cher confrère,\n\nJ'ai vu ce jour votre patient M. LE GOFF Alain, né le 03/02/1951, pour "
            "un suivi de BPCO. TA 14/8. Traitement : Spiriva.\n\nBien confraternellement,\nDr Martin"
        ),
        (
            "Monsieur,\nMadame Yvette PETITJEAN a été hospitalisée dans notre service du 3 au 9 mai "
            "2024 pour décompensation d'une insuffisance cardiaque."
        ),
        "Objet : Résultats de Jean Bernard MOREL\nGlycémie 2,30 g/L, HbA1c 9,1 %.",
        (
            "Peux-tu appeler M. Benali ? Il a fait une tentative de suicide cette nuit et a été admis "
            "aux urgences."
        ),
        "Mlle Sarah COHEN (née le 12/05/2003) vient pour une IVG médicamenteuse jeudi.",
        "Le patient Karim HADDAD est séropositif.",
        "DURAND Paul 12/03/1944 (80 ans) lit 12 : AVC ischémique, sous Kardegic",
        "nom: durand prénom: paul\nddn 12/03/44\natcd hta, diabete",
        "Ordonnance de Mme Leroy : amoxicilline 1 g x 3/j pendant 7 jours",
    ],
)
def test_a_named_person_and_a_sickness_are_a_pair(mail):
    assert sure_axes(mail) == {Axis.IDENTITY, Axis.HEALTH}


@pytest.mark.parametrize(
    "mail",
    [
        (
            "Bonjour Madame Martin,\nVotre arrêt maladie du 3 mai a bien été reçu. La mutuelle vous "
            "sera précisée.\nM. Durand, gestionnaire RH"
        ),
        (
            "Journée mondiale du diabète : le Pr Jean Martin, chef du service, et Mme Claire Durand, "
            "infirmière, vous attendent au stand. Dépistage gratuit, HbA1c et glycémie. Contact : Paul "
            "Petit 01 02 03 04 05"
        ),
        (
            "Le CHU recrute un médecin en oncologie. Contact : Mme Sophie Bernard, DRH. Profil : prise "
            "en charge des patients atteints de cancer."
        ),
        (
            "Nom : DURAND Prénom : Paul\nNé le 12/03/1980\nNIR 1 80 03 ... bulletin de paie de mai. "
            "Mutuelle, prévoyance, médecine du travail."
        ),
        (
            "Monsieur Petit,\nSuite à notre consultation, veuillez trouver le devis des cathéters et "
            "stents.\nCordialement,\nJean Dupont"
        ),
        (
            "Le chien de Mme Martin, Rex : créatinine 15 mg/L, urée 0,6 g/L, ALAT 60 UI/L. Clinique "
            "vétérinaire."
        ),
        "M. Martin est absent lundi : rendez-vous chez le dentiste.",
        (
            "La lettre santé. Témoignage : Marie a souffert d'un burn-out. Diabète : 10 conseils. "
            "Écrivez à Mme Dubois, rédactrice."
        ),
        "Bonjour M. Garnier, merci de votre don à la Ligue contre le cancer. Votre reçu fiscal est joint.",
        "Mme Garnier, la réunion du comité diabète est reportée. M. Roux présente le budget.",
    ],
)
def test_office_mail_is_no_pair(mail):
    assert len(sure_axes(mail)) < 2


def test_a_programme_of_speakers_is_no_ward_list():
    programme = "Congrès de médecine interne\n9h M. Leblanc : insuffisance cardiaque.\n10h Mme Roy : BPCO."

    assert sure_axes(programme) == {Axis.HEALTH}


def test_a_biography_is_no_letter():
    life = "Odile Roy, née le 3 mai 1921 et morte le 4 juin 1999 d'un cancer du sein, est une actrice."

    assert sure_axes(life) == {Axis.HEALTH}


def test_known_limit_a_programme_with_speakers_reads_like_a_ward_list():
    """A name, a colon and a sickness, and no word of a programme: it may as well be a consultation list."""
    assert len(sure_axes("9h M. Leblanc : insuffisance cardiaque. 10h Mme Roy : BPCO.")) == 2
