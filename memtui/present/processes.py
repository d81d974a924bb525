"""Processes of this host as a table: what each runs, and whether it can be attached to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.present.columns import Column
from memtui.present.spans import Span
from memtui.present.text import duration_text, size_text

if TYPE_CHECKING:
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


def cells(candidate: Candidate, command: str) -> Line:
    """A row of the table; ``command`` is what the process runs, as short as there is room for."""
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
        Span(command, tone),
    )


def refusal_text(candidate: Candidate) -> str:
    """Why it cannot be attached to."""
    return candidate.why_not or "cannot be attached to"
