"""Tell whether a policy's condition holds for an inspection, and show on what ground.

Does:   walks the tree of ``when`` and returns a :class:`Trace` for each node: whether it
        holds and which findings or unread parts made it so. Decisions and explanations
        come from this one walk, so they cannot disagree.
Never:  looks at text, files or the clock: only at findings, unread parts and a count.
Fails:  nothing on the values of the model; whatever an evaluation raises, ``decide`` counts
        as the policy's own action.
Source: the meaning of quantifiers is at the head of :mod:`hygie_policies.schema`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from hygie_detectors.model import Axis, Finding, Inspection, Unread
from hygie_policies.schema import (
    ANY_LIMIT,
    Condition,
    CountLeaf,
    FindingLeaf,
    PairLeaf,
    Quantifier,
    UnreadLeaf,
)

Leaf = FindingLeaf | PairLeaf | UnreadLeaf | CountLeaf


@dataclass(frozen=True, slots=True)
class Trace:
    """One node of the tree, evaluated. The evidence is what the leaf looked for and found."""

    name: str
    """``all``, ``any``, ``none``, ``finding``, ``pair``, ``unread`` or ``count``."""
    leaf: Leaf | None
    holds: bool
    children: tuple[Trace, ...] = ()
    findings: tuple[Finding, ...] = ()
    unread: tuple[Unread, ...] = ()

    def found(self) -> int:
        """Return how many findings and unread parts the leaves below looked for and found."""
        return len(self.findings) + len(self.unread) + sum(child.found() for child in self.children)

    def evidence(self) -> tuple[tuple[Finding, ...], tuple[Unread, ...]]:
        """Return the findings and unread parts of the leaves that made this node hold."""
        if not self.holds:  # so what a "none" did not want is never evidence
            return (), ()
        findings, unread = list(self.findings), list(self.unread)
        for child in self.children:
            more_findings, more_unread = child.evidence()
            findings += more_findings
            unread += more_unread
        return tuple(findings), tuple(unread)


class View:
    """An inspection as conditions look at it: whole, and file by file. Made once a message."""

    def __init__(self, inspection: Inspection) -> None:
        self.findings = inspection.findings
        self.unread = inspection.unread

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The files that hold a finding or are unread; the empty one when there are none."""
        found = dict.fromkeys([f.file for f in self.findings] + [_file(u) for u in self.unread])
        return tuple(found) or ("",)

    @cached_property
    def by_file(self) -> dict[str, tuple[Finding, ...]]:
        """The findings of each file."""
        grouped: dict[str, list[Finding]] = {}
        for finding in self.findings:
            grouped.setdefault(finding.file, []).append(finding)
        return {file: tuple(findings) for file, findings in grouped.items()}

    @cached_property
    def unread_by_file(self) -> dict[str, tuple[Unread, ...]]:
        """The unread parts of each file."""
        grouped: dict[str, list[Unread]] = {}
        for unread in self.unread:
            grouped.setdefault(_file(unread), []).append(unread)
        return {file: tuple(rows) for file, rows in grouped.items()}


def _file(unread: Unread) -> str:
    return unread.part.split("#", 1)[0]


def evaluate(condition: Condition, view: View, recipients: int) -> Trace:
    """Evaluate a condition; ``recipients`` is the number of recipients in the policy's scope."""
    walk = _Walk(view, recipients)
    if not _binds_parts(condition):
        return walk.node(condition, "")
    return _closest(walk.node(condition, file) for file in view.files)


def _closest(traces: Iterable[Trace]) -> Trace:
    """Return the first trace that holds; where none does, the one that found the most, to be explained."""
    best, most = None, -1
    for trace in traces:
        if trace.holds:
            return trace
        found = trace.found()
        if found > most:
            best, most = trace, found
    assert best is not None  # noqa: S101 - View.files is never empty
    return best


def _binds_parts(condition: Condition) -> bool:
    """Tell whether some leaf below says ``same_part``."""
    name, inner = parts_of(condition)
    if isinstance(inner, tuple):
        return any(_binds_parts(child) for child in inner)
    return name != "count" and getattr(inner, "in_", None) is Quantifier.SAME_PART


def parts_of(condition: Condition) -> tuple[str, Leaf | tuple[Condition, ...]]:
    """Return the one key that a node has, and what it holds."""
    for name in _NODES:
        inner = getattr(condition, name)
        if inner is not None:
            return name, inner
    raise AssertionError("the schema lets exactly one key through")


_NODES: Final = tuple(Condition.model_fields)


class _Walk:
    """One evaluation. Leaves that do not depend on the part are looked at once."""

    def __init__(self, view: View, recipients: int) -> None:
        self.view = view
        self.recipients = recipients
        self.known: dict[int, Trace] = {}

    def node(self, condition: Condition, file: str) -> Trace:
        name, inner = parts_of(condition)
        if isinstance(inner, tuple):
            children = tuple(self.node(child, file) for child in inner)
            return Trace(name, None, _GROUPS[name](child.holds for child in children), children)
        if getattr(inner, "in_", None) is Quantifier.SAME_PART:
            return self._leaf(inner, file)
        if id(inner) not in self.known:
            self.known[id(inner)] = self._leaf(inner, file)
        return self.known[id(inner)]

    def _leaf(self, leaf: Leaf, file: str) -> Trace:
        if isinstance(leaf, CountLeaf):
            return Trace("count", leaf, self.recipients >= leaf.recipients)
        if isinstance(leaf, UnreadLeaf):
            rows = (
                self.view.unread_by_file.get(file, ())
                if leaf.in_ is Quantifier.SAME_PART
                else self.view.unread
            )
            found = tuple(row for row in rows if _unread(leaf, row))
            return Trace("unread", leaf, bool(found), unread=found)
        if leaf.in_ is Quantifier.MESSAGE:
            return _judge(leaf, self.view.findings)
        files = (file,) if leaf.in_ is Quantifier.SAME_PART else self.view.files
        return _closest(_judge(leaf, self.view.by_file.get(each, ())) for each in files)


def _none(holds: Iterable[bool]) -> bool:
    return not any(holds)


_GROUPS: Final[dict[str, Callable[[Iterable[bool]], bool]]] = {"all": all, "any": any, "none": _none}


def _judge(leaf: FindingLeaf | PairLeaf, findings: tuple[Finding, ...]) -> Trace:
    return _pair(leaf, findings) if isinstance(leaf, PairLeaf) else _finding(leaf, findings)


def _finding(leaf: FindingLeaf, findings: tuple[Finding, ...]) -> Trace:
    wanted, floor, without = leaf.wanted, leaf.confidence.rank, leaf.without
    found = tuple(
        f
        for f in findings
        if (not wanted or f.kind in wanted)
        and (leaf.axis is None or leaf.axis in f.axes)
        and f.confidence.rank >= floor
        and not _bears(f, without)
    )
    holds = len(found) >= leaf.count and (leaf.distinct == 1 or _distinct(found) >= leaf.distinct)
    return Trace("finding", leaf, holds, findings=found)


def _distinct(findings: tuple[Finding, ...]) -> int:
    """Count different values. What has no fingerprint cannot be shown to be the same: it counts."""
    return len(
        {(f.kind, f.fingerprint) if f.fingerprint else (f.kind, f.part, f.start, f.end) for f in findings}
    )


def _pair(leaf: PairLeaf, findings: tuple[Finding, ...]) -> Trace:
    counted = [f for f in findings if not _bears(f, leaf.without)]
    who = [f for f in counted if Axis.IDENTITY in f.axes and f.confidence.rank >= leaf.identity.rank]
    what = [f for f in counted if Axis.HEALTH in f.axes and f.confidence.rank >= leaf.health.rank]
    # One finding with both axes is in both lists, and so is a pair by itself.
    return Trace("pair", leaf, bool(who and what), findings=tuple(dict.fromkeys([*who, *what])))


def _bears(finding: Finding, without: tuple[str, ...]) -> bool:
    return any(qualifier in without for qualifier in finding.qualifiers)


def _unread(leaf: UnreadLeaf, row: Unread) -> bool:
    if leaf.attachment is not None and row.attachment is not leaf.attachment:
        return False
    return (
        not leaf.reasons
        or row.reason in leaf.reasons
        or (ANY_LIMIT in leaf.reasons and row.reason.startswith("limit:"))
    )
