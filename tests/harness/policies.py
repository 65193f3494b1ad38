"""One policy per action, chosen by the sender: tests of what Postfix is asked for, not of what is found.

Does:   writes a folder of policies under which a message from ``held@hopital.test`` with a NIR is held, one
        from ``rejected@hopital.test`` is rejected, and so on.
Never:  changes between tests; a sender not named here is not restricted.
Fails:  nothing here fails.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from harness.postfix import ORGANISATION

FREE: Final = f"libre@{ORGANISATION}"
"""A sender whom no policy is about."""
HELD: Final = f"held@{ORGANISATION}"
REJECTED: Final = f"rejected@{ORGANISATION}"
TAGGED: Final = f"tagged@{ORGANISATION}"
REROUTED: Final = f"rerouted@{ORGANISATION}"
"""By MSSanté where the channel takes the recipient, held otherwise."""
SPLIT: Final = f"split@{ORGANISATION}"
"""By MSSanté where the channel takes the recipient, refused otherwise, recipient by recipient."""
CAREFUL: Final = f"careful@{ORGANISATION}"
"""Held when anything could not be read."""

NIR: Final = {"finding": {"kind": "nir"}}
BY_SENDER: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    HELD: (NIR, {"action": "hold"}),
    REJECTED: (NIR, {"action": "reject"}),
    TAGGED: (NIR, {"action": "tag"}),
    REROUTED: (NIR, {"action": "reroute", "channel": "mssante", "otherwise": "hold"}),
    SPLIT: (NIR, {"action": "reroute", "channel": "mssante", "otherwise": "reject", "split": True}),
    CAREFUL: ({"unread": {"reasons": "any"}}, {"action": "hold"}),
}


def policy(sender: str, when: dict[str, Any], then: dict[str, Any]) -> dict[str, Any]:
    """Return one policy about one sender."""
    name = sender.partition("@")[0]
    return {
        "schema": 1,
        "id": f"test-{name}",
        "title": {"fr": f"Essai {name}", "en": f"Test {name}"},
        "why": {"fr": f"Essai de {name}", "en": f"Test of {name}"},
        "owner": "RSSI",
        "status": "enforce",
        "severity": "high",
        "since": "2026-11-24",
        "scope": {"senders": {"in": [sender]}},
        "when": when,
        "then": then,
    }


def write_policies(folder: Path) -> Path:
    """Write the policies into ``folder``; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for sender, (when, then) in BY_SENDER.items():
        text = yaml.safe_dump(policy(sender, when, then), allow_unicode=True, sort_keys=False)
        (folder / f"{sender.partition('@')[0]}.yaml").write_text(text)
    return folder
