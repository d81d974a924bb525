"""The attach torture: many attaches to every kind of hard target, after which nobody may be harmed.

    make torture-quick                     every kind under two interpreters, 2 attaches a cell, nothing installed
    make torture                           under every interpreter, 20 attaches a cell; renews docs/safety.md
    python -m pytest tests/torture -m torture --kinds lock,sleep --interpreters 3.8,3.14 --attaches 200

Each test is one cell: a kind, an interpreter, a method.  Needs Linux; some kinds need a C compiler, and those of
third parties a package index.  A cell that lacks something is skipped and says what.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.torture import plans, runner

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.torture


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    # Without the mark they only count as one deselected test.
    asked = metafunc.config.option.markexpr == "torture"
    metafunc.parametrize("wish", plans.wishes(metafunc.config) if asked else [], ids=str)


def test_nobody_is_harmed(
    wish: plans.Wish, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    if (kept := plans.earlier(request.config).get(wish.key)) is not None:
        record_property("kept", kept)
        return
    plan, why_not = wish.plan(install=plans.option(request.config, "--full"))
    if why_not:
        record_property("cell", {**plan.empty(), "not_run": why_not})
        pytest.skip(f"{wish.kind.name}: {why_not}")
    result = asyncio.run(runner.run(plan))
    record_property("cell", result)
    found = Counter([*result.get("failures", ()), *result.get("leftovers", ())])
    said = "\n".join(f"{count} × {text[:600]}" for text, count in found.most_common(5))
    assert not runner.failed(result), said
