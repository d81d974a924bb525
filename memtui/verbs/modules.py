"""Verb ``modules``: which modules are loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from memtui.model.safe import Text
from memtui.present.columns import Column
from memtui.present.spans import Span
from memtui.present.text import count_text
from memtui.verbs.asking import Count

if TYPE_CHECKING:
    from memtui.present.spans import Line
    from memtui.verbs.asking import Asks

COLUMNS = (
    Column("module", "module", 18, 100, "left", True, 60, "ascending", "end"),
    Column("globals", "globals", 9, 60),
    Column("longest", "longest container", 20, 80, "left", True, 40, None, "end"),
    Column("length", "length", 11, 90),
)


class Module(NamedTuple):
    """One entry of ``sys.modules``.

    ``type`` is None for a plain module, else the type of the entry.  ``globals`` counts the names
    in it; it is None for an entry that is not a module, which is left alone.  ``longest`` names the
    longest container among its globals, which has ``length`` items; None if there is none.
    ``file`` is its ``__file__``; None if it has none.
    """

    name: Text
    type: Text | None = None
    globals: Count | None = None
    longest: Text | None = None
    length: Count | None = None
    file: Text | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Modules:
    """All entries of ``sys.modules``."""

    modules: tuple[Module, ...]


async def modules(session: Asks, *, timeout: float | None = None) -> tuple[Module, ...]:
    """The entries of ``sys.modules`` of the target; nothing is imported, no code of a module runs."""
    return (await session.ask("modules", {}, Modules, timeout=timeout)).modules


def cells(row: Module) -> Line:
    """A row of the table."""
    if row.globals is None:
        return (Span(row.name), Span("–", "dim"), Span(f"no module: {row.type}", "dim"), Span(""))
    length = "" if row.length is None else count_text(row.length)
    return (
        Span(row.name),
        Span(count_text(row.globals)),
        Span(row.longest or "", "accent"),
        Span(length),
    )
