"""Answer what policies ask of headers and file names, once a message, so that the answers can be kept.

Does:   runs the authors' patterns on RE2, in time linear in the text, over the decoded headers of a
        message and the file names of its parts. The answers hold no text: yes, no, or which parts.
Never:  reads more than the first 256 KiB of headers, or bodies.
Fails:  never on any message: what cannot be decoded is matched as it stands.
Source: RFC 5322, 2.2; RFC 2047; https://github.com/google/re2/wiki/Syntax.
"""

from __future__ import annotations

import email.header
import email.policy
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from email.parser import BytesHeaderParser
from functools import lru_cache
from typing import Any, Final

import re2  # type: ignore[import-untyped]  # BSD-3, without types

from hygie_detectors.model import Part
from hygie_policies.model import HeaderQuestion, NameQuestion

Question = HeaderQuestion | NameQuestion

PATTERN_MAX: Final = 500
"""Characters of an author's pattern; longer ones are lists in disguise."""
PATTERN_MEMORY: Final = 1 << 20
"""Bytes RE2 may take for one pattern, its program and its states; ``\\w{1000}{1000}`` asks for more."""
_HEAD_BYTES: Final = 256 * 1024
_VALUE_MAX: Final = 64 * 1024
_BLANK: Final = re.compile(rb"\r?\n\r?\n")


class PatternError(ValueError):
    """RE2 does not take a pattern; the text says why, in RE2's words."""


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> Any:
    """Return a pattern ready to search, without regard to case.

    Raises:
        PatternError: when RE2 refuses it.

    """
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = PATTERN_MEMORY
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except re2.error as error:
        said = error.args[0] if error.args else b""
        raise PatternError(
            said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        ) from None


def answer(
    questions: Iterable[Question], raw: bytes, parts: tuple[Part, ...]
) -> dict[str, bool | tuple[int, ...]]:
    """Return the answer to each question under its digest; see :class:`hygie_policies.model.Answers`."""
    asked = tuple(questions)
    headers = _headers(raw) if any(isinstance(each, HeaderQuestion) for each in asked) else {}
    return {
        each.digest: _header(each, headers) if isinstance(each, HeaderQuestion) else _names(each, parts)
        for each in asked
    }


def _header(question: HeaderQuestion, headers: Mapping[str, list[str]]) -> bool:
    values = headers.get(question.name, [])
    if question.pattern is None:
        return bool(values)
    pattern = compiled(question.pattern)
    return any(pattern.search(value) is not None for value in values)


def _names(question: NameQuestion, parts: tuple[Part, ...]) -> tuple[int, ...]:
    pattern = compiled(question.pattern)
    return tuple(
        index
        for index, part in enumerate(parts)
        if part.attachment and pattern.search(_encodable(part.path.rpartition("/")[2])) is not None
    )


def _headers(raw: bytes) -> dict[str, list[str]]:
    """Return the decoded values of each header by its name in lower case."""
    head = raw[:_HEAD_BYTES]
    end = _BLANK.search(head)
    message = BytesHeaderParser(policy=email.policy.compat32).parsebytes(head[: end.end()] if end else head)
    headers: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in message.raw_items():
        headers[name.lower()].append(_decoded(str(value)[:_VALUE_MAX]))
    return headers


def _decoded(value: str) -> str:
    """Return a header's value on one line, its encoded words decoded."""
    unfolded = " ".join(value.split())
    try:
        return _encodable(str(email.header.make_header(email.header.decode_header(unfolded))))
    except Exception:  # noqa: BLE001 - an unknown or broken charset: the value is matched as it stands
        return _encodable(unfolded)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
