"""Every analyte of an ordinary French laboratory, as the page prints it: name, value, unit, interval.

Rows written for this project. Each stands in a report behind its patient, where it must count (medium),
and so must every name and unit of our own table; alone a row is judged in test_lab.py.
"""

import pytest

from hygie_detectors import vocabulary
from hygie_detectors.model import Confidence

REPORT = "Compte rendu d'examens biologiques\nPatient : DUPONT Jean, né le 12/03/1956\n\n{row}\n"

ROWS = """
Hématies  4,85 T/L  (4,28 - 5,79)
Erythrocytes   4.95 10^12/L   4.50 à 6.00
Hématies (10*12/L)   4.95   4.50 à 6.00
G.R.  4,6 M/mm3 (4,2-5,7)
Hémoglobine (Hb) : 13,2 g/dL [13,0 - 17,5]
HEMATOCRITE 41,2 %  (40 - 53)
Hématocrite 0,42 L/L (0,40 - 0,52)
VGM   88 fL  80-100
T.C.M.H.  29,4 pg   27 à 32
CCMH 33,1 g/dL  32-36
IDR-CV (RDW) 13,2 %  11 - 15
Leucocytes  6,40 Giga/L  (4,00 - 10,00)
Globules blancs  6 400 /mm3  4000 à 10000
Leucocytes  7,2 x10⁹/L  (4-10)
Polynucléaires neutrophiles 62,0 % 3,97 G/L (1,80 - 7,50)
PNN 0,8 G/L (1,8 - 7,5)
Polynucléaires éosinophiles  2,0 %  0,13 G/L  (< 0,50)
Polynucléaires basophiles 0,5 %  0,03 G/L (<0,10)
Lymphocytes 28 %  1,79 10*9/L (1,00 - 4,00)
Monocytes  0,45 G/L  0,20-1,00
Plaquettes  231 000 /mm³  (150 000 - 400 000)
Plaquettes   231 G/L   150 - 400
VPM 9,1 fL (7,5 - 11,5)
Réticulocytes  52 G/L (20 - 80)
VS 1ère heure : 12 mm  (< 20)
Taux de prothrombine (TP)  92 %  (70 - 100)
INR 2,4  (2,0 - 3,0)
TCA malade 34 s   témoin 33 s   ratio 1,03 (< 1,20)
Fibrinogène 3,1 g/L (2,0-4,0)
D-Dimères   420 ng/mL FEU  (< 500)
D-dimères : 650 µg/L
Antithrombine III 98 % (80 - 120)
Facteur V 88 % (70-120)
Activité anti-Xa 0,45 UI/mL
Natrémie  139 mmol/L (135 - 145)
Sodium 139 mEq/L  (135 - 145)
Na+  139 mmol/L   K+ 4,1 mmol/L  Cl- 102 mmol/L
Kaliémie 4.1 mmol/l  3.5 à 5.0
Chlorures 102 mmol/L (95 - 108)
Bicarbonates 25 mmol/L (22-29)
Calcémie totale 2,35 mmol/L (2,20 - 2,60)
Calcium ionisé  1,21 mmol/L (1,15-1,30)
Phosphore 1,05 mmol/L (0,80 - 1,50)
Magnésium 0,85 mmol/L (0,75 - 1,05)
Osmolalité  298 mOsm/kg (295 - 310)
Trou anionique 12 mmol/L (8-16)
Urée  5,2 mmol/L (0,31 g/L)   2,5 - 7,5
Créatinine 78 µmol/L  (60 - 115)
Créatinine 78 umol/L (60 - 115)
Créatininémie  8,8 mg/l   7 - 13
DFG (CKD-EPI) 92 mL/min/1,73 m²  (> 90)
DFG MDRD : 58 ml/min/1.73m2
Clairance de Cockcroft  86 mL/min  (90-140)
Acide urique 310 µmol/L (180 - 420)
Protéinurie des 24 h  0,08 g/24h (< 0,15)
Microalbuminurie 12 mg/L (< 20)
Rapport albumine/créatinine 2,1 mg/mmol (< 3)
Glycémie à jeun  0,95 g/L (5,27 mmol/L)   0,70 - 1,10
HbA1c  6,8 %  (4,0 - 6,0)
HbA1c (IFCC) 51 mmol/mol (< 42)
Insuline 8,1 mUI/L (2,6 - 24,9)
Peptide C 2,1 ng/mL (1,1-4,4)
Lactates 1,1 mmol/L (0,5 - 2,0)
ASAT (TGO) 24 UI/L (< 35)
S.G.O.T. 24 U/L (< 35)
ALAT (TGP)  31 IU/L  (< 45)
Gamma-GT  28 UI/l  (< 55)
Phosphatases alcalines 74 U/L (30 - 130)
Bilirubine totale  9 µmol/L (< 17)
Bilirubine conjuguée 2,1 µmol/l (< 3,4)
LDH 182 U/L (< 248)
Ammoniémie 32 µmol/L (< 50)
Lipase 34 UI/L (< 60)
Amylasémie 58 UI/L (< 100)
CPK 112 UI/L (< 190)
Cholestérol total 2,15 g/L (5,56 mmol/L)  < 2,00
HDL-cholestérol 0,52 g/L (> 0,40)
Cholestérol LDL calculé  1,38 g/L (< 1,60)
Triglycérides 1,21 g/L (< 1,50)
Lipoprotéine (a) 0,22 g/L (< 0,30)
Lp(a) 0,22 g/L (< 0,30)
Apolipoprotéine B 0,95 g/L (0,55 - 1,30)
Protéines totales  71 g/L (64 - 83)
Albumine 42 g/L (35 - 52)
Préalbumine 0,28 g/L (0,20 - 0,40)
Alpha 1 globulines 2,9 % 2,1 g/L (1,9 - 4,6)
Gamma globulines  14,1 %  (8,0 - 15,8)
Pic monoclonal 8,2 g/L
IgG 11,2 g/L (7,0 - 16,0)
Chaînes légères libres kappa 14,1 mg/L (3,3 - 19,4)
Haptoglobine 1,1 g/L (0,3 - 2,0)
CRP  < 3,0 mg/L  (< 5,0)
Protéine C réactive : 48 mg/l
Procalcitonine 0,12 ng/mL (< 0,50)
Fer sérique 15 µmol/L (10 - 30)
Ferritine 112 µg/L (30 - 300)
Coefficient de saturation de la transferrine 28 % (20 - 40)
Transferrine 2,5 g/L (2,0-3,6)
25-OH vitamine D (D2+D3)  24 ng/mL (30 - 60)
Vitamine B12  310 pmol/L (145 - 569)
Folates (vitamine B9) 18 nmol/L (> 7)
TSH  1,95 mUI/L  (0,27 - 4,20)
TSH us 1.95 µUI/mL [0.27-4.20]
T4 libre 14,2 pmol/L (12,0 - 22,0)
FT4  1,1 ng/dL (0,9 - 1,7)
T3L 4,8 pmol/L (3,1 - 6,8)
Anticorps anti-TPO 12 UI/mL (< 34)
TRAK 0,8 UI/L (< 1,75)
Béta-HCG plasmatique 1 250 UI/L (< 5)
Cortisol 8 h  412 nmol/L (140 - 690)
Prolactine 14,2 ng/mL (4,8 - 23,3)
FSH 6,2 UI/L (3,5 - 12,5)
LH 5,1 mUI/mL (2,4 - 12,6)
Estradiol  84 pg/mL
Progestérone 9,8 ng/mL (1,8 - 23,9)
Testostérone totale 18,2 nmol/L (8,6 - 29,0)
AMH 2,4 ng/mL (1,2 - 5,4)
Parathormone (PTH) 42 pg/mL (15 - 65)
Troponine T hs 9 ng/L (< 14)
NT-proBNP 212 pg/mL (< 300)
BNP 88 ng/L (< 100)
PSA total 3,1 ng/mL (< 4,0)
ACE 2,1 ng/mL (< 5,0)
CA 125 18 U/mL (< 35)
CA 15-3  21 kUI/L (< 25)
CA 19-9 : 12 U/mL (< 37)
Alpha-foetoprotéine 3,2 ng/mL (< 7)
pH artériel 7,41 (7,38 - 7,42)
PaO2 88 mmHg (80 - 100)
PaCO2 5,2 kPa (4,7 - 6,0)
SaO2 97 %  (> 95)
VIH 1/2 (Ag p24 + Ac) : négatif
Charge virale VIH  < 20 copies/mL
Ag HBs : négatif
Anticorps anti-HBs : 112 UI/L (> 10)
Ac anti-HBc totaux  Négatif
Ac anti-VHC : non réactif
ARN VHC  1 200 000 UI/mL
Sérologie hépatite A IgM négative
TPHA : négatif   VDRL : négatif
TPHA 1/80
Toxoplasmose IgG : 0 UI/mL  absence d'immunité
Rubéole IgG 85 UI/mL  immunité ancienne
CMV IgM : négatif
SARS-CoV-2 RT-PCR : positif
Grippe A : détecté
TROD angine (streptocoque A) : négatif
ECBU : leucocytes 250 000 /mL, hématies 10 000 /mL
Culture : Escherichia coli > 10^6 UFC/mL
E. coli  10**5 UFC/mL
Bactériurie 100 000 UFC/mL
Amoxicilline  R  CMI > 8 mg/L
Ceftriaxone  S
Nitrites : positif
Bandelette urinaire : nitrites +, leucocytes ++
Groupe sanguin : A Rh positif
Groupe ABO : O   RH1 : positif
RAI : négative
Paracétamolémie 12 mg/L
Digoxinémie 1,1 µg/L (0,8 - 2,0)
Lithium plasmatique 0,72 mmol/L (0,5 - 0,8)
Alcoolémie 1,85 g/L
Cannabis urinaire : positif
HPV-HR : positif (16)
Frottis cervico-utérin : ASC-US
Caryotype : 46,XX
BRCA1 : variant pathogène
Hémoglobine\u00a0: 13,2\u202fg/dL (13,0\u00a0-\u00a017,5)
Hémoglobine | 13,2 | g/dL | 13,0 - 17,5
Ferritine   * 412 *  µg/L   30 à 300   H
Potassium  5,9  mmol/L  3,5-5,0  Anormalement haut
"""


def _is_result(found):
    return any(
        f.kind in {"lab_result", "lab_report"} and f.confidence.rank >= Confidence.MEDIUM.rank for f in found
    )


@pytest.mark.parametrize("row", ROWS.strip().split("\n"))
def test_a_row_of_a_report_is_a_result(row, found_in):
    assert _is_result(found_in(REPORT.format(row=row)))


UNPRINTED = {("spermogramme", "ml"), ("mutations", "u/g")}
"""Units that belong to other names of the same row: a volume is no concentration."""


@pytest.mark.parametrize("analyte", vocabulary.analytes(), ids=lambda analyte: analyte.name)
def test_every_name_of_the_table_is_read_with_every_unit_it_may_carry(analyte, found_in):
    missed = []
    for spelling in analyte.spellings:
        name = spelling.upper() if len(spelling) <= 4 else spelling.capitalize()
        rows = [f"{name}   4,2 {unit}   (3,0 - 5,5)" for unit in sorted(analyte.units)]
        missed += [
            row
            for row, unit in zip(rows, sorted(analyte.units), strict=True)
            if (analyte.name, unit) not in UNPRINTED and not _is_result(found_in(REPORT.format(row=row)))
        ]
        without_unit = (f"{name} : positif", f"{name} 4,2 (3 - 5)")
        if not rows and not any(_is_result(found_in(REPORT.format(row=row))) for row in without_unit):
            missed.append(name)

    assert [] == missed
