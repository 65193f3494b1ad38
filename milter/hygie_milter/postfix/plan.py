"""From a decision to the operations that Postfix is asked for.

Does:   turns a decision into recipient changes, header changes, a hold, and one final answer.
Never:  loses a recipient: one is added for each that is deleted, and this is checked here; nor
        deletes one by a name under which Postfix would not find it.
        Puts content into a reply, a reason or a header: closed vocabularies and the reference only.
Fails:  ``ValueError`` when a decision cannot be carried out as a whole; the session then applies
        the failure action, so that the message is neither lost nor let through.
Source: Postfix MILTER_README; RFC 5321 4.2.1 (512 octets a reply line); RFC 3461 (ORCPT, NOTIFY).
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from hygie_milter.postfix.paths import INTERNAL_SUFFIX, bare, encode, standard, xtext
from hygie_policies.addresses import parse
from hygie_policies.model import Action, Decision, RecipientDecision

REFUSED_DOMAIN: Final = "refused" + INTERNAL_SUFFIX
"""Recipients refused alone go here: a Postfix ``error`` transport, which returns a notice to the sender."""
HEADER_PREFIX: Final = "x-hygie"
"""Every header of ours starts so; a sender's copies are removed."""
DECISION_HEADER: Final = "X-Hygie-Decision"
_REPLY_LINE_MAX: Final = 300
_REPLY_LINES_MAX: Final = 30


@dataclass(frozen=True, slots=True)
class Recipient:
    """One RCPT TO as it came: the path (``<a@b>``) and its ESMTP parameters."""

    path: str = field(repr=False)
    parameters: tuple[str, ...] = field(repr=False, default=())


@dataclass(frozen=True, slots=True)
class Reply:
    """An SMTP answer: code, enhanced code, lines of ASCII with ``%`` doubled for libmilter."""

    code: str
    enhanced: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask of Postfix, in this order. ``reply`` is None when the message is accepted."""

    delete_headers: tuple[tuple[str, int], ...] = ()
    """(name, index from 1), the highest index first."""
    add_headers: tuple[tuple[str, str], ...] = ()
    add_recipients: tuple[tuple[str, str], ...] = field(repr=False, default=())
    """(path, ESMTP parameters)."""
    delete_recipients: tuple[str, ...] = field(repr=False, default=())
    hold: str | None = None
    reply: Reply | None = None


def make_plan(  # noqa: PLR0913 - the decision, and the four things of the message it is carried out on
    decision: Decision,
    sender: str,
    recipients: Sequence[Recipient],
    our_headers: Mapping[str, int],
    channel_domains: Mapping[str, str],
    decision_header: str | None,
) -> Plan:
    """Return the plan for a decision.

    ``our_headers`` counts the headers that came with a name of ours (lower case);
    ``channel_domains`` maps a channel to its Postfix domain; ``decision_header`` is the value of
    the trace or tag header, None for none.
    """
    by_address = {r.address: r for r in decision.recipients}
    if refused_whole(decision, sender):
        return Plan(reply=Reply("550", "5.7.1", reply_lines(decision.sender_message)))
    add: list[tuple[str, str]] = []
    delete: dict[str, None] = {}
    for recipient in dict.fromkeys(recipients):
        if recipient.path in delete:
            continue  # the same path twice: Postfix deletes both and one copy goes out, as without us
        target = _target(by_address[bare(recipient.path)], channel_domains)
        if target is not None:
            add.append((target, _parameters(recipient, final=REFUSED_DOMAIN in target)))
            delete[recipient.path] = None
    if len(add) != len(delete) or not all(map(standard, delete)):
        raise ValueError("a recipient would be lost")
    return Plan(
        delete_headers=deletions(our_headers),
        add_headers=((DECISION_HEADER, decision_header),) if decision_header else (),
        add_recipients=tuple(add),
        delete_recipients=tuple(delete),
        hold=f"hygie {decision.reference}"
        if any(r.action is Action.HOLD for r in decision.recipients)
        else None,
    )


def deletions(our_headers: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Return the headers to delete, each name's last one first, so that no index moves."""
    return tuple((name, i) for name, count in our_headers.items() for i in range(count, 0, -1))


def refused_whole(decision: Decision, sender: str) -> bool:
    """Tell whether the whole message is refused.

    SMTP has one answer for a message, so a recipient can be refused alone only by a notice to the
    sender: impossible when the sender is null, and pointless when nobody else is left.
    """
    refused = [r for r in decision.recipients if r.action is Action.REJECT]
    return bool(refused) and (not decision.split or not sender or len(refused) == len(decision.recipients))


def reply_lines(sentences: Sequence[str]) -> tuple[str, ...]:
    """Fold sentences for an SMTP reply: ASCII, ``%`` doubled, lines short enough, few enough.

    Of too many lines the last one stays: it is the reference.
    """
    lines: list[str] = []
    for sentence in sentences:
        lines += textwrap.wrap(ascii_folded(sentence), _REPLY_LINE_MAX)
    if len(lines) > _REPLY_LINES_MAX:
        lines[_REPLY_LINES_MAX - 1 :] = lines[-1:]
    return tuple(line.replace("%", "%%") for line in lines)


def ascii_folded(text: str) -> str:
    """Return the text in ASCII: accents dropped, quotation marks and ligatures spelled out."""
    for ours, theirs in _SPELLED.items():
        text = text.replace(ours, theirs)
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(letter if letter.isprintable() else " " for letter in folded)


_SPELLED: Final = {"’": "'", "«\u00a0": '"', "« ": '"', "«": '"', "\u00a0»": '"', " »": '"', "»": '"', "œ": "oe", "Œ": "OE", "æ": "ae", "–": "-", "—": "-", "…": "...", "€": "EUR"}  # fmt: skip  # noqa: E501 - one table


def internal(recipients: Sequence[Recipient]) -> bool:
    """Tell whether a client addresses one of Hygie's own domains, which only Hygie may do."""
    return any(("." + parse(bare(r.path)).domain).endswith(INTERNAL_SUFFIX) for r in recipients)


def _target(decided: RecipientDecision, channel_domains: Mapping[str, str]) -> str | None:
    if decided.action is Action.REJECT:
        return encode(decided.address, REFUSED_DOMAIN)
    if decided.channel is None:
        return None
    if decided.channel_address is None:
        raise ValueError("a reroute without an address")
    return encode(decided.channel_address, channel_domains[decided.channel])


def _parameters(recipient: Recipient, *, final: bool) -> str:
    """Return the ESMTP parameters of the new recipient.

    The original recipient stays visible in notices. A client's NOTIFY is kept, but for a refused
    recipient: NOTIFY=NEVER would turn the refusal into a silent loss.
    """
    kept = [p for p in recipient.parameters if p.upper().startswith(("ORCPT=", "NOTIFY=")) and not final]
    if final:
        kept = [p for p in recipient.parameters if p.upper().startswith("ORCPT=")] + ["NOTIFY=FAILURE"]
    if not any(p.upper().startswith("ORCPT=") for p in kept):
        kept.insert(0, "ORCPT=rfc822;" + xtext(bare(recipient.path)))
    return " ".join(kept)
