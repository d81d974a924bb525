"""Processes of this host as a table: what each runs, and whether it can be attached to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.present.columns import Column
from memtui.present.spans import Span
from memtui.present.text import duration_text, size_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from memtui.model.process import Candidate
    from memtui.present.spans import Line

COLUMNS = (
    Column("pid", "pid", 7, 100, sorts="ascending"),
    Column("user", "user", 8, 40, "left", sorts="ascending"),
    Column("rss", "RSS", 8, 90),
    Column("age", "age", 11, 30),
    Column("python", "python", 8, 50, "left", sorts="ascending"),
    Column("method", "attach by", 11, 85, "left", sorts="ascending"),
    Column("command", "command", 13, 95, "left", True, sorts="ascending"),
)


def as_tree(candidates: Sequence[Candidate]) -> list[tuple[Candidate, str]]:
    """The processes, each below its parent, with lines that show the tree.

    Processes that are not among ``candidates`` (a shell, say) are left out.  Otherwise the order stays: a
    process with others below it takes the place of the first of them.
    """
    below: dict[int | None, list[Candidate]] = {None: []}
    by_pid = {each.process.pid: each for each in candidates}
    placed: set[int] = set()
    for each in candidates:
        above = [each, *(by_pid[pid] for pid in each.ancestors if pid in by_pid)]
        for child, parent in zip(above, [*above[1:], None], strict=True):
            if child.process.pid not in placed:
                placed.add(child.process.pid)
                key = None if parent is None else parent.process.pid
                below.setdefault(key, []).append(child)
    return [branch for root in below[None] for branch in ((root, ""), *_branches(root, below, ""))]


def _branches(
    parent: Candidate, below: Mapping[int | None, Sequence[Candidate]], before: str
) -> Iterator[tuple[Candidate, str]]:
    children = below.get(parent.process.pid, ())
    for child in children:
        is_last = child is children[-1]
        yield child, before + ("└ " if is_last else "├ ")
        yield from _branches(child, below, before + ("  " if is_last else "│ "))


def cells(candidate: Candidate, command: str, lines: str = "") -> Line:
    """A row of the table; ``command`` is what the process runs, as short as there is room for.

    ``lines`` show what started it.
    """
    process = candidate.process
    tone = "" if candidate.attachable else "dim"
    by = (candidate.method or "yes") if candidate.attachable else "no"
    return (
        Span(str(process.pid), tone),
        Span(process.user or "–", tone),
        Span(size_text(process.rss_bytes), tone),
        Span(duration_text(process.uptime_s), tone),
        Span(process.python or "–", tone),
        Span(by, "good" if candidate.attachable else "warn"),
        Span(lines + command, tone),
    )


def refusal_text(candidate: Candidate) -> str:
    """Why it cannot be attached to."""
    return candidate.why_not or "cannot be attached to"
