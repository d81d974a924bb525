"""Verb ``release``: let go of the objects that are open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memtui.verbs.asking import Asks


@dataclass(frozen=True, slots=True)
class Released:
    """The agent has let go of them."""


async def release(session: Asks, *, timeout: float | None = None) -> None:
    """Let go of the objects of the open page."""
    await session.ask("release", {}, Released, timeout=timeout)


async def release_globals(session: Asks, *, timeout: float | None = None) -> None:
    """Let go of the objects of the open globals."""
    await session.ask("release", {"globals": True}, Released, timeout=timeout)
