"""Verb ``modules``: what is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from memtui.model.safe import Text
from memtui.verbs.asking import Count

if TYPE_CHECKING:
    from memtui.verbs.asking import Asks


class Module(NamedTuple):
    """One entry of ``sys.modules``.

    ``type`` is None for a plain module, else the type of what stands there.  ``globals`` counts the
    names in it; None where it is no module, which is left alone.  ``longest`` names the longest
    container among its globals, which has ``length`` items; None where there is none.
    """

    name: Text
    type: Text | None = None
    globals: Count | None = None
    longest: Text | None = None
    length: Count | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Modules:
    """All that ``sys.modules`` holds."""

    modules: tuple[Module, ...]


async def modules(session: Asks, *, timeout: float | None = None) -> tuple[Module, ...]:
    """What ``sys.modules`` of the target holds; nothing is imported, no module is asked."""
    return (await session.ask("modules", {}, Modules, timeout=timeout)).modules
