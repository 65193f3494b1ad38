"""Text, RTF, XML and HTML."""

from __future__ import annotations

import base64
import json
from xml.sax.saxutils import escape

from .base import LINE, PROBES, TEXT, family
from .mail import message


@family("text file")
def text_files():
    for charset in (
        "utf-8",
        "utf-8-sig",
        "cp1252",
        "iso-8859-15",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
    ):
        yield f"txt {charset}", TEXT.encode(charset), "note.txt"
    yield "markdown", ("# Titre\n\n" + "\n".join(f"- **{p}**" for p in PROBES)).encode(), "note.md"
    yield "csv cp1252", ("a;b\r\n" + "\r\n".join(f'1;"{p}"' for p in PROBES)).encode("cp1252"), "t.csv"
    yield "tsv", "\n".join(f"1\t{p}" for p in PROBES).encode(), "t.tsv"
    yield "json escaped", json.dumps({"a": [*PROBES]}).encode(), "d.json", {"media_type": "application/json"}
    yield "json utf-8", json.dumps({"a": [*PROBES]}, ensure_ascii=False).encode(), "d.json"
    yield "yaml", ("liste:\n" + "".join(f"  - '{p}'\n" for p in PROBES)).encode(), "d.yaml"
    yield "rtf bytes", rtf(TEXT), "l.rtf"
    yield "rtf unicode", rtf(TEXT, unicode=True), "l.rtf"
    yield "rtf behind \\bin", rtf(TEXT, before="{\\*\\x\\bin5 }{{{}"), "l.rtf"
    yield "rtf table", rtf("".join(f"\\trowd {p}\\cell\\row\n" for p in PROBES)), "l.rtf"
    items = "".join(f"<i>{escape(p)}</i>" for p in PROBES)
    for charset in ("utf-8", "iso-8859-1", "utf-16"):
        yield (
            f"xml elements {charset}",
            f"<?xml version='1.0' encoding='{charset}'?><a>{items}</a>".encode(charset),
            "d.xml",
        )
    yield (
        "xml attributes",
        ("<?xml version='1.0'?><a>" + "".join(f'<i v="{p}"/>' for p in PROBES) + "</a>").encode(),
        "d.xml",
    )
    yield "xml cdata", f"<?xml version='1.0'?><a><![CDATA[{TEXT}]]></a>".encode(), "d.xml"
    yield "xml comment", f"<?xml version='1.0'?><a><!-- {TEXT.replace('-', '-')} --></a>".encode(), "d.xml"
    yield (
        "xml entity",
        f"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY s '{LINE}'>]><a>&s;</a>".encode(),
        "d.xml",
    )
    yield "svg", f"<svg xmlns='http://www.w3.org/2000/svg'><text>{LINE}</text></svg>".encode(), "d.svg"


def rtf(text: str, *, unicode: bool = False, before: str = "") -> bytes:
    def character(c: str) -> str:
        if c == "\n":
            return "\\par\n"
        return c if c.isascii() else f"\\u{ord(c)}?" if unicode else f"\\'{c.encode('cp1252').hex()}"

    return ("{\\rtf1\\ansi\\ansicpg1252 " + before + "".join(map(character, text)) + "}").encode("ascii")


@family("html")
def html():
    paragraphs = "".join(f"<p>{p}</p>" for p in PROBES)
    pages = {
        "body": paragraphs,
        "title": f"<title>{LINE}</title>",
        "alt": f'<img alt="{LINE}">',
        "hidden": f'<div style="display:none">{paragraphs}</div>',
        "comment": f"x<!-- {LINE} -->",
        "entities": "".join(f"<p>{''.join(f'&#{ord(c)};' for c in p)}</p>" for p in PROBES),
        "split by span": "".join("<p>" + "".join(f"<span>{c}</span>" for c in p) + "</p>" for p in PROBES),
        "script": f"<script>var a = '{LINE}'</script>x",
        "style": f"<style>/* {LINE} */</style>x",
        "table": "<table>" + "".join(f"<tr><td>1</td><td>{p}</td></tr>" for p in PROBES) + "</table>",
        "data link": f"<a href='data:text/plain;base64,{base64.b64encode(TEXT.encode()).decode()}'>x</a>",
        "soft hyphens": "".join(f"<p>{p[:4]}&shy;{p[4:]}</p>" for p in PROBES),
        "srcdoc": f"<iframe srcdoc='{escape(paragraphs)}'></iframe>",
        "textarea": f"<textarea>{LINE}</textarea>",
        "input": f"<input value='{LINE}'>",
        "noscript": f"<noscript>{paragraphs}</noscript>",
        "unclosed comment": f"x<!-- {LINE}",
    }
    for place, source in pages.items():
        yield place, f"<html><head><meta charset=utf-8></head><body>{source}</body></html>".encode(), "p.html"
    for charset in ("iso-8859-1", "utf-16"):
        yield (
            f"body {charset}",
            f"<html><meta charset={charset}><body>{paragraphs}</body></html>".encode(charset),
            "p.html",
        )
    yield "mail body", message("Content-Type: text/html; charset=utf-8", paragraphs.encode()), ""
    mhtml = message(
        "Content-Type: multipart/related; boundary=b",
        b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + paragraphs.encode() + b"\r\n--b--",
    )
    yield "mhtml", mhtml, "p.mht"
