"""Sentences that the command line, the dashboard and the report share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.present.text import count_text, counted, duration_text, millis_text, size_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from memtui.model.cost import Cost
    from memtui.model.interpreters import Interpreters, OutsideCount

_IDS = 8

WITHHELD = "(withheld)"
"""Replaces a value that is not shown."""

NOT_TRACKED = "str, bytes, numbers and arrays"
"""What the collector does not track, as far as people ask."""

NONE_OF_MINE = "No type here is of the program's own modules.\nm shows all types again."

UNKNOWN_BEFORE = "what was allocated before tracing began is unknown"
NOT_OURS = "the application traces: its session is used and not stopped"

THREADS_UNREADABLE = "this interpreter has no GIL: where its threads are cannot be read safely"


def sentence(words: str) -> str:
    """``words`` as a complete sentence."""
    return f"{words[:1].upper()}{words[1:]}."


def interpreters_text(
    interpreters: Interpreters | None, pid: int | None = None, outside: Collection[int] = ()
) -> str:
    """The words for other interpreters; "" if there are none, or it is not known.

    With ``pid`` they name the command that counts them, if there is one.  Those of ``outside`` were
    counted from outside.
    """
    if interpreters is None or not interpreters.others:
        return ""
    ids = ids_text(interpreters.ids[1:])
    if interpreters.others == 1:
        who, whose = f"1 other interpreter{ids} runs in this process", "its"
    else:
        many = count_text(interpreters.others)
        who, whose = f"{many} other interpreters{ids} run in this process", "their"
    if not interpreters.uncounted:
        return f"{who}: Python 3.8 keeps one list of objects for all, so {whose} objects are counted with the main one's"
    if outside:
        which = f"{whose} objects"
        if not {*interpreters.ids[1:]} <= {*outside}:
            which = f"only the objects of {', '.join(map(str, sorted(outside)))}"
        return f"{who}: {which} were counted from outside, at the start and at the end of the run"
    text = f"{who}: {whose} objects are not counted"
    if pid is not None and interpreters.can_be_counted:
        text += f"; memtui summary {pid} --interpreter all counts them"
    return text


COUNTED_TWICE = (
    "it was counted from outside, twice: whether a collection would free them, and who holds them, is "
    "not known"
)
"""What a count from outside leaves open."""


def ids_text(ids: Sequence[int]) -> str:
    """IDs of interpreters in brackets, with a blank in front; the first few of many, "" for none."""
    if not ids:
        return ""
    shown = ", ".join(map(str, ids[:_IDS])) + (", …" if len(ids) > _IDS else "")
    return f" (ID {shown})" if len(ids) == 1 else f" (IDs {shown})"


def moved_text(count: OutsideCount) -> str:
    """That an interpreter worked while it was counted from outside."""
    return (
        f"interpreter {count.interpreter} made or freed objects while it was counted: its figures are "
        "of slightly different moments, and not exact"
    )


def outside_cost_text(interpreters: int, seconds: float) -> str:
    """What a count from outside cost the target."""
    which = counted(interpreters, "interpreter")
    return f"{which} read from outside in {seconds:.1f} s: nothing was stopped, nothing ran there"


def frozen_text(frozen: int) -> str:
    """Why ``frozen`` objects are in no row."""
    were = "object was" if frozen == 1 else "objects were"
    return f"{count_text(frozen)} {were} frozen by gc.freeze(): alive, but neither listed nor collected"


def frozen_forms(frozen: int) -> tuple[str, ...]:
    """The same beside a title, in shorter and shorter forms."""
    count = count_text(frozen)
    return (
        f"+ {count} frozen objects that cannot be listed",
        f"+ {count} frozen, not listed",
        f"+ {count} frozen",
    )


COLLECTION_RUNS = "no collection was made: one is already running in the process"
"""Why we know nothing about garbage: the interpreter makes one collection at a time."""


def freed_size_text(collected: int, listed: int, size: int) -> str:
    """The size of what was freed, as far as the ``listed`` objects, which have it, are what was ``collected``."""
    how = "" if collected == listed else "at least " if collected > listed else "at most "
    return f"{how}{size_text(size)}"


def freed_note(collected: int, listed: int) -> str:
    """The words for a list of freed objects that disagrees with the collector's own number."""
    return (
        f"the types are {counted(listed, 'object')}, by counts before and after; the collector's own "
        f"number is {count_text(collected)}: objects were made or dropped between the counts"
    )


def no_match_text(what: str, text: str) -> str:
    """The words for a filter ``text`` that leaves no rows."""
    return f"No {what} matches “{text}”.\nEscape clears the filter."


def cost_text(cost: Cost) -> str:
    """What answers cost the target."""
    agent, stall = millis_text(cost.agent_ms), millis_text(cost.longest_stall_ms)
    return f"{agent} in the target, longest stall {stall}"


def attached_text(method: str, attach_ms: float) -> str:
    """How memtui got in, and how long that took."""
    return f"attached by {method} in {millis_text(attach_ms)}"


def next_count_text(left_s: float) -> str:
    """What is waited for between two counts."""
    return f"counting again in {duration_text(left_s + 1)}"


def rss_text(before: int | None, after: int | None) -> str:
    """How resident memory changed; "" where it is not known."""
    if before is None or after is None:
        return ""
    change = size_text(after - before, signed=True)
    return f"RSS {size_text(before)} → {size_text(after)} ({change})"


def verdict_text(verdict: str) -> str:
    """A report's verdict in a word or three."""
    return {"none": "no leak seen", "unknown": "not known whether it leaks"}.get(verdict, verdict)


def cut_short_text(why: str, seconds: float) -> str:
    """The words for a measurement that ended early, and what is left of it."""
    return f"Cut short: {why}. What follows is what was measured until then, {seconds:.1f} s from the first count to the last."


ONE_COUNT = "one count was made: what grows this run cannot tell"
"""Why a report knows nothing of growth."""


def none_grew_text(rounds: int, least: int) -> str:
    """That no type grew steadily, by at least so many objects."""
    if not rounds:
        return ONE_COUNT
    return f"no type grew by {least} objects or more, and in most of {counted(rounds, 'round')}"


def untracked_text(kind: str) -> str:
    """The words for instances of a type that cannot be listed, beside those that can."""
    return f"instances of {kind} itself are not listed: the collector does not track them; --untracked in summary estimates how many there are"


def undecided_text(undecided: int, problem: str | None) -> str:
    """For how many a condition could not be decided, and why for the last of them."""
    return f"{count_text(undecided)} could not be decided" + (f": {problem}" if problem else "")
