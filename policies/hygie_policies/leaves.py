"""The closed tree of conditions: what ``when`` may ask.

Does:   declares ``all``, ``any`` and ``none`` over typed leaves, with macros in between.
Never:  evaluates anything; see :mod:`hygie_policies.conditions`. There are no expressions.
Fails:  through :mod:`hygie_policies.yamlfile`, with file, line and column.

How the conditions read
-----------------------
Every number and every level is a minimum.

The quantifier ``in`` of a leaf says where it must hold, a *part* being one file of the
message (a body, an attachment, a member of an archive; all pages of a PDF are one part):

``message``     over the message as a whole: occurrences are added up across parts.
``any_part``    in some part, taken alone.
``same_part``   in one part, taken alone, which must be the same for every ``same_part`` leaf
                of the policy. (The whole tree is asked of each part in turn and holds when it
                holds for one of them; ``none`` over a ``same_part`` leaf therefore means "a
                part without it": for "no part has it" write ``any_part`` below ``none``.)

``pair`` must state its quantifier, because it changes what the policy is about; ``finding``,
``document``, ``attachment`` and ``unread`` default to ``message``. ``recipient``, ``header``, ``size``
and ``volume`` are about the message or its envelope and take none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from hygie_detectors.model import REASONS, Axis, Confidence, is_reason
from hygie_policies.model import HeaderQuestion, Measure, NameQuestion
from hygie_policies.scope import Traits
from hygie_policies.words import Bytes, Kebab, Kind, Minimum, Pattern, Strict, Window, hours_of, told
from hygie_policies.yamlfile import Location, Said, suggestion

ANY_LIMIT: Final = "limit"
"""In ``unread.reasons``: any ``limit:<name>``."""
FORMATS: Final = frozenset({"cda", "hl7v2", "hprim", "fhir", "dicom", "xdm", "lab_report"})
"""Kinds that are documents by themselves, beside every ``document_<kind>``."""
DOCUMENT: Final = "document_"
_WITHIN_MAX: Final = 100_000


class Quantifier(StrEnum):
    """Where a leaf must hold; see the head of this module."""

    MESSAGE = "message"
    ANY_PART = "any_part"
    SAME_PART = "same_part"


def _reason(word: str) -> str:
    if word == ANY_LIMIT or is_reason(word):
        return word
    known = [*REASONS, ANY_LIMIT]
    near = suggestion(word, known)
    raise Said(
        f"raison inconnue « {word} »{near[0] or ' ; raisons : ' + ', '.join(sorted(known))}",
        f'unknown reason "{word}"{near[1] or "; reasons: " + ", ".join(sorted(known))}',
    )


def _any_or_list(value: Any) -> Any:
    """Turn ``any`` into the empty tuple, which stands for all of them, and a list into a tuple."""
    if value == "any":
        return ()
    if isinstance(value, list) and value:
        return tuple(value)
    raise Said("« any » ou une liste est attendu", '"any" or a list is expected')


def _within(value: Any) -> Any:
    """Read ``300 chars``, ``same_part`` or ``message``."""
    if value in ("message", "same_part"):
        return value
    match = re.fullmatch(r"([0-9]{1,6}) ?(?:chars|caractères)", value) if isinstance(value, str) else None
    if match is None or int(match[1]) > _WITHIN_MAX:
        raise Said(
            f"« 300 chars » (au plus {_WITHIN_MAX}), « same_part » ou « message » est attendu",
            f'"300 chars" (at most {_WITHIN_MAX}), "same_part" or "message" is expected',
        )
    return int(match[1])


def _media_type(glob: str) -> str:
    if re.fullmatch(r"[a-z0-9.+*-]+/[a-z0-9.+*-]+", glob) is None:
        raise Said(
            "type de média attendu, par exemple application/pdf ou image/*",
            "a media type is expected, such as application/pdf or image/*",
        )
    return glob


def _header_name(name: str) -> str:
    if re.fullmatch(r"[!-9;-~]{1,76}", name) is None:
        raise Said(
            "nom d'en-tête attendu, sans « : », par exemple X-Priority",
            'the name of a header is expected, without ":", such as X-Priority',
        )
    return name.lower()


Reason = Annotated[str, AfterValidator(_reason)]
Qualifier = Literal[
    "negated", "family", "hypothetical", "historic",
    "quoted", "signature", "footer", "generic", "template",
    "wrong_key", "test_number",
]  # fmt: skip


def _without() -> Any:
    return told(
        "Les constats ainsi qualifiés ne comptent pas.",
        "Findings with one of these qualifiers do not count.",
        default=(),
    )


def _in(**rules: Any) -> Any:
    return told(
        "Où : message (tout le message), any_part (une partie seule), same_part (la même partie "
        "pour toutes les conditions same_part).",
        "Where: message (as a whole), any_part (some part alone), same_part (one part, the same for all "
        "same_part leaves).",
        alias="in",
        **rules,
    )


class FindingLeaf(Strict):
    """Assez de constats d'un genre ou d'un axe. Enough findings of some kinds or of an axis."""

    kind: Kind | None = told("Un genre de constat, par exemple nir.", "One kind, such as nir.", default=None)
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)] | None = told(
        "Plusieurs genres : l'un ou l'autre.", "Several kinds: any of them.", default=None
    )
    axis: Axis | None = told(
        "identity (qui) ou health (quoi).", "identity (who) or health (what).", default=None
    )
    confidence: Confidence = told("Confiance, au moins.", "At least so sure.", default=Confidence.LOW)
    count: Minimum = told("Occurrences, au moins.", "Occurrences, at least.", default=1)
    distinct: Minimum = told(
        "Valeurs différentes, au moins.",
        "Different values, at least; findings without a fingerprint are all different.",
        default=1,
    )
    without: tuple[Qualifier, ...] = _without()
    in_: Quantifier = _in(default=Quantifier.MESSAGE)

    @cached_property
    def wanted(self) -> frozenset[str]:
        """The kinds, empty for every kind."""
        return frozenset(self.kinds or ()) | frozenset([self.kind] if self.kind else ())

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.kind and self.kinds:
            raise Said("« kind » ou « kinds », pas les deux", '"kind" or "kinds", not both', ("kinds",))
        if not self.kind and not self.kinds and not self.axis:
            raise Said("« kind », « kinds » ou « axis » est attendu", '"kind", "kinds" or "axis" is expected')
        return self


class PairLeaf(Strict):
    """Une personne identifiée et une donnée de santé. Someone identified and something medical.

    A finding that carries both axes is a pair by itself.
    """

    identity: Confidence = told(
        "Confiance du constat qui dit qui, au moins.",
        "At least, for the finding that says who.",
        default=Confidence.LOW,
    )
    health: Confidence = told(
        "Confiance du constat qui dit quoi, au moins.",
        "At least, for the finding that says what.",
        default=Confidence.LOW,
    )
    strength: Confidence = told(
        "Force de la paire, au moins : confiance et proximité ensemble.",
        "Strength of the pair, at least: confidence and nearness together.",
        default=Confidence.LOW,
    )
    within: Annotated[int | Literal["message", "same_part"], BeforeValidator(_within)] = told(
        "À quelle distance : « 300 chars », same_part (même partie) ou message.",
        'How near each other: "300 chars", same_part or message.',
        default="message",
        json_schema_extra={
            "anyOf": [
                {"enum": ["message", "same_part"]},
                {"type": "string", "pattern": "^[0-9]{1,6} ?chars$"},
            ]
        },
    )
    without: tuple[Qualifier, ...] = _without()
    in_: Quantifier = _in()

    @model_validator(mode="after")
    def _says_how_sure(self) -> Self:
        if not {"identity", "health"} <= self.model_fields_set and "strength" not in self.model_fields_set:
            raise Said(
                "« identity » et « health », ou « strength », sont attendus",
                '"identity" and "health", or "strength", are expected',
            )
        return self


class DocumentLeaf(Strict):
    """Un document médical entier. A whole medical document."""

    kinds: Annotated[tuple[Kind, ...], BeforeValidator(_any_or_list)] = told(
        "any, ou une liste : discharge, prescription, lab_report, cda…",
        "any, or a list: discharge, prescription, lab_report, cda…",
    )
    confidence: Confidence = told("Confiance, au moins.", "At least so sure.", default=Confidence.LOW)
    count: Minimum = told("Documents, au moins.", "Documents, at least.", default=1)
    without: tuple[Qualifier, ...] = _without()
    in_: Quantifier = _in(default=Quantifier.MESSAGE)

    def is_one(self, kind: str) -> bool:
        """Tell whether findings of this kind are documents that are asked for."""
        short = kind.removeprefix(DOCUMENT)
        return (short in self.kinds) if self.kinds else (short != kind or kind in FORMATS)


class AttachmentLeaf(Strict):
    """Assez de pièces jointes d'une sorte. Enough attachments of some sort; one must be all that is said."""

    type: Annotated[str, AfterValidator(_media_type)] | None = told(
        "Type reconnu (non le type déclaré), par exemple application/pdf ou image/*.",
        "What it is recognised as (not what is declared), such as application/pdf or image/*.",
        default=None,
    )
    name: Pattern | None = told(
        "Motif (RE2) cherché dans le nom du fichier, sans égard à la casse.",
        "Pattern (RE2) searched in the file's name, whatever its case.",
        default=None,
    )
    encrypted: bool | None = told(
        "true : protégée par un mot de passe ou chiffrée ; false : le contraire.",
        "true: password-protected or encrypted; false: the opposite.",
        default=None,
    )
    count: Minimum = told("Pièces jointes, au moins.", "Attachments, at least.", default=1)
    in_: Quantifier = _in(default=Quantifier.MESSAGE)

    @cached_property
    def question(self) -> NameQuestion | None:
        """What must be asked of the files' names."""
        return NameQuestion(self.name) if self.name is not None else None


class UnreadLeaf(Strict):
    """Quelque chose n'a pas pu être analysé. Something could not be inspected."""

    reasons: Annotated[tuple[Reason, ...], BeforeValidator(_any_or_list)] = told(
        "any (par défaut) ou une liste ; limit vaut pour toute limite.",
        "any (the default), or a list; limit stands for every limit.",
        default=(),
    )
    attachment: bool | None = told(
        "true : seulement les pièces jointes ; false : seulement le reste.",
        "true: only attachments; false: only the rest; absent: both.",
        default=None,
    )
    in_: Quantifier = _in(default=Quantifier.MESSAGE)


class RecipientLeaf(Traits):
    """Assez de destinataires d'une sorte. Enough recipients of some sort, of those in the policy's scope."""

    count: Minimum = told(
        "Destinataires concernés qui sont tout cela, au moins.",
        "Recipients in scope that are all of this, at least.",
        default=1,
    )


class HeaderLeaf(Strict):
    """Un en-tête du message. A header of the message."""

    name: Annotated[str, AfterValidator(_header_name)] = told(
        "Nom de l'en-tête, par exemple Subject.", "The header's name, such as Subject."
    )
    pattern: Pattern | None = told(
        "Motif (RE2) cherché dans sa valeur décodée, sans égard à la casse.",
        "Pattern (RE2) searched in its decoded value, whatever its case.",
        default=None,
    )
    present: bool | None = told(
        "true : il y en a un ; false : il n'y en a pas.", "true: there is one; false: none.", default=None
    )

    @cached_property
    def question(self) -> HeaderQuestion:
        """What must be asked of the headers."""
        return HeaderQuestion(self.name, self.pattern)

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if (self.pattern is None) == (self.present is None):
            raise Said("« pattern » ou « present » est attendu", '"pattern" or "present" is expected')
        return self


class SizeLeaf(Strict):
    """La taille du message. The size of the message."""

    at_least: Bytes = told(
        "Taille, au moins : un nombre d'octets, 10 MB ou 10 MiB.",
        "At least: a number of bytes, 10 MB or 10 MiB.",
    )


class VolumeLeaf(Strict):
    """Ce que l'expéditeur envoie sur une durée, ce message compris.

    What the sender sends over a window, this message included.
    """

    of: Measure = told(
        "messages, recipients (copies), patients (personnes identifiées), matches (messages avec une "
        "personne et une donnée de santé), bytes.",
        "messages, recipients (copies), patients (identified persons), matches (messages with a person and "
        "a health datum), bytes.",
    )
    at_least: Annotated[int, Field(ge=1, le=10**15)] = told("Nombre, au moins.", "At least so many.")
    window: Window = told("Durée : 30min, 24h, 7d.", "Length of time: 30min, 24h, 7d.")

    @cached_property
    def hours(self) -> float:
        """The window in hours."""
        return hours_of(self.window)


Leaf = (
    FindingLeaf
    | PairLeaf
    | DocumentLeaf
    | AttachmentLeaf
    | UnreadLeaf
    | RecipientLeaf
    | HeaderLeaf
    | SizeLeaf
    | VolumeLeaf
)


def _several(french: str, english: str) -> Any:
    return told(french, english, default=None, min_length=1)


def _one(french: str, english: str) -> Any:
    return told(french, english, default=None)


class Condition(Strict):
    """Un nœud de l'arbre : exactement une de ses clés. One node of the tree: exactly one of its keys."""

    all: tuple[Condition, ...] | None = _several("Toutes ces conditions.", "All of these conditions.")
    any: tuple[Condition, ...] | None = _several("Au moins une.", "At least one of them.")
    none: tuple[Condition, ...] | None = _several("Aucune.", "None of them.")
    finding: FindingLeaf | None = _one("Des constats.", "Findings.")
    pair: PairLeaf | None = _one("Qui et quoi ensemble.", "Who and what together.")
    document: DocumentLeaf | None = _one("Des documents médicaux.", "Medical documents.")
    attachment: AttachmentLeaf | None = _one("Des pièces jointes.", "Attachments.")
    unread: UnreadLeaf | None = _one("Des parties non analysées.", "Unread parts.")
    recipient: RecipientLeaf | None = _one("Des destinataires.", "Recipients.")
    header: HeaderLeaf | None = _one("Un en-tête.", "A header.")
    size: SizeLeaf | None = _one("La taille.", "The size.")
    volume: VolumeLeaf | None = _one("Le volume envoyé.", "The volume sent.")
    macro: Kebab | None = _one(
        "Une condition nommée dans lists/*.yaml.", "A condition that lists/*.yaml names."
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            known = ", ".join(type(self).model_fields)
            found = " + ".join(given)
            raise Said(
                f"exactement une clé attendue parmi {known}"
                + f" ; lu : {found} (groupez sous « all »)" * bool(found),
                f"exactly one key expected of {known}"
                + f'; read: {found} (group them under "all")' * bool(found),
            )
        return self

    @classmethod
    def of(cls, key: str, inner: Any) -> Condition:
        """Return a node of parts that were checked before."""
        return cls.model_construct(None, **{key: inner})

    @cached_property
    def key(self) -> str:
        """The one key that is given."""
        return next(name for name in type(self).model_fields if getattr(self, name) is not None)

    @cached_property
    def children(self) -> tuple[Condition, ...]:
        """The conditions below ``all``, ``any`` or ``none``."""
        inner = getattr(self, self.key)
        return inner if isinstance(inner, tuple) else ()

    @cached_property
    def leaf(self) -> Leaf | None:
        """What a leaf asks; None for a group or a macro."""
        inner = getattr(self, self.key)
        return None if isinstance(inner, tuple | str) else inner

    @cached_property
    def binds_parts(self) -> bool:
        """Whether some leaf below says ``same_part``."""
        if self.children:
            return any(child.binds_parts for child in self.children)
        return getattr(self.leaf, "in_", None) is Quantifier.SAME_PART

    def located(self, location: Location = ()) -> Iterator[tuple[Location, Condition]]:
        """Yield this node and those below, each with its place relative to this one."""
        yield location, self
        for index, child in enumerate(self.children):
            yield from child.located((*location, self.key, index))
