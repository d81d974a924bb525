"""The collector in facts that fit their line: for its pane, and in short for the dashboard's foot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.present.spans import Line, Span
from memtui.present.text import clock_text, count_text, millis_text, size_text
from memtui.present.words import COLLECTION_RUNS, rss_text
from memtui.ui.widgets.paint.painted import SpanLines
from memtui.ui.widgets.paint.roomy import Fact, joined
from memtui.verbs.collector import SAVE_ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.verbs.collect import Collection
    from memtui.verbs.collector import Collector

_GAP = Span("  ")


class CollectorFacts(SpanLines):
    """Three lines: settings, generations, the last collection."""

    def __init__(self) -> None:
        super().__init__()
        self._state: Collector | None = None
        self._collection: Collection | None = None

    def show(self, state: Collector | None, collection: Collection | None) -> None:
        """Show these."""
        self._state, self._collection = state, collection
        self.repaint_changes()

    def lines(self, width: int) -> list[Line]:
        """What is known, in words."""
        if self._state is None:
            return [(Span(" The collector was not asked yet.", "dim"),)]
        facts = [_settings(self._state), _generations(self._state)]
        if self._collection is not None:
            facts.append(_last(self._collection))
        return [(Span(" "), *joined(line, width - 2, _GAP)) for line in facts]


def summary(state: Collector | None, collection: Collection | None) -> Sequence[Fact]:
    """The collector in one line; what the last collection freed is the last to be left out."""
    if state is None:
        return (Fact(1, ((Span("collector not asked yet", "dim"),),)),)
    facts = [
        Fact(20, ((Span(f"gen{number} ", "dim"), Span(generation.fill)), ()))
        for number, generation in enumerate(state.generations)
        if state.generational
    ]
    if not state.enabled:
        facts.append(
            Fact(80, ((Span("automatic collection is disabled", "warn"),), (Span("off", "warn"),)))
        )
    if collection is not None:
        facts += _last_in_short(collection)
    return facts


def _settings(state: Collector) -> list[Fact]:
    automatic = Span(state.automatic, "" if state.enabled else "warn")
    garbage = Span(count_text(state.garbage), "warn" if state.garbage else "")
    return [
        _named(90, "automatic collection", automatic),
        _named(80, "frozen", Span(count_text(state.frozen))),
        _named(85, "in gc.garbage", garbage),
        _named(20, "callbacks", Span(count_text(state.callbacks))),
        _named(70, "debug", Span("DEBUG_SAVEALL keeps all garbage", "warn"))
        if state.debug & SAVE_ALL
        else _named(10, "debug flags", Span(str(state.debug))),
    ]


def _named(importance: int, name: str, value: Span) -> Fact:
    return Fact(importance, ((Span(f"{name} ", "dim"), value), ()))


def _generations(state: Collector) -> list[Fact]:
    if not state.generational:
        return [Fact(50, ((Span("no generations: a free-threaded build", "dim"),),))]
    facts = []
    for number, generation in enumerate(state.generations):
        fill = (Span(f"gen{number} ", "dim"), Span(generation.fill))
        runs = Span(f" {generation.runs}", "dim")
        short = Span(f" ×{count_text(generation.collections)}", "dim")
        facts.append(Fact(50, ((*fill, runs), (*fill, short), fill)))
    if state.is_raised:
        facts.append(Fact(60, ((Span("threshold raised: garbage waits", "warn"),), ())))
    return facts


def _last(collection: Collection) -> list[Fact]:
    if not collection.made:
        return [Fact(90, ((Span(COLLECTION_RUNS, "warn"),), (Span("one runs already", "warn"),)))]
    at = clock_text(collection.at)
    pause = millis_text(collection.pause)
    facts = [
        Fact(30, ((Span(f"last at {at}:", "dim"),), (Span(at, "dim"),), ())),
        Fact(
            90,
            ((Span(f"gen{collection.generation} collected {count_text(collection.collected)}"),),),
        ),
        Fact(80, ((Span(f"paused the target for {pause}"),), (Span(f"pause {pause}"),))),
        *_rss(collection),
    ]
    if collection.uncollectable:
        count = count_text(collection.uncollectable)
        facts.append(Fact(95, ((Span(f"{count} could not be collected", "warn"),),)))
    return facts


def _rss(collection: Collection) -> list[Fact]:
    before, after = collection.rss_before, collection.rss_after
    if before is None or after is None:
        return []
    change = size_text(after - before, signed=True)
    return [Fact(85, ((Span(rss_text(before, after)),), (Span(f"RSS {change}"),)))]


def _last_in_short(collection: Collection) -> list[Fact]:
    if not collection.made:
        return [Fact(90, ((Span(COLLECTION_RUNS, "warn"),), (Span("one runs already", "warn"),)))]
    total = count_text(collection.collected)
    largest = sorted(collection.freed, key=lambda row: row.size, reverse=True)[:2]
    names = ", ".join(f"{row.type} {count_text(row.count)}" for row in largest)
    freed = Span(f"last: freed {total}")
    return [
        Fact(90, ((freed, Span(f" ({names})")), (freed,)) if names else ((freed,),)),
        *_rss(collection),
    ]
