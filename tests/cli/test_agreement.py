"""A collection that will be long is announced, or asked for."""

from __future__ import annotations

import os
import sys

import pytest

from memtui.cli import agreement
from memtui.cli.progress import Progress


class Typed:
    """A terminal where somebody has typed ``text``."""

    def __init__(self, text: str) -> None:
        reader, writer = os.pipe()
        os.write(writer, text.encode())
        os.close(writer)
        self._file = os.fdopen(reader)

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()

    def readline(self) -> str:
        return self._file.readline()


@pytest.mark.parametrize(
    ("text", "agreed"), [("\n", True), ("y\n", True), ("n\n", False), ("", False)]
)
async def test_somebody_is_asked(monkeypatch, capsys, text, agreed):
    typed = Typed(text)
    monkeypatch.setattr(sys, "stdin", typed)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert await agreement.may_collect(1_000_000, Progress()) is agreed
    assert "stops the process for about 300 ms (1.00 M objects)" in capsys.readouterr().err
    typed.close()


async def test_where_nobody_can_answer_it_is_announced(capsys):
    assert await agreement.may_collect(1_000_000, Progress())
    assert "--no-collect leaves it out" in capsys.readouterr().err


async def test_a_short_one_is_made_without_a_word(capsys):
    assert await agreement.may_collect(10_000, Progress())
    assert not capsys.readouterr().err
