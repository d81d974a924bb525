"""Facts on one line: each in several lengths, the least important shortened first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memtui.present.spans import Line, Span, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact in its ``forms``, longest first; an empty form leaves it out."""

    importance: int
    forms: tuple[Line, ...]


def joined(facts: Sequence[Fact], width: int, separator: Span) -> Line:
    """The facts in their order, each as long as ``width`` cells allow."""
    chosen = [0] * len(facts)

    def line() -> Line:
        parts = [fact.forms[i] for fact, i in zip(facts, chosen, strict=True) if fact.forms[i]]
        spans: list[Span] = []
        for part in parts:
            if spans:
                spans.append(separator)
            spans.extend(part)
        return tuple(spans)

    while width_of(line()) > width:
        shorter = [i for i, fact in enumerate(facts) if chosen[i] < len(fact.forms) - 1]
        if not shorter:
            break
        # Every fact is shortened before any is left out.
        least = min(shorter, key=lambda i: (not facts[i].forms[chosen[i] + 1], facts[i].importance))
        chosen[least] += 1
    return line()
