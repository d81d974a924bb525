"""A report as a file: its name, its format, and how it is written whole or not at all."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from time import localtime, strftime
from typing import TYPE_CHECKING

from memtui.model.errors import MemtuiError, UsageError
from memtui.report.html import html
from memtui.report.markdown import markdown

if TYPE_CHECKING:
    from pathlib import Path

    from memtui.model.process import Process
    from memtui.model.report import Report

_HTML = (".html", ".htm")
_MARKDOWN = (".md", ".markdown", ".txt")


def name_for(process: Process, at: float) -> str:
    """A file's name with the process and the time ``at``, seconds since the epoch.

    It looks like ``memtui-shop-4213-20260131-235959.md``.
    """
    name = re.sub(r"[^\w.-]+", "-", process.name).strip("-.")[:40] or "process"
    return f"memtui-{name}-{process.pid}-{strftime('%Y%m%d-%H%M%S', localtime(at))}.md"


def check_format(path: Path) -> None:
    """Raise UsageError for an ending that promises another format; no ending is Markdown."""
    if path.suffix.lower() not in (*_HTML, *_MARKDOWN, "") and not _is_special(path):
        raise UsageError(
            f"{path} cannot be written",
            f"there is no report in the format {path.suffix}",
            hint="the formats are Markdown (.md, .markdown, .txt) and HTML (.html, .htm)",
        )


def _is_special(path: Path) -> bool:
    """Whether it is a pipe or a device, whose name says nothing about the format."""
    try:
        return path.exists() and not path.is_file()
    except OSError:
        return False


def write_report(report: Report, path: Path) -> None:
    """Write the report as HTML or Markdown, by the ending; raises MemtuiError if that fails."""
    check_format(path)
    text = html(report) if path.suffix.lower() in _HTML else markdown(report)
    write_whole(path, text)


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` whole, or leave the old file as it was.

    Only a regular file can be replaced: a pipe or a device is written to directly, and a link
    keeps its target.  Raises MemtuiError if that fails.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
        else:
            _replace(path.resolve(), text)
    except OSError as error:
        raise MemtuiError(
            f"{path} cannot be written", error.strerror or "", hint="name another file"
        ) from error


def _replace(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        if path.exists():
            # Nobody who could not read the old file may read the new one.
            unfinished.touch(path.stat().st_mode & 0o777)
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        with suppress(OSError):
            unfinished.unlink()
