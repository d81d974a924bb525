"""How we got in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memtui.model.interpreters import Interpreters


@dataclass(frozen=True, slots=True)
class Attachment:
    """One way in that worked.

    ``attach_ms`` is from the start of the attempt to the agent's greeting;
    ``longest_stop_ms`` the longest time one thread of the target stood still for it
    (0.0 for methods that stop nothing); ``tries`` how many looks at the target it took;
    ``interpreters`` those of the process then (None: unknown): the agent is in the main one.
    """

    method: str
    attach_ms: float
    longest_stop_ms: float = 0.0
    tries: int = 1
    interpreters: Interpreters | None = None
