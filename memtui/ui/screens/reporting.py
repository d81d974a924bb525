"""The key that writes a report of everything the dashboard has seen so far."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING

from textual import on

from memtui.model.errors import MemtuiError
from memtui.report.file import name_for, write_report
from memtui.report.gather import gather
from memtui.runs.measuring import take_stock
from memtui.ui.panes.globals import GlobalsPane
from memtui.ui.screens.drawing import DrawingScreen
from memtui.ui.widgets.form.path_bar import PathBar, here

if TYPE_CHECKING:
    from pathlib import Path

    from memtui.diagnosis.containers import Look
    from memtui.model.report import Words
    from memtui.runs.measuring import Stock

_BUSY: Words = ("who holds what: a module was open in Globals, so containers were not looked at",)
_GONE: Words = ("who holds what: the target is gone",)


class ReportingScreen(DrawingScreen):
    """The part of the dashboard that writes reports."""

    _last_look: Look | None = None

    def __init__(self) -> None:
        super().__init__()
        self.report_bar = PathBar("a report of what was seen; ending in .html it is a page")

    def action_report(self) -> None:
        """Ask where to write it."""
        if self.live.history.latest is None:
            self.notify("There is nothing to report yet.", severity="warning", markup=False)
            return
        self.report_bar.ask(here() / name_for(self.live.process, time()))

    @on(PathBar.Chosen)
    def _take_stock(self, event: PathBar.Chosen) -> None:
        """Write what was seen, with a look at the containers that globals lead to."""
        path, history = event.path, self.live.history
        if self.live.gone:
            self._write_report(path, None, _GONE)
        elif self.query_one(GlobalsPane).found is not None:
            # A look would take the open module's objects away from that pane.
            self._write_report(path, None, _BUSY)
        else:
            self._ask_live(
                "Looking at containers for the report",
                lambda _progress: take_stock(self.live.session, history, self._last_look),
                lambda stock: self._stock_taken(path, stock),
                group="report",
                failed=lambda error: self._write_report(path, None, (f"who holds what: {error}",)),
            )

    def _stock_taken(self, path: Path, stock: Stock) -> None:
        self._last_look = stock.look
        self._write_report(path, stock)

    def _write_report(self, path: Path, stock: Stock | None, unknown: Words = ()) -> None:
        live = self.live
        report = gather(
            live.history,
            live.process,
            python=live.session.hello.python,
            attachment=live.session.attachment,
            cost=live.session.total_cost,
            source="dashboard history",
            rss=live.vitals.rss_history,
            threads=(None, None if live.vitals.latest is None else live.vitals.latest.threads),
            collection=self.collector.collection,
            containers=stock.containers if stock else (),
            unknown=[unknown] if unknown else [],
        )
        try:
            write_report(report, path)
        except MemtuiError as error:
            self.report_bar.ask(path, error.why or str(error))
        else:
            verdict = "no leak seen" if report.verdict == "none" else report.verdict
            self.notify(str(path), title=f"Report written: {verdict}", timeout=8, markup=False)
