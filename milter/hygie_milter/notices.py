"""What Hygie itself tells people, beside what policies say: French first, then English.

Does:   holds the answers for a service that cannot decide, stops, or is addressed wrongly; fills in letters.
Never:  holds anything of a message.
Fails:  never; texts are folded to ASCII when this module is loaded.
Source: RFC 3463 for the enhanced codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hygie_milter.mailer import Letter
from hygie_milter.postfix.plan import Reply, reply_lines
from hygie_policies import messages
from hygie_policies.messages import Notice, say
from hygie_policies.model import Contact
from hygie_policies.sender import LANGUAGES

STOPPING: Final = Reply(
    "451",
    "4.3.2",
    reply_lines(
        (
            "Le contrôle des données de santé redémarre. Votre message sera renvoyé automatiquement.",
            "The health data check restarts. The message will be retried.",
        )
    ),
)

INTERNAL_ADDRESS: Final = Reply(
    "550",
    "5.7.1",
    reply_lines(
        (
            "Cette adresse est réservée au fonctionnement de la messagerie : écrivez à l'adresse d'origine.",
            "This address is internal to the mail system: write to the original address.",
        )
    ),
)

ODD_ADDRESS: Final = Reply(
    "550",
    "5.1.3",
    reply_lines(
        (
            "L'adresse d'un destinataire n'est pas de la forme nom@domaine : corrigez-la et recommencez.",
            "A recipient's address is not of the form name@domain: correct it and send the message again.",
        )
    ),
)

FAILURES: Final[Mapping[str, Reply]] = {
    "tempfail": Reply(
        "451",
        "4.7.1",
        reply_lines(
            (
                "Le contrôle des données de santé est momentanément indisponible.",
                "Votre message n'est pas perdu : il sera renvoyé automatiquement.",
                "The health data check is unavailable for a moment. The message will be retried.",
            )
        ),
    ),
    "reject": Reply(
        "550",
        "5.7.1",
        reply_lines(
            (
                "Le contrôle des données de santé n'a pas pu lire ce message, qui n'a pas été envoyé.",
                "Réessayez plus tard ou appelez votre service informatique.",
                "The health data check could not read this message, which was not sent. Try again later.",
            )
        ),
    ),
}
"""By failure action. ``hold`` has none: the message is accepted and waits."""


def letter(
    notice: Notice, to: str, reference: str, words: Mapping[str, object], contact: Contact | None = None
) -> Letter:
    """Fill in a letter, French first, then English."""
    texts = messages.texts()
    text = texts.notices[notice]
    halves = []
    for language in LANGUAGES:
        lines = [say(line, language).format(reference=reference, **words) for line in text.lines]
        if contact is not None:
            lines.append(say(texts.contact, language).format(name=contact.name, phone=contact.phone))
        halves.append("\n".join([*lines, f"{say(texts.reference, language)} {reference}"]))
    subject = " / ".join(say(text.subject, language) for language in LANGUAGES)
    return Letter(to, f"{subject} - {reference}", "\n\n".join(halves) + "\n")
