"""What sections of a report are made of: sentences, tables and charts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memtui.model.report import Words


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict in one ``word`` and a sentence; ``is_bad`` if something has to be done."""

    word: str
    words: Words
    is_bad: bool


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One or more sentences."""

    words: Words


@dataclass(frozen=True, slots=True)
class Heading:
    """A title inside a section."""

    words: Words


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of sentences."""

    items: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; a cell is a sentence.

    All columns but the first are figures, unless ``is_facts``: then they are words.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[Words, ...], ...]
    is_facts: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: its label, and its points (seconds since the start, value)."""

    label: Words
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over time; values are bytes or numbers, as ``is_size`` says."""

    title: str
    lines: tuple[Line, ...]
    is_size: bool = False


Block = Verdict | Paragraph | Heading | Bullets | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A title and the blocks below it."""

    title: str
    blocks: tuple[Block, ...]
