"""Sentences that the command line, the dashboard and the report share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.present.text import count_text, counted, duration_text, millis_text, size_text

if TYPE_CHECKING:
    from memtui.model.cost import Cost

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


def interpreters_text(interpreters: int | None) -> str:
    """The words for other interpreters, which are not examined; "" if there are none, or it is not known."""
    if interpreters is None or interpreters < 2:
        return ""
    if interpreters == 2:
        return "1 other interpreter runs in this process: its objects are not counted"
    others = count_text(interpreters - 1)
    return f"{others} other interpreters run in this process: their objects are not counted"


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
