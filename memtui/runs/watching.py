"""A watch from start to end: fetches the calls as they come."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memtui.model.errors import MemtuiError
from memtui.verbs.unwatch import unwatch
from memtui.verbs.watch import watch
from memtui.verbs.watched import watched

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from memtui.model.expression import Tree
    from memtui.verbs.asking import Asks
    from memtui.verbs.watch import StartedWatch
    from memtui.verbs.watched import Calls

#: Seconds between two requests; the target captures at most 200 calls a second.
EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class WatchWish:
    """What to watch; :func:`memtui.verbs.watch.watch` explains the fields."""

    target: str
    condition: Tree | None = None
    expr: Tree | None = None
    limit: int = 0
    depth: int = 1
    errors_only: bool = False


async def watching(
    session: Asks,
    wish: WatchWish,
    *,
    begun: Callable[[StartedWatch], None] = lambda _watching: None,
    for_s: float | None = None,
    timeout: float | None = None,
) -> AsyncGenerator[Calls, None]:
    """The calls of a function, batch after batch, until enough are shown or ``for_s`` seconds passed.

    ``begun`` is called once with the details of the watch.  When the iteration ends, however it
    ends, the function is as before.  A caller that leaves early must close the iterator.
    """
    found = await watch(
        session,
        wish.target,
        condition=wish.condition,
        expr=wish.expr,
        limit=wish.limit,
        depth=wish.depth,
        errors_only=wish.errors_only,
        timeout=timeout,
    )
    begun(found)
    loop = asyncio.get_running_loop()
    end = None if for_s is None else loop.time() + for_s
    is_watched = True
    try:
        while end is None or loop.time() < end:
            calls = await watched(session, found.number, timeout=timeout)
            yield calls
            if not calls.active:
                break
            left = EVERY_S if end is None else min(EVERY_S, max(0.0, end - loop.time()))
            await asyncio.sleep(left)
        is_watched = False
        yield await unwatch(session, found.number, timeout=timeout)
    finally:
        if is_watched:
            # If this fails, the end of the session undoes the watch.
            with contextlib.suppress(MemtuiError):
                await unwatch(session, found.number, timeout=timeout)
