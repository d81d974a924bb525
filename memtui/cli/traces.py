"""How traced allocations are written: as two tables, as tracebacks, as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from memtui.cli.document import document, instant
from memtui.cli.output import Output, note, write_json
from memtui.cli.table import write_table
from memtui.cli.typed import command_with
from memtui.model.allocations import Group, Scope, is_yours
from memtui.present import allocations as table
from memtui.present.spans import Span
from memtui.present.text import count_text, counted, millis_text, size_text
from memtui.present.words import NOT_OURS, UNKNOWN_BEFORE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.cli.connect import Target
    from memtui.cli.options import Listing
    from memtui.model.allocations import Allocation, Frame
    from memtui.present.spans import Line
    from memtui.runs.tracing import Plan, TracingRun

_GROWTH = (table.GREW_AT, table.CHANGES[0], table.BLOCKS_DELTA, *table.CHANGES[1:], table.SOURCE)
_TOP = (table.PLACE, *table.TOTALS, table.SOURCE)


@dataclass(frozen=True, slots=True)
class TracesWanted:
    """What the command line wants to see of the allocations."""

    plan: Plan
    group: Group
    scope: Scope
    listing: Listing


class _ShownTraces:
    """The rows that are shown, and the words for them."""

    def __init__(self, entered: Target, run: TracingRun, asked: TracesWanted) -> None:
        from memtui.runs.source import Sources
        from memtui.store.snapshots import growing, largest

        rows = run.rounds.rows(asked.group, scope=asked.scope, glob=asked.listing.glob)
        self.all_top, self.all_growth = largest(rows), growing(rows)
        self.top = asked.listing.arranged(
            self.all_top,
            name=lambda row: row.frames,
            count=lambda row: row.blocks,
            size=lambda row: row.bytes,
        )
        self.growth = self.all_growth[: asked.listing.limit or None]
        self._sources = Sources(entered.process.pid)
        self._spelled = run.rounds.spelled

    def source(self, frame: Frame) -> str | None:
        """Its line of source; None for a whole file, or if it cannot be read."""
        return self._sources.line(self._spelled.get(frame.file, frame.file), frame.line)

    def growth_cells(self, row: Allocation) -> Line:
        """A row of growth."""
        delta, *others = table.changes(row)
        return self._between(row, delta, table.blocks_delta(row), *others)

    def top_cells(self, row: Allocation) -> Line:
        """A row of what is there."""
        return self._between(row, *table.totals(row))

    def _between(self, row: Allocation, *figures: Span) -> Line:
        """``figures`` between the place and its line of source."""
        first = row.frames[0]
        return (Span(table.place(first)), *figures, Span(self.source(first) or "", "dim"))

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


def write_traces(entered: Target, run: TracingRun, asked: TracesWanted, *, as_json: bool) -> None:
    """Write the answer; the last snapshot is what is there now."""
    if not run.rounds.snapshots:
        note(table.ending_text(run.ended))
    shown = _ShownTraces(entered, run, asked)
    if as_json:
        write_json(_document(entered, run, asked, shown))
        return
    output = Output()
    entered.describe(output)
    _write_totals(output, run, asked)
    write_rows = _write_tracebacks if asked.group is Group.TRACEBACK else _write_tables
    write_rows(output, shown)
    entered.price(output)
    whole = command_with("--limit", "0")
    for rows, everything, what in (
        (shown.growth, shown.all_growth, "changed"),
        (shown.top, shown.all_top, "hold memory"),
    ):
        if len(rows) < len(everything):
            note(f"{len(rows)} of {count_text(len(everything))} that {what}; all: {whole}")


def _document(
    entered: Target, run: TracingRun, asked: TracesWanted, shown: _ShownTraces
) -> dict[str, Any]:
    snapshots = run.rounds.snapshots
    last = snapshots[-1] if snapshots else None
    tracing = last.tracing if last else run.state
    assert tracing is not None  # run() reported at least once
    return document(
        "allocations",
        entered,
        for_s=round(run.rounds.span_s, 3),
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
        rounds=max(0, run.rounds.taken - 1),
        started_by="memtui" if run.ours else "application",
        ended=run.ended or None,
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


def _write_totals(output: Output, run: TracingRun, asked: TracesWanted) -> None:
    from memtui.verbs.allocations import standing_text

    snapshots = run.rounds.snapshots
    if not snapshots:
        return
    tracing = snapshots[-1].tracing
    output.line(standing_text(snapshots[-1]))
    output.line(
        f"{counted(run.rounds.taken, 'snapshot')} in {run.rounds.span_s:.1f} s; {UNKNOWN_BEFORE}"
    )
    stop = tracing.price.stop if tracing.price else 0.0
    if stop >= 1:
        output.line(f"stopping it held the process for up to {millis_text(stop)}")
    if not run.ours:
        output.line(NOT_OURS)
    if run.ended:
        output.line(table.ending_text(run.ended))
    if asked.scope is Scope.YOURS and tracing.depth == 1:
        output.line("with a depth of 1, what libraries allocate for your code is not seen as yours")
    output.line()


def _write_tables(output: Output, shown: _ShownTraces) -> None:
    if shown.growth:
        write_table(output, _GROWTH, [shown.growth_cells(row) for row in shown.growth])
        output.line()
    write_table(output, _TOP, [shown.top_cells(row) for row in shown.top])
    output.line()


def _write_tracebacks(output: Output, shown: _ShownTraces) -> None:
    for row in shown.growth:
        size, rate, grew = (span.text for span in table.changes(row))
        blocks = counted(row.blocks_delta or 0, "block", signed=True)
        output.heading(f"{size} in {blocks}, {rate} a minute, grew in {grew}")
        _write_frames(output, shown, row.frames)
    for row in shown.top:
        output.heading(f"{size_text(row.bytes)} in {counted(row.blocks, 'block')}")
        _write_frames(output, shown, row.frames)


def _write_frames(output: Output, shown: _ShownTraces, frames: Sequence[Frame]) -> None:
    for frame in frames:
        output.line(f"    {table.place(frame)}")
        if source := shown.source(frame):
            output.aside(f"        {source}")
    output.line()
