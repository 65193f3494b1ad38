"""Plain text and HTML: what hides in markup, and floods of it."""

from __future__ import annotations

from harness.hostile import MIB, PROBE, hostile
from harness.hostile.mails import mail


def page(source: str) -> bytes:
    return mail(b"Content-Type: text/html; charset=utf-8", source.encode())


@hostile("html", "50 000 nested blocks", must_find=True)
def nested_blocks() -> bytes:
    return page("<div>" * 50_000 + PROBE)


@hostile("html", "unclosed comment", must_find=True, quick=True)
def unclosed_comment() -> bytes:
    return page(f"<p>x</p><!-- {PROBE}")


@hostile("html", "unclosed style", must_find=True, quick=True)
def unclosed_style() -> bytes:
    return page(f"<p>x</p><style>{PROBE}")


@hostile("html", "digits split by elements", must_find=True, quick=True)
def split() -> bytes:
    return page("<p>NIR " + "".join(f"<b>{c}</b><span>" for c in "255081416802538") + "</p>")


@hostile("html", "display:none", must_find=True, quick=True)
def unseen() -> bytes:
    return page(f"<p>x</p><div style='display:none'>{PROBE}</div>")


@hostile("html", "zero-width and soft hyphens in a number", must_find=True, quick=True)
def invisible() -> bytes:
    return page("NIR " + "\u200b\u00ad".join("255081416802538"))


@hostile("html", "entities", must_find=True, quick=True)
def entities() -> bytes:
    return page("<p>" + "".join(f"&#{ord(c)};" for c in PROBE) + "</p>")


@hostile("html", "text in an attribute only", must_find=True, quick=True)
def attribute() -> bytes:
    return page(f"<img alt='{PROBE}'>")


@hostile("html", "2 M opening signs", must_find=True)
def signs() -> bytes:
    return page("<" * 2_000_000 + f"<p>{PROBE}</p>")


@hostile("html", "1 M ampersands", must_find=True)
def ampersands() -> bytes:
    return page("&" * 1_000_000 + f"<p>{PROBE}</p>")


@hostile("html", "200 000 declarations", must_find=True)
def declarations() -> bytes:
    return page("<!x" * 200_000 + f"<p>{PROBE}</p>")


@hostile("text", "4 MiB of digits", "a.txt", must_find=True)
def digits() -> bytes:
    return b"1234567890" * (4 * MIB // 10) + b"\n" + PROBE.encode()


@hostile("text", "4 MiB of digits and spaces", "a.txt")
def spaced_digits() -> bytes:
    return b"2 55 08 14 168 025 39 " * (4 * MIB // 22) + PROBE.encode()


@hostile("text", "4 MiB of one letter", "a.txt", must_find=True)
def one_letter() -> bytes:
    return b"a" * (4 * MIB) + b"\n" + PROBE.encode()


@hostile("text", "4 MiB of line ends", "a.txt", must_find=True)
def line_ends() -> bytes:
    return b"\n" * (4 * MIB) + PROBE.encode()


@hostile("text", "20 000 patients", "a.csv", must_find=True)
def patients() -> bytes:
    return f"{PROBE}\n".encode() * 20_000


@hostile("text", "JSON 100 000 deep", "a.json", quick=True)
def deep_json() -> bytes:
    return (
        b'{"resourceType": "Patient", "a": '
        + b"[" * 100_000
        + b'"'
        + PROBE.encode()
        + b'"'
        + b"]" * 100_000
        + b"}"
    )
