"""Blank forms that the operator registered: their fingerprints, and the file that keeps them.

Does:   makes the digests of a file's lines, each with the line before it, from what extraction read of
        it; reads and writes the registry, one template a line of JSON.
Never:  keeps a text: a template is its digests, and the title, owner and date that the operator gave.
        Drops what fills a form: a ticked box, a letter of any script, a mark drawn over a word.
Fails:  ``TemplateFileError`` with file and line, on the first thing that is wrong in a registry;
        ``OSError`` when it cannot be written, and the old one stays.

White space and leaders ("Nom : ........") are left out of a line: they differ from one program to the
next and say nothing. Names of files and metadata are digested apart: they change when a form is saved.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hygie_detectors.model import Segment
from hygie_detectors.text import normalise

FILE_MAX_BYTES: Final = 32 * 1024 * 1024
"""A page takes about 1 KiB: room for some thousands of forms of ten pages."""
ASIDE: Final = frozenset({"name", "metadata"})
"""Sources of text that goes with a form and is not its content."""
_DIGEST_BYTES: Final = 8
"""Enough that no line of a letter meets one of a million registered lines by chance (1 in 10^13)."""
_TITLE_MAX: Final = 200
_ID: Final = re.compile(r"[0-9a-f]{12}")
_DIGESTS: Final = re.compile(rf"(?:[0-9a-f]{{{2 * _DIGEST_BYTES}}})+")
_SAYS_NOTHING: Final = re.compile(r"[._…]{2,}|…|\s+")
_DRAWN_OVER: Final = re.compile("[\u0334-\u0338\u20d0-\u20e4]")
"""Strokes and frames over a character ("rayer la mention inutile"), which plain text leaves out."""
_STROKE: Final = "\u00ac"


class TemplateFileError(ValueError):
    """A registry that cannot be used: where and why, in French and English."""

    def __init__(self, path: Path, line: int, french: str, english: str) -> None:
        super().__init__(f"{path}:{line}: {french}\n    {english}")
        self.path = path
        self.line = line
        self.french = french
        self.english = english


@dataclass(frozen=True, slots=True)
class Template:
    """One registered form."""

    id: str
    title: str
    owner: str
    date: str
    """Day on which it was registered, ISO 8601."""
    lines: int
    digests: frozenset[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What there is to know of a file."""

    lines: tuple[bytes, ...] = field(repr=False)
    """A digest for each line of its content."""
    content: frozenset[bytes] = field(repr=False)
    """All that a template must hold for the file to be that form, blank."""
    aside: frozenset[bytes] = field(repr=False)
    """Its names and metadata."""


# --- fingerprints -----------------------------------------------------------------------------------


def lines(text: str) -> list[str]:
    """Return the lines of a text as they are compared: folded, without white space, leaders, empty lines."""
    normal = normalise(_DRAWN_OVER.sub(_STROKE, text))
    kept = normal.folded
    if "?" in kept or not kept.isascii():  # folding writes one sign for what it does not know: ticks, scripts
        kept = "".join(
            folded if folded.isascii() and folded != "?" else shown.casefold()
            for shown, folded in zip(normal.text, kept, strict=True)
        )
    return [line for each in kept.split("\n") if (line := _SAYS_NOTHING.sub("", each))]


def file_of(part: str) -> str:
    """Return the path of a part without the place in it."""
    return part.split("#", 1)[0]


def line_digests(root: str, segment: Segment) -> Iterator[bytes]:
    """Yield a digest for each line of a segment with the line before it, and one for its end.

    So that nothing can be put between two lines, or taken from between them. ``root`` is the path of the
    form, in which the segment's part lies: what a form holds inside is only known at its place in it.
    """
    inner = file_of(segment.part)[len(root) :]
    aside = segment.source if segment.source in ASIDE else ""
    before = ""
    for line in lines(segment.text):
        yield _digest(inner, aside, before, line)
        before = line
    if before:
        yield _digest(inner, aside, before, "")


def part_digest(root: str, path: str) -> bytes:
    """Return the digest of there being a part inside the form: a picture put into it is one more."""
    return _digest(path[len(root) :])


def fingerprint(root: str, segments: Iterable[Segment], parts: Iterable[str]) -> Fingerprint:
    """Return the digests of the file at ``root``."""
    each: list[bytes] = []
    content: set[bytes] = set()
    aside: set[bytes] = set()
    for segment in segments:
        if not f"{file_of(segment.part)}/".startswith(f"{root}/"):
            continue
        digests = list(line_digests(root, segment))
        if segment.source in ASIDE:
            aside.update(digests)
        else:
            content.update(digests)
            each += digests[:-1]
    content.update(part_digest(root, path) for path in parts if is_inner(path, root))
    return Fingerprint(tuple(each), frozenset(content), frozenset(aside))


def is_inner(path: str, root: str) -> bool:
    """Tell whether a part lies inside a file; a page of it is no part of its own."""
    return path.startswith(f"{root}/") and "#" not in path


def template_id(digests: frozenset[bytes]) -> str:
    """Return the name of a template: the same form has the same."""
    return hashlib.sha256(b"".join(sorted(digests))).hexdigest()[:12]


def _digest(*fields: str) -> bytes:
    data = "\0".join(fields).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES, person=b"hygie-template").digest()


# --- the registry -----------------------------------------------------------------------------------


def load_templates(path: Path) -> tuple[Template, ...]:
    """Return the registered templates, in the order of the file; none when there is no file yet.

    Raises:
        TemplateFileError: on the first thing that is wrong, with its line.

    """
    found: dict[str, Template] = {}
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip():
            continue
        template = _template(path, number, line)
        if template.id in found:
            raise TemplateFileError(
                path, number, f"modèle {template.id} en double", f"template {template.id} stands twice"
            )
        found[template.id] = template
    return tuple(found.values())


def save_templates(path: Path, templates: Iterable[Template]) -> None:
    """Write the registry anew, whole or not at all; who may read it stays as it was."""
    rows = [
        json.dumps(
            {
                "id": t.id,
                "title": t.title,
                "owner": t.owner,
                "date": t.date,
                "lines": t.lines,
                "digests": b"".join(sorted(t.digests)).hex(),
            },
            ensure_ascii=False,
        )
        for t in templates
    ]
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor is what mkstemp gives
            file.writelines(f"{row}\n" for row in rows)
            file.flush()
            os.fsync(file.fileno())
            _keep_rights(path, file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _keep_rights(path: Path, handle: int) -> None:
    """Give a new file the mode and, where that is allowed, the owner of the one it replaces."""
    try:
        old = path.stat()
    except FileNotFoundError:
        os.fchmod(handle, 0o644)  # workers read it under another name; it holds nothing secret
        return
    os.fchmod(handle, stat.S_IMODE(old.st_mode))
    with contextlib.suppress(PermissionError):
        os.fchown(handle, old.st_uid, old.st_gid)


def _text(path: Path) -> str:
    """Return the text of the file, empty when there is none."""
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise TemplateFileError(path, 1, "ce n'est pas un fichier", "this is not a file")
        if state.st_mode & stat.S_IWOTH:
            raise TemplateFileError(
                path, 1, "est modifiable par tous : chmod o-w", "can be written by everyone: chmod o-w"
            )
        if state.st_size > FILE_MAX_BYTES:
            raise TemplateFileError(
                path,
                1,
                f"fichier trop grand : plus de {FILE_MAX_BYTES} octets",
                f"the file is too large: more than {FILE_MAX_BYTES} bytes",
            )
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise TemplateFileError(
            path, 1, f"ne peut être lu : {error.strerror}", f"cannot be read: {error.strerror}"
        ) from error
    except UnicodeDecodeError as error:
        raise TemplateFileError(path, 1, "ce n'est pas de l'UTF-8", "this is not UTF-8") from error


def _template(path: Path, number: int, line: str) -> Template:
    row = _row(line)
    wrong = _what_is_wrong(row)
    if row is None or wrong:
        raise TemplateFileError(path, number, *wrong)
    packed = bytes.fromhex(row["digests"])
    digests = frozenset(packed[at : at + _DIGEST_BYTES] for at in range(0, len(packed), _DIGEST_BYTES))
    if template_id(digests) != row["id"]:
        raise TemplateFileError(
            path,
            number,
            "l'identifiant n'est pas celui de ces empreintes : enregistrez le modèle à nouveau",
            "the id is not that of these digests: register the template again",
        )
    return Template(row["id"], row["title"], row["owner"], row["date"], row["lines"], digests)


def _what_is_wrong(row: dict[str, Any] | None) -> tuple[str, str] | tuple[()]:
    """Return what is wrong with a line, in French and English; nothing when it has the form of a template."""
    if row is None:
        return "ce n'est pas un objet JSON", "this is not a JSON object"
    if row.keys() != _FORMS.keys():
        names = ", ".join(_FORMS)
        return f"clés attendues, chacune une fois : {names}", f"keys expected, each once: {names}"
    for key, (is_right, french, english) in _FORMS.items():
        if not is_right(row[key]):
            return f"{key} : {french}", f"{key}: {english}"
    return ()


def is_label(value: object) -> bool:
    """Tell whether a title or an owner is one printable line of at most 200 characters."""
    return isinstance(value, str) and len(value) <= _TITLE_MAX and value.isprintable()


def _row(line: str) -> dict[str, Any] | None:
    """Return one object with each key once; None for anything else."""
    try:
        row = json.loads(line, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _matches(form: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


_ONE_LINE: Final = (
    is_label,
    f"une ligne d'au plus {_TITLE_MAX} caractères est attendue",
    f"one line of at most {_TITLE_MAX} characters is expected",
)
_FORMS: Final[dict[str, tuple[Callable[[Any], bool], str, str]]] = {
    "id": (_matches(_ID), "12 chiffres hexadécimaux sont attendus", "12 hexadecimal digits are expected"),
    "title": _ONE_LINE,
    "owner": _ONE_LINE,
    "date": (_is_date, "AAAA-MM-JJ est attendu", "YYYY-MM-DD is expected"),
    "lines": (
        lambda value: type(value) is int and value > 0,
        "un nombre supérieur à 0 est attendu",
        "a number above 0 is expected",
    ),
    "digests": (
        _matches(_DIGESTS),
        f"des groupes de {2 * _DIGEST_BYTES} chiffres hexadécimaux sont attendus",
        f"groups of {2 * _DIGEST_BYTES} hexadecimal digits are expected",
    ),
}
"""Every key of a template, what its value must be, and how that is said."""
