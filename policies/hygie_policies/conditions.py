"""Tell whether a policy's condition holds for a message, and show on what ground.

Does:   walks the tree of ``when`` and returns a :class:`Trace` for each node: whether it holds and which
        findings, unread parts or recipients made it so. Decisions and explanations come from this one
        walk, so they cannot disagree. Each leaf is looked at once a message, however many policies
        share it.
Never:  looks at text, files or the clock. The order of findings changes nothing.
Fails:  what was not recorded makes a node neither hold nor not hold (``holds`` is None); whatever else an
        evaluation raises, ``decide`` counts as the policy's own action.
Source: the meaning of quantifiers is at the head of :mod:`hygie_policies.leaves`; three-valued logic after
        Kleene.
"""

from __future__ import annotations

import fnmatch
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, Final, TypeVar

from hygie_detectors.model import Axis, Confidence, Finding, Inspection, Unread
from hygie_detectors.pairs import Pair, Proximity, candidate_pairs
from hygie_policies.leaves import (
    ANY_LIMIT,
    AttachmentLeaf,
    Condition,
    DocumentLeaf,
    FindingLeaf,
    HeaderLeaf,
    Leaf,
    PairLeaf,
    Quantifier,
    RecipientLeaf,
    SizeLeaf,
    UnreadLeaf,
    VolumeLeaf,
)
from hygie_policies.measures import measured, value_of
from hygie_policies.model import Context, Envelope, Measure, NotRecorded
from hygie_policies.parties import Parties

Row = TypeVar("Row")


@dataclass(eq=False)  # made by the hundred for a message: freezing them would triple their cost
class Trace:
    """One node of the tree, evaluated. The evidence is what the leaf looked for and found."""

    name: str
    """``all``, ``any``, ``none``, or the name of the leaf."""
    leaf: Leaf | None
    holds: bool | None
    """None: it cannot be told from what was recorded."""
    children: tuple[Trace, ...] = ()
    findings: tuple[Finding, ...] = ()
    unread: tuple[Unread, ...] = ()
    number: int = 0
    """What a leaf that counts has counted: attachments, recipients, bytes, a volume."""

    @property
    def found(self) -> int:
        """How much the leaves below looked for and found."""
        return (
            len(self.findings) + len(self.unread) + self.number + sum(child.found for child in self.children)
        )

    @property
    def evidence(self) -> tuple[tuple[Trace, ...], tuple[Unread, ...]]:
        """The leaves that made this node hold, and the unread parts among them."""
        if not self.holds:  # so what a "none" did not want is never evidence
            return (), ()
        if self.leaf is not None:
            return (self,), self.unread
        found = [child.evidence for child in self.children if child.holds]
        return (
            tuple([leaf for leaves, _ in found for leaf in leaves]),
            tuple([row for _, unread in found for row in unread]),
        )

    @cached_property
    def telling(self) -> tuple[tuple[int, int, str], ...]:
        """The kinds found, at most five: the surest first, then the most frequent.

        Each with the negatives of the rank of its surest finding and of its number, so that it sorts.
        """
        number = Counter(map(_KIND, self.findings))
        surest = dict(sorted(map(_KIND_AND_RANK, self.findings)))
        return tuple(sorted([(-surest[kind], -number[kind], kind) for kind in number])[:KINDS_TOLD])


_KIND: Final = attrgetter("kind")
_KIND_AND_RANK: Final = attrgetter("kind", "confidence.rank")
KINDS_TOLD: Final = 5
"""Kinds of a leaf that can stand among the four that a reason names, or be one of the others."""


class View:
    """A message as conditions look at it: whole, and file by file. Made once a message.

    ``full`` keeps, for people, what leaves found that do not hold.
    """

    def __init__(
        self, inspection: Inspection, envelope: Envelope, context: Context, *, full: bool = True
    ) -> None:
        self.full = full
        self.inspection = inspection
        self.envelope = envelope
        self.context = context
        self.known: dict[tuple[int, object], Trace] = {}

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """The findings in one order, whatever order they came in."""
        return tuple(sorted(self.inspection.findings, key=_finding_order))

    @cached_property
    def unread(self) -> tuple[Unread, ...]:
        """The unread parts in one order."""
        return tuple(sorted(self.inspection.unread, key=lambda row: (row.part, row.reason, row.attachment)))

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The files of parts, findings and unread parts; the empty one when there are none."""
        found = {part.path for part in self.inspection.parts}
        found.update(finding.file for finding in self.findings)
        found.update(map(_file, self.unread))
        return tuple(sorted(found)) or ("",)

    @cached_property
    def by_file(self) -> dict[str, tuple[Finding, ...]]:
        """The findings of each file."""
        return _grouped(self.findings, lambda finding: finding.file)

    @cached_property
    def by_kind(self) -> dict[str, tuple[Finding, ...]]:
        """The findings of each kind, over the whole message."""
        return _grouped(self.findings, lambda finding: finding.kind)

    @cached_property
    def unread_by_file(self) -> dict[str, tuple[Unread, ...]]:
        """The unread parts of each file."""
        return _grouped(self.unread, _file)

    @cached_property
    def encrypted(self) -> frozenset[str]:
        """The files that are encrypted, or that hold something encrypted."""
        found: set[str] = set()
        for row in self.unread:
            if row.reason == "encrypted":
                path = _file(row)
                while path:
                    found.add(path)
                    path = path.rpartition("/")[0]
        return frozenset(found)

    def measured(self, name: Measure) -> int:
        """Return what this message adds to a measure of what its sender has sent."""
        if name not in self._measures:
            self._measures[name] = measured(name, self.inspection, self.envelope)
        return self._measures[name]

    @cached_property
    def _measures(self) -> dict[Measure, int]:
        return {}

    def pairs(self, file: str | None, without: tuple[str, ...]) -> tuple[PairRow, ...]:
        """Return enough pairs of the message, or of one file, to answer any question about them."""
        if not self.findings:
            return ()
        if without not in self._pairs:
            pairs = candidate_pairs(f for f in self.findings if not _bears(f, without))
            rows = tuple(map(_pair_row, pairs))
            together = [row for row in rows if row[3]]
            by_file: dict[str | None, tuple[PairRow, ...]] = {None: rows}
            by_file.update(_grouped(together, lambda row: row[5].identity.file))
            self._pairs[without] = by_file
        return self._pairs[without].get(file, ())

    @cached_property
    def _pairs(self) -> dict[tuple[str, ...], dict[str | None, tuple[PairRow, ...]]]:
        return {}


PairRow = tuple[int, int, int, bool, int, Pair]
"""Ranks of identity, health and strength; whether in one part; the gap; the pair itself."""
_IN_MESSAGE: Final = Proximity.MESSAGE
_APART: Final = 1 << 60
"""The gap between findings of different texts."""


def _pair_row(pair: Pair) -> PairRow:
    gap, near = pair.gap, pair.proximity is not _IN_MESSAGE
    who, what = pair.identity.confidence.rank, pair.health.confidence.rank
    return who, what, pair.strength.rank, near, _APART if gap is None else gap, pair


def _finding_order(finding: Finding) -> tuple[Any, ...]:
    return (
        finding.part,
        finding.start,
        finding.end,
        finding.kind,
        finding.confidence.rank,
        finding.fingerprint,
        finding.axes,
        finding.qualifiers,
        finding.masked,
    )


def _grouped(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, tuple[Row, ...]]:
    grouped: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[key(row)].append(row)
    return {name: tuple(several) for name, several in grouped.items()}


def _file(unread: Unread) -> str:
    return unread.part.split("#", 1)[0]


def evaluate(condition: Condition, view: View, parties: Parties, scope: tuple[int, ...]) -> Trace:
    """Evaluate a condition without macros, for the recipients that the policy is about."""
    walk = _Walk(view, parties, scope)
    if not condition.binds_parts:
        return walk.node(condition, None)
    held = next((file for file in view.files if walk.truth(condition, file)), None)
    if held is not None:
        return walk.node(condition, held)
    return _closest(walk.node(condition, file) for file in view.files)


def truth(condition: Condition, view: View, parties: Parties, scope: tuple[int, ...]) -> bool | None:
    """Return what ``holds`` of :func:`evaluate` would be; it makes no trace but those of leaves.

    What does not depend on the part is asked first, and once.
    """
    walk = _Walk(view, parties, scope)
    if not condition.binds_parts:
        return walk.truth(condition, None)
    group, children = _GROUPS.get(condition.key, _all), condition.children or (condition,)
    free = group([walk.truth(child, None) for child in children if not child.binds_parts])
    every = condition.key != "any"  # "none" is "all" of what each child is not
    if free is (not every):
        return free
    bound = [child for child in children if child.binds_parts]
    by_part = _any(group([walk.truth(child, file) for child in bound]) for file in view.files)
    return (_all if every else _any)((free, by_part))


def _closest(traces: Iterable[Trace]) -> Trace:
    """Return the first trace that holds, else one that might, else the one that found the most."""
    best: Trace | None = None
    for trace in traces:
        if trace.holds:
            return trace
        if best is None or (trace.holds is None, trace.found) > (best.holds is None, best.found):
            best = trace
    assert best is not None  # noqa: S101 - View.files is never empty
    return best


class _Walk:
    """One evaluation. ``file`` is the part that ``same_part`` leaves are asked of."""

    def __init__(self, view: View, parties: Parties, scope: tuple[int, ...]) -> None:
        self.view = view
        self.parties = parties
        self.scope = scope

    def node(self, condition: Condition, file: str | None) -> Trace:
        if condition.leaf is not None:
            return self._known(condition, condition.leaf, file)
        children = tuple([self.node(child, file) for child in condition.children])
        holds = _GROUPS[condition.key](child.holds for child in children)
        return Trace(condition.key, None, holds, children)

    def truth(self, condition: Condition, file: str | None) -> bool | None:
        if condition.leaf is not None:
            return self._known(condition, condition.leaf, file).holds
        return _GROUPS[condition.key](self.truth(child, file) for child in condition.children)

    def _known(self, condition: Condition, leaf: Leaf, file: str | None) -> Trace:
        name = condition.key
        place = file if condition.binds_parts else self.scope if name == "recipient" else None
        key = (id(leaf), place)
        known = self.view.known.get(key)
        if known is None:
            known = self.view.known[key] = self._leaf(name, leaf, file)
        return known

    def _leaf(self, name: str, leaf: Leaf, file: str | None) -> Trace:
        try:
            return _LEAVES[name](self, leaf, file)
        except NotRecorded:
            return Trace(name, leaf, None)

    def _in_files(
        self, name: str, leaf: Any, file: str | None, judge: Callable[[Any, View, str | None], Trace]
    ) -> Trace:
        """Ask a leaf of the message (None), of each part alone, or of the part looked at."""
        if leaf.in_ is Quantifier.MESSAGE:
            return judge(leaf, self.view, None)
        if leaf.in_ is Quantifier.SAME_PART:
            return judge(leaf, self.view, file or "")
        traces = (judge(leaf, self.view, each) for each in self.view.files)
        if self.view.full:
            return _closest(traces)
        return next((trace for trace in traces if trace.holds), Trace(name, leaf, holds=False))

    def finding(self, leaf: FindingLeaf, file: str | None) -> Trace:
        return self._in_files("finding", leaf, file, _finding)

    def pair(self, leaf: PairLeaf, file: str | None) -> Trace:
        return self._in_files("pair", leaf, file, _pair)

    def document(self, leaf: DocumentLeaf, file: str | None) -> Trace:
        return self._in_files("document", leaf, file, _document)

    def attachment(self, leaf: AttachmentLeaf, file: str | None) -> Trace:
        return self._in_files("attachment", leaf, file, _attachment)

    def unread(self, leaf: UnreadLeaf, file: str | None) -> Trace:
        return self._in_files("unread", leaf, file, _unread)

    def recipient(self, leaf: RecipientLeaf, _: str | None) -> Trace:
        """Count; what is not recorded leaves open only what it could change."""
        sure, possible = self.parties.fulfilling(leaf)
        number, most = (sum(found >> index & 1 for index in self.scope) for found in (sure, possible))
        holds = True if number >= leaf.count else None if most >= leaf.count else False
        return Trace("recipient", leaf, holds, number=number)

    def header(self, leaf: HeaderLeaf, _: str | None) -> Trace:
        found = self.view.context.contents.header(leaf.question)
        return Trace("header", leaf, found if leaf.present is None else found is leaf.present)

    def size(self, leaf: SizeLeaf, _: str | None) -> Trace:
        size = self.view.envelope.size
        return Trace("size", leaf, size >= leaf.at_least, number=size)

    def volume(self, leaf: VolumeLeaf, _: str | None) -> Trace:
        own = self.view.measured(leaf.of)
        if own >= leaf.at_least:
            return Trace("volume", leaf, holds=True, number=own)
        number = own + self.view.context.history.volume(leaf.of, leaf.hours)
        return Trace("volume", leaf, number >= leaf.at_least, number=number)


_LEAVES: Final[dict[str, Callable[[_Walk, Any, str | None], Trace]]] = {
    "finding": _Walk.finding,
    "pair": _Walk.pair,
    "document": _Walk.document,
    "attachment": _Walk.attachment,
    "unread": _Walk.unread,
    "recipient": _Walk.recipient,
    "header": _Walk.header,
    "size": _Walk.size,
    "volume": _Walk.volume,
}


def _all(several: Iterable[bool | None]) -> bool | None:
    found: bool | None = True
    for each in several:
        if each is False:
            return False
        if each is None:
            found = None
    return found


def _any(several: Iterable[bool | None]) -> bool | None:
    found: bool | None = False
    for each in several:
        if each:
            return True
        if each is None:
            found = None
    return found


def _none(several: Iterable[bool | None]) -> bool | None:
    found = _any(several)
    return None if found is None else not found


_GROUPS: Final[dict[str, Callable[[Iterable[bool | None]], bool | None]]] = {
    "all": _all,
    "any": _any,
    "none": _none,
}


# --- leaves that look at content, in the message or in one file ---


def _finding(leaf: FindingLeaf, view: View, file: str | None) -> Trace:
    floor, without = leaf.confidence.rank, leaf.without
    found = tuple(
        f
        for f in _of_kinds(leaf.wanted, view, file)
        if f.confidence.rank >= floor
        and (leaf.axis is None or leaf.axis in f.axes)
        and not (without and _bears(f, without))
    )
    holds = len(found) >= leaf.count and (
        leaf.distinct == 1 or len({(f.kind, value_of(f)) for f in found}) >= leaf.distinct
    )
    return Trace("finding", leaf, holds, findings=found)


def _of_kinds(wanted: frozenset[str], view: View, file: str | None) -> Iterable[Finding]:
    """Return the findings of some kinds, or all when none is named."""
    if not view.findings:
        return ()
    if file is not None:
        rows = view.by_file.get(file, ())
        return [f for f in rows if f.kind in wanted] if wanted else rows
    if not wanted:
        return view.findings
    return [f for kind in sorted(wanted & view.by_kind.keys()) for f in view.by_kind[kind]]


def _document(leaf: DocumentLeaf, view: View, file: str | None) -> Trace:
    wanted = frozenset(filter(leaf.is_one, view.by_kind))
    found = tuple(
        f
        for f in (_of_kinds(wanted, view, file) if wanted else ())
        if f.confidence.rank >= leaf.confidence.rank and not _bears(f, leaf.without)
    )
    return Trace("document", leaf, len({(f.file, f.kind) for f in found}) >= leaf.count, findings=found)


def _pair(leaf: PairLeaf, view: View, file: str | None) -> Trace:
    who, what, strength = leaf.identity.rank, leaf.health.rank, leaf.strength.rank
    near = leaf.within if isinstance(leaf.within, int) else _APART
    together = leaf.within == "same_part"
    pairs = [
        row[5]
        for row in view.pairs(file, leaf.without)
        if row[0] >= who
        and row[1] >= what
        and row[2] >= strength
        and row[4] <= near
        and (row[3] or not together)
    ]
    if pairs and (leaf.within != "message" or leaf.strength is not Confidence.LOW):
        found = dict.fromkeys(finding for pair in pairs for finding in (pair.identity, pair.health))
        return Trace("pair", leaf, holds=True, findings=tuple(found))
    if not pairs and not view.full:
        return Trace("pair", leaf, holds=False)
    rows = view.findings if file is None else view.by_file.get(file, ())
    sure = tuple(f for f in rows if not _bears(f, leaf.without) and _sure_enough(leaf, f))
    return Trace("pair", leaf, bool(pairs), findings=sure)


def _sure_enough(leaf: PairLeaf, finding: Finding) -> bool:
    """Tell whether a finding may be one half of the pair."""
    rank = finding.confidence.rank
    return (Axis.IDENTITY in finding.axes and rank >= leaf.identity.rank) or (
        Axis.HEALTH in finding.axes and rank >= leaf.health.rank
    )


def _attachment(leaf: AttachmentLeaf, view: View, file: str | None) -> Trace:
    named = view.context.contents.names(leaf.question) if leaf.question is not None else None
    number = sum(
        part.attachment
        and (file is None or part.path == file)
        and (leaf.type is None or fnmatch.fnmatchcase(part.media_type, leaf.type))
        and (named is None or index in named)
        and (leaf.encrypted is None or leaf.encrypted is (part.path in view.encrypted))
        for index, part in enumerate(view.inspection.parts)
    )
    return Trace("attachment", leaf, number >= leaf.count, number=number)


def _unread(leaf: UnreadLeaf, view: View, file: str | None) -> Trace:
    rows = view.unread if file is None else view.unread_by_file.get(file, ())
    found = tuple(row for row in rows if _is_unread(leaf, row))
    return Trace("unread", leaf, bool(found), unread=found)


def _is_unread(leaf: UnreadLeaf, row: Unread) -> bool:
    if leaf.attachment is not None and row.attachment is not leaf.attachment:
        return False
    return (
        not leaf.reasons
        or row.reason in leaf.reasons
        or (ANY_LIMIT in leaf.reasons and row.reason.startswith("limit:"))
    )


def _bears(finding: Finding, without: tuple[str, ...]) -> bool:
    return any(qualifier in without for qualifier in finding.qualifiers)
