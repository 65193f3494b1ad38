"""Text put where a reader of mail sees it and a parser may not: each trick ends in text or in an unread."""

import base64
import json
from html import escape
from urllib.parse import quote

import pytest
from extraction_samples import attached, html_mail, part, read, reasons, texts

SECRET = "Patient Jean Dupont, né le 12/03/1956, insuffisance cardiaque"
NUMBER = "255081416802538"
SPLIT = "".join(f"<b>{digit}</b>" for digit in NUMBER)
B64 = base64.b64encode(SECRET.encode()).decode()


def said(raw):
    return texts(read(raw))


# --- hypertext --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        f"<!--[if mso]>{SECRET}<![endif]-->ok",
        f"<!--[if mso]><p>{SECRET}</p><![endif]--><p>ok</p>",
        f"<?x {SECRET} ?>ok",
        f"<! {SECRET}>ok",
        f"</ {SECRET}>ok",
        f"<!-- <b>ok</b> <!-- x --> {SECRET} -->",
        f'<p>ok</p><img aria-valuetext="{SECRET}">',
        f"<p>ok</p><img id='{SECRET}'>",
        f'<p style="--x: {SECRET}">ok</p>',
        f'<p>ok</p><a download="{SECRET}">x</a>',
        f'<a href="mailto:x@y?body={quote(SECRET).replace("%20", "+")}">x</a>',
        f'<iframe src="data:text/html,{quote(f"<p>{SECRET}</p>")}"></iframe>',
        f'<a href="data:text/html;base64,{"".join(f"&#{ord(c)};" for c in B64)}">x</a>',
        f'<a href="data:text/plain;base64,{quote(B64, safe="")}">x</a>',
        f'<a href="data:text/plain;charset=utf-16le;base64,{base64.b64encode(SECRET.encode("utf-16-le")).decode()}">'
        "x</a>",
    ],
)
def test_no_place_of_a_page_hides_text(source):
    assert SECRET in said(html_mail(source))


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

    assert SECRET in said(part(base64.encodebytes(SECRET.encode(real)), headers))


@pytest.mark.parametrize("declared", ["cp500", "cp037", "utf-16", "utf-16le", "utf-32"])
@pytest.mark.parametrize("media_type", ["text/plain", "text/html"])
def test_a_label_that_makes_noise_of_plain_text_is_not_believed(media_type, declared):
    headers = f"Content-Type: {media_type}; charset={declared}\r\nContent-Transfer-Encoding: 8bit"

    assert SECRET in said(part(SECRET.encode(), headers))


@pytest.mark.parametrize("declared", ["us-ascii", "utf-8", "iso-8859-1", "x-inconnu"])
def test_a_body_that_no_named_charset_reads_is_unread(declared):
    headers = f"Content-Type: text/plain; charset={declared}\r\nContent-Transfer-Encoding: base64"

    assert reasons(read(part(base64.encodebytes(SECRET.encode("cp500")), headers))) == {"unsupported"}


# --- the frame of a message -------------------------------------------------------------------------

FRAME = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b"
ENCODED = (
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + B64
    + "\r\n--b--\r\n"
)


def test_a_part_behind_the_end_is_read_and_said_to_be_defective():
    raw = part(f"--b\r\n\r\nok\r\n--b--\r\n{ENCODED}".encode(), FRAME)

    assert SECRET in said(raw)
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

    assert SECRET in said(raw)


@pytest.mark.parametrize(
    "disposition",
    [
        f"attachment; filename=a.txt; filename*=utf-8''{quote(SECRET)}",
        f'attachment; filename=a.txt; filename="{SECRET}"',
        f'attachment; x="{SECRET}"',
        f'attachment filename="{SECRET}"',
        f'attachment; filename="{quote(SECRET)}"',
        "attachment; " + "; ".join(f"filename*{i}*={quote(SECRET)[i * 3 : i * 3 + 3]}" for i in range(40)),
        'attachment; filename=a.txt\r\nContent-Disposition: attachment; filename="' + SECRET + '"',
    ],
)
def test_every_name_and_parameter_of_a_part_is_text(disposition):
    raw = part(b"ok", f"Content-Type: text/plain\r\nContent-Disposition: {disposition}")

    assert SECRET in said(raw)


@pytest.mark.parametrize("header", ["Date", "Received", "Message-ID", "References", "Face", "DKIM-Signature"])
@pytest.mark.parametrize("value", [SECRET, f"=?utf-8?B?{B64}?="])
def test_words_in_a_header_for_machines_are_text(header, value):
    assert SECRET in said(part(b"ok", f"{header}: {value}"))


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
