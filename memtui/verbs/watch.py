"""Verb ``watch``: begin to watch a function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memtui.model.safe import Text
from memtui.verbs.asking import Count, Said

if TYPE_CHECKING:
    from memtui.model.expression import Tree
    from memtui.verbs.asking import Asks


@dataclass(frozen=True, slots=True, eq=False)
class StartedWatch:
    """A watch that has begun.

    ``number`` names it in the session; ``flavour`` is function, generator, coroutine or async
    generator; ``method`` is monitoring or wrapping; ``notes`` are remarks that help to read it.
    """

    number: Count
    target: Text
    flavour: Text
    method: Text
    notes: tuple[Said, ...]


async def watch(  # noqa: PLR0913 (a watch has that many sides)
    session: Asks,
    target: str,
    *,
    condition: Tree | None = None,
    expr: Tree | None = None,
    limit: int = 0,
    depth: int = 1,
    errors_only: bool = False,
    timeout: float | None = None,
) -> StartedWatch:
    """Begin to watch ``target``, written ``module:function`` or ``module:Class.method``.

    The calls wait in the target, some hundreds at most, until ``watched`` asks for them.
    After ``limit`` of them (0: no limit) the function is left alone again, as it is with
    ``unwatch`` and when the session ends, however it ends.  ``depth`` (0–6) is how deep
    values are shown, ``errors_only`` leaves out calls that return.
    Raises ReadOnly on a read-only session, and RequestFailed if there is no such function or
    it cannot be watched.
    """
    args = {
        "target": target,
        "condition": condition,
        "expr": expr,
        "limit": limit,
        "depth": depth,
        "errors_only": errors_only,
    }
    return await session.ask("watch", args, StartedWatch, timeout=timeout)
