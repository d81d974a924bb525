"""Verb ``unwatch``: leave a watched function alone again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.verbs.watched import Calls

if TYPE_CHECKING:
    from memtui.verbs.asking import Asks


async def unwatch(session: Asks, number: int, *, timeout: float | None = None) -> Calls:
    """End watch ``number``; the calls that were captured since the last time."""
    return await session.ask("unwatch", {"number": number}, Calls, timeout=timeout)
