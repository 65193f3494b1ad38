"""Who may let a held message go, and what earlier approvals allow. Pure.

Does:   says of a decision whether every policy that holds the message lets someone release it, by whom and
        for how long; and turns a hold into a mark where the sender's earlier approval of the same policy for
        the same recipient is still remembered.
Never:  lets one policy's leave stand for another's; nor a policy that failed or could not be told be released
        by the sender.
Fails:  never: an approval that cannot be told is none.
"""

from __future__ import annotations

from collections.abc import Iterable

from hygie_policies.model import Action, Approvals, Context, RecipientDecision, Release
from hygie_policies.schema import By, Policy
from hygie_policies.words import hours_of


def release_of(
    recipients: tuple[RecipientDecision, ...], enforced: Iterable[tuple[Policy, bool]]
) -> Release | None:
    """Return who may release a held message; None when nobody may, or it is not held.

    ``enforced`` are the policies, each with whether its answer is in doubt.
    """
    holding = {
        each for recipient in recipients if recipient.action is Action.HOLD for each in recipient.policies
    }
    rules = [(policy.then.release, doubt) for policy, doubt in enforced if policy.id in holding]
    given = [rule for rule, doubt in rules if rule is not None and not doubt]
    if not given or len(given) < len(holding):
        return None
    by = By.TWO if any(rule.by is By.TWO for rule in given) else By.SENDER
    return Release(by.value, min(hours_of(rule.within) for rule in given), tuple(sorted(holding)))


def is_approved(policy: Policy, recipient: str, context: Context) -> bool:
    """Tell whether the sender has approved this policy's hold for this recipient before."""
    rule = policy.then.release
    if rule is None or rule.by is not By.SENDER:
        return False
    approvals: Approvals = context.approvals
    try:
        return approvals.approved(policy.id, recipient)
    except Exception:  # noqa: BLE001 - what cannot be told must not open a way
        return False
