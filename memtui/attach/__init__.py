"""How we get in: facts about the process, the ways in, and the connection that comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memtui.attach.enter import attach

__all__ = ["attach"]


def __getattr__(name: str) -> object:
    # Loaded when it is asked for: it takes as long as all else, and who only looks (memtui ps, the
    # refusals before an attach) has no use for it.
    if name != "attach":
        raise AttributeError(f"module {__name__} has no attribute {name}")
    from memtui.attach.enter import attach  # noqa: PLC0415

    globals()[name] = attach
    return attach
