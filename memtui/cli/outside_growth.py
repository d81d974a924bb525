"""``memtui diff --interpreter``: growth in interpreters, counted from outside."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from memtui.attach.discover import process_facts
from memtui.attach.interpreters import list_interpreters
from memtui.cli.connect import describe
from memtui.cli.document import head, interpreters_json, process_json
from memtui.cli.output import Output, note, note_shown, write_json
from memtui.cli.outside import OutsideWatch
from memtui.cli.progress import Progress
from memtui.cli.table import write_table
from memtui.model.redaction import redacted_process
from memtui.present.columns import Column
from memtui.present.growth import TYPE
from memtui.present.spans import Span, change_tone
from memtui.present.text import count_text, counted, duration_text, rate_text
from memtui.present.words import moved_text, next_count_text, outside_cost_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.cli.options import Attaching, Listing
    from memtui.model.interpreters import OutsideGrowth

_COLUMNS = (
    Column("interpreter", "interpreter", 11, 95),
    TYPE,
    Column("total", "count", 11, 30),
    Column("count", "Δ count", 10, 80),
    Column("rate", "per min", 9, 70),
)
_TICK_S = 0.25
#: Interpreter, type, count, change, and seconds between the counts.
_Row = tuple[int, str, int, int, float]


def compare(  # noqa: PLR0913 (the parts of one wish)
    pid: int,
    interpreter: int | str,
    interval: float,
    listing: Listing,
    attaching: Attaching,
    *,
    as_json: bool,
) -> None:
    """Count one interpreter or all of them twice, and write the types that changed."""
    process = process_facts(pid)
    if attaching.redact:
        process = redacted_process(process)
    watch = OutsideWatch(pid, interpreter, attaching.timeout, main=True)
    until = time.monotonic() + interval
    with Progress() as progress:
        while (left := until - time.monotonic()) > 0:
            progress.phase(next_count_text(left))
            time.sleep(min(left, _TICK_S))
    began = time.monotonic()
    grown, refused = watch.again()
    took = time.monotonic() - began
    rows = [(each.interpreter, *row, each.span_s) for each in grown for row in each.changed()]
    matching = listing.matching(rows, _name)
    shown = listing.arranged(matching, name=_name, count=_change, size=_change)
    if as_json:
        about = {**process_json(process), **interpreters_json(list_interpreters(pid))}
        cost = {
            "wall_ms": round(took * 1e3, 3),
            "agent_ms": 0.0,
            **dict.fromkeys(("longest_stall_ms", "attach_ms", "method")),
        }
        keys = _keys(grown, shown, len(rows))
        document = {**head("diff"), "process": about, "cost": cost, "interpreter": interpreter}
        write_json({**document, **keys, "not_counted": refused})
        return
    output = Output()
    describe(process, output)
    for each in grown:
        output.line(_line(each))
    output.line()
    if shown:
        write_table(output, _COLUMNS, [_cells(row) for row in shown])
    elif not rows:
        output.line("no type changed")
    output.line()
    output.aside(outside_cost_text(len(grown), took))
    for words in (*(moved_text(each.last) for each in grown if each.moved), *refused):
        note(words)
    note_shown(len(shown), len(matching), "changed types", listing.wanted)


def _line(grown: OutsideGrowth) -> str:
    if grown.first is None:
        return (
            f"interpreter {grown.interpreter}: {counted(grown.last.objects, 'object')}; it was not "
            "there at the first count"
        )
    change = counted(grown.last.objects - grown.first.objects, "object", signed=True)
    return f"interpreter {grown.interpreter}: {change} in {duration_text(grown.span_s)}"


def _cells(row: _Row) -> tuple[Span, ...]:
    interpreter, name, many, change, span = row
    return (
        Span(str(interpreter)),
        Span(name),
        Span(count_text(many)),
        Span(count_text(change, signed=True), change_tone(change)),
        Span(rate_text(change / span * 60 if span else None), change_tone(change)),
    )


def _name(row: _Row) -> str:
    return row[1]


def _change(row: _Row) -> int:
    return row[3]


def _keys(grown: Sequence[OutsideGrowth], rows: Sequence[_Row], total: int) -> dict[str, Any]:
    firsts = [each.first for each in grown if each.first is not None]
    return {
        "interval_s": round(max((each.span_s for each in grown), default=0.0), 3),
        "before": {
            "objects": sum(each.objects for each in firsts),
            "bytes": None,
            "rss_bytes": None,
        },
        "after": {
            "objects": sum(each.last.objects for each in grown),
            "bytes": None,
            "rss_bytes": None,
        },
        "interpreters": [
            {
                "id": each.interpreter,
                "objects_before": None if each.first is None else each.first.objects,
                "objects": each.last.objects,
                "moved": each.moved,
            }
            for each in grown
        ],
        "types": [
            {
                "type": name,
                "count": many,
                "bytes": None,
                "count_delta": change,
                "bytes_delta": None,
                "count_per_s": round(change / span, 3) if span else None,
                "interpreter": interpreter,
            }
            for interpreter, name, many, change, span in rows
        ],
        "types_total": total,
        "coverage": "tracked",
    }
