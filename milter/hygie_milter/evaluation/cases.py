"""What to inspect of a labelled file: one message, or several made of it.

Does:   takes a mail as it is, a mailbox message by message, makes a text the body of a mail, and anything
        else the attachment of one, under a neutral name with its own suffix.
        A text with tags (``[Martin](NOM)``, as eds-pseudo writes them) is read line by line, without
        them, and block by block. A label that says ``spoken`` holds transcripts, one utterance a line:
        they are cut into messages of ten. A label that says ``narrative`` names nobody: each text is
        also read behind a generated letter header. Template marks (``{{ }}``, ``{% %}``) are taken out.
Never:  adds anything that could be found, or hides anything: headers are those of MIME and a subject ``-``.
Fails:  ``OSError`` naming the file when it cannot be read.
"""

from __future__ import annotations

import email.policy
import hashlib
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path
from typing import Final

from hygie_milter.evaluation.letters import header
from hygie_milter.sources import as_mail, looks_like_mail, sources

_TEXT_SUFFIXES: Final = frozenset({"", ".txt", ".text", ".md", ".markdown"})
_TAG: Final = re.compile(r"\[([^\[\]\n]*)\]\(([A-Z_]{2,30})\)")
_TEMPLATE: Final = re.compile(r"\{%.{0,400}?%\}|\{\{.{0,400}?\}\}|\{#.{0,4000}?#\}", re.DOTALL)
PERSON_TAGS: Final = frozenset(
    {"NOM", "PRENOM", "DATE_NAISSANCE", "SECU", "IPP", "NDA", "TEL", "MAIL", "ADRESSE", "ADDRESSE"}
)
"""Tags of what leads to a person; a mere date, town or hospital (DATE, VILLE, ZIP, HOPITAL) does not."""
_TAGGED_LINES_MIN: Final = 3
"""So many lines with tags make a tagged text: one alone may be a Markdown link in capitals."""


class Variant(StrEnum):
    """How a text of a label was presented."""

    WHOLE = "whole"
    NARRATIVE = "narrative"
    """A text about a patient whom it does not name."""
    LINE = "line"
    """Of a tagged text: a line with a tag of what leads to a person."""
    IDENTITY = "identity"
    """Behind a header with a name and a birth date."""
    NIR = "nir"
    """Behind the same header with the NIR too."""
    BLOCK = "block"
    """Of a tagged text: lines up to the next empty one."""
    OTHER_TAGS = "other tags"
    """Of a tagged text: a line whose tags lead to nobody."""


MAIN: Final = frozenset({Variant.WHOLE, Variant.NARRATIVE, Variant.LINE})
"""What the figures of a label are shares of; the others have figures of their own."""


@dataclass(frozen=True, slots=True)
class Case:
    """One message to inspect."""

    label: str
    where: str = field(repr=False)
    """The file, and the line or message in it: for the operator, on the operator's disk."""
    digest: str
    """Of the file's bytes and the place in it: names the case without its content or name."""
    raw: bytes = field(repr=False)
    variant: Variant = Variant.WHOLE
    header: str = ""
    """The invented letter header before the text: nobody's data."""


def label_names(folder: Path, labels: tuple[str, ...] = ()) -> list[str]:
    """Return the labels, folders right under this one, in order; those asked for, if any are.

    Raises:
        OSError: when the folder cannot be listed.

    """
    names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    return [name for name in names if not labels or name in labels]


def labelled_files(
    folder: Path, labels: tuple[str, ...] = (), limit: int | None = None
) -> list[tuple[str, Path]]:
    """Return the files of each label (a folder right under this one), in order of their names.

    ``limit`` takes so many of each label, spread over all of them. A file that lies beside the labels
    has none, and is left out.
    """
    found = []
    for name in label_names(folder, labels):
        files = sorted(path for path in (folder / name).rglob("*") if not path.is_dir())
        if limit is not None and limit < len(files):
            files = [files[number * len(files) // limit] for number in range(limit)]
        found += [(name, path) for path in files]
    return found


def cases(label: str, path: Path, lines: int) -> Iterator[Case]:
    """Yield what to inspect of one file. ``lines``: of a transcript, to a message; 0 leaves it whole."""
    messages = list(sources(path))
    if [message.name for message in messages] != [str(path)]:
        for number, message in enumerate(messages, 1):
            raw = message.read()
            yield Case(label, message.name, _digest(raw, number), raw)
        return
    data = path.read_bytes()
    text = _text(path, data, "narrative" in label)
    if text is None:
        yield Case(label, str(path), _digest(data), as_mail(data, "piece" + path.suffix))
    elif _is_tagged(text):
        yield from _tagged(label, path, text)
    else:
        text = _TEMPLATE.sub("", text)
        parts = _cut(text, lines) if "spoken" in label and lines else [(1, text)]
        for first, part in parts:
            where = str(path) if len(parts) == 1 else f"{path}:{first}"
            digest = _digest(part.encode())
            if "narrative" not in label:
                yield Case(label, where, digest, text_mail(part))
            else:
                yield Case(label, where, digest, text_mail(part), Variant.NARRATIVE)
                for variant in (Variant.IDENTITY, Variant.NIR):
                    before = header(digest, nir=variant is Variant.NIR)
                    yield Case(label, where, digest, text_mail(f"{before}\n{part}"), variant, before)


def text_mail(text: str) -> bytes:
    """Return a mail with this text as its body and nothing else in it."""
    message = EmailMessage()
    message["Subject"] = "-"
    message.set_content(text)
    return message.as_bytes(policy=email.policy.SMTP)


def _text(path: Path, data: bytes, narrative: bool) -> str | None:
    """Return the text of a text file; None for a mail, for other formats and for what is not UTF-8.

    A narrative may be in Windows-1252: only a text can be put behind a header.
    """
    if path.suffix.lower() not in _TEXT_SUFFIXES or looks_like_mail(data) or b"\0" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace") if narrative else None


def _cut(text: str, lines: int) -> list[tuple[int, str]]:
    """Cut a text into pieces of so many lines, each with the number of its first."""
    rows = text.splitlines()
    return [(first + 1, "\n".join(rows[first : first + lines])) for first in range(0, len(rows), lines)] or [
        (1, "")
    ]


def _is_tagged(text: str) -> bool:
    tagged = (row for row in text.splitlines() if _TAG.search(row))
    return len(list(itertools.islice(tagged, _TAGGED_LINES_MIN))) == _TAGGED_LINES_MIN


def _tagged(label: str, path: Path, text: str) -> Iterator[Case]:
    """Yield each line with a tag, alone, then each block with one, without the tags."""
    rows = text.splitlines()
    for number, row in enumerate(rows, 1):
        tags = {tag[2] for tag in _TAG.finditer(row)}
        if tags:
            variant = Variant.LINE if tags & PERSON_TAGS else Variant.OTHER_TAGS
            yield _stripped(label, path, number, row, variant)
    for blank, group in itertools.groupby(enumerate(rows, 1), lambda numbered: not numbered[1].strip()):
        numbered = list(group)
        block = "\n".join(row for _, row in numbered)
        if not blank and PERSON_TAGS & {tag[2] for tag in _TAG.finditer(block)}:
            yield _stripped(label, path, numbered[0][0], block, Variant.BLOCK)


def _stripped(label: str, path: Path, number: int, text: str, variant: Variant) -> Case:
    plain = _TAG.sub(r"\1", text)
    return Case(label, f"{path}:{number}", _digest(plain.encode(), number), text_mail(plain), variant)


def _digest(data: bytes, number: int = 0) -> str:
    return hashlib.sha256(data + str(number).encode()).hexdigest()[:16]
