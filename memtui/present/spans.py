"""A line of text in tones: what is shown, before it has a colour.

A line is a tuple of spans.  A span's text is never parsed as markup, and a tone is a word (``grow``,
``dim``) that the dashboard's style sheet gives a colour; the command line prints the text alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from memtui.present.cells import cells, cut

if TYPE_CHECKING:
    from collections.abc import Iterable


class Span(NamedTuple):
    """Text in one tone."""

    text: str
    tone: str = ""


Line: TypeAlias = tuple[Span, ...]


def line_of(*texts: str) -> Line:
    """Texts without a tone, a span each."""
    return tuple(map(Span, texts))


def change_tone(change: float) -> str:
    """The tone of a figure that changed by ``change``."""
    return "grow" if change > 0 else "shrink" if change < 0 else "dim"


def width_of(line: Iterable[Span]) -> int:
    """How many cells a line takes."""
    return cells("".join([span.text for span in line]))


def cropped(line: Iterable[Span], width: int) -> Line:
    """A line in at most ``width`` cells, an ellipsis where some was left out."""
    kept: list[Span] = []
    left = width
    for span in line:
        size = cells(span.text)
        if size > left:
            kept.append(Span(cut(span.text, left), span.tone))
            break
        kept.append(span)
        left -= size
    return tuple(kept)


def spread(left: Line, right: Line, width: int, *, tone: str = "") -> Line:
    """``left`` and ``right`` at the two ends of a line; ``left`` is cut if they meet."""
    right = cropped(right, width)
    room = width - width_of(right)
    left = cropped(left, max(0, room - 1) if right else room)
    return (*left, Span(" " * (room - width_of(left)), tone), *right)
