"""``memtui summary --interpreter``: objects of interpreters that the agent is not in."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from memtui.attach.discover import process_facts
from memtui.attach.interpreters import list_interpreters
from memtui.attach.outside.count import PATIENCE_S, outside
from memtui.cli.connect import complete, describe, target
from memtui.cli.document import document, head, interpreters_json, process_json
from memtui.cli.output import Output, note, note_frozen, note_shown, write_json
from memtui.cli.progress import Progress
from memtui.cli.table import write_table
from memtui.model.errors import DeadlinePassed, MemtuiError, TargetGone
from memtui.model.interpreters import ALL, MAIN, OutsideCount, OutsideGrowth
from memtui.model.redaction import redacted_process
from memtui.present.columns import Column
from memtui.present.spans import Span
from memtui.present.text import count_text, counted, size_text
from memtui.present.words import moved_text, outside_cost_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.cli.connect import Target
    from memtui.cli.options import Attaching, Listing
    from memtui.verbs.census import Census

_COLUMNS = (
    Column("interpreter", "interpreter", 11, 95),
    Column("type", "type", 16, 100, "left", True, 72, "ascending", "end"),
    Column("count", "count", 11, 90),
    Column("size", "size", 8, 80),
)
#: Interpreter, type, count and, where it is known, size.
_Row = tuple[int, str, int, int | None]


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """What was counted: by the agent in the main interpreter, and from outside in ``others``."""

    others: Sequence[OutsideCount]
    refused: Sequence[str]
    took_s: float
    main: Census | None = None

    @property
    def objects(self) -> int:
        """The objects of all of them."""
        mains = 0 if self.main is None else self.main.objects
        return mains + sum(each.objects for each in self.others)

    def rows(self) -> list[_Row]:
        """A row for each type in each interpreter."""
        found: list[_Row] = []
        if self.main is not None:
            census = self.main
            columns = zip(census.names, census.counts, census.sizes, strict=True)
            found = [(MAIN, name, many, size) for name, many, size in columns if many]
        for each in self.others:
            found += [(each.interpreter, name, many, None) for name, many in each.counts.items()]
        return found


def count_outside(
    pid: int, ids: Sequence[int] | None = None, *, patience: float, main: bool = False
) -> _Counts:
    """Count interpreters ``ids`` from outside; without them all, the ``main`` one only if that is wanted.

    Raises the MemtuiError why it cannot be done; of several, those that cannot be counted are left out.
    """
    began = time.monotonic()
    found: list[OutsideCount] = []
    refused: list[str] = []
    with Progress() as progress, outside(pid) as there:
        every = there.ids
        wanted = ids if ids is not None else every if main else every[1:]
        for each in wanted:
            step = partial(_step, progress, each)
            try:
                found.append(there.count(each, patience, step))
            except (DeadlinePassed, TargetGone) as error:
                if ids is not None:
                    raise
                refused.append(str(error))
    return _Counts(found, refused, time.monotonic() - began)


def _step(progress: Progress, interpreter: int, objects: int) -> None:
    progress.phase(f"interpreter {interpreter}, from outside: {counted(objects, 'object')}")


class OutsideWatch:
    """Interpreters that are counted when this is made, and once more at the end."""

    def __init__(
        self, pid: int, interpreter: int | str, patience: float | None, *, main: bool = False
    ) -> None:
        """Raises the MemtuiError why they cannot be counted; with ``main`` all are also the main one."""
        ids = None if interpreter == ALL else (int(interpreter),)
        self._count = partial(count_outside, pid, ids, patience=patience or PATIENCE_S, main=main)
        self._first = {each.interpreter: each for each in self._count().others}

    def again(self) -> tuple[list[OutsideGrowth], list[str]]:
        """What was counted once more, and why others were not.  Raises what the first count raises."""
        last = self._count()
        growth = [OutsideGrowth(self._first.get(each.interpreter), each) for each in last.others]
        return growth, list(last.refused)

    def at_last(self) -> tuple[list[OutsideGrowth], list[str]]:
        """The same where nothing must be lost: what the count would raise is the reason why there is none."""
        try:
            return self.again()
        except MemtuiError as error:
            return [], [str(error)]


def summarize(
    pid: int, interpreter: int | str, listing: Listing, attaching: Attaching, *, as_json: bool
) -> None:
    """Count one interpreter from outside, or all: the main one by the agent, as without the option."""
    patience = attaching.timeout or PATIENCE_S
    if interpreter == ALL:
        entered, main = _count_main(pid, attaching)
        found = replace(count_outside(pid, patience=patience), main=main)
        if as_json:
            write_json(document("summary", entered, **_keys(found, listing, interpreter)))
            return
        output = Output()
        entered.describe(output)
        _write(output, found, listing, entered)
        return
    process = process_facts(pid)
    if attaching.redact:
        process = redacted_process(process)
    found = count_outside(pid, (int(interpreter),), patience=patience)
    if as_json:
        about = {**process_json(process), **interpreters_json(list_interpreters(pid))}
        cost = {
            "wall_ms": round(found.took_s * 1e3, 3),
            "agent_ms": 0.0,
            **dict.fromkeys(("longest_stall_ms", "attach_ms", "method")),
        }
        keys = _keys(found, listing, interpreter)
        write_json({**head("summary"), "process": about, "cost": cost, **keys})
        return
    output = Output()
    describe(process, output)
    _write(output, found, listing)


def _count_main(pid: int, attaching: Attaching) -> tuple[Target, Census]:
    from memtui.verbs.census import census

    found: list[tuple[Target, Census]] = []

    async def work() -> None:
        with Progress() as progress:
            async with target(pid, attaching, progress) as entered:
                counts = await census(
                    entered.session, progress=progress.step, timeout=attaching.timeout
                )
        found.append((entered, counts))

    complete(work())
    return found[0]


def _write(output: Output, found: _Counts, listing: Listing, entered: Target | None = None) -> None:
    rows = found.rows()
    output.line(f"{counted(found.objects, 'object')} tracked by the collector in {_parts(found)}")
    output.line()
    matching = listing.matching(rows, _name)
    shown = _arranged(listing, matching)
    write_table(output, _COLUMNS, [_cells(row) for row in shown])
    output.line()
    if entered is not None:
        entered.price(output, all_counted=True)
    output.aside(outside_cost_text(len(found.others), found.took_s))
    for each in found.others:
        if each.moved:
            note(moved_text(each))
        if each.unread:
            note(
                f"interpreter {each.interpreter}: {counted(each.unread, 'object')} whose type could "
                "not be read are in no row"
            )
    note_frozen(
        (found.main.frozen if found.main else 0) + sum(each.frozen for each in found.others)
    )
    for refusal in found.refused:
        note(refusal)
    note_shown(len(shown), len(matching), "types", listing.wanted)


def _parts(found: _Counts) -> str:
    if found.main is None:
        return "interpreter " + ", ".join(str(each.interpreter) for each in found.others)
    parts = [f"{count_text(found.main.objects)} in {MAIN} (the main one)"]
    parts += [f"{count_text(each.objects)} in {each.interpreter}" for each in found.others]
    return f"{counted(len(parts), 'interpreter')}: {', '.join(parts)}"


def _cells(row: _Row) -> tuple[Span, ...]:
    interpreter, name, many, size = row
    return (
        Span(str(interpreter)),
        Span(name),
        Span(count_text(many)),
        Span("–" if size is None else size_text(size)),
    )


def _name(row: _Row) -> str:
    return row[1]


def _arranged(listing: Listing, rows: Sequence[_Row]) -> list[_Row]:
    """In the wanted order; sizes are not known, so by size is by count."""
    return listing.arranged(rows, name=_name, count=lambda r: r[2], size=lambda r: r[2])


def _keys(found: _Counts, listing: Listing, interpreter: int | str) -> dict[str, Any]:
    rows = found.rows()
    mains = found.main
    main = [] if mains is None else [_about(MAIN, mains.objects, mains.size, mains.frozen)]
    return {
        "interpreter": interpreter,
        "objects": found.objects,
        "bytes": None,
        "coverage": "tracked",
        "frozen": sum(each.frozen for each in found.others) + (mains.frozen if mains else 0),
        "interpreters": [
            *main,
            *(
                {
                    **_about(each.interpreter, each.objects, None, each.frozen),
                    "outside": True,
                    "moved": each.moved,
                    "unread": each.unread,
                }
                for each in found.others
            ),
        ],
        "not_counted": list(found.refused),
        "types": [_type_json(row) for row in _arranged(listing, listing.matching(rows, _name))],
        "types_total": len(rows),
    }


def _about(interpreter: int, objects: int, size: int | None, frozen: int) -> dict[str, Any]:
    return {
        "id": interpreter,
        "objects": objects,
        "bytes": size,
        "frozen": frozen,
        "outside": False,
        "moved": False,
        "unread": 0,
    }


def _type_json(row: _Row) -> dict[str, Any]:
    interpreter, name, many, size = row
    return {
        "type": name,
        "count": many,
        "bytes": size,
        "share": None,
        "tracked": True,
        "estimated": False,
        "interpreter": interpreter,
    }
