"""Health file formats."""

from __future__ import annotations

import base64
import io
import json
from importlib.util import find_spec

from .archives import zipped
from .base import FIELDS, PROBES, TEXT, family
from .paper import pdf, write_lines
from .text import rtf


def packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


HL7 = (
    "MSH|^~\\&|LABO|CH|||20261124||ORU^R01|1|P|2.5|||||FRA|{charset}\r"
    "PID|||8012345678^^^CH^PI~279035121518989^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.8&ISO^INS||"
    "DURAND-LEFÈVRE^Élodie^^^^^L||19560312|F\rOBX|1|NM|718-7^Hémoglobine^LN||12,4|g/dL\rNTE|1||hépatite B\r"
)


@family("hl7")
def hl7_messages():
    fields = {"expected": FIELDS}
    for charset, label in (("utf-8", "UNICODE UTF-8"), ("iso8859-1", "8859/1"), ("iso8859-15", "8859/15")):
        yield f"ER7 {charset}", HL7.format(charset=label).encode(charset), "m.hl7", fields
    message_ = HL7.format(charset="UNICODE UTF-8")
    yield "ER7 LF", message_.replace("\r", "\n").encode(), "m.er7", fields
    yield "ER7 damaged tilde", message_.replace("~", "˜").encode(), "m.hl7", fields
    yield "MLLP", b"\x0b" + message_.encode() + b"\x1c\r", "m.hl7", fields
    escaped = message_.replace("hépatite", "h\\XE9\\patite").replace("Hémo", "H\\XE9\\mo")
    yield "ER7 hex escapes", escaped.encode(), "m.hl7", fields
    for name, data in (
        ("text", TEXT.encode()),
        ("pdf", pdf(write_lines)),
        ("zip", zipped({"n.txt": TEXT.encode()})),
    ):
        line = f"OBX|2|ED|D^Doc^L||^TEXT^X^Base64^{packed(data)}||||||F\r"
        yield f"OBX-5 base64 {name}", (message_[:60] + "\r" + line).encode(), "m.hl7"


@family("hprim")
def hprim_files():
    fields = {"expected": FIELDS}
    lines = (
        "8012345678",
        "DURAND-LEFÈVRE",
        "Élodie",
        "1 rue X",
        "",
        "76000 ROUEN",
        "12/03/1956",
        "279035121518989",
        "",
        "",
        "",
        "",
    )
    source = "\r\n".join(
        (
            *lines,
            "****LAB****",
            "RES|Hémoglobine|HB|N|12,4|g/dL|12|16|N|F",
            "TEX|hépatite B",
            "****FIN****",
            "****FINFICHIER****",
            "",
        )
    )
    for charset in ("utf-8", "latin-1", "cp850"):
        yield f"médecin {charset}", source.encode(charset), "r.hpr", fields
    sante = (
        "H|~^\\&|0.HPR||001~LABO||ORU|||002~CH||P|H2.2~C|20261124\rP|1|8012345678|279035121518989||DURAND-LEFÈVRE~Élodie||"
        "19560312|F\rOBX|1|NM|HB~Hémoglobine~L||12,4|g/dL\rC|1||hépatite B\rL|1\r"
    )
    for charset in ("utf-8", "latin-1"):
        yield f"santé {charset}", sante.encode(charset), "r.hpr", fields


CDA = (
    '<?xml version="1.0" encoding="{charset}"?><ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole>'
    '<id extension="279035121518989" root="1.2.250.1.213.1.4.8"/><id extension="8012345678" root="1.2.3"/><patient><name>'
    '<family qualifier="BR">DURAND-LEFÈVRE</family><given>Élodie</given></name><birthTime value="19560312"/></patient>'
    "</patientRole></recordTarget><component>{body}</component></ClinicalDocument>"
)


@family("cda")
def cda_documents():
    result = (
        '<structuredBody><component><section><entry><observation><code code="718-7" displayName="Hémoglobine"/>'
        '<value value="12,4" unit="g/dL"/></observation></entry><text>hépatite B</text></section></component></structuredBody>'
    )
    for charset in ("utf-8", "iso-8859-1", "utf-16"):
        yield (
            f"fields {charset}",
            CDA.format(charset=charset, body=result).encode(charset),
            "d.xml",
            {"expected": FIELDS},
        )
    rows = "".join(f"<tr><td>1</td><td><content>{p}</content></td></tr>" for p in PROBES)
    yield (
        "narrative table",
        CDA.format(
            charset="utf-8", body=f"<structuredBody><text><table>{rows}</table></text></structuredBody>"
        ).encode(),
        "d.xml",
    )
    for name, data in (("text", TEXT.encode()), ("pdf", pdf(write_lines)), ("rtf", rtf(TEXT))):
        body = f'<nonXMLBody><text mediaType="x/y" representation="B64">{packed(data)}</text></nonXMLBody>'
        yield f"N1 base64 {name}", CDA.format(charset="utf-8", body=body).encode(), "d.xml"
    document = CDA.format(charset="utf-8", body=result).encode()
    members = {
        "IHE_XDM/SUBSET01/DOC00001.XML": document,
        "IHE_XDM/SUBSET01/METADATA.XML": b"<a/>",
        "README.TXT": b"x",
    }
    yield "IHE_XDM.zip document", zipped(members), "IHE_XDM.zip", {"expected": FIELDS}
    slot = (
        "<?xml version='1.0'?><SubmitObjectsRequest xmlns='urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0'><Slot name='sourcePatientInfo'>"
        "<ValueList><Value>PID-3|8012345678^^^CH^PI~279035121518989^^^&amp;1.2.250.1.213.1.4.8&amp;ISO^NH</Value>"
        "<Value>PID-5|DURAND-LEFÈVRE^Élodie</Value><Value>PID-7|19560312</Value></ValueList></Slot></SubmitObjectsRequest>"
    )
    yield "XDM metadata", slot.encode(), "METADATA.XML", {"expected": (*FIELDS[:3], *FIELDS[5:6], FIELDS[7])}


@family("fhir")
def fhir_resources():
    patient = {
        "resourceType": "Patient",
        "identifier": [
            {"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "279035121518989"},
            {"value": "8012345678"},
        ],
        "name": [{"family": "DURAND-LEFÈVRE", "given": ["Élodie"]}],
        "birthDate": "1956-03-12",
    }
    result = {
        "resourceType": "Observation",
        "code": {"text": "Hémoglobine"},
        "valueQuantity": {"value": "12,4", "unit": "g/dL"},
    }
    disease = {"resourceType": "Condition", "code": {"text": "hépatite B"}}
    bundle = {"resourceType": "Bundle", "entry": [{"resource": r} for r in (patient, result, disease)]}
    fields = {"expected": FIELDS}
    yield "json escaped", json.dumps(bundle).encode(), "b.json", fields
    yield "json utf-8", json.dumps(bundle, ensure_ascii=False, indent=1).encode(), "b.json", fields
    yield "ndjson", "\n".join(map(json.dumps, (patient, result, disease))).encode(), "b.ndjson", fields
    attachment = {"contentType": "text/plain", "data": packed(TEXT.encode())}
    yield "attachment json", json.dumps({"resourceType": "Binary", **attachment}).encode(), "b.json"
    slashes = json.dumps(
        {"resourceType": "Binary", "contentType": "a/b", "data": packed(pdf(write_lines))}
    ).replace("/", "\\/")
    yield "attachment json escaped", slashes.encode(), "b.json"
    xml = (
        '<Bundle xmlns="http://hl7.org/fhir"><entry><resource><Patient><identifier><system value="urn:oid:1.2.250.1.213.1.4.8"/>'
        '<value value="279035121518989"/></identifier><identifier><value value="8012345678"/></identifier><name>'
        '<family value="DURAND-LEFÈVRE"/><given value="Élodie"/></name><birthDate value="1956-03-12"/></Patient></resource></entry>'
        '<entry><resource><Observation><code><text value="Hémoglobine"/></code><valueQuantity><value value="12,4"/></valueQuantity>'
        '</Observation></resource></entry><entry><resource><Condition><code><text value="hépatite B"/></code></Condition>'
        "</resource></entry></Bundle>"
    )
    yield "xml", xml.encode(), "b.xml", fields
    binary = f'<Binary xmlns="http://hl7.org/fhir"><contentType value="text/plain"/><data value="{packed(TEXT.encode())}"/></Binary>'
    yield "attachment xml", binary.encode(), "b.xml"


@family("dicom")
def dicom_files():
    if not find_spec("pydicom"):
        return
    import pydicom  # noqa: PLC0415
    from pydicom import uid  # noqa: PLC0415

    def file(syntax: str, charset: str, *, preamble: bool = True, **more: object) -> bytes:
        meta, data = pydicom.dataset.FileMetaDataset(), pydicom.Dataset()
        meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = syntax, uid.SecondaryCaptureImageStorage
        meta.MediaStorageSOPInstanceUID = "1.2.3"
        data.SOPClassUID, data.SOPInstanceUID, data.SpecificCharacterSet = (
            meta.MediaStorageSOPClassUID,
            "1.2.3",
            charset,
        )
        data.PatientName, data.PatientBirthDate = "DURAND-LEFÈVRE^Élodie", "19560312"
        data.PatientID, data.OtherPatientIDs = "8012345678", "279035121518989"
        data.StudyDescription, data.PatientComments = "hépatite B", "Hémoglobine 12,4 g/dL"
        for key, value in more.items():
            setattr(data, key, value)
        target = io.BytesIO()
        if preamble:
            data.file_meta, data.preamble = meta, b"\0" * 128
        form = {} if preamble else {"implicit_vr": True, "little_endian": True}
        pydicom.dcmwrite(target, data, enforce_file_format=preamble, **form)
        return target.getvalue()

    fields = {"expected": FIELDS}
    for syntax in (
        uid.ExplicitVRLittleEndian,
        uid.ImplicitVRLittleEndian,
        uid.ExplicitVRBigEndian,
        uid.DeflatedExplicitVRLittleEndian,
    ):
        yield f"{syntax.name} latin-1", file(syntax, "ISO_IR 100"), "IM1", fields
    yield "utf-8", file(uid.ExplicitVRLittleEndian, "ISO_IR 192"), "IM1", fields
    yield "without preamble", file("", "ISO_IR 100", preamble=False), "IM1", fields
    yield (
        "with a picture",
        file(uid.ExplicitVRLittleEndian, "ISO_IR 192", Rows=1, Columns=1, BitsAllocated=8, PixelData=b"\0\0"),
        "IM1",
        fields,
    )
    yield (
        "encapsulated pdf",
        file(
            uid.ExplicitVRLittleEndian,
            "ISO_IR 192",
            MIMETypeOfEncapsulatedDocument="application/pdf",
            EncapsulatedDocument=pdf(write_lines),
        ),
        "IM1",
    )
