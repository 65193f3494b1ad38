"""Office files and RTF: bombs, entities, depths, far cells, and text in every odd place."""

from __future__ import annotations

import io
import zipfile

import docx
import openpyxl
from openpyxl.comments import Comment

from extraction_samples import archive, odt, word, word_of
from harness.hostile import MIB, PROBE, hostile
from ole_samples import compound, doc

PARAGRAPH = f"<w:p><w:r><w:t>{PROBE}</w:t></w:r></w:p>"


def raw_word(document: bytes) -> bytes:
    """Return a docx whose main part is these bytes."""
    return archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": document})


def book(fill) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.active["A1"] = "x"
    fill(workbook)
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


@hostile("office", "docx of 9 M paragraphs", "a.docx")
def word_bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", b"<Types/>")
        with file.open("word/document.xml", "w") as member:
            member.write(f"<w:document xmlns:w='w'><w:body>{PARAGRAPH}".encode())
            for _ in range(900):
                member.write(b"<w:p><w:r><w:t>a</w:t></w:r></w:p>" * 10_000)
            member.write(b"</w:body></w:document>")
    return target.getvalue()


@hostile("office", "docx of 1 GiB of spaces", "a.docx")
def spaces() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", b"<Types/>")
        with file.open("word/document.xml", "w", force_zip64=True) as member:
            for _ in range(1024):
                member.write(b" " * MIB)
    return target.getvalue()


DOCTYPE = b"<?xml version='1.0'?><!DOCTYPE d [%s]><w:document xmlns:w='w'><w:body>%s</w:body></w:document>"


@hostile("office", "DOCTYPE with an internal entity", "a.docx", quick=True)
def internal_entity() -> bytes:
    return raw_word(
        DOCTYPE % (b"<!ENTITY s '" + PROBE.encode() + b"'>", b"<w:p><w:r><w:t>&s;</w:t></w:r></w:p>")
    )


@hostile("office", "external entity", "a.docx", quick=True)
def external_entity() -> bytes:
    return raw_word(
        DOCTYPE % (b"<!ENTITY s SYSTEM 'file:///etc/passwd'>", b"<w:p>&s;</w:p>" + PARAGRAPH.encode())
    )


@hostile("office", "a thousand million laughs", "a.docx", quick=True)
def laughs() -> bytes:
    entities = b"".join(b"<!ENTITY l%d '%s'>" % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    return raw_word(DOCTYPE % (b"<!ENTITY l0 'lol'>" + entities, b"<w:p>&l9;</w:p>" + PARAGRAPH.encode()))


@hostile("office", "quadratic entity", "a.docx", quick=True)
def quadratic() -> bytes:
    return raw_word(
        DOCTYPE % (b"<!ENTITY a '" + b"a" * 100_000 + b"'>", b"<w:p>" + b"&a;" * 50_000 + b"</w:p>")
    )


@hostile("office", "XML 200 000 deep", "a.docx", quick=True)
def deep() -> bytes:
    return raw_word(b"<a>" * 200_000 + PROBE.encode() + b"</a>" * 200_000)


@hostile("office", "UTF-16 XML", "a.docx", must_find=True, quick=True)
def wide() -> bytes:
    head = "<?xml version='1.0' encoding='UTF-16'?>"
    source = f"{head}<w:document xmlns:w='w'><w:body>{PARAGRAPH}</w:body></w:document>"
    return raw_word(source.encode("utf-16"))


@hostile("office", "tracked insertion and deletion", "a.docx", must_find=True, quick=True)
def tracked() -> bytes:
    before, after = PROBE[:50], PROBE[50:]
    return word_of(
        f"<w:p><w:r><w:t>{before}</w:t></w:r><w:del><w:r><w:delText>999</w:delText></w:r></w:del>"
        f"<w:ins><w:r><w:t>{after}</w:t></w:r></w:ins></w:p>"
    )


@hostile("office", "deleted text", "a.docx", must_find=True, quick=True)
def deleted() -> bytes:
    return word_of(f"<w:p><w:del><w:r><w:delText>{PROBE}</w:delText></w:r></w:del></w:p>")


@hostile("office", "comment", "a.docx", must_find=True, quick=True)
def comment() -> bytes:
    source = f"<w:comments xmlns:w='w'><w:comment>{PARAGRAPH}</w:comment></w:comments>"
    return word_of("<w:p/>", comments__xml=source.encode())


@hostile("office", "text box", "a.docx", must_find=True, quick=True)
def text_box() -> bytes:
    return word_of(f"<w:p><w:r><w:pict><w:txbxContent>{PARAGRAPH}</w:txbxContent></w:pict></w:r></w:p>")


@hostile("office", "header and footer", "a.docx", must_find=True, quick=True)
def header() -> bytes:
    return word("Bonjour", header=PROBE)


@hostile("office", "hidden sheet", "a.xlsx", must_find=True, quick=True)
def hidden_sheet() -> bytes:
    def fill(workbook) -> None:
        sheet = workbook.create_sheet()
        sheet["A1"], sheet.sheet_state = PROBE, "veryHidden"

    return book(fill)


@hostile("office", "comment of a cell", "a.xlsx", must_find=True, quick=True)
def cell_comment() -> bytes:
    def fill(workbook) -> None:
        workbook.active["A1"].comment = Comment(PROBE, "x")

    return book(fill)


@hostile("office", "A1 and XFD1048576", "a.xlsx", must_find=True, quick=True)
def far_cell() -> bytes:
    def fill(workbook) -> None:
        workbook.active["XFD1048576"] = PROBE

    return book(fill)


@hostile("office", "2 M cells", "a.xlsx")
def many_cells() -> bytes:
    row = b"<row>" + b"<c><v>1</v></c>" * 1_000 + b"</row>"
    probe = f"<row><c t='str'><v>{PROBE}</v></c></row>".encode()
    sheet = b"<worksheet><sheetData>" + row * 2_000 + probe + b"</sheetData></worksheet>"
    return archive({"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": sheet})


@hostile("office", "cells without a type", "a.ods", must_find=True, quick=True)
def untyped() -> bytes:
    cell = f"<table:table-cell><text:p>{PROBE}</text:p></table:table-cell>"
    return odt(f"<table:table><table:table-row>{cell}</table:table-row></table:table>")


@hostile("office", "a cell repeated a thousand million times", "a.ods")
def repeated_cells() -> bytes:
    cell = (
        f"<table:table-cell table:number-columns-repeated='16384'><text:p>{PROBE}</text:p></table:table-cell>"
    )
    row = f"<table:table-row table:number-rows-repeated='1048576'>{cell}</table:table-row>"
    return odt(f"<table:table>{row}</table:table>")


@hostile("office", "dates", "a.xlsx", must_find=True, quick=True)
def dates() -> bytes:
    from datetime import date  # noqa: PLC0415 - for this one

    def fill(workbook) -> None:
        workbook.active.append([PROBE, date(1955, 8, 14)])

    return book(fill)


@hostile("office", "encrypted", "a.docx", reason="encrypted", quick=True)
def encrypted() -> bytes:
    return compound({"EncryptedPackage": b"\1" * 5000, "EncryptionInfo": b"\4\0\4\0" + b"\1" * 5000})


@hostile("office", "encrypted doc", "a.doc", reason="encrypted", quick=True)
def encrypted_doc() -> bytes:
    return doc("\x00\xff\x12" * 400, flags=0x0100)


@hostile("office", "thumbnail", "a.docx", must_find=True, quick=True)
def thumbnail() -> bytes:
    document = docx.Document()  # its template has one
    document.add_paragraph(PROBE)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


@hostile("office", "truncated XML", "a.docx", quick=True)
def truncated() -> bytes:
    return raw_word(
        f"<w:document xmlns:w='w'><w:body>{'<w:p>x</w:p>' * 50}<w:p><w:r><w:t>{PROBE[:40]}".encode()
    )


@hostile("office", "compound file that loops", "a.doc", quick=True)
def loop() -> bytes:
    data = bytearray(doc(f"{PROBE}\r" * 200))
    table = 512 * (1 + int.from_bytes(data[76:80], "little"))
    data[table : table + 40] = b"".join(n.to_bytes(4, "little") for n in (1, 0) * 5)
    return bytes(data)


ASCII_RTF = "".join(c if c < "\x80" else f"\\u{ord(c)}?" for c in PROBE).encode()


@hostile("rtf", "\\bin that swallows the rest", "a.rtf", quick=True)
def rtf_bin() -> bytes:
    return rb"{\rtf1\ansi Bonjour {\pict\bin5 abcde}\par " + ASCII_RTF + b"}"


@hostile("rtf", "\\bin of a gigabyte", "a.rtf", quick=True)
def rtf_long_bin() -> bytes:
    return rb"{\rtf1\ansi Bonjour {\pict\bin1000000000 abcde}\par " + ASCII_RTF + b"}"


@hostile("rtf", "objdata", "a.rtf", must_find=True, quick=True)
def rtf_object() -> bytes:
    inner = word(PROBE)
    package = b"\1\5\0\0\2\0\0\0\4\0\0\0zip\0" + bytes(8) + len(inner).to_bytes(4, "little") + inner
    return rb"{\rtf1\ansi x {\object\objemb{\*\objdata " + package.hex().encode() + b"}}}"


@hostile("rtf", "200 000 groups", "a.rtf")
def rtf_groups() -> bytes:
    return rb"{\rtf1\ansi " + b"{" * 200_000 + ASCII_RTF + b"}" * 200_000 + b"}"


@hostile("rtf", "2 M control words", "a.rtf", must_find=True)
def rtf_words() -> bytes:
    return rb"{\rtf1\ansi " + rb"\b\b0" * 1_000_000 + b" " + ASCII_RTF + b"}"
