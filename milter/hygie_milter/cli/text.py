"""What the commands print: safe on any terminal, whatever a file name or an address holds.

Does:   makes foreign text printable, names what a path suffers from in French and English, and
        writes JSON in UTF-8.
Never:  lets a control character of a mail or of a file name reach the terminal, where it could
        hide or rewrite what stands there.
Fails:  never; ``BrokenPipeError`` passes when nobody reads any more.
"""

from __future__ import annotations

import errno
import json
from typing import Any, Final

_WRONG: Final = {
    errno.ENOENT: "fichier introuvable / no such file",
    errno.ENOTDIR: "fichier introuvable / no such file",
    errno.EACCES: "lecture interdite / permission denied",
    errno.ELOOP: "lien, non suivi : nommez sa cible / a link, not followed: name what it leads to",
    errno.EINVAL: "ni fichier ni dossier / neither a file nor a folder",
    errno.EISDIR: "c'est un dossier / this is a folder",
    errno.ENAMETOOLONG: "nom trop long / name too long",
}


def printable(text: str) -> str:
    """Return the text with every character that a terminal does not show written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def what_is_wrong(error: OSError) -> str:
    """Say in one line, French then English, why a path cannot be read."""
    return _WRONG.get(error.errno or 0) or error.strerror or type(error).__name__


def json_line(value: Any) -> bytes:
    r"""Return a value as one line of JSON in UTF-8, whatever the locale.

    A file name that is no UTF-8 keeps its bytes as escapes (``\udce9``), which ``json.loads`` gives back.
    """
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
