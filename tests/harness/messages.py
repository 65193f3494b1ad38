"""Messages as hospitals send them, made on the spot. All people, numbers and results are invented.

Does:   builds complete RFC 5322 messages, with a lab report as PDF, a discharge letter as Word file, a CDA
        document, an encrypted archive, a NIR hidden in HTML; and plain ones that must pass.
Never:  copies a real document. NIRs have right keys and belong to nobody.
Fails:  nothing here fails.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Final

import pyzipper
from docx import Document
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

BIOLOGY: Final = (
    ("Hémoglobine", "10,2", "g/dL", "12,0 - 16,0"),
    ("Leucocytes", "13,8", "G/L", "4,0 - 10,0"),
    ("Plaquettes", "412", "G/L", "150 - 400"),
    ("Créatinine", "148", "µmol/L", "45 - 84"),
    ("Potassium", "5,4", "mmol/L", "3,5 - 5,1"),
    ("CRP", "86", "mg/L", "< 5"),
    ("TSH", "6,9", "mUI/L", "0,4 - 4,0"),
)
"""Analyte, value, unit, reference range."""


def nir(body: str) -> str:
    """Return the printed form of a NIR: the 13 characters of ``body`` and their key, with spaces.

    ``nir("2810878006084")`` ends with 91: 97 - (2810878006084 mod 97). Corsica's 2A counts as 19, 2B as 18.
    """
    number = int(body.replace("2A", "19").replace("2B", "18"))
    key = 97 - number % 97
    return f"{body[0]} {body[1:3]} {body[3:5]} {body[5:7]} {body[7:10]} {body[10:13]} {key:02d}"


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a message."""

    name: str
    kind: str
    """MIME type as declared."""
    data: bytes


def message(
    sender: str,
    recipients: list[str],
    subject: str,
    text: str,
    *,
    html: str = "",
    attachments: tuple[Attachment, ...] = (),
    transfer_encoding: str = "quoted-printable",
) -> bytes:
    """Return a complete message with CRLF line ends; ``html`` replaces the text where it is given."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain="hopital.test")
    if html:
        mail.set_content(html, subtype="html", cte=transfer_encoding)
    else:
        mail.set_content(text, cte=transfer_encoding)
    for attachment in attachments:
        maintype, _, subtype = attachment.kind.partition("/")
        mail.add_attachment(attachment.data, maintype, subtype, filename=attachment.name)
    return mail.as_bytes()


# --- what must pass ---------------------------------------------------------------------------------


def ordinary(sender: str, recipients: list[str], number: int = 0, size: int = 0) -> bytes:
    """An everyday mail; with ``size`` it has about that many bytes of neutral lines."""
    text = (
        "Bonjour,\n\nLa livraison des fauteuils de la salle de réunion est confirmée pour jeudi matin.\n"
        "Merci de prévoir l'ouverture du quai numéro 3 dès 8 h 30.\n\nBien cordialement,\nNadia Perrin\n"
    )
    filler = "Les fauteuils seront déposés au rez-de-chaussée, puis montés par l'équipe logistique.\n"
    text += filler * (max(0, size - len(text)) // len(filler))
    return message(sender, recipients, f"Livraison de mobilier n° {number}", text, transfer_encoding="8bit")


def payroll(sender: str, recipients: list[str]) -> bytes:
    """A payroll mail: a NIR, and nothing medical."""
    text = (
        "Bonjour,\n\nVoici les éléments variables de paie de novembre.\n\n"
        f"Salarié : Olivier Bazin, matricule 20417, NIR {nir('1790635238112')}\n"
        "Heures supplémentaires : 6,5\nPrime de nuit : 214,30 EUR\nSalaire brut : 2 486,12 EUR\n\n"
        "Merci d'établir le bulletin avant le 28.\nLe service de la paie\n"
    )
    return message(sender, recipients, "Éléments variables de paie, novembre", text)


def newsletter(sender: str, recipients: list[str]) -> bytes:
    """A health newsletter about diabetes, about nobody in particular."""
    text = (
        "La lettre de l'hôpital : mieux vivre avec le diabète\n\n"
        "Le diabète de type 2 touche plus de trois millions de personnes en France. Une alimentation\n"
        "équilibrée et une activité physique régulière retardent les complications. L'hémoglobine glyquée\n"
        "(HbA1c) se mesure tous les trois mois ; l'objectif habituel est de 7 %. La metformine reste le\n"
        "traitement de première intention.\n\nProchain atelier ouvert à tous : mardi à 14 h, salle Pasteur.\n"
    )
    return message(sender, recipients, "Journée mondiale du diabète", text)


# --- what must not leave in clear -------------------------------------------------------------------


def nir_in_text(sender: str, recipients: list[str]) -> bytes:
    """A clinical note with the patient's NIR, in plain text."""
    text = (
        "Bonjour,\n\nPatiente : Mme MARTINEAU Jeanne, née le 12/08/1981\n"
        f"N° de sécurité sociale : {nir('2810878006084')}\n\n"
        "Diagnostic : diabète de type 2 déséquilibré, HbA1c à 9,1 %, insuffisance rénale chronique.\n"
        "Traitement : metformine 1000 mg matin et soir, insuline glargine 14 UI le soir.\n\nDr Lenoir\n"
    )
    return message(sender, recipients, "Votre avis", text, transfer_encoding="8bit")


def nir_in_html(sender: str, recipients: list[str]) -> bytes:
    """The same kind of note in base64 HTML, its NIR cut by tags and no-break spaces."""
    digits = nir("1530999341027").split(" ")
    hidden = "&nbsp;".join(f"<span>{group[:1]}</span><b>{group[1:]}</b>" for group in digits)
    html = (
        "<html><body><p>Ch&egrave;re cons&oelig;ur,</p>"
        f"<p>Patient : <i>M. VASSEUR Paul</i>, n&eacute; le 03/09/1953, NIR&nbsp;: {hidden}</p>"
        "<p>Hospitalis&eacute; pour un <b>infarctus</b> du myocarde ; insuffisance cardiaque, "
        "trait&eacute;e par bisoprolol 5&nbsp;mg et furos&eacute;mide 40&nbsp;mg.</p></body></html>"
    )
    return message(sender, recipients, "Pour avis", "", html=html, transfer_encoding="base64")


def lab_report_pdf() -> bytes:
    """A lab report as a laboratory prints it: heading, patient block, results with ranges."""
    file = io.BytesIO()
    page = Canvas(file, pagesize=A4)
    width, height = A4
    page.setTitle("Compte rendu")
    page.setFont("Helvetica-Bold", 13)
    page.drawString(20 * mm, height - 20 * mm, "LABORATOIRE DE BIOLOGIE MÉDICALE DES TILLEULS")
    page.setFont("Helvetica", 9)
    page.drawString(20 * mm, height - 26 * mm, "12 rue des Tilleuls, 69008 Lyon - Biologiste : Dr H. Carlier")
    block = (
        "Patient : DUMOULIN Camille",
        "Née le : 27/03/1967        Sexe : F",
        f"N° INSEE : {nir('2670369381146')}",
        "N° de dossier : 26-118-0427",
        "Prescripteur : Dr Durand",
        "Prélevé le : 23/11/2026 à 07 h 40        Édité le : 23/11/2026",
    )
    for row, line in enumerate(block):
        page.drawString(110 * mm, height - (36 + 5 * row) * mm, line)
    page.setFont("Helvetica-Bold", 12)
    page.drawString(20 * mm, height - 74 * mm, "COMPTE RENDU D'ANALYSES DE BIOLOGIE MÉDICALE")
    columns = (20 * mm, 80 * mm, 105 * mm, 130 * mm)
    page.setFont("Helvetica-Bold", 9)
    for x, title in zip(columns, ("Analyse", "Résultat", "Unité", "Valeurs de référence"), strict=True):
        page.drawString(x, height - 84 * mm, title)
    page.setFont("Helvetica", 9)
    for row, result in enumerate(BIOLOGY):
        for x, cell in zip(columns, result, strict=True):
            page.drawString(x, height - (91 + 6 * row) * mm, cell)
    page.drawString(20 * mm, height - 145 * mm, "Anémie et syndrome inflammatoire. Validé par le Dr Carlier.")
    page.line(20 * mm, height - 150 * mm, width - 20 * mm, height - 150 * mm)
    page.save()
    return file.getvalue()


def lab_report(sender: str, recipients: list[str]) -> bytes:
    """A covering mail with a lab report in PDF."""
    text = "Bonjour Docteur,\n\nVeuillez trouver le compte rendu ci-joint.\n\nLe secrétariat du laboratoire\n"
    pdf = Attachment("CR_2611800427.pdf", "application/pdf", lab_report_pdf())
    return message(sender, recipients, "Compte rendu", text, attachments=(pdf,))


def discharge_letter_docx() -> bytes:
    """A discharge letter as a word processor saves it."""
    letter = Document()
    letter.add_heading("Lettre de liaison à la sortie", level=1)
    table = letter.add_table(rows=0, cols=2)
    identity = (
        ("Nom", "ROUSSEL"),
        ("Prénom", "Étienne"),
        ("Né le", "14/11/1948"),
        ("IPP", "8004512237"),
        ("NIR", nir("1481113055219")),
    )
    for label, value in identity:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = label, value
    for paragraph in (
        "Mon cher confrère,",
        "Votre patient a été hospitalisé du 17 au 23 novembre 2026 pour décompensation cardiaque.",
        "Antécédents : hypertension artérielle, fibrillation atriale, bronchopneumopathie chronique.",
        "Évolution favorable sous furosémide intraveineux. Fraction d'éjection à 35 %.",
        "Traitement de sortie : apixaban 5 mg matin et soir, bisoprolol 2,5 mg, furosémide 40 mg.",
        "Bien confraternellement, Dr A. Lefort, service de cardiologie",
    ):
        letter.add_paragraph(paragraph)
    file = io.BytesIO()
    letter.save(file)
    return file.getvalue()


def discharge_letter(sender: str, recipients: list[str]) -> bytes:
    """A covering mail with a discharge letter in Word format."""
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    docx = Attachment("courrier_sortie.docx", kind, discharge_letter_docx())
    text = "Cher confrère,\n\nLe courrier est en pièce jointe.\n\nLe secrétariat\n"
    return message(sender, recipients, "Courrier", text, attachments=(docx,))


CDA: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <realmCode code="FR"/>
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  <templateId root="1.2.250.1.213.1.1.1.1"/>
  <id root="1.2.250.1.999.1.1" extension="20261123-0042"/>
  <code code="11502-2" codeSystem="2.16.840.1.113883.6.1" displayName="CR d'examens biologiques"/>
  <title>Compte rendu d'examens biologiques</title>
  <effectiveTime value="20261123104200+0100"/>
  <confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>
  <recordTarget><patientRole>
    <id extension="{ins}" root="1.2.250.1.213.1.4.8"/>
    <patient>
      <name><family qualifier="BR">GARNIER</family><given>Louise</given></name>
      <administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/>
      <birthTime value="19740502"/>
    </patient>
  </patientRole></recordTarget>
  <component><structuredBody><component><section>
    <title>Hématologie</title>
    <text>Hémoglobine 9,8 g/dL (12,0 - 16,0) ; leucocytes 2,1 G/L ; plaquettes 88 G/L</text>
    <entry><observation classCode="OBS" moodCode="EVN">
      <code code="718-7" codeSystem="2.16.840.1.113883.6.1" displayName="Hémoglobine"/>
      <value xsi:type="PQ" value="9.8" unit="g/dL"/>
    </observation></entry>
  </section></component></structuredBody></component>
</ClinicalDocument>
"""


def cda_document() -> bytes:
    """A CDA R2 document: the patient, the INS with its OID, one coded result."""
    return CDA.format(ins=nir("2740575114063").replace(" ", "")).encode()


def cda(sender: str, recipients: list[str]) -> bytes:
    """A covering mail with a CDA file."""
    document = Attachment("DOC0001.xml", "text/xml", cda_document())
    return message(
        sender, recipients, "Document", "Bonjour,\n\nVoir le fichier joint.\n", attachments=(document,)
    )


def patient_note(sender: str, recipients: list[str]) -> bytes:
    """Patient data in the text, for several recipients at once."""
    text = (
        "Bonjour à tous,\n\nPatient : M. CHARPENTIER Luc, né le 19/01/1990, "
        f"NIR {nir('1900133063077')}\n"
        "Suivi pour une maladie de Crohn sous adalimumab 40 mg. CRP 54 mg/L, hémoglobine 10,9 g/dL,\n"
        "ferritine 8 µg/L. Coloscopie prévue le 3 décembre.\n\nDr Bonnet\n"
    )
    return message(sender, recipients, "Notre réunion", text)


def encrypted_zip(sender: str, recipients: list[str]) -> bytes:
    """A mail with an archive that nobody can read without its password."""
    file = io.BytesIO()
    with pyzipper.AESZipFile(file, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(b"a word given by telephone")
        archive.writestr("document.txt", "Compte rendu.\n" * 40)
    zipped = Attachment("documents.zip", "application/zip", file.getvalue())
    text = "Bonjour,\n\nLes documents sont dans l'archive, le mot de passe suit par téléphone.\n"
    return message(sender, recipients, "Documents", text, attachments=(zipped,))
