"""Verb ``threads``: which threads run Python, and where each of them is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from memtui.model.allocations import is_yours
from memtui.model.cost import Cost
from memtui.model.safe import Text
from memtui.present.columns import Column
from memtui.present.spans import Span
from memtui.present.text import duration_text
from memtui.verbs.asking import Count, Milliseconds

if TYPE_CHECKING:
    from memtui.present.spans import Line
    from memtui.verbs.asking import Asks

_INSTALLED = re.compile(r"^.*/lib/python3(\.\d+t?)?/")

COLUMNS = (
    Column("name", "thread", 16, 100, "left", True, 40, "ascending"),
    Column("id", "native id", 9, 40, sorts="ascending"),
    Column("age", "age", 11, 70),
    Column("daemon", "daemon", 6, 30, "left", sorts=None),
    Column("target", "target", 14, 60, "left", True, 50, "ascending", "end"),
    Column("own", "your code", 20, 90, "left", True, 70, "ascending", "end"),
    Column("top", "on top", 20, 80, "left", True, 70, "ascending", "end"),
)
"""``your code`` is the innermost call outside of libraries, if that is not the top call itself."""


class StackFrame(NamedTuple):
    """One call: its function, as ``Class.method`` from Python 3.11 on, and the line that runs."""

    function: Text
    file: Text
    line: Count | None

    @property
    def place(self) -> str:
        """The file, and the line if it is known."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


class PythonThread(NamedTuple):
    """A thread that runs Python, and its innermost calls, the innermost first.

    Fields that ``threading`` does not know are None.  ``id`` is ``threading.get_ident()`` there,
    ``native_id`` the kernel's number.  ``target`` is the function that it was started with, or the
    ``run`` of its class.  ``calls`` is None if they cannot be read safely.
    """

    id: Count
    native_id: Count | None
    name: Text | None
    daemon: bool | None
    target: Text | None
    age: Milliseconds | None
    calls: tuple[StackFrame, ...] | None

    @property
    def top(self) -> StackFrame | None:
        """The innermost call."""
        return self.calls[0] if self.calls else None

    @property
    def own(self) -> StackFrame | None:
        """The innermost call that is neither of the standard library nor of an installed package."""
        return next((call for call in self.calls or () if is_yours(call.file)), None)


@dataclass(frozen=True, slots=True, eq=False)
class Threads:
    """All threads that run Python, without the agent's.

    ``calls_readable`` is False on a build without a GIL: there a thread cannot be kept from
    returning from a call while it is read.
    """

    threads: tuple[PythonThread, ...]
    calls_readable: bool
    cost: Cost = field(default_factory=Cost)


async def threads(session: Asks, *, timeout: float | None = None) -> Threads:
    """Which threads run Python, and where each is at this moment."""
    return await session.ask("threads", {}, Threads, timeout=timeout)


def cells(thread: PythonThread) -> Line:
    """The row of ``COLUMNS`` for ``thread``."""
    own = None if thread.own is thread.top else thread.own
    return (
        Span(thread.name or "–"),
        Span("–" if thread.native_id is None else str(thread.native_id), "dim"),
        Span("–" if thread.age is None else duration_text(thread.age / 1e3)),
        Span({True: "yes", False: "no", None: "–"}[thread.daemon], "dim"),
        Span(thread.target or "–"),
        Span("" if own is None else _call_text(own), "accent"),
        Span("–" if thread.top is None else _call_text(thread.top)),
    )


def _call_text(call: StackFrame) -> str:
    line = "" if call.line is None else f":{call.line}"
    # The folder of the interpreter says nothing about the call.
    file = call.file if is_yours(call.file) else _INSTALLED.sub("", call.file)
    return f"{call.function}() {file}{line}"
