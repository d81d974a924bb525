"""What the agent says in codes: a code and its facts, which are text from the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from memtui.model.safe import safe

if TYPE_CHECKING:
    from collections.abc import Mapping

#: How many texts of a list are read at most.
_MOST = 1000


class Cause(msgspec.Struct):
    """A reason within another: nothing nests deeper."""

    code: str
    facts: dict[str, str | int | bool | None] = {}


class Reason(msgspec.Struct):
    """A code with its facts: the ``error`` of an answer, a note, or why there is no value."""

    code: str
    facts: dict[str, str | int | bool | list[str | int] | Cause | None] = {}


class FactTexts(dict[str, str]):
    """The facts of a reason as safe texts; one that is missing or not a text is a question mark."""

    def __init__(self, reason: Reason | Cause) -> None:
        facts = reason.facts.items()
        super().__init__((name, _text(fact)) for name, fact in facts)
        self._facts: Mapping[str, object] = reason.facts

    def __missing__(self, name: str) -> str:
        return "?"

    def number(self, name: str) -> int:
        """A number; 0 if it is not a number."""
        fact = self._facts.get(name)
        return fact if isinstance(fact, int) else 0

    def texts(self, name: str) -> list[str]:
        """A list, each as a safe text."""
        fact = self._facts.get(name)
        return list(map(_text, fact[:_MOST])) if isinstance(fact, list) else []

    def cause(self, name: str) -> Cause | None:
        """A reason within this one."""
        fact = self._facts.get(name)
        return fact if isinstance(fact, Cause) else None

    def mib(self, name: str) -> str:
        """A number of bytes as MiB."""
        return f"{self.number(name) / (1 << 20):.1f} MiB"


def _text(fact: object) -> str:
    if isinstance(fact, str):
        return safe(fact)
    return str(fact) if isinstance(fact, int) else "?"
