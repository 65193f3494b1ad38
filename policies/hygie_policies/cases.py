"""The tests that a policy carries: a message, what was known, and what must become of it.

Does:   declares the keys below ``tests``.
Never:  reads a file of its own: a test's message stands in the policy. Fictitious people only.
Fails:  through :mod:`hygie_policies.yamlfile`, with file, line and column.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from hygie_policies.model import Action, Measure
from hygie_policies.words import Line, Strict, told
from hygie_policies.yamlfile import Said

DEFAULT_TIME = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
"""When a test's message is sent unless it says otherwise: a Tuesday, 10 h in Paris."""


class Attachment(Strict):
    """Une pièce jointe du message d'essai. A file of a test message."""

    name: str = told("Nom du fichier.", "The file's name.", min_length=1, max_length=200)
    type: str = told(
        "Ce que l'expéditeur déclare ; l'analyse ne le croit pas.",
        "What the sender declares; the inspection does not believe it.",
        default="application/octet-stream",
        pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+$",
    )
    text: str | None = told("Contenu en texte.", "Its content as text.", default=None)
    base64: str | None = told("Contenu en base64.", "Its content in base64.", default=None)

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return (
            self.text.encode()
            if self.text is not None
            else base64.b64decode("".join((self.base64 or "").split()))
        )

    @model_validator(mode="after")
    def _one_content(self) -> Self:
        if (self.text is None) == (self.base64 is None):
            raise Said("« text » ou « base64 » est attendu", '"text" or "base64" is expected')
        if self.base64 is not None:
            try:
                base64.b64decode("".join(self.base64.split()), validate=True)
            except (binascii.Error, ValueError):
                raise Said("base64 invalide", "invalid base64", ("base64",)) from None
        return self


class Mail(Strict):
    """Un message d'essai, personnes inventées. A test message; fictitious people only."""

    from_: str = told("Expéditeur de l'enveloppe.", "Envelope sender.", alias="from")
    to: tuple[str, ...] = told("Destinataires.", "Recipients.", min_length=1)
    subject: str = told("Objet.", "Subject.", default="")
    headers: dict[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,75}$")], Line] = told(
        "Autres en-têtes.", "Other headers.", default_factory=dict
    )
    text: str = told("Corps en texte.", "Body as text.", default="")
    html: str | None = told("Corps en HTML.", "Body as HTML.", default=None)
    attachments: tuple[Attachment, ...] = told("Pièces jointes.", "Attachments.", default=())
    authenticated: str = told("Identifiant de connexion.", "The login.", default="")
    client: str = told("Adresse IP du client.", "The client's IP address.", default="")
    at: AwareDatetime = told(
        "Quand il est envoyé, avec son fuseau, par exemple 2026-11-24T22:30:00+01:00.",
        "When it is sent, with its zone, such as 2026-11-24T22:30:00+01:00.",
        default=DEFAULT_TIME,
    )


class Known(Strict):
    """Ce que l'expéditeur a envoyé auparavant. What the sender sent before."""

    volume: dict[Measure, Annotated[int, Field(ge=0)]] = told(
        "Par mesure, sur n'importe quelle durée ; ce message en plus.",
        "By measure, over any window; this message comes on top.",
        default_factory=dict,
    )
    first_contact: tuple[str, ...] = told(
        "Destinataires à qui il n'a jamais écrit.", "Recipients never written to before.", default=()
    )


class Expect(Strict):
    """Ce que la règle, appliquée seule, doit en faire. What the policy, enforced alone, must make of it."""

    action: Action | None = told(
        "L'action la plus stricte, tous destinataires confondus.",
        "The strictest action over all recipients.",
        default=None,
    )
    recipients: dict[str, Action] | None = told(
        "L'action pour chaque destinataire nommé ici.",
        "The action for each recipient named here.",
        default=None,
        min_length=1,
    )
    known_gap: bool = told(
        "true : limite connue ; l'attente dit ce qui se passe, non ce qu'il faudrait.",
        "true: a known gap; what is expected is what happens, not what should.",
        default=False,
    )

    @property
    def match(self) -> bool:
        """Whether the policy is expected to do anything."""
        return any(
            action is not Action.ALLOW
            for action in (self.action, *(self.recipients or {}).values())
            if action
        )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.action is None and self.recipients is None:
            raise Said("« action » ou « recipients » est attendu", '"action" or "recipients" is expected')
        return self


class PolicyTest(Strict):
    """Un message et ce qu'il doit devenir. One message and what must become of it."""

    name: Line = told("Ce que l'essai montre.", "What the test shows.")
    message: Mail = told("Le message.", "The message.")
    history: Known = told("Ce qui a précédé.", "What came before.", default=Known())
    expect: Expect = told("Ce qui est attendu.", "What is expected.")

    @model_validator(mode="after")
    def _expects_of_recipients(self) -> Self:
        for address in self.expect.recipients or {}:
            if address not in self.message.to:
                raise Said(
                    "ce destinataire n'est pas dans « to »",
                    'this recipient is not in "to"',
                    ("expect", "recipients", address),
                )
        return self
