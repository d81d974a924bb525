"""A report as a file: its name and its format."""

from __future__ import annotations

import re
from time import localtime, strftime
from typing import TYPE_CHECKING

from memtui.store.report_html import html
from memtui.store.report_markdown import markdown
from memtui.store.whole_file import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from memtui.model.process import Process
    from memtui.model.report import Report

_HTML = (".html", ".htm")


def name_for(process: Process, at: float) -> str:
    """A file's name that tells the process and the time ``at``, seconds since the epoch.

    It looks like ``memtui-shop-4213-20260131-235959.md``.
    """
    name = re.sub(r"[^\w.-]+", "-", process.name).strip("-.")[:40] or "process"
    return f"memtui-{name}-{process.pid}-{strftime('%Y%m%d-%H%M%S', localtime(at))}.md"


def write_report(report: Report, path: Path) -> None:
    """Write the report as HTML or Markdown, by the ending; raises MemtuiError where that fails."""
    text = html(report) if path.suffix.lower() in _HTML else markdown(report)
    write_whole(path, text)
