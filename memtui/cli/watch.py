"""The calls of a watched function as lines and as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from memtui.cli.document import document, instant, node_json
from memtui.cli.output import Output, note, write_json
from memtui.cli.tree import write_tree
from memtui.present.text import count_text, millis_text
from memtui.verbs.watched import UNREADABLE, WHOLE_CALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.cli.connect import Target
    from memtui.verbs.watch import StartedWatch
    from memtui.verbs.watched import Call, Calls


class CallWriter:
    """Writes calls as they come; ``expr`` is the text of the expression, "" without one."""

    def __init__(self, entered: Target, expr: str) -> None:
        self._output = Output()
        self._entered = entered
        self._expr = expr

    def begin(self, watching: StartedWatch) -> None:
        """What is watched, before the first call."""
        self._entered.describe(self._output)
        self._output.line(f"{watching.flavour} {watching.target}, watched by {watching.method}")
        self._output.line()
        self._output.flush()

    def write(self, calls: Sequence[Call]) -> None:
        """These calls."""
        for call in calls:
            self._write_one(call)
        if calls:
            self._output.flush()

    def _write_one(self, call: Call) -> None:
        output = self._output
        moment = datetime.fromtimestamp(call.at).astimezone().strftime("%H:%M:%S.%f")[:-3]
        parts = [moment, duration_text(call.duration), call.thread or f"thread {call.thread_id}"]
        if call.blocks is not None:
            parts.append(f"{count_text(call.blocks, signed=True)} blocks")
        output.heading("  ".join(parts))
        if call.error is not None:
            output.line(f"  raised {call.error}")
        if call.value.type == WHOLE_CALL:
            for child in call.value.children:
                write_tree(output, child.node, child.edge, 1)
        elif call.value.type == UNREADABLE:
            output.line(f"  {self._expr}: {call.value.preview}")
        else:
            write_tree(output, call.value, self._expr, 1)

    def end(self, calls: Calls) -> None:
        """How many there were, and what it cost."""
        self._output.line()
        self._output.line(counts_text(calls))
        self._entered.price(self._output)


def duration_text(ms: float) -> str:
    """A duration that may be very short: ``12 µs``, ``0.4 ms``, ``1.20 s``."""
    return f"{ms * 1000:.0f} µs" if ms < 0.1 else millis_text(ms)


def counts_text(calls: Calls) -> str:
    """What became of the calls."""
    parts = [f"{count_text(calls.seen)} calls seen", f"{count_text(calls.matched)} matched"]
    if calls.dropped:
        parts.append(f"{count_text(calls.dropped)} came too fast and were dropped")
    if calls.undecided:
        parts.append(f"{count_text(calls.undecided)} could not be decided ({calls.problem})")
    return ", ".join(parts)


def write_notes(notes: Sequence[str]) -> None:
    """What one has to know to read the answer, on stderr."""
    for each in notes:
        note(each)


def watch_json(entered: Target, watching: StartedWatch, calls: Sequence[Call], last: Calls) -> None:
    """Write the one document."""
    write_json(
        document(
            "watch",
            entered,
            target=watching.target,
            calls=[call_json(call) for call in calls],
            flavour=watching.flavour,
            watched_by=watching.method,
            seen=last.seen,
            matched=last.matched,
            dropped=last.dropped,
            undecided=last.undecided,
            problem=last.problem,
            notes=list(last.notes),
        )
    )


def call_json(call: Call) -> dict[str, Any]:
    """One call."""
    return {
        "at": instant(call.at),
        "duration_ms": round(call.duration, 6),
        "thread": call.thread,
        "thread_id": call.thread_id,
        "value": node_json(call.value),
        "error": call.error,
        "blocks_delta": call.blocks,
    }
