"""Growth: which types changed since a mark, or over the last minutes."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from memtui.model.rounds import Rounds
from memtui.numbers import np, numbers
from memtui.present.growth import (
    CHANGES,
    REGULARITY,
    TREND,
    TREND_POINTS,
    TYPE,
    changes,
    regularity,
)
from memtui.present.spans import Line, Span
from memtui.present.spark import spark_texts
from memtui.present.text import clock_text, count_text, counted, duration_text, size_text
from memtui.present.words import NONE_OF_MINE, no_match_text
from memtui.ui.panes.pane import Pane
from memtui.ui.widgets.table.filtered import FilteredTable
from memtui.ui.widgets.table.sheet import Sheet
from memtui.ui.widgets.table.table import SheetTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from memtui.model.growth import Growth, Mark
    from memtui.numbers import Numbers
    from memtui.present.columns import Column

SINCE_START = float("inf")
WINDOWS: tuple[float, ...] = (60.0, 300.0, 1800.0, SINCE_START)
"""The windows that ``t`` goes through, seconds; then the last mark, if there is one."""


class GrowthPane(Pane):
    """The difference between now and a baseline, what grew most on top."""

    NAME = "Growth"
    ABOUT = (
        "The types whose number or size changed since the baseline, what grew most on top. The "
        "baseline is a mark, which b sets at the present moment, or the beginning of a window of "
        "time, which t switches. Per minute is the change in number divided by the time since the "
        "baseline; the trend is the number of objects over that time, the present at the right. e cuts "
        "that time into rounds: in how many of them a type grew, in number or else in size, and how "
        "evenly, from 0 to 1. A leak grows in every round, a cache that fills up in the first ones. "
        "Types with a + grew by as many objects as the type above them, or by a few for each: they belong "
        "to it."
    )
    COLUMNS: ClassVar[Sequence[Column]] = (TYPE, *CHANGES, TREND)
    ROUND_COLUMNS: ClassVar[Sequence[Column]] = (TYPE, *CHANGES, *REGULARITY)
    SORT = "size"

    BINDINGS: ClassVar[list[BindingType]] = [
        FilteredTable.filter_key("types"),
        FilteredTable.mine_key(),
        Binding("e", "rounds", "Rounds", tooltip="What grew in every round of that time, or all"),
        Binding("t", "window", "Window", tooltip="Since a mark, or over 1, 5, 30 min, or all"),
    ]

    class BaselineChanged(Message):
        """The user wants growth since another moment: a mark, or seconds back from now."""

        def __init__(self, baseline: Mark | float) -> None:
            super().__init__()
            self.baseline = baseline

    growth: reactive[Growth | None] = reactive(None, repaint=False)
    """What to show; None while there is only one census."""
    baseline: reactive[float] = reactive(300.0, repaint=False)
    """The window in seconds that is shown without a mark; the pane changes it itself."""
    mark: reactive[Mark | None] = reactive(None, repaint=False)
    """The mark growth is measured from, None for a window."""
    last_mark: reactive[Mark | None] = reactive(None, repaint=False)
    """The newest mark there is."""

    in_rounds = False
    """Whether the user wants growth in rounds; the growth is then a Rounds."""

    trends_of: Callable[[Sequence[str], int], Numbers] = staticmethod(
        lambda names, _points: numbers(()).reshape(len(names), 0)
    )
    """Returns the counts of types over time, a row for each, oldest first; called for visible rows only."""

    together_of: Callable[[Growth], Mapping[int, int]] = staticmethod(lambda _growth: {})
    """Returns the rows that grew along with another row, and which that is."""

    listing: FilteredTable

    def __init__(self) -> None:
        super().__init__()
        self.listing = FilteredTable(self.COLUMNS, sort=self.SORT, why_empty=self._why_empty)
        self.table = self.listing.table

    def body(self) -> ComposeResult:
        """The table with its filter."""
        yield self.listing

    def keyboard(self) -> SheetTable:
        """The table takes the keys."""
        return self.table

    # --- what it shows ------------------------------------------------------------------------

    @property
    def since(self) -> Mark | float:
        """What growth is measured from: a mark, or seconds back from now."""
        return self.baseline if self.mark is None else self.mark

    def watch_growth(self, growth: Growth | None) -> None:
        """New figures: the table keeps order, filter and cursor."""
        sheet = Sheet()
        if growth is not None:
            below = self.together_of(growth)
            sheet = Sheet(
                growth.names,
                _GrowthColumns(growth, below),
                lambda rows: self._cells(growth, rows, below),
                growth.changed,
            )
        self.listing.show_sheet(sheet, seen=self.seen)
        self.retitle()

    def catch_up(self) -> None:
        """Show the rows that came last."""
        self.listing.catch_up()
        self.retitle()

    def _cells(self, growth: Growth, rows: Sequence[int], below: Mapping[int, int]) -> list[Line]:
        if isinstance(growth, Rounds):
            return [(*_figures(growth, row, below), *regularity(growth, row)) for row in rows]
        trends = self.trends_of([growth.names[row] for row in rows], TREND_POINTS)
        bars = [Span(text, "accent") for text in spark_texts(trends, TREND_POINTS)]
        return [(*_figures(growth, row, below), bar) for row, bar in zip(rows, bars, strict=True)]

    def _why_empty(self) -> str:
        if self.growth is None:
            if self.mark is not None:
                return f"Mark {self.mark.label} is set.\nThe next census shows what grew since."
            return (
                "Growth is the difference of two censuses.\nIt shows as soon as the next one came."
            )
        if self.listing.only_mine and not self.listing.filter_text:
            return NONE_OF_MINE
        if not self.listing.filter_text:
            return f"Nothing has grown or shrunk {self._since(self.growth)}."
        return no_match_text("type", self.listing.filter_text)

    def title(self) -> Line:
        """The baseline with its time and age."""
        if self.growth is None:
            return (Span("Growth"),)
        return (Span("Growth "), Span(self._since(self.growth), "accent"))

    def _since(self, growth: Growth) -> str:
        age = duration_text(growth.until - growth.since)
        if self.mark is not None:
            at = clock_text(self.mark.at)
            return f"since mark {self.mark.label}, {at} ({age})"
        if self.baseline == SINCE_START:
            return f"since the start ({age})"
        window = f"{self.baseline / 60:.0f} min"
        # At first the window is not full; the rate covers only the time so far.
        full = growth.until - growth.since > self.baseline * 0.9
        return f"over the last {window}" if full else f"over {age} of the last {window}"

    def note(self) -> Line:
        """How many types grew."""
        if self.growth is None:
            return ()
        if isinstance(self.growth, Rounds):
            words = (
                f"{count_text(self.growth.always)} in all of {counted(self.growth.total, 'round')}"
            )
            return (
                *self.listing.filter_note(),
                Span(words, "grow" if self.growth.always else "dim"),
            )
        return (
            *self.listing.filter_note(),
            Span(f"{count_text(self.growth.growing)} growing", "dim"),
        )

    def tab_label(self) -> str:
        """The name, with the largest growth: a narrow terminal shows no more of it."""
        growth = self.growth
        if growth is None or not growth.names:
            return self.NAME
        worst = int(np.argmax(growth.size_deltas))
        most = growth.size_deltas[worst]
        if most <= 0:
            return self.NAME
        name = growth.names[worst].rpartition(".")[2]
        return f"{self.NAME}: {name} {size_text(most, signed=True)}"

    # --- what the user does -------------------------------------------------------------------

    @on(SheetTable.Opened)
    def _row_opened(self, event: SheetTable.Opened) -> None:
        event.stop()
        self.post_message(self.TypeOpened(str(event.key)))

    def copy_choice(self) -> tuple[str, str] | None:
        """The type under the cursor."""
        key = self.table.cursor_key
        return None if key is None else (str(key), "type")

    def action_window(self) -> None:
        """Measure from the next baseline: the windows, then the last mark."""
        choices: list[Mark | float] = [*WINDOWS]
        if self.last_mark is not None:
            choices.append(self.last_mark)
        place = choices.index(self.since) + 1 if self.since in choices else 0
        self.measure_from(choices[place % len(choices)])

    def action_rounds(self) -> None:
        """Cut the time into rounds, what grew in every one on top; or back again."""
        self.in_rounds = not self.in_rounds
        if self.in_rounds:
            self.table.show_columns(self.ROUND_COLUMNS, sort="grew")
        else:
            self.table.show_columns(self.COLUMNS, sort=self.SORT)
        self.growth = None
        self.post_message(self.BaselineChanged(self.since))

    def measure_from(self, baseline: Mark | float) -> None:
        """Show growth since ``baseline``, and post that it is needed."""
        if isinstance(baseline, float):
            self.mark, self.baseline = None, baseline
        else:
            self.mark = self.last_mark = baseline
        self.post_message(self.BaselineChanged(baseline))


def _figures(growth: Growth, row: int, below: Mapping[int, int]) -> Line:
    name = growth.names[row]
    # What grew along with another type stands below it, marked.
    return (Span(f"+ {name}" if row in below else name), *changes(growth, row))


class _GrowthColumns(Mapping[str, Sequence[Any]]):
    """The columns of a growth, by the table's keys; a tick needs only the one it is sorted by."""

    def __init__(self, growth: Growth, below: Mapping[int, int]) -> None:
        self._growth = growth
        self._below = below

    def __getitem__(self, key: str) -> Sequence[Any]:
        growth = self._growth
        if key == "type":
            return growth.names
        if key == "size":
            return self._grouped(growth.size_deltas)
        if key in {"count", "rate"}:
            return self._grouped(growth.count_deltas)
        if isinstance(growth, Rounds):
            if key == "grew":
                return self._grouped(_often_and_much(growth))
            if key == "steady" and growth.total > 1:
                return growth.steadiness
        raise KeyError(key)

    def _grouped(self, values: Sequence[float]) -> Sequence[float]:
        """``values``, but those that grew along come right behind their leader."""
        if not self._below:
            return values
        grouped = array("d", values)
        for place, (row, leader) in enumerate(self._below.items(), 1):
            # As little less as a number of this size can be told from.
            grouped[row] = values[leader] - place * (abs(values[leader]) + 1) * 1e-9
        return grouped

    def __iter__(self) -> Iterator[str]:
        rounds = ("grew", "steady") if isinstance(self._growth, Rounds) else ()
        return iter(("type", "count", "size", "rate", *rounds))

    def __len__(self) -> int:
        return len(tuple(iter(self)))


def _often_and_much(growth: Rounds) -> array[float]:
    """Among types that grew equally often, the larger growth comes first."""
    deltas = np.asarray(growth.size_deltas, np.float64)
    largest = np.abs(deltas).max(initial=1.0)
    return array("d", (np.asarray(growth.grown) + deltas / (3 * largest)).tobytes())
