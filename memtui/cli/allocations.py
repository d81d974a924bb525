"""A measurement of allocations as tables and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from memtui.cli.document import document, instant
from memtui.cli.output import Output, note, write_json
from memtui.cli.table import write_table
from memtui.model.allocations import Group, Scope, is_yours
from memtui.present.columns import Column
from memtui.present.spans import line_of
from memtui.present.text import count_text, millis_text, rounds_text, size_text
from memtui.present.words import NOT_OURS, UNKNOWN_BEFORE
from memtui.runs.source import Sources
from memtui.store.snapshots import ending_text, growing, largest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.cli.connect import Target
    from memtui.cli.options import Listing
    from memtui.model.allocations import Allocation, Frame
    from memtui.present.spans import Line
    from memtui.runs.tracing import Plan, TracingRun

_GROWTH = (
    Column("place", "grew at", 20, 100, "left", True, 90, "ascending", "end"),
    Column("delta", "Δ size", 9, 80),
    Column("blocks-delta", "Δ blocks", 9, 50),
    Column("rate", "per min", 10, 85),
    Column("grew", "grew", 7, 70),
    Column("source", "source", 12, 10, "left", True, sorts=None),
)
_TOP = (
    Column("place", "allocated at", 20, 100, "left", True, 90, "ascending", "end"),
    Column("size", "size", 9, 90),
    Column("blocks", "blocks", 9, 60),
    Column("source", "source", 12, 10, "left", True, sorts=None),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line wants to see."""

    plan: Plan
    group: Group
    scope: Scope
    listing: Listing


class Shown:
    """The rows that are shown, and the words for them."""

    def __init__(self, entered: Target, measurement: TracingRun, asked: Asked) -> None:
        rows = measurement.rounds.rows(asked.group, scope=asked.scope, glob=asked.listing.glob)
        self.all_top, self.all_growth = largest(rows), growing(rows)
        self.top = asked.listing.arranged(
            self.all_top,
            name=lambda row: row.frames,
            count=lambda row: row.blocks,
            size=lambda row: row.bytes,
        )
        self.growth = self.all_growth[: asked.listing.limit or None]
        self._sources = Sources(entered.process.pid)
        self._spelled = measurement.rounds.spelled

    def source(self, frame: Frame) -> str | None:
        """Its line of source; None for a whole file, or where it cannot be read."""
        return self._sources.line(self._spelled.get(frame.file, frame.file), frame.line)

    def cells(self, row: Allocation, *figures: str) -> Line:
        """Place, figures, source."""
        return line_of(place(row.frames[0]), *figures, self.source(row.frames[0]) or "")

    def json(self, row: Allocation) -> dict[str, Any]:
        """What top and growth have in common."""
        first = row.frames[0]
        return {
            "file": first.file,
            "line": first.line or None,
            "bytes": row.bytes,
            "blocks": row.blocks,
            "traceback": [
                {"file": each.file, "line": each.line, "source": self.source(each)}
                for each in row.frames
                if each.line
            ],
            "source": self.source(first),
            "yours": is_yours(first.file),
        }

    def growth_json(self, row: Allocation) -> dict[str, Any]:
        """A row of growth."""
        return {
            **self.json(row),
            "bytes_delta": row.bytes_delta,
            "blocks_delta": row.blocks_delta,
            "bytes_per_s": round(row.bytes_per_s, 3),
            "fit": round(row.fit, 4),
            "grew": row.grew,
            "shrank": row.shrank,
            "rounds": row.rounds,
        }


def place(frame: Frame) -> str:
    """A frame as it is written: ``file:line``."""
    return f"{frame.file}:{frame.line}" if frame.line else frame.file


def write(entered: Target, measurement: TracingRun, asked: Asked, *, as_json: bool) -> None:
    """Write the answer; the last snapshot is what is there now."""
    if not measurement.rounds.snapshots:
        note(ending_text(measurement.ended))
    shown = Shown(entered, measurement, asked)
    if as_json:
        write_json(_document(entered, measurement, asked, shown))
        return
    output = Output()
    entered.describe(output)
    _write_totals(output, measurement, asked)
    write_rows = _write_tracebacks if asked.group is Group.TRACEBACK else _write_tables
    write_rows(output, shown)
    entered.price(output)
    for rows, everything, what in (
        (shown.growth, shown.all_growth, "changed"),
        (shown.top, shown.all_top, "hold memory"),
    ):
        if len(rows) < len(everything):
            note(f"{len(rows)} of {count_text(len(everything))} that {what} (--limit 0 shows all)")


def _document(
    entered: Target, measurement: TracingRun, asked: Asked, shown: Shown
) -> dict[str, Any]:
    snapshots = measurement.rounds.snapshots
    last = snapshots[-1] if snapshots else None
    tracing = last.tracing if last else measurement.state
    assert tracing is not None  # run() was told at least once
    return document(
        "allocations",
        entered,
        for_s=round(measurement.rounds.span_s, 3),
        group=asked.group.value,
        top=[shown.json(row) for row in shown.top],
        growth=[shown.growth_json(row) for row in shown.growth],
        traced_bytes=tracing.traced_bytes,
        overhead_bytes=tracing.overhead_bytes,
        scope=asked.scope.value,
        peak_bytes=tracing.peak_bytes,
        budget_bytes=tracing.budget_bytes,
        depth=tracing.depth,
        warm_up_s=asked.plan.warm_up_s,
        rounds=max(0, measurement.rounds.taken - 1),
        started_by="memtui" if measurement.ours else "application",
        ended=measurement.ended or None,
        own_bytes=last.own.bytes if last else 0,
        import_bytes=last.imports.bytes if last else 0,
        top_total=len(shown.all_top),
        growth_total=len(shown.all_growth),
        snapshots=[
            {
                "at": instant(each.at),
                "traces": each.traces,
                "traced_bytes": each.tracing.traced_bytes,
                "overhead_bytes": each.tracing.overhead_bytes,
                "in_child": each.child,
                "stall_ms": round(each.cost.longest_stall_ms, 3),
            }
            for each in snapshots
        ],
    )


def _write_totals(output: Output, measurement: TracingRun, asked: Asked) -> None:
    snapshots = measurement.rounds.snapshots
    if not snapshots:
        return
    last = snapshots[-1]
    tracing = last.tracing
    budget = "" if tracing.budget_bytes is None else f" of {size_text(tracing.budget_bytes)}"
    output.line(
        f"{size_text(tracing.traced_bytes)} in {count_text(last.traces)} blocks allocated since "
        f"tracing began, peak {size_text(tracing.peak_bytes)}; tracing itself takes "
        f"{size_text(tracing.overhead_bytes)}{budget}, {tracing.depth} frames"
    )
    output.line(
        f"{measurement.rounds.taken} snapshots in {measurement.rounds.span_s:.1f} s; {UNKNOWN_BEFORE}"
    )
    stop = tracing.price.stop if tracing.price else 0.0
    if stop >= 1:
        output.line(f"stopping it held the process for up to {millis_text(stop)}")
    if not measurement.ours:
        output.line(NOT_OURS)
    if measurement.ended:
        output.line(ending_text(measurement.ended))
    if asked.scope is Scope.YOURS and tracing.depth == 1:
        output.line("with a depth of 1, what libraries allocate for your code is not seen as yours")
    output.line()


def _write_tables(output: Output, shown: Shown) -> None:
    if shown.growth:
        write_table(
            output, _GROWTH, [shown.cells(row, *_growth_figures(row)) for row in shown.growth]
        )
        output.line()
    figures = [(row, size_text(row.bytes), count_text(row.blocks)) for row in shown.top]
    write_table(output, _TOP, [shown.cells(row, *texts) for row, *texts in figures])
    output.line()


def _growth_figures(row: Allocation) -> tuple[str, str, str, str]:
    return (
        size_text(row.bytes_delta, signed=True),
        count_text(row.blocks_delta, signed=True),
        size_text(row.bytes_per_s * 60, signed=True),
        rounds_text(row.grew, row.rounds),
    )


def _write_tracebacks(output: Output, shown: Shown) -> None:
    for row in shown.growth:
        size, blocks, rate, grew = _growth_figures(row)
        output.heading(f"{size} in {blocks} blocks, {rate} a minute, grew in {grew}")
        _write_frames(output, shown, row.frames)
    for row in shown.top:
        output.heading(f"{size_text(row.bytes)} in {count_text(row.blocks)} blocks")
        _write_frames(output, shown, row.frames)


def _write_frames(output: Output, shown: Shown, frames: Sequence[Frame]) -> None:
    for frame in frames:
        output.line(f"    {place(frame)}")
        if source := shown.source(frame):
            output.aside(f"        {source}")
    output.line()
