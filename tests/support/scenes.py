"""Contents for the panes of the dashboard: lines that allocate, globals, calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from memtui.model.allocations import Allocation
from memtui.verbs.allocations import Price, Tracing
from memtui.verbs.globals import Global, Globals
from memtui.verbs.lengths import Lengths
from memtui.verbs.modules import Module, Modules
from memtui.verbs.watched import WHOLE_CALL, Call, Calls
from tests.support import fakes
from tests.support.making import frame, make

if TYPE_CHECKING:
    from memtui.ui.panes.allocations.pane import AllocationsPane

MIB = 1 << 20
CART, JSON = (
    frame("/app/shop/cart.py", 12),
    frame("/usr/lib/python3.11/json/decoder.py", 353),
)
LEAK = Allocation((CART,), 3 * MIB, 300, 2 * MIB, 200, 1000.0, 1.0, 3, 0, 3)
CHURN = Allocation((JSON, CART), 9 * MIB, 900, -MIB, -9, -50.0, 0.1, 1, 2, 3)
STILL = Allocation((frame("/app/a[b]\\x1b.py", 0),), 5 * MIB, 1, rounds=3)


def tracing(**more: Any) -> Tracing:
    facts: dict[str, Any] = {
        "on": True,
        "ours": True,
        "ended": None,
        "depth": 5,
        "budget_bytes": 32 * MIB,
        "traced_bytes": 40 * MIB,
        "peak_bytes": 52 * MIB,
        "overhead_bytes": 8 * MIB,
        "price": make(Price, 10, False, 0.1, 100, 0.1, None, False),
        **more,
    }
    return make(Tracing, **facts)


def filled(pane: AllocationsPane) -> None:
    pane.snapshots = 4
    pane.tracing = tracing()
    pane.running = True
    pane.rows = [LEAK, CHURN, STILL]


MODULES = (
    make(Module, "shop", None, 12, "CARTS", 40),
    make(Module, "shop.cache", None, 30, "SESSIONS", 48_110),
    make(Module, "odd[/]", "shop.Lazy"),
)


def found(offset: int = 0, total: int = 3, order: str = "length") -> Globals:
    rows: tuple[Global, ...] = (
        make(Global, "SESSIONS", fakes.node("dict", 1000, preview="{…}", length=48_110)),
        make(Global, "Bus", fakes.node("type", 2000, preview="shop.Bus"), "._listeners", 300),
        make(Global, "NAME", fakes.node("str", 3000, preview="'[/]'", length=3, expandable=False)),
    )
    if offset:
        rows = (make(Global, "LATE", fakes.node("list", 4000, preview="[]", length=0)),)
    return make(Globals, "shop.cache", 500, 72, total, offset, rows)


class BrowsedSession(fakes.FakeSession):
    """Has modules whose container grows by ten at every request."""

    asked = 0

    async def modules(self, **_: Any) -> Modules:
        await self._answer("modules")
        return Modules(MODULES)

    async def globals(self, module: str, *, offset: int = 0, order: str, **_: Any) -> Globals:
        await self._answer("globals", module, offset, order)
        return found(offset, total=4)

    async def lengths(self, addresses: Any, **_: Any) -> Lengths:
        await self._answer("lengths", *addresses)
        self.asked += 1
        lengths = (48_110 + 10 * self.asked,) * len(addresses)
        return make(Lengths, fakes.START + 60 * self.asked, lengths, tuple(addresses))


def plain(kind: str, preview: str, **more: Any) -> Any:
    return fakes.node(kind, 7, preview=preview, expandable=False, **more)


def whole(number: int) -> Any:
    args = fakes.node(
        "tuple", 1, preview=f"({number})", length=1, children=[("[0]", plain("int", str(number)))]
    )
    children = [("args", args), ("return_obj", plain("str", f"'item {number}'"))]
    return fakes.node(WHOLE_CALL, 0, preview="", children=children)


def call(number: int, **changes: Any) -> Call:
    facts = {
        "at": fakes.START + number,
        "duration": 0.012,
        "thread": "worker-1",
        "thread_id": 77,
        "value": whole(number),
        "error": None,
        "blocks": 3,
        **changes,
    }
    return make(Call, **facts)


def calls(*found: Call, **changes: Any) -> Calls:
    facts = {
        "active": True,
        "seen": 12,
        "matched": len(found),
        "dropped": 0,
        "undecided": 0,
        "problem": None,
        "notes": (),
        **changes,
    }
    return make(Calls, calls=found, **facts)
