"""The two lines at the top: who the target is, how it is, and what memtui costs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.present.cells import cells
from memtui.present.spans import Line, Span, cropped, spread, width_of
from memtui.present.spark import spark_text, thinned
from memtui.present.text import count_text, duration_text, millis_text, short_count_text, size_text
from memtui.ui.glance import FeedState, Glance
from memtui.ui.widgets.paint.painted import SpanLines
from memtui.ui.widgets.paint.roomy import Fact, joined

if TYPE_CHECKING:
    from memtui.model.process import Vitals

_PATIENCE_S = 3.0
"""After this time without an answer the header says so."""

_IDENTITY = 30
"""Room for the name of the program and its PID."""

_DOT = Span(" · ", "dim")
_BAR = Span(" │ ", "dim")
_THIN_BAR = Span("│", "dim")
_LOOK = {
    FeedState.LIVE: ("●", "good"),
    FeedState.PAUSED: ("‖", "warn"),
    FeedState.GONE: ("✖", "grow"),
}


class Header(SpanLines):
    """Two lines of facts.  A figure keeps the widest place it ever needed, so nothing jumps."""

    def __init__(self) -> None:
        super().__init__()
        self._glance: Glance | None = None
        # The rate comes with the third look; it must not push aside what is already there.
        self._widest: dict[str, int] = {"rate": len("+12.3 MiB/min"), "CPU": len("12 %")}

    @property
    def glance(self) -> Glance | None:
        """What is shown."""
        return self._glance

    @glance.setter
    def glance(self, glance: Glance) -> None:
        self._glance = glance
        self.repaint_changes()

    def lines(self, width: int) -> list[Line]:
        """Who and how it is watched; below, how it is."""
        if self._glance is None:
            return [(), ()]
        return [self._first(self._glance, width), self._second(self._glance, width)]

    # --- the first line -----------------------------------------------------------------------

    def _first(self, glance: Glance, width: int) -> Line:
        right = (*self._state(glance, width), Span(" "))
        room = width - width_of(right) - 2
        left = joined(self._identity(glance), room - 1, _DOT)
        return spread((Span(" "), *cropped(left, room)), right, width)

    def _identity(self, glance: Glance) -> list[Fact]:
        process = glance.process
        pid, python = f"pid {process.pid}", glance.python or process.python
        facts = [
            Fact(100, ((Span(process.name, "here"),),)),
            Fact(90, ((Span(pid),),)),
            Fact(
                70,
                ((Span(f"python {python}"),), (Span(f"py {python}"),), ()) if python else ((),),
            ),
            Fact(80, ((Span(f"up {duration_text(glance.uptime_s)}"),), ())),
            Fact(50, ((Span(f"user {process.user}"),), ()) if process.user else ((),)),
        ]
        if glance.interpreters is not None and glance.interpreters.uncounted:
            many = glance.interpreters.count
            long, short = f"main of {many} interpreters only", f"1 of {many} interpreters"
            facts.insert(2, Fact(95, ((Span(long, "warn"),), (Span(short, "warn"),))))
        if glance.method:
            facts.append(Fact(30, ((Span(f"by {glance.method}", "dim"),), ())))
        return facts

    def _state(self, glance: Glance, width: int) -> Line:
        spans = [self._watched(glance, width)]
        if glance.read_only:
            spans.append(Span(" read-only", "warn"))
        cost = self._steady("cost", millis_text(glance.cost.wall_ms))
        stall = self._steady("stall", millis_text(glance.longest_stall_ms))
        if width >= 100:
            spans.append(Span(f"   cost {cost}, longest stall {stall}", "dim"))
        elif width >= 76 and width_of(spans) < 30:  # who it is comes first
            spans.append(Span(f" cost {cost} stall {stall}", "dim"))
        return tuple(spans)

    def _watched(self, glance: Glance, width: int) -> Span:
        mark, tone = _LOOK[glance.state]
        word = glance.state.value
        if glance.state is not FeedState.GONE and (held := _held(glance)):
            return Span(f"▲ {held}", "warn")
        if glance.state is FeedState.LIVE:
            waits = glance.silent_s >= _PATIENCE_S or glance.trouble
            if waits and glance.running:
                return Span(f"▲ {_running(glance, width - _IDENTITY)}", "warn")
            if glance.silent_s >= _PATIENCE_S:
                return Span(f"▲ no answer for {duration_text(glance.silent_s)}", "warn")
            if glance.trouble:
                again = duration_text(glance.next_s)
                return Span(f"▲ no answer, again in {again}, f5 now", "warn")
            whole = glance.delay_s == int(glance.delay_s)
            delay = self._steady("delay", f"{glance.delay_s:.{0 if whole else 1}f} s")
            word = f"{word} {delay}"
        return Span(f"{mark} {word}", tone)

    # --- the second line ----------------------------------------------------------------------

    def _second(self, glance: Glance, width: int) -> Line:
        vitals = glance.vitals
        facts = [self._rss(glance, width)]
        if glance.objects is not None:
            facts.append(self._objects(glance))
        if vitals is not None:
            facts += self._process_facts(vitals)
        return (Span(" "), *joined(facts, width - 2, _BAR if width >= 100 else _THIN_BAR))

    def _rss(self, glance: Glance, width: int) -> Fact:
        rss = size_text(None if glance.vitals is None else glance.vitals.rss_bytes)
        bars = 24 if width >= 150 else 12 if width >= 100 else 6
        rate = glance.rss_rate
        tone = "" if not rate else "grow" if rate > 0 else "shrink"
        per_minute = size_text(rate, signed=True) + ("" if rate is None else "/min")
        spans = (
            Span("RSS ", "dim"),
            Span(self._steady("rss", rss), "here"),
            Span(" " + spark_text(thinned(glance.rss_trend, bars), bars), "accent"),
            Span(" " + self._steady("rate", per_minute), tone),
        )
        return Fact(100, (spans,))

    def _objects(self, glance: Glance) -> Fact:
        count = self._steady("objects", count_text(glance.objects))
        short = self._steady("objects short", short_count_text(glance.objects or 0))
        size = self._steady("size", size_text(glance.objects_size))
        return Fact(
            90,
            (
                (Span("objects ", "dim"), Span(f"{count} · {size}")),
                (Span(short), Span(" objects ", "dim"), Span(size)),
                (Span(short), Span(" obj ", "dim"), Span(size)),
            ),
        )

    def _process_facts(self, vitals: Vitals) -> list[Fact]:
        cpu = "–" if vitals.cpu_percent is None else f"{vitals.cpu_percent:.0f} %"
        facts = [(60, "USS", "USS", size_text(vitals.uss_bytes)), (80, "CPU", "CPU", cpu)]
        facts += [(70, "threads", "thr", count_text(vitals.threads))]
        facts += [(65, "fds", "fds", count_text(vitals.fds))]
        made = []
        for importance, long, short, text in facts:
            figure = Span(self._steady(long, text))
            forms: tuple[Line, ...] = ((Span(f"{long} ", "dim"), figure),)
            if short != long:
                forms = (*forms, (Span(f"{short} ", "dim"), figure))
            made.append(Fact(importance, (*forms, ())))
        return made

    def _steady(self, name: str, text: str) -> str:
        widest = self._widest[name] = max(self._widest.get(name, 0), len(text))
        return text.rjust(widest)


def _running(glance: Glance, room: int) -> str:
    """What the target does in the place of the next count, without what is behind a comma."""
    what = glance.running.partition(",")[0]
    for_s = f" for {duration_text(glance.silent_s)}" if glance.silent_s >= 1 else ""
    text = f"{what[:1].lower()}{what[1:]}{for_s}"
    return text if cells(text) <= room else f"busy{for_s}"


def _held(glance: Glance) -> str:
    """Why the operating system keeps the target from answering; mostly empty."""
    status = "" if glance.vitals is None else glance.vitals.status
    if status == "stopped":
        return f"stopped: kill -CONT {glance.process.pid}"
    return "held by a debugger" if status == "tracing-stop" else ""
