"""What Hygie remembers of senders from one message to the next.

Does:   counts what each sender sent over sliding windows, and whom each has written to, under keyed
        pseudonyms, behind one small interface: :class:`State`. :class:`LocalState` keeps it in this
        process, in bounded memory.
Never:  holds an address, nor anything of a message but numbers. Nothing is written to disk: after a
        restart windows start at zero, and every recipient is a first contact until written to again.
Fails:  never; beyond its bounds the sender that was idle longest, or the pair used longest ago, is
        forgotten: a forgotten pair is a first contact again, a forgotten sender starts at zero.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from hygie_policies.addresses import parse
from hygie_policies.model import History, Measure
from hygie_policies.words import WINDOW_MAX_HOURS

SLOT_SECONDS: Final = 600
"""A window is counted in slots of ten minutes; it reaches up to one slot further back than asked."""
SENDERS_MAX: Final = 50_000
"""Some two per person of a large hospital; each takes about 0.3 KiB for an active day."""
PAIRS_MAX: Final = 500_000
"""Sender-recipient pairs, at about 130 bytes each."""
PAIR_SECONDS: Final = 365 * 86_400
"""A pair not used for a year is forgotten."""
_SLOTS_MAX: Final = int(WINDOW_MAX_HOURS * 3600 / SLOT_SECONDS) + 1
_MEASURES: Final = tuple(Measure)


class State(Protocol):
    """What is remembered; safe to call from many threads. ``at`` is in seconds since the epoch."""

    def history(self, sender: str, at: float) -> History:
        """Return what the sender sent before a moment."""

    def record(self, sender: str, recipients: Iterable[str], sent: Mapping[Measure, int], at: float) -> None:
        """Remember a message that was let on its way, and to whom."""


class LocalState:
    """The state of one process."""

    def __init__(self, senders_max: int = SENDERS_MAX, pairs_max: int = PAIRS_MAX) -> None:
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._senders: OrderedDict[bytes, dict[int, list[int]]] = OrderedDict()
        self._pairs: OrderedDict[bytes, float] = OrderedDict()
        self._senders_max = senders_max
        self._pairs_max = pairs_max

    def history(self, sender: str, at: float) -> History:
        """Return what the sender sent before a moment; asked lazily."""
        return _SenderHistory(self, sender, at)

    def record(self, sender: str, recipients: Iterable[str], sent: Mapping[Measure, int], at: float) -> None:
        """Remember a message that was let on its way, and to whom."""
        pseudonym = self._pseudonym(sender)
        pairs = [self._pseudonym(sender, recipient) for recipient in recipients]
        with self._lock:
            slots = self._senders.setdefault(pseudonym, {})
            self._senders.move_to_end(pseudonym)
            slot = slots.setdefault(_slot(at), [0] * len(_MEASURES))
            for index, measure in enumerate(_MEASURES):
                slot[index] += sent.get(measure, 0)
            _forget(slots, _slot(at) - _SLOTS_MAX)
            for pair in pairs:
                self._pairs[pair] = at
                self._pairs.move_to_end(pair)
            while len(self._senders) > self._senders_max:
                self._senders.popitem(last=False)
            while len(self._pairs) > self._pairs_max:
                self._pairs.popitem(last=False)

    def volume(self, sender: str, measure: str, hours: float, at: float) -> int:
        """Return how much of a measure the sender sent in the hours before a moment."""
        first, index = _slot(at - hours * 3600), _MEASURES.index(Measure(measure))
        with self._lock:
            slots = self._senders.get(self._pseudonym(sender), {})
            return sum(counted[index] for slot, counted in slots.items() if slot >= first)

    def knows(self, sender: str, recipient: str, at: float) -> bool:
        """Tell whether the sender has written to the recipient within a year."""
        with self._lock:
            last = self._pairs.get(self._pseudonym(sender, recipient))
        return last is not None and at - last < PAIR_SECONDS

    def _pseudonym(self, *addresses: str) -> bytes:
        told = "\0".join(parse(address).normal for address in addresses)
        return hashlib.blake2b(
            told.encode("utf-8", "surrogateescape"), digest_size=16, key=self._key
        ).digest()


@dataclass(frozen=True, slots=True)
class _SenderHistory:
    """One sender's history at one moment."""

    state: LocalState
    sender: str = field(repr=False)
    at: float

    def volume(self, measure: str, hours: float) -> int:
        """Return how much of a measure was sent before."""
        return self.state.volume(self.sender, measure, hours, self.at)

    def first_contact(self, recipient: str) -> bool:
        """Tell whether the recipient is not known to have been written to."""
        return not self.state.knows(self.sender, recipient, self.at)


def _slot(at: float) -> int:
    return int(at // SLOT_SECONDS)


def _forget(slots: dict[int, list[int]], before: int) -> None:
    """Drop the oldest slots; they are in the order they were made."""
    while slots and (oldest := next(iter(slots))) < before:
        del slots[oldest]
