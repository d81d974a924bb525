"""Terminals that cannot show the dashboard are told so; one that can may take it away for a while."""

from __future__ import annotations

import re
import sys

import pytest

from tests.support.apps import dashboard
from tests.support.target import Target
from tests.support.written import CountedTerminal


@pytest.mark.parametrize(
    ("env", "why", "hint"),
    [
        ({"TERM": "dumb"}, b"TERM is dumb", b"TERM=xterm-256color"),
        pytest.param(
            {"LC_ALL": "C"},
            b"the locale has ",
            b"LC_ALL=C.UTF-8",
            marks=pytest.mark.skipif(
                not sys.prefix.isascii(),
                reason="CPython itself does not start from such a path in an ASCII locale",
            ),
        ),
    ],
)
def test_a_terminal_that_cannot_show_it_is_refused_with_a_hint(interpreter, env, why, hint):
    with Target(interpreter) as target, CountedTerminal(str(target.pid), **env) as terminal:
        terminal.read_until_quiet()
        terminal.read_until(lambda output: b"hint: " in output)
        assert terminal.exit_code() == 5
        said = re.sub(rb"\s+", b" ", terminal.output.replace(b"\r\n", b""))
        assert why.replace(b" ", b"") in said.replace(b" ", b"")
        assert hint.replace(b" ", b"") in said.replace(b" ", b"")
        assert f"summary{target.pid}--json".encode() in said.replace(b" ", b"")


async def test_ctrl_z_suspends(monkeypatch):
    suspended = []
    async with dashboard() as (pilot, _):
        monkeypatch.setattr(pilot.app, "action_suspend_process", lambda: suspended.append(True))
        await pilot.press("slash", "ctrl+z")
        assert suspended


def test_values_are_withheld(interpreter):
    with Target(interpreter) as target:
        target.execute("SECRETS = {f'hunter{i}': [f'secret{i}'] for i in range(3000)}")
        with CountedTerminal(str(target.pid), "--redact") as terminal:
            terminal.read_until(lambda output: b"gen0" in output)
            assert terminal.written_by(b"/", b"filter")
            terminal.press(b"list\r")
            terminal.read_until_quiet()
            terminal.press(b"\r")
            terminal.read_until(lambda output: b"(withheld)" in output)
            terminal.read_until_quiet()
            assert b"secret" not in terminal.output
            assert b"hunter" not in terminal.output
            terminal.press(b"q")
            terminal.read_until_quiet()
