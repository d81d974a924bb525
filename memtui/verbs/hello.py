"""Verb ``hello``: the greeting, which comes first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memtui.model.safe import Text

if TYPE_CHECKING:
    from memtui.verbs.asking import Asks


@dataclass(frozen=True, slots=True)
class Hello:
    """The agent's greeting: who it is and where it lives.

    ``python`` is the version as ``X.Y.Z``; ``joined`` is set if another viewer had
    already injected the agent.
    """

    protocol: int
    version: Text
    pid: int
    python: Text
    implementation: Text
    executable: Text
    free_threaded: bool
    read_only: bool
    joined: bool


async def hello(
    session: Asks, *, protocol: int, version: str, read_only: bool, timeout: float
) -> Hello:
    """Greet the agent, which refuses a viewer of another ``protocol``."""
    args = {"protocol": protocol, "version": version, "read_only": read_only}
    return await session.ask("hello", args, Hello, timeout=timeout)
