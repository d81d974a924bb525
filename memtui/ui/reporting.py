"""The report of everything the dashboard has seen so far, and the line where its path is typed."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING

from textual import on

from memtui.model.errors import MemtuiError
from memtui.present.words import verdict_text
from memtui.report.file import name_for, write_report
from memtui.report.gather import gather
from memtui.runs.measuring import take_stock
from memtui.ui.widgets.form.path_bar import PathBar, here

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from memtui.diagnosis.containers import Look
    from memtui.model.report import Words
    from memtui.runs.measuring import Stock
    from memtui.ui.asking import Asker
    from memtui.ui.live import Live
    from memtui.verbs.collect import Collection
    from memtui.verbs.collector import Collector
    from memtui.verbs.untracked import Untracked

_BUSY: Words = ("who holds what: a module was open in Globals, so containers were not examined",)
_GONE: Words = ("who holds what: the target is gone",)


class ReportBar(PathBar):
    """Asks where to write a report, and writes it.

    ``collection`` gives the last forced collection, ``collector`` how it stands, ``estimate`` that of the Types pane,
    ``is_browsing`` whether a module is open.
    """

    def __init__(  # noqa: PLR0913 (a report has that many sides)
        self,
        live: Live,
        asker: Asker,
        *,
        collection: Callable[[], Collection | None],
        collector: Callable[[], Collector | None],
        estimate: Callable[[], Untracked | None],
        is_browsing: Callable[[], bool],
    ) -> None:
        super().__init__(
            "a report of what was seen; ending in .html it is a page. It reads the containers of modules: "
            "up to 0.7 s of the target's processor time, in slices; no collection"
        )
        self._live = live
        self._asker = asker
        self._collection = collection
        self._collector = collector
        self._estimate = estimate
        self._is_browsing = is_browsing
        self._last_look: Look | None = None

    def ask_where(self) -> None:
        """Ask for the path, unless there is nothing to report."""
        if self._live.history.latest is None:
            self.notify("There is nothing to report yet.", severity="warning", markup=False)
            return
        self.ask(here() / name_for(self._live.process, time()))

    @on(PathBar.Chosen)
    def _take_stock(self, event: PathBar.Chosen) -> None:
        """Write what was seen, with a look at the containers that globals lead to."""
        event.stop()
        path, live = event.path, self._live
        if live.gone:
            self._write(path, None, _GONE)
        elif self._is_browsing():
            # A look would take the open module's objects away from that pane.
            self._write(path, None, _BUSY)
        else:
            self._asker.ask(
                "Looking at containers for the report",
                lambda _progress: take_stock(live.session, live.history, self._last_look),
                lambda stock: self._stock_taken(path, stock),
                group="report",
                failed=lambda error: self._write(path, None, (f"who holds what: {error}",)),
            )

    def _stock_taken(self, path: Path, stock: Stock) -> None:
        self._last_look = stock.look
        self._write(path, stock)

    def _write(self, path: Path, stock: Stock | None, unknown: Words = ()) -> None:
        live = self._live
        report = gather(
            live.history,
            live.process,
            python=live.session.hello.python,
            attachment=live.session.attachment,
            cost=live.session.total_cost,
            source="dashboard history",
            rss=live.vitals.rss_history,
            threads=(None, None if live.vitals.latest is None else live.vitals.latest.threads),
            collection=self._collection(),
            collector=self._collector(),
            untracked=self._estimate(),
            interpreters=live.interpreters,
            containers=stock.containers if stock else (),
            steady=stock.steady if stock else (),
            modules=stock.look.modules if stock else (),
            unknown=[unknown] if unknown else [],
        )
        try:
            write_report(report, path)
        except MemtuiError as error:
            self.ask(path, error.why or str(error))
        else:
            title = f"Report written: {verdict_text(report.verdict)}"
            self.notify(str(path), title=title, timeout=8, markup=False)
