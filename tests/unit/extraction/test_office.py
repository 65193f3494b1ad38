"""Word and OpenDocument: every place in the file that holds text, and containers that lie."""

from __future__ import annotations

import io
import struct

import pytest
import pyzipper

from extraction_samples import archive, attached, odt, pdf, read, reasons, texts, unread, word, word_of
from hygie_detectors.extraction import extract

PATH = "1/lettre.docx"


def mail(data: bytes) -> bytes:
    return attached(data, "lettre.docx")


def test_paragraphs_cells_and_headers_of_a_word_file() -> None:
    table = [["Hémoglobine", "12,9", "g/dL"], ["TSH", "2,1", "mUI/L"]]

    found = texts(extract(mail(word("Premier", "Second", table=table, header="CHU de Nulle-Part"))), PATH)

    assert "Premier\nSecond\nHémoglobine\t12,9\tg/dL\nTSH\t2,1\tmUI/L" in found
    assert "CHU de Nulle-Part" in found


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<w:p><w:r><w:t>2 81 </w:t></w:r><w:r><w:t>08 2A</w:t></w:r></w:p>", "2 81 08 2A"),
        (
            "<w:p><w:r><w:t>un</w:t></w:r><w:r><w:t> </w:t></w:r><w:r><w:t>mot</w:t></w:r></w:p>",
            "un mot",
        ),
        ("<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>", "a\tb\nc"),
        (
            "<w:p><w:pPr><w:tabs><w:tab w:pos='1'/></w:tabs></w:pPr><w:r><w:t>a</w:t></w:r></w:p>",
            "a",
        ),
        ("<w:p><w:ins><w:r><w:t>inséré</w:t></w:r></w:ins></w:p>", "inséré"),
        ("<w:p><w:del><w:r><w:delText>supprimé</w:delText></w:r></w:del></w:p>", "supprimé"),
        (
            "<w:p><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>cadre</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>",
            "cadre",
        ),
        ("<w:p><w:r><w:docPr id='1' descr='photo de la plaie'/></w:r></w:p>", "photo de la plaie"),
        ("<w:p><w:r><w:sym w:font='Wingdings' w:char='F0FE'/><w:t> oui</w:t></w:r></w:p>", "\uf0fe oui"),
        ("<w:p><w:r><w:sym w:char='plus'/><w:t>oui</w:t></w:r></w:p>", "oui"),
        ("<w:p><w:r><w:checkBox><w:checked/></w:checkBox><w:t> oui</w:t></w:r></w:p>", "☒ oui"),
        ("<w:p><w:r><w:checkBox><w:checked w:val='0'/></w:checkBox><w:t> oui</w:t></w:r></w:p>", "☐ oui"),
        ("<w:p>\n  <w:r>\n    <w:t>a</w:t>\n  </w:r>\n  <w:r><w:t>b</w:t></w:r>\n</w:p>", "ab"),
    ],
)
def test_word_markup(markup: str, text: str) -> None:
    assert text == texts(extract(mail(word_of(markup))), f"{PATH}").split("\n\n")[-1].strip()


@pytest.mark.parametrize(
    "member", ["comments__xml", "footnotes__xml", "header2__xml", "inconnu__xml", "vmlDrawing1__vml"]
)
def test_every_xml_member_is_read(member: str) -> None:
    data = b"<x xmlns:w='urn:w'><w:p><w:r><w:t>MARQUE</w:t></w:r></w:p></x>"

    assert "MARQUE" in texts(extract(mail(word_of("<w:p/>", **{member: data}))))


def test_utf16_members_are_read() -> None:
    data = "<?xml version='1.0' encoding='utf-16'?><x><p>Hémoglobine</p></x>".encode("utf-16")

    assert "Hémoglobine" in texts(extract(mail(word_of("<w:p/>", notes__xml=data))))


def test_opendocument_text() -> None:
    body = (
        "<text:p>Bon<text:span>jour</text:span> à<text:s text:c='2'/>tous<text:tab/>fin</text:p>"
        "<table:table><table:table-row><table:table-cell><text:p>Hb</text:p></table:table-cell>"
        "<table:table-cell><text:p>12,9</text:p></table:table-cell></table:table-row></table:table>"
    )

    extraction = extract(attached(odt(body), "lettre.odt"))

    assert "Bonjour à  tous\tfin\nHb\t12,9" == texts(extraction, "1/lettre.odt").split("\n\n")[-1].strip()
    assert () == extraction.unread
    assert "application/vnd.oasis.opendocument.text" == extraction.parts[1].media_type


def test_an_empty_member_is_nothing_unread() -> None:
    data = odt("<text:p>Bonjour</text:p>", **{"Configurations2/accelerator/current.xml": b""})

    assert () == extract(attached(data, "lettre.odt")).unread


def test_an_encrypted_opendocument_is_encrypted() -> None:
    manifest = b"<manifest><file-entry><encryption-data/></file-entry></manifest>"
    data = odt("", **{"META-INF/manifest.xml": manifest, "styles.xml": b"\x01\x02garbage"})

    assert [("1/lettre.odt", "encrypted")] == unread(extract(attached(data, "lettre.odt")))


def test_an_encrypted_word_file_is_encrypted() -> None:
    data = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 1016
        + "EncryptedPackage".encode("utf-16-le")
        + b"\0" * 512
    )

    assert [(PATH, "encrypted")] == unread(extract(mail(data)))


def test_embedded_files_are_read_and_pictures_unread() -> None:
    big = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0" + b"\0" * 70_000
    data = archive(
        {
            "[Content_Types].xml": b"<Types/>",
            "word/document.xml": b"<w:p xmlns:w='urn:w'/>",
            "word/embeddings/a.docx": word("Texte JOINT"),
            "word/embeddings/b.pdf": pdf("Page JOINTE"),
            "word/media/scan.png": big,
            "word/media/logo.png": big[:2_000],
            "word/embeddings/objet.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000,
        }
    )

    extraction = extract(mail(data))

    assert "Texte JOINT" in texts(extraction, f"{PATH}/a.docx")
    assert "Page JOINTE" in texts(extraction, f"{PATH}/b.pdf")
    assert (f"{PATH}/objet.bin", "corrupt") in unread(extraction)
    flags = {u.part: u.attachment for u in extraction.unread}
    assert flags[f"{PATH}/scan.png"]
    assert not flags[f"{PATH}/logo.png"]


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (b"<!DOCTYPE a [<!ENTITY s 'MARQUE'>]><a>x<b>y</b></a>", "unsupported"),
        (b"<!DOCTYPE a [<!ENTITY s 'secret'>]><a>&s;<b>MARQUE</b></a>", "unsupported"),
        (b"<!DOCTYPE a [<!ENTITY s SYSTEM 'file:///etc/hostname'>]><a>&s;<b>MARQUE</b></a>", "unsupported"),
        (b"<a><b>MARQUE</b><c>", "corrupt"),
        (b"<a>" * 300 + b"MARQUE" + b"</a>" * 300, "limit:xml_depth_max"),
        (b"<a>" * 200_000 + b"MARQUE" + b"</a>" * 200_000, "limit:xml_depth_max"),
    ],
    ids=["doctype", "internal entity", "external entity", "truncated", "depth 300", "depth 200 000"],
)
def test_xml_that_is_not_read_by_the_book_is_unread_and_its_text_kept(member: bytes, reason: str) -> None:
    extraction = extract(mail(word_of("<w:p/>", piece__xml=member)))

    assert [(f"{PATH}#piece", reason)] == unread(extraction)
    assert "MARQUE" in texts(extraction)


@pytest.mark.parametrize("aes", [False, True])
def test_an_encrypted_zip_is_encrypted_and_its_names_are_text(*, aes: bool) -> None:
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", encryption=pyzipper.WZ_AES) as file:
        file.setpassword(b"secret")
        file.writestr("bilan DURAND.txt", "x")
    data = target.getvalue()
    if not aes:  # ZipCrypto differs by its compression method; the flag is the same
        data = archive({"bilan DURAND.txt": b"x"}).replace(b"PK\x03\x04\x14\0\0\0", b"PK\x03\x04\x14\0\1\0")
        data = data.replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\1\0")

    extraction = extract(attached(data, "envoi.zip"))

    assert [("1/envoi.zip", "encrypted")] == unread(extraction)
    assert "bilan DURAND.txt" in texts(extraction)


@pytest.mark.parametrize("junk", [b"x" * 5_000, b"x" * 70_000], ids=["5 kB", "70 kB"])
@pytest.mark.parametrize("front", [True, False])
def test_a_word_file_with_bytes_around_it_is_read(junk: bytes, *, front: bool) -> None:
    data = word("Bonjour MARQUE")

    assert "Bonjour MARQUE" in texts(extract(mail(junk + data if front else data + junk)))


def test_a_member_missing_from_the_directory_of_a_word_file_is_corrupt() -> None:
    whole = word_of("", secret__xml=b"<p>secret</p>")
    directory = whole.index(b"PK\x01\x02")
    last, end = whole.rindex(b"PK\x01\x02"), whole.index(b"PK\x05\x06")
    record = bytearray(whole[end:])
    struct.pack_into("<HHI", record, 8, 2, 2, last - directory)

    assert set() == reasons(extract(mail(whole)))
    assert {"corrupt"} == reasons(extract(mail(whole[:last] + bytes(record))))


@pytest.mark.parametrize("cut", [0.3, 0.7, 0.95])
def test_a_truncated_word_file_is_corrupt(cut: float) -> None:
    data = word("Bonjour")

    assert "corrupt" in reasons(extract(mail(data[: int(len(data) * cut)])))


def bomb(size: int) -> bytes:
    body = b"<w:p xmlns:w='urn:w'><w:r><w:t>" + b"a" * size + b"</w:t></w:r></w:p>"
    return archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": body})


def test_expansion_limits_at_their_edge() -> None:
    mib = 1024 * 1024
    size = len(b"<w:p xmlns:w='urn:w'><w:r><w:t></w:t></w:r></w:p>")

    def limits(data: bytes, **values: int) -> set[str]:
        return reasons(read(mail(data), part_text_max_chars=100 * mib, text_max_chars=100 * mib, **values))

    assert set() == limits(bomb(1000 - size), member_max_bytes=1000)
    assert {"limit:member_max_bytes"} == limits(bomb(1001 - size), member_max_bytes=1000)
    assert set() == limits(bomb(1000 - size - 8), expanded_max_bytes=1000)
    assert {"limit:expanded_max_bytes"} == limits(bomb(1001 - size - 8), expanded_max_bytes=1000)
    assert set() == limits(bomb(9 * mib), expansion_ratio_max=2)  # below the floor
    assert {"limit:expansion_ratio_max"} == limits(bomb(11 * mib), expansion_ratio_max=100)


@pytest.mark.parametrize(("count", "reached"), [(2, False), (3, False), (4, True)])
def test_members_beyond_the_limit(count: int, *, reached: bool) -> None:
    names = ["[Content_Types].xml", "word/document.xml", *(f"word/n{n}.xml" for n in range(9))][:count]
    data = archive(dict.fromkeys(names, b"<p>texte</p>"))

    assert reached == ("limit:archive_members_max" in reasons(read(mail(data), archive_members_max=3)))


@pytest.mark.parametrize(("depth", "reached"), [(2, False), (3, False), (4, True)])
def test_containers_in_containers_beyond_the_limit(depth: int, *, reached: bool) -> None:
    data = word("au fond")
    for _ in range(depth - 1):
        data = archive(
            {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<p/>", "word/embeddings/d.docx": data}
        )

    extraction = read(mail(data), archive_depth_max=3)

    assert reached == ("limit:archive_depth_max" in reasons(extraction))
