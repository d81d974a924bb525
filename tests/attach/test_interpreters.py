"""The list of interpreters, from the machine code that leads to it."""

from __future__ import annotations

import pytest

from memtui.attach.interpreters import loads


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("488b0510000000c3", [(True, 0x1017)]),
        ("f30f1efa488b0510000000c3", [(True, 0x101B)]),
        ("488b0510000000488b4028c3", [(True, 0x1017), (False, 0x28)]),
        ("488b0510000000488b8020010000c3", [(True, 0x1017), (False, 0x120)]),
        ("554889e5488b075dc3", [(False, 0)]),
        ("488b4708c3", [(False, 8)]),
        ("488b8780000000c3", [(False, 0x80)]),
        ("4885ff7405488b4710c3", [(False, 0x10)]),
        ("f30f1efa4885ff0f84c10acfff488b87681c0000c3", [(False, 0x1C68)]),
        ("554889e54885ff7405488b47305dc3", [(False, 0x30)]),
        ("4885ff7406554889e5488b47305dc3", [(False, 0x30)]),
    ],
)
def test_loads_are_read(code, found):
    assert loads(bytes.fromhex(code).ljust(32, b"\x90"), 0x1000) == found


@pytest.mark.parametrize(
    "code",
    [
        "",
        "c3",
        "4885ff7405c3",
        "7405488b4710c3",
        "e800000000c3",
        "488b5708c3",
        "488b4608c3",
        "488b4708",
    ],
)
def test_anything_else_is_not_guessed_at(code):
    assert loads(bytes.fromhex(code), 0x1000) == []
