"""What the panes of the dashboard are filled with: lines that allocate, globals, calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from memtui.model.allocations import Allocation, Frame, Price, Tracing
from memtui.model.globals import Global, Globals, Lengths, Module
from memtui.model.watch import WHOLE_CALL, Call, Calls
from tests.support import fakes

if TYPE_CHECKING:
    from memtui.ui.panes.allocations.pane import AllocationsPane

MIB = 1 << 20
CART, JSON = Frame("/app/shop/cart.py", 12), Frame("/usr/lib/python3.11/json/decoder.py", 353)
LEAK = Allocation((CART,), 3 * MIB, 300, 2 * MIB, 200, 1000.0, 1.0, 3, 0, 3)
CHURN = Allocation((JSON, CART), 9 * MIB, 900, -MIB, -9, -50.0, 0.1, 1, 2, 3)
STILL = Allocation((Frame("/app/a[b]\\x1b.py", 0),), 5 * MIB, 1, rounds=3)


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
        "price": Price(10, False, 0.1, 100, 0.1, None, False),
        **more,
    }
    return Tracing(**facts)


def filled(pane: AllocationsPane) -> None:
    pane.snapshots = 4
    pane.tracing = tracing()
    pane.running = True
    pane.rows = [LEAK, CHURN, STILL]


MODULES = (
    Module("shop", None, 12, "CARTS", 40),
    Module("shop.cache", None, 30, "SESSIONS", 48_110),
    Module("odd[/]", "shop.Lazy"),
)


def found(offset: int = 0, total: int = 3, order: str = "length") -> Globals:
    rows: tuple[Global, ...] = (
        Global("SESSIONS", fakes.node("dict", 1000, preview="{…}", length=48_110)),
        Global("Bus", fakes.node("type", 2000, preview="shop.Bus"), "._listeners", 300),
        Global("NAME", fakes.node("str", 3000, preview="'[/]'", length=3, expandable=False)),
    )
    if offset:
        rows = (Global("LATE", fakes.node("list", 4000, preview="[]", length=0)),)
    return Globals("shop.cache", 500, 72, total, offset, rows)


class BrowsedSession(fakes.FakeSession):
    """Has modules whose container grows by ten at every question."""

    asked = 0

    async def modules(self, **_: Any) -> tuple[Module, ...]:
        await self._answer("modules")
        return MODULES

    async def globals(self, module: str, *, offset: int = 0, order: str, **_: Any) -> Globals:
        await self._answer("globals", module, offset, order)
        return found(offset, total=4)

    async def lengths(self, addresses: Any, **_: Any) -> Lengths:
        await self._answer("lengths", *addresses)
        self.asked += 1
        lengths = dict.fromkeys(addresses, 48_110 + 10 * self.asked)
        return Lengths(fakes.START + 60 * self.asked, lengths)

    async def release_globals(self, **_: Any) -> None:
        await self._answer("release_globals")


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
        "duration_ms": 0.012,
        "thread": "worker-1",
        "thread_id": 77,
        "value": whole(number),
        "error": None,
        "blocks": 3,
        **changes,
    }
    return Call(**facts)


def calls(*found: Call, **changes: Any) -> Calls:
    facts = {
        "active": True,
        "seen": 12,
        "matched": len(found),
        "dropped": 0,
        "undecided": 0,
        "problem": "",
        "notes": (),
        **changes,
    }
    return Calls(calls=found, **facts)
