"""What ``--untracked`` adds to an answer: the count itself, and what is said of its error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from memtui.cli.table import write_table
from memtui.present.columns import Column
from memtui.present.growth import TYPE
from memtui.present.spans import line_of
from memtui.present.text import bound_text, count_text, size_text

if TYPE_CHECKING:
    from memtui.cli.options import Attaching
    from memtui.cli.output import Output
    from memtui.cli.progress import Progress
    from memtui.rpc.session import Session
    from memtui.verbs.census import Census
    from memtui.verbs.untracked import Untracked


async def count(
    session: Session, attaching: Attaching, progress: Progress, *, untracked: bool
) -> tuple[Census, Untracked | None]:
    """A census, with ``untracked`` of everything; then the estimate is told beside it."""
    from memtui.store.joined import joined
    from memtui.verbs import untracked as estimating
    from memtui.verbs.census import census

    tracked = await census(session, progress=progress.step, timeout=attaching.timeout)
    if not untracked:
        return tracked, None
    estimate = await estimating.untracked(
        session, progress=progress.step, timeout=attaching.timeout
    )
    return joined(tracked, estimate), estimate


def estimate_json(untracked: Untracked | None) -> dict[str, Any]:
    """Keys of a document: what was estimated, and within what bounds."""
    if untracked is None:
        return {}
    return {
        "estimated": True,
        "untracked": {
            "objects": untracked.objects,
            "objects_at_least": untracked.least,
            "objects_at_most": untracked.most,
            "bytes": untracked.size,
            "immortal_references": untracked.immortal,
        },
        "outside": [
            {
                "type": each.type,
                "objects": each.objects,
                "buffers": each.regions,
                "bytes": each.size,
                "place": each.place,
            }
            for each in untracked.outside
        ],
        "holders": [
            {"type": each.type, "objects": each.objects, "bytes": each.size}
            for each in untracked.holders
        ],
        "pools": [{"library": each.library, "bytes": each.size} for each in untracked.pools],
        "untold": [
            {"type": each.type, "objects": each.count, "why": each.why} for each in untracked.untold
        ],
    }


def outside_bytes(untracked: Untracked | None) -> dict[str, int]:
    """By type: the bytes of its size that are not in the objects but beside them."""
    from memtui.verbs.untracked import PROCESS

    found: dict[str, int] = {}
    for each in untracked.outside if untracked is not None else ():
        if each.place == PROCESS:
            found[each.type] = found.get(each.type, 0) + each.size
    return found


def estimate_note(untracked: Untracked) -> str:
    """What was estimated, and how far it may be off, in a sentence."""
    total, least, most = untracked.objects, untracked.least, untracked.most
    bounds = "" if least == most else f", {count_text(least)} to {count_text(most)}"
    words = (
        f"{count_text(total)} of them the collector does not track: estimated through what refers "
        f"to them{bounds} ({bound_text(untracked.error)}); "
        "what only C or running code holds is not in it"
    )
    if untracked.immortal:
        words += (
            f", nor what {count_text(untracked.immortal)} references to immortal objects lead to"
        )
    return words


def write_outside(output: Output, untracked: Untracked) -> None:
    """Tables of the memory beside objects, of who holds it, and of what is elsewhere."""
    from memtui.verbs.untracked import MAPPED, PROCESS

    here = [each for each in untracked.outside if each.place == PROCESS]
    _write(
        output,
        "beside the objects, in the sizes above; each buffer counts once, a view is not its base:",
        ("buffers", "objects"),
        [(each.type, each.size, each.regions, each.objects) for each in here],
    )
    for each in untracked.pools:
        output.line(f"{each.library} has allocated {size_text(each.size)} in all, by its own count")
    _write(
        output,
        "what these hold of arrays and buffers, which is in the sizes of those:",
        ("objects",),
        [(each.type, each.size, each.objects) for each in untracked.holders if each.size],
    )
    _write(
        output,
        "not in the sizes above, as it is not memory of this process:",
        ("buffers", "objects"),
        [
            (f"{each.type} on {each.place}", each.size, each.regions, each.objects)
            for each in untracked.outside
            if each.place not in (PROCESS, MAPPED)
        ],
    )
    for mapped in (each for each in untracked.outside if each.place == MAPPED):
        output.line()
        output.line(
            f"{size_text(mapped.size)} of address space mapped by {mapped.type} "
            f"({count_text(mapped.regions)}): not in the sizes above, how much is in memory is not told"
        )


def untold_notes(untracked: Untracked) -> list[str]:
    """What is not told, or not exactly, a sentence each."""
    return [
        _WHY.get(each.why, "{n} of {type}: sizes not told").format(
            n=count_text(each.count), type=each.type
        )
        for each in untracked.untold
    ]


_WHY = {
    "code": "{n} of {type} would answer in Python code: not asked, so their sizes are not told",
    "layout": "{n} of {type} have no plain buffer (sparse, nested …): their sizes are not told",
    "shared": "{n} of {type}: the program has Arrow types of its own, whose code would run if columns "
    "were looked at; so a buffer that several share is counted for each",
    "at-least": "{n} buffers of {type} were seen in part only: they may be larger",
    "library": "{type} is loaded, but is not as it is known here: the memory of its objects is not told",
}


def _write(
    output: Output,
    title: str,
    counts: tuple[str, ...],
    rows: list[tuple[str, int, *tuple[int, ...]]],
) -> None:
    """A table of types with a size and some ``counts``, the largest first."""
    if rows:
        columns = [TYPE, Column("size", "size", 8, 90)]
        output.line()
        output.line(title)
        write_table(
            output,
            [*columns, *(Column(each, each, 11) for each in counts)],
            [
                line_of(name, size_text(size), *map(count_text, numbers))
                for name, size, *numbers in sorted(rows, key=lambda row: -row[1])
            ],
        )
