"""The same number or word in disguise: what a reader sees is found, however it was typed or typeset."""

import pytest

from hygie_detectors.model import Axis

NIR = "2 55 08 14 168 025 38"
GROUPS = NIR.split()
DIGITS = NIR.replace(" ", "")
DISEASE = "insuffisance cardiaque"


def kinds(found):
    return {f.kind for f in found if f.confidence.rank}


@pytest.mark.parametrize(
    "mark",
    [
        "\ufe0f\u20e3",  # keycap
        "\u0336",  # struck through
        "\u0332",  # underlined
        "\u0489",  # Cyrillic millions sign, around
        "\u0001",  # a control character
        "\u001b",
        "\u007f",
        "\u0600",  # Arabic number sign
        "\u17b4",  # Khmer vowel without shape
        "\ufffc",  # where an object stood
        "\U0001d173",  # music control
    ],
)
def test_marks_and_invisible_characters_between_digits_and_letters_hide_nothing(found_in, mark):
    number = "".join(c + mark for c in DIGITS)
    disease = "".join(c + mark for c in DISEASE)

    assert kinds(found_in(f"NIR {number} suivi pour une {disease}")) == {"nir", "disease"}


@pytest.mark.parametrize(
    "digits", ["⓪①②③④⑤⑥⑦⑧⑨", "₀₁₂₃₄₅₆₇₈₉", "🄁🄂🄃🄄🄅🄆🄇🄈🄉🄊", "０１２３４５６７８９", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"]
)
def test_digits_of_any_design_are_digits(found_in, digits):
    number = NIR.translate(str.maketrans("0123456789", digits))

    assert "nir" in kinds(found_in(f"NIR {number}"))


@pytest.mark.parametrize(
    "letters",
    [
        ("aeiocs", "аеіосѕ"),
        ("aiou", "αιου"),
        ("acdeinrsu", "ᴀᴄᴅᴇɪɴʀꜱᴜ"),
        ("abcdefghijklmnopqrstuvwxyz", "ⓐⓑⓒⓓⓔⓕⓖⓗⓘⓙⓚⓛⓜⓝⓞⓟⓠⓡⓢⓣⓤⓥⓦⓧⓨⓩ"),
        ("abcdefghijklmnopqrstuvwxyz", "𝒶𝒷𝒸𝒹ℯ𝒻ℊ𝒽𝒾𝒿𝓀𝓁𝓂𝓃ℴ𝓅𝓆𝓇𝓈𝓉𝓊𝓋𝓌𝓍𝓎𝓏"),
    ],
)
def test_letters_that_look_like_latin_ones_are_read_as_these(found_in, letters):
    disease = DISEASE.translate(str.maketrans(*letters))

    assert disease != DISEASE
    assert "disease" in kinds(found_in(f"suivi pour une {disease}"))


def test_a_superscript_is_no_digit_of_the_number_it_stands_at(found_in):
    assert "lab_result" in {f.kind for f in found_in("Plaquettes : 250 10⁹/L (150 - 400)")}


def test_a_name_in_look_alike_letters_is_a_name(found_in):
    text = "Patient : Jеаn DUРОNТ"

    assert "patient_name" in kinds(found_in(text))


@pytest.mark.parametrize(
    "written",
    [
        "     ".join(GROUPS),
        "\t\t\t\t\t".join(GROUPS),
        "\n\n\n\n".join(GROUPS),
        "\n> ".join(GROUPS),
        "\n> > > ".join(GROUPS),
        "\n- ".join(GROUPS),
        " : ".join(GROUPS),
        "* *".join(GROUPS),
        "+".join(GROUPS),
        " • ".join(GROUPS),
        '";"'.join(GROUPS),
        '", "'.join(GROUPS),
        '",\n        "'.join(GROUPS),
        ") (".join(GROUPS),
        "…".join(GROUPS),
        "][".join(DIGITS),
        "*".join(DIGITS),
        ".".join(DIGITS),
        '";"'.join(DIGITS),
        "     ".join(DIGITS),
        DIGITS + ".0",
    ],
)
def test_whatever_parts_the_fields_or_the_boxes_of_a_number_it_is_found(found_in, written):
    found = found_in(f"Numéro ({written}) du dossier")

    assert [(f.kind, f.confidence.rank) for f in found if f.kind == "nir"] == [("nir", 2)]


@pytest.mark.parametrize(
    "written",
    [
        "2.5.5.0.8.1.4.1.6.8.0.2.5.3.8.1",  # an OID goes on
        "2:55:08:14:168:025:39",  # the key is wrong and nothing names it
        "25 50 :: 81 41 :: 68 02 :: 53 8",  # these are no fields of a NIR
        "255081416802538.07",  # a decimal number
        "http://hote.example/2/55/08/14/168/025/389",
    ],
)
def test_other_numbers_with_odd_separators_are_not_taken_for_one(found_in, written):
    assert [f for f in found_in(f"valeurs {written} relevées") if f.kind == "nir"] == []


@pytest.mark.parametrize(
    "text",
    [
        "M Dupont est hospitalisé pour une insuffisance cardiaque",
        "mr dupont est hospitalisé pour une insuffisance cardiaque",
        "madame dupont est hospitalisée pour une insuffisance cardiaque",
        "MADAME DUPONT EST HOSPITALISEE POUR UNE INSUFFISANCE CARDIAQUE",
    ],
)
def test_a_titled_name_needs_neither_full_stop_nor_capitals(found_in, text):
    found = found_in(text)

    assert "person_name" in kinds(found)
    assert any(Axis.HEALTH in f.axes and f.confidence.rank for f in found)


@pytest.mark.parametrize(
    "text",
    [
        "madame la directrice suit le dossier d'insuffisance cardiaque hospitalisée",
        "monsieur le maire a inauguré le service où l'on est hospitalisé pour une insuffisance cardiaque",
        "bonjour madame, les patients hospitalisés pour une insuffisance cardiaque sont revus",
    ],
)
def test_a_function_behind_a_title_is_no_name(found_in, text):
    assert "person_name" not in kinds(found_in(text))


@pytest.mark.parametrize(
    "table",
    [
        f"Nom;Prénom;DDN;Diagnostic\nDUPONT;Jean;12/03/1956;{DISEASE}\nLEROY;Anne;03/08/1981;{DISEASE}\n",
        f"nom,prenom,date_naissance,diagnostic\nDupont,Jean,1956-03-12,{DISEASE}\n",
        f'"NOM"\t"PRENOM"\t"DIAGNOSTIC"\n"Dupont"\t"Jean"\t"{DISEASE}"\n',
        f"| Nom | Prénom | DDN | Motif |\n|---|---|---|---|\n| Dupont | Jean | 12/03/56 | {DISEASE} |\n",
    ],
)
def test_a_table_with_a_column_of_names_names_its_rows(found_in, table):
    found = found_in(table)

    assert "patient_name" in kinds(found)
    assert "disease" in kinds(found)


@pytest.mark.parametrize("label", ["N I R :", "n° sécurité  soc.", "sécu soc :", "No SECURITE SOCIALE"])
def test_a_label_is_known_however_it_is_typed(found_in, label):
    found = found_in(f"{label} 2 55 08 14 168 025 39")  # the key is wrong: only the label tells

    assert [f.qualifiers for f in found if f.kind == "nir"] == [("wrong_key",)]


def test_a_list_of_staff_is_no_list_of_patients(found_in):
    text = "Nom;Prénom;Courriel;Poste\nDUPONT;Jean;j.dupont@hopital.example;1234\n"

    assert "patient_name" not in kinds(found_in(text))
