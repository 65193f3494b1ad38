"""Text put where a reader of mail sees it and a parser may not: each trick ends in text or in an unread."""

import base64
import io
import json
import time
import zipfile
from html import escape
from urllib.parse import quote

import pytest
from reportlab.pdfgen.canvas import Canvas

from extraction_samples import attached, html_mail, odt, part, read, reasons, texts, word_of

TOLD = "Patient Jean Dupont, né le 12/03/1956, insuffisance cardiaque"
WORDS = "Patient DUPONT Jean, insuffisance cardiaque"
NUMBER = "255081416802538"
PAGE_FIELD = "<w:r><w:instrText> PAGE </w:instrText></w:r>"
SPLIT = "".join(f"<b>{digit}</b>" for digit in NUMBER)
B64_UTF16 = base64.b64encode(TOLD.encode("utf-16-le")).decode()
B64 = base64.b64encode(TOLD.encode()).decode()


def said(raw):
    return texts(read(raw))


def with_members(data, members):
    target = io.BytesIO(data)
    with zipfile.ZipFile(target, "a") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return target.getvalue()


# --- hypertext --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        f"<!--[if mso]>{TOLD}<![endif]-->ok",
        f"<!--[if mso]><p>{TOLD}</p><![endif]--><p>ok</p>",
        f"<?x {TOLD} ?>ok",
        f"<! {TOLD}>ok",
        f"</ {TOLD}>ok",
        f"<!-- <b>ok</b> <!-- x --> {TOLD} -->",
        f'<p>ok</p><img aria-valuetext="{TOLD}">',
        f"<p>ok</p><img id='{TOLD}'>",
        f'<p style="--x: {TOLD}">ok</p>',
        f'<p>ok</p><a download="{TOLD}">x</a>',
        f'<a href="mailto:x@y?body={quote(TOLD).replace("%20", "+")}">x</a>',
        f'<iframe src="data:text/html,{quote(f"<p>{TOLD}</p>")}"></iframe>',
        f'<a href="data:text/html;base64,{"".join(f"&#{ord(c)};" for c in B64)}">x</a>',
        f'<a href="data:text/plain;base64,{quote(B64, safe="")}">x</a>',
        f'<a href="data:text/plain;charset=utf-16le;base64,{B64_UTF16}">x</a>',
    ],
)
def test_no_place_of_a_page_hides_text(source):
    assert TOLD in said(html_mail(source))


@pytest.mark.parametrize(
    "source",
    [
        f'<iframe srcdoc="{escape(SPLIT)}"></iframe>',
        f'<iframe srcdoc="{escape(f"<iframe srcdoc={chr(34)}{escape(SPLIT)}{chr(34)}></iframe>")}"></iframe>',
        f'<iframe src="data:text/html,{quote(SPLIT)}"></iframe>',
        f"<!-- {SPLIT} -->",
        "<template></template>" + "".join(f'<i title=">">{digit}</i>' for digit in NUMBER),
        "<div>" * 3000 + "".join(f"<i title='>'>{digit}</i>" for digit in NUMBER),
    ],
)
def test_a_number_split_by_tags_is_one_wherever_the_page_lies(source):
    assert NUMBER in said(html_mail(source))


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Type: text/plain",
        "Content-Type: text/enriched",
        "Content-Type: application/octet-stream; name=page.htm",
        "Content-Type: text/x-amp-html",
    ],
)
def test_tags_are_undone_whatever_the_type_says(headers):
    assert NUMBER in said(part(f"bonjour {SPLIT} fin".encode(), headers))


def test_tags_written_in_xml_and_json_texts_are_undone():
    xml = f"<?xml version='1.0'?><r>{escape(SPLIT)}</r>"

    assert NUMBER in said(attached(xml.encode()))
    assert NUMBER in said(attached(json.dumps({"a": SPLIT}).encode()))


# --- charsets and transfer encodings ----------------------------------------------------------------


@pytest.mark.parametrize("declared", ["windows-1251", "koi8-r", "utf-8", "iso-8859-1", "cp500"])
@pytest.mark.parametrize("real", ["utf-16-le", "utf-16-be"])
def test_undeclared_utf_16_is_read_under_any_label(real, declared):
    headers = f"Content-Type: text/plain; charset={declared}\r\nContent-Transfer-Encoding: base64"

    assert TOLD in said(part(base64.encodebytes(TOLD.encode(real)), headers))


@pytest.mark.parametrize("declared", ["cp500", "cp037", "utf-16", "utf-16le", "utf-32"])
@pytest.mark.parametrize("media_type", ["text/plain", "text/html"])
def test_a_label_that_makes_noise_of_plain_text_is_not_believed(media_type, declared):
    headers = f"Content-Type: {media_type}; charset={declared}\r\nContent-Transfer-Encoding: 8bit"

    assert TOLD in said(part(TOLD.encode(), headers))


@pytest.mark.parametrize("declared", ["us-ascii", "utf-8", "iso-8859-1", "x-inconnu"])
def test_a_body_that_no_named_charset_reads_is_unread(declared):
    headers = f"Content-Type: text/plain; charset={declared}\r\nContent-Transfer-Encoding: base64"

    assert reasons(read(part(base64.encodebytes(TOLD.encode("cp500")), headers))) == {"unsupported"}


# --- the frame of a message -------------------------------------------------------------------------

FRAME = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b"
ENCODED = (
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + B64
    + "\r\n--b--\r\n"
)


def test_a_part_behind_the_end_is_read_and_said_to_be_defective():
    raw = part(f"--b\r\n\r\nok\r\n--b--\r\n{ENCODED}".encode(), FRAME)

    assert TOLD in said(raw)
    assert reasons(read(raw)) == {"corrupt"}


def test_an_encoded_preamble_is_defective():
    raw = part(
        f"Content-Transfer-Encoding: base64\r\n\r\n{B64}\r\n--b\r\n\r\nok\r\n--b--\r\n".encode(), FRAME
    )

    assert reasons(read(raw)) == {"corrupt"}


@pytest.mark.parametrize("name", ["delivery-status", "disposition-notification", "feedback-report"])
def test_a_report_with_an_encoded_body_is_read(name):
    inner = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{B64}\r\n"
    raw = part(inner.encode(), f"Content-Type: message/{name}")

    assert TOLD in said(raw)


@pytest.mark.parametrize(
    "disposition",
    [
        f"attachment; filename=a.txt; filename*=utf-8''{quote(TOLD)}",
        f'attachment; filename=a.txt; filename="{TOLD}"',
        f'attachment; x="{TOLD}"',
        f'attachment filename="{TOLD}"',
        f'attachment; filename="{quote(TOLD)}"',
        "attachment; " + "; ".join(f"filename*{i}*={quote(TOLD)[i * 3 : i * 3 + 3]}" for i in range(40)),
        'attachment; filename=a.txt\r\nContent-Disposition: attachment; filename="' + TOLD + '"',
    ],
)
def test_every_name_and_parameter_of_a_part_is_text(disposition):
    raw = part(b"ok", f"Content-Type: text/plain\r\nContent-Disposition: {disposition}")

    assert TOLD in said(raw)


@pytest.mark.parametrize("header", ["Date", "Received", "Message-ID", "References", "Face", "DKIM-Signature"])
@pytest.mark.parametrize("value", [TOLD, f"=?utf-8?B?{B64}?="])
def test_words_in_a_header_for_machines_are_text(header, value):
    assert TOLD in said(part(b"ok", f"{header}: {value}"))


def test_headers_written_by_machines_are_not():
    headers = (
        "Received: from mx.example (mx.example [192.0.2.1]) by mta.example (Postfix, from userid 1000)\r\n"
        " with ESMTPS id 4A1B2C3D for <a@b.example>; Tue, 24 Nov 2026 10:00:00 +0100 (CET)\r\n"
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=b.example; s=x;\r\n"
        " h=from:to:subject; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n b=abcdef\r\n"
        "Date: Tue, 24 Nov 2026 10:00:00 +0100 (CET)\r\nMessage-ID: <255081416802538@b.example>\r\n"
        "References: <a@b.example> <c@d.example>\r\nMIME-Version: 1.0 (Apple Mail 16.0)\r\n"
        "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes"
    )

    assert said(part(b"ok", headers)) == "essai\n\nok"


# --- Office files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        f"<w:sdt><w:sdtPr><w:alias w:val='{WORDS}'/></w:sdtPr></w:sdt>",
        f"<w:p><w:r><w:fldChar><w:ffData><w:default w:val='{WORDS}'/></w:ffData></w:fldChar></w:r></w:p>",
        f"<w:p><w:fldSimple w:instr='{WORDS}'/></w:p>",
        f"<w:p><w:hyperlink w:tooltip='{WORDS}'/></w:p>",
        f"<w:p><w:hyperlink w:tooltip='{''.join(f'&#{ord(c)};' for c in WORDS)}'/></w:p>",
        f"<!-- {WORDS} -->",
        f"<?x {WORDS}?>",
    ],
)
def test_no_attribute_or_comment_of_a_word_file_hides_text(body):
    assert WORDS in said(attached(word_of(body)))


@pytest.mark.parametrize("between", ["<w:del><w:r><w:delText>7</w:delText></w:r></w:del>", PAGE_FIELD])
def test_what_is_deleted_or_computed_does_not_tear_what_is_shown(between):
    runs = between.join(f"<w:r><w:t>{digit}</w:t></w:r>" for digit in NUMBER)

    assert NUMBER in said(attached(word_of(f"<w:p>{runs}</w:p>")))


@pytest.mark.parametrize(
    "members",
    [
        {"word/styles.xml": f"<s xmlns:w='urn:w'><w:name w:val='{WORDS}'/></s>"},
        {"word/comments.xml": f"<c xmlns:w='urn:w'><w:comment w:author='{WORDS}'/></c>"},
        {"word/_rels/x.rels": f"<Relationships><Relationship Target='{WORDS}'/></Relationships>"},
        {"word/_rels/y.rels": f"<r><t>{WORDS}</t></r>"},
        {f"word/media/{WORDS}.xml": "<a/>"},
        {"word/x/": WORDS},
        {"mimetype": WORDS},
        {"word/cp037.xml": f"<?xml version='1.0' encoding='cp037'?><a>{WORDS}</a>".encode("cp037")},
    ],
)
def test_no_member_of_a_word_file_hides_text(members):
    raw = attached(with_members(word_of(""), members))

    assert WORDS in said(raw) or reasons(read(raw))


def test_the_comment_of_an_office_file_is_text():
    target = io.BytesIO(word_of(""))
    with zipfile.ZipFile(target, "a") as file:
        file.comment = WORDS.encode()

    assert WORDS in said(attached(target.getvalue()))


@pytest.mark.parametrize(
    "body",
    [
        f"<text:p><text:placeholder text:description='{WORDS}'/></text:p>",
        f"<text:p><text:conditional-text text:string-value-if-true='{WORDS}'/></text:p>",
        f"<text:p><text:bookmark text:name='{WORDS}'/></text:p>",
    ],
)
def test_no_attribute_of_an_opendocument_text_hides_text(body):
    assert WORDS in said(attached(odt(body)))


@pytest.mark.parametrize(("size", "attachment"), [(64 * 1024, False), (64 * 1024 + 1, True)])
def test_a_picture_in_an_office_file_counts_as_a_file_above_the_size_of_a_letterhead(size, attachment):
    picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\xff" * (size - 16)
    found = read(attached(word_of("<w:p/>", media__png=picture)))

    assert [u.attachment for u in found.unread] == [attachment]


# --- XML and PDF ------------------------------------------------------------------------------------


def test_spaces_written_as_character_references_stay():
    xml = f"<?xml version='1.0'?><r>{''.join(f'&#{ord(c)};' for c in WORDS)}</r>"

    assert WORDS in said(attached(xml.encode()))


def test_words_in_an_attribute_that_holds_constants_are_text():
    assert WORDS in said(attached(f"<?xml version='1.0'?><r codeSystem='{WORDS}'/>".encode()))


def drawn(draw):
    target = io.BytesIO()
    canvas = Canvas(target)
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


@pytest.mark.parametrize(
    "draw",
    [
        lambda canvas: canvas.linkURL(f"mailto:x@y.example?body={quote(WORDS)}", (1, 1, 50, 50)),
        lambda canvas: canvas.acroForm.choice(name="x", options=[WORDS, "b"], value="b"),
    ],
    ids=["link", "choice"],
)
def test_links_and_choices_of_a_pdf_are_text(draw):
    assert WORDS in said(attached(drawn(draw)))


@pytest.mark.parametrize("second", ["un", "deux"])
def test_a_pdf_behind_a_pdf_is_read_too(second):
    files = {
        name: drawn(lambda canvas, name=name: canvas.drawString(60, 700, name)) for name in ("un", "deux")
    }
    first = "deux" if second == "un" else "un"
    text = said(attached(files[first] + files[second]))

    assert "un" in text.split()
    assert "deux" in text.split()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"x\n" * 2500 + data,
        lambda data: b"\0\1" * 2500 + data,
        lambda data: data.replace(b"%PDF-", b"%pdf-"),
    ],
    ids=["long prefix", "binary prefix", "header"],
)
def test_a_pdf_that_no_reader_opens_is_unread(spoil):
    data = spoil(drawn(lambda canvas: canvas.drawString(60, 700, WORDS)))

    assert reasons(read(attached(data)))


def test_text_in_a_detached_signature_is_text():
    start = bytes.fromhex("308006092a864886f70d010702a080020101310f300b06092a864886f70d010701")
    raw = attached(start + b"\x31" + WORDS.encode(), "smime.p7s", "application/pkcs7-signature")

    assert WORDS in said(raw)


# --- text -------------------------------------------------------------------------------------------


def test_text_turned_by_an_override_is_read_as_it_is_shown():
    turned = f"ok \u202e{WORDS[::-1]}\u202c fin"

    assert WORDS in said(part(turned.encode(), "Content-Type: text/plain; charset=utf-8"))


@pytest.mark.parametrize("media_type", ["text/calendar", "text/vcard", "text/plain"])
def test_folded_lines_and_escapes_of_a_calendar_are_undone(media_type):
    folded = "".join(f"{character}\r\n " for character in WORDS.replace(",", "\\,"))
    card = f"BEGIN:VCALENDAR\r\nDESCRIPTION:{folded}\\nfin\r\nEND:VCALENDAR\r\n"

    assert f"{WORDS}\nfin" in said(part(card.encode(), f"Content-Type: {media_type}"))


@pytest.mark.parametrize("joint", [".", "+"])
def test_words_of_a_file_name_stand_apart_whatever_joins_them(joint):
    name = WORDS.replace(" ", joint).replace(",", "")
    raw = part(b"ok", f'Content-Type: text/plain; name="{name}.txt"')

    assert "insuffisance cardiaque" in said(raw)


@pytest.mark.parametrize(
    "raw",
    [
        part(b"ok", "References: " + "a" * 60_000),
        part(b"ok", "Received: " + "aaaaa " * 10_000),
        part(b"ok", "Content-Disposition: attachment; " + "filename*1=" * 1_400 + "%"),
        html_mail("<template>" + "<a x=\"> y='>" * 40_000),
        html_mail('<i srcdoc="' + "&lt;i srcdoc=&quot;" * 20_000 + '">'),
        html_mail('<a href="data:a/b;c=d' * 20_000),
        attached(word_of("<![CDATA[" + "<?" * 200_000 + "]]>")),
        attached(word_of("<![CDATA[" + '="x ' * 100_000 + "]]>")),
    ],
    ids=["word", "words", "parameters", "quotes", "pages", "links", "instructions", "values"],
)
def test_what_was_added_against_tricks_is_linear(raw):
    begun = time.perf_counter()
    read(raw)

    assert time.perf_counter() - begun < 2
