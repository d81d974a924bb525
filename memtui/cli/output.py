"""stdout: all answers go through here, as lines or as one JSON document."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Any, TextIO

from memtui.cli.streams import tell
from memtui.cli.typed import command_with
from memtui.present.text import count_text
from memtui.present.words import frozen_text, interpreters_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memtui.model.interpreters import Interpreters
    from memtui.verbs.untracked import Untracked

_WITHOUT_LIMIT = 1 << 20
_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def plain(text: str) -> str:
    """``text`` with everything escaped that is not printable: no control reaches the terminal.

    Target text was made safe when it was decoded; this is the second lock on the same door, and
    the only one for text that comes from elsewhere (a command line, an error of the system).
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class Output:
    """Lines for a person.  On a terminal they have styles and fit its width; elsewhere they have neither."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stdout if stream is None else stream
        terminal = self._stream.isatty()
        self.width = shutil.get_terminal_size().columns if terminal else _WITHOUT_LIMIT
        dumb = os.environ.get("TERM") == "dumb"
        self.coloured = terminal and not dumb and not os.environ.get("NO_COLOR")

    def line(self, text: str = "") -> None:
        """Write one line, broken between words where the terminal is narrower."""
        self._write(text)

    def heading(self, text: str) -> None:
        """The same in bold."""
        self._write(text, _BOLD)

    def aside(self, text: str) -> None:
        """The same, dimmed: it matters less."""
        self._write(text, _DIM)

    def flush(self) -> None:
        """Send out what was written, for answers that come bit by bit."""
        self._stream.flush()

    def _write(self, text: str, style: str = "") -> None:
        clean = plain(text)
        parts = [clean]
        if len(clean) > self.width:
            parts = textwrap.wrap(clean, self.width, subsequent_indent="  ")
        for part in parts:
            shown = f"{style}{part}{_RESET}" if style and self.coloured and part else part
            self._stream.write(shown + "\n")


def note(text: str) -> None:
    """Write a remark about the answer to stderr."""
    tell(f"memtui: {plain(text)}")


def note_frozen(frozen: int) -> None:
    """Mention the objects that ``gc.freeze()`` hides, if there are any."""
    if frozen:
        note(frozen_text(frozen))


def note_estimate(estimate: Untracked | None, *earlier: Untracked | None) -> None:
    """Say how far estimated figures may be off, also those of ``earlier``, and what they leave out."""
    if estimate is not None:
        from memtui.verbs.untracked import changing_texts, estimate_text, untold_texts

        every = [each for each in (*earlier, estimate) if each is not None]
        for words in (estimate_text(estimate), *changing_texts(*every), *untold_texts(estimate)):
            note(words)


def note_interpreters(interpreters: Interpreters | None, pid: int) -> None:
    """Say that other interpreters of the process are not examined."""
    if words := interpreters_text(interpreters, pid):
        note(words)


def note_shown(shown: int, matching: int, what: str, glob: str | None) -> None:
    """Say what is not shown: all but the first ``shown``, or everything if no ``what`` matches."""
    if glob is not None and not matching:
        note(f"none of the {what} matches {glob}")
    elif shown < matching:
        note(
            f"{count_text(shown)} of {count_text(matching)} {what}; all: {command_with('--limit', '0')}"
        )


def write_json(document: Mapping[str, Any]) -> None:
    """Write the one document; pure ASCII, so that no control and no encoding gets in the way."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n")


def write_text(text: str) -> None:
    """Write a document of many lines unchanged, except that controls are escaped."""
    sys.stdout.writelines(plain(line) + "\n" for line in text.splitlines())
