"""The closed schema of a policy file: one policy, with its tests inside.

Does:   says which keys exist, what each may hold and what it means; refuses the rest.
Never:  runs anything from the file: there are no expressions and no templates.
Fails:  through :mod:`hygie_policies.yamlfile`, with file, line and column.

The parts: :mod:`~hygie_policies.scope` (whom), :mod:`~hygie_policies.leaves` (``when``),
:mod:`~hygie_policies.cases` (``tests``), :mod:`~hygie_policies.words` (texts and names).
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from hygie_policies.cases import PolicyTest
from hygie_policies.leaves import Condition
from hygie_policies.model import Action
from hygie_policies.scope import Scope
from hygie_policies.words import Bilingual, Kebab, Line, Strict, Window, told
from hygie_policies.yamlfile import Said

BUILT_IN_LISTS: Final = frozenset({"care-units"})
"""Lists that a policy may name though nothing defines them: empty then, so no one is in."""


class Severity(StrEnum):
    """How grave a match is; breaks ties between equal actions."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    rank: int
    """0 for low up to 3 for critical."""


for _rank, _member in enumerate(Severity):
    _member.rank = _rank  # a plain attribute: it is read for every policy that asks for something


class Status(StrEnum):
    """How far a policy is in its life."""

    DRAFT = "draft"
    """Loaded and checked, not evaluated."""
    SIMULATE = "simulate"
    """Evaluated and recorded, never acted on."""
    ENFORCE = "enforce"
    RETIRED = "retired"
    """Kept for the record: loaded and checked, not evaluated."""

    @property
    def evaluated(self) -> bool:
        """Whether policies of this status are asked at all."""
        return self in {Status.SIMULATE, Status.ENFORCE}


class By(StrEnum):
    """Who may let a held message go."""

    SENDER = "sender"
    TWO = "two"


class ReleaseRule(Strict):
    """Qui peut laisser partir un message retenu. Who may let a held message go."""

    by: By = told(
        "sender (l'expéditeur, pour « severity: low » seulement) ou two (le chef de service et le délégué"
        " à la protection des données).",
        'sender (for "severity: low" only) or two (the head of unit and the data protection officer).',
    )
    within: Window = told("Pendant combien de temps : 48h.", "For how long: 48h.")


class Then(Strict):
    """Ce que la règle demande. What the policy asks for."""

    action: Action = told(
        "allow, tag (marquer), reroute (autre canal), hold (retenir), reject (refuser).",
        "allow, tag, reroute (by a channel), hold, reject.",
    )
    channel: Kebab | None = told(
        "Pour reroute : le nom du canal.", "For reroute: the name of the channel.", default=None
    )
    otherwise: Action | None = told(
        "Pour reroute : le sort d'un destinataire que le canal n'accepte pas ; hold par défaut.",
        "For reroute: what becomes of a recipient the channel does not accept; default hold.",
        default=None,
    )
    split: bool = told(
        "Pour un refus : ne refuser que ces destinataires, non tout le message.",
        "For a rejection: refuse these recipients only, instead of the whole message.",
        default=False,
    )

    release: ReleaseRule | None = told(
        "Pour hold : qui peut laisser partir le message.",
        "For hold: who may let the message go.",
        default=None,
    )

    @property
    def fallback(self) -> Action:
        """What a reroute becomes where the channel does not accept the recipient."""
        return self.otherwise or Action.HOLD

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        reroute = self.action is Action.REROUTE
        if reroute and self.channel is None:
            raise Said("« reroute » demande « channel »", '"reroute" needs "channel"', ("action",))
        for name in ("channel", "otherwise"):
            if not reroute and getattr(self, name) is not None:
                raise Said(
                    f"« {name} » ne va qu'avec « reroute »", f'"{name}" goes with "reroute" only', (name,)
                )
        if self.otherwise is Action.REROUTE:
            raise Said(
                "« otherwise » ne peut pas être « reroute »",
                '"otherwise" cannot be "reroute"',
                ("otherwise",),
            )
        if self.split and Action.REJECT not in {self.action, self.otherwise}:
            raise Said("« split » ne va qu'avec « reject »", '"split" goes with "reject" only', ("split",))
        holds = self.action is Action.HOLD or (reroute and self.fallback is Action.HOLD)
        if self.release is not None and not holds:
            raise Said("« release » ne va qu'avec « hold »", '"release" goes with "hold" only', ("release",))
        return self


class PolicyException(Strict):
    """Qui la règle épargne, pourquoi, sous la garde de qui et jusqu'à quand.

    Whom the policy spares, why, in whose care and until when.
    """

    id: Kebab = told("Nom de l'exception.", "The exception's name.")
    scope: Scope | None = told(
        "Qui est épargné ; tout ce qui est écrit doit être vrai.",
        "Who is spared; all that is written must hold.",
        default=None,
    )
    when: Condition | None = told(
        "Ce qui doit être vrai du message pour épargner.",
        "What must hold of the message to spare them.",
        default=None,
    )
    reason: Line = told("Pourquoi.", "Why.")
    owner: Line = told("Qui en répond.", "Who answers for it.")
    expires: dt.date = told(
        "Dernier jour, inclus, à Paris : AAAA-MM-JJ.", "Last day, included, in Paris: YYYY-MM-DD."
    )

    @model_validator(mode="after")
    def _spares_someone(self) -> Self:
        if self.scope is None and self.when is None:
            raise Said("« scope » ou « when » est attendu", '"scope" or "when" is expected')
        return self


def _rows(french: str, english: str, **rules: Any) -> Any:
    return told(french, english, default=(), **rules)


class Policy(Strict):
    """Une règle et ses essais. One policy file."""

    schema_: Literal[1] = told("Version de ce format.", "Version of this format.", alias="schema")
    id: Kebab = told("Nom unique, qui ne change jamais.", "Unique name that never changes.")
    title: Bilingual = told(
        "Une phrase sans point final : elle ouvre le motif que chacun lit.",
        "One sentence without its full stop: it opens the reason that people read.",
    )
    why: Bilingual = told(
        "Le fondement, pour l'équipe de sécurité et ses auditeurs.",
        "The ground, for the security team and whoever audits them.",
    )
    owner: Line = told("Qui répond de la règle.", "Who answers for the policy.")
    status: Status = told(
        "draft (brouillon), simulate (évaluée sans agir), enforce (appliquée), retired (retirée).",
        "draft, simulate (evaluated, never acted on), enforce, retired.",
    )
    severity: Severity = told(
        "Gravité ; elle départage les actions égales.", "How grave a match is; breaks ties."
    )
    since: dt.date = told(
        "Depuis quand la règle est dans cet état : AAAA-MM-JJ.",
        "Since when the policy has this status: YYYY-MM-DD.",
    )
    references: tuple[Line, ...] = _rows("Textes applicables.", "The texts it rests on.")
    scope: Scope = told("Qui et quand.", "Whom and when.", default=Scope())
    when: Condition = told("La condition.", "The condition.")
    then: Then = told("L'action.", "The action.")
    exceptions: tuple[PolicyException, ...] = _rows("Exceptions datées.", "Exceptions with an end.")
    sender_message: Bilingual | None = told(
        "Ce que lit l'expéditeur, en plus de ce qui s'est passé et de la référence.",
        "What the sender reads beside what happened and the reference; a default fits each action.",
        default=None,
    )
    known_false_positives: tuple[Line, ...] = _rows("Faux positifs connus.", "Known false positives.")
    tests: Annotated[tuple[PolicyTest, ...], Field(max_length=200)] = _rows("Essais.", "Tests.")

    @model_validator(mode="after")
    def _no_silent_leak(self) -> Self:
        if self.then.otherwise is Action.ALLOW and self.severity is not Severity.LOW:
            raise Said(
                "« otherwise: allow » laisse partir en clair : réservé à « severity: low »",
                '"otherwise: allow" lets the message leave in clear: for "severity: low" only',
                ("then", "otherwise"),
            )
        return self

    @model_validator(mode="after")
    def _senders_release_little(self) -> Self:
        rule = self.then.release
        if rule is not None and rule.by is By.SENDER and self.severity is not Severity.LOW:
            raise Said(
                "« by: sender » est réservé à « severity: low » ; sinon « by: two »",
                '"by: sender" is for "severity: low" only; otherwise "by: two"',
                ("then", "release", "by"),
            )
        return self

    @model_validator(mode="after")
    def _exceptions_have_names(self) -> Self:
        names: set[str] = set()
        for index, exception in enumerate(self.exceptions):
            if exception.id in names:
                raise Said(
                    f"exception « {exception.id} » en double",
                    f'exception "{exception.id}" is there twice',
                    ("exceptions", index, "id"),
                )
            names.add(exception.id)
        return self
