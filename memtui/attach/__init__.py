"""How memtui gets in: facts about the process, the methods, and the connection back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memtui.attach.enter import attach

__all__ = ["attach"]


def __getattr__(name: str) -> object:
    # Loaded on first use: it takes as long as everything else together, and memtui ps and the
    # refusals before an attach do not need it.
    if name != "attach":
        raise AttributeError(f"module {__name__} has no attribute {name}")
    from memtui.attach.enter import attach  # noqa: PLC0415

    globals()[name] = attach
    return attach
