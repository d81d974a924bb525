"""A session without a target: deterministic records instead of an agent's answers."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from memtui.model.attachment import Attachment
from memtui.model.cost import Cost
from memtui.model.errors import MemtuiError, RequestFailed, TargetGone
from memtui.model.process import Candidate, Process
from memtui.model.safe import Text, TypeName
from memtui.verbs.asking import Figures, Instant, Milliseconds, Names, Preview
from memtui.verbs.census import Census
from memtui.verbs.collect import Collection, Freed
from memtui.verbs.collector import Collector, Generation
from memtui.verbs.expand import Expansion
from memtui.verbs.hello import Hello
from memtui.verbs.instances import Page
from memtui.verbs.lengths import Lengths
from memtui.verbs.modules import Module, Modules
from memtui.verbs.node import Edge, Node
from memtui.verbs.referrers import Referrers
from memtui.verbs.release import Released
from memtui.verbs.untracked import Buffers, EstimatedType, Untracked
from tests.support import threads as shop_threads
from tests.support.answering import Answering

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from memtui.model.interpreters import Interpreters
    from memtui.verbs.threads import Threads

MIB = 1 << 20
START = 1_700_000_000.0

TYPES = (
    ("dict", 1_204_551, 310 * MIB, 6_175),
    ("shop.models.Session", 48_110, 102 * MIB, 3_076),
    ("list", 220_004, 31 * MIB, 12),
    ("function", 61_002, 8 * MIB, 0),
    ("tuple", 133_870, 7 * MIB, -40),
    ("shop.events.Listener", 12_345, 2 * MIB, 400),
    ("shop.cart.Cart", 801, MIB, -3),
    ("type", 2_301, MIB, 0),
    ("__main__.Outer.Inner", 12, 900, 0),
)


def census(minutes: float = 0.0, *, frozen: int = 0, types: Any = TYPES) -> Census:
    """The census ``minutes`` after the start: counts grow as their rates say."""
    names = Names(name for name, *_ in types)
    counts, sizes = [], []
    for _, count, size, rate in types:
        now = int(count + rate * minutes)
        counts.append(now)
        sizes.append(int(size * now / count) if count else 0)
    return Census(
        Instant(START + minutes * 60),
        names,
        Figures(counts),
        Figures(sizes),
        frozen=frozen,
        cost=Cost(38.0, 30.0, 4.1),
    )


def estimate(minutes: float = 0.0) -> Untracked:
    """The untracked objects ``minutes`` after the start."""
    return Untracked(
        Instant(START + minutes * 60),
        (
            EstimatedType(TypeName("str"), 3_400_000, 240 * MIB, 3_410_000, 3_399_000),
            EstimatedType(TypeName("dict"), 80_000, 18 * MIB, 80_200, 79_900),
            EstimatedType(TypeName("numpy.ndarray"), 415, 24 * MIB, 415, 415),
        ),
        outside=(
            Buffers(TypeName("torch.Tensor"), 1_026, 13, 2048 * MIB, Text("process")),
            Buffers(TypeName("torch.Tensor"), 4, 4, 512 * MIB, Text("cuda:0")),
        ),
        cost=Cost(9_000.0, 7_000.0, 9.5),
    )


def node(
    type_name: str = "shop.models.Session",
    address: int = 0x7F3A10,
    *,
    preview: str = "<object>",
    size: int = 56,
    children: Sequence[tuple[str, Node]] = (),
    **more: Any,
) -> Node:
    more.setdefault("expandable", True)
    return Node(
        type=TypeName(type_name),
        address=address,
        size=size,
        preview=Preview(preview),
        children=tuple(Edge(Text(edge), child) for edge, child in children),
        **more,
    )


def page(
    type_name: str = "shop.models.Session",
    offset: int = 0,
    total: int = 450,
    order: str = "largest",
    **more: Any,
) -> Page:
    count = max(0, min(200, total - offset))
    nodes = tuple(
        node(type_name, 0x7F3A00 + 64 * (offset + i), size=1000 - (offset + i) % 900)
        for i in range(count)
    )
    return Page(TypeName(type_name), total, offset, Text(order), nodes, **more)


def collector(**more: Any) -> Collector:
    generations = (
        Generation(700, 512, 4_120, 88_000, 0),
        Generation(10, 3, 374, 12_000, 0),
        Generation(10, 7, 21, 5_400, 0),
    )
    facts = {"enabled": True, "frozen": 0, "garbage": 0, "debug": 0, "callbacks": 1, **more}
    return Collector(generations=generations, **facts)


def collection() -> Collection:
    freed = (
        Freed(TypeName("shop.cart.Cart"), 800, 300_000),
        Freed(TypeName("dict"), 404, 90_000),
    )
    return Collection(
        at=Instant(START + 90),
        generation=2,
        collected=1_204,
        uncollectable=0,
        pause=Milliseconds(45.2),
        freed=freed,
        state=collector(),
        rss_before=120 * MIB,
        rss_after=108 * MIB,
        cost=Cost(60.0, 50.0, 45.2),
    )


def process(pid: int = 4213, **more: Any) -> Process:
    facts = {
        "name": "shop-worker",
        "argv": ("python", "-m", "shop.worker", "--queue", "carts"),
        "python": "3.11",
        "user": "shop",
        "started_at": START - 273_600,
        "uptime_s": 273_600.0,
        "rss_bytes": 3_660_000_000,
        **more,
    }
    return Process(pid=pid, **facts)


def candidates() -> list[Candidate]:
    shop = process()
    small = process(
        77, name="tiny", argv=("python3", "tiny.py"), rss_bytes=9 * MIB, python="3.13.0"
    )
    foreign = process(
        999, name="other", argv=("python", "other.py"), user="root", rss_bytes=80 * MIB
    )
    return [
        Candidate(small, True, "ptrace"),
        Candidate(shop, True, "ptrace"),
        Candidate(foreign, False, None, "owned by root", "run memtui as root (sudo memtui 999)"),
    ]


class FakeSession(Answering):
    """Answers like a session.  ``hold`` keeps requests unanswered until it is released."""

    def __init__(
        self, pid: int | None = None, *, read_only: bool = False, types: Any = TYPES
    ) -> None:
        super().__init__()
        # Vital signs and sources do not come from the session; they are those of this process.
        self.pid = pid or os.getpid()
        self.hello = Hello(
            protocol=1,
            version=Text("0"),
            pid=self.pid,
            python=Text("3.11.7"),
            implementation=Text("CPython"),
            executable=Text("/usr/bin/python"),
            free_threaded=False,
            read_only=read_only,
            joined=False,
        )
        self.attachment = Attachment("ptrace", 84.0, 1.2)
        self.interpreters: Callable[[], Interpreters | None] = lambda: self.attachment.interpreters
        self.read_only = read_only
        self.last_cost = self.total_cost = Cost(38.0, 30.0, 4.1)
        self.gone = asyncio.Event()
        self.closed = False
        self.failure: MemtuiError | None = None
        self.types = types
        self.minutes = 0.0
        self.frozen = 0
        self.censuses = 0
        self.collections = 0
        self.calls: list[tuple[Any, ...]] = []
        self.held: set[str] = set()
        self.cancelled: list[str] = []
        self.error: dict[str, MemtuiError] = {}
        self.answers: dict[int, Node] = {}

    async def _answer(
        self, verb: str, *args: Any, progress: Callable[..., None] | None = None
    ) -> None:
        self.calls.append((verb, *args))
        if self.closed:
            raise TargetGone("the target is gone")
        if verb in self.error:
            raise self.error[verb]
        if verb in self.held:
            if progress is not None:
                progress("objects", 3_200, 10_000)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled.append(verb)
                raise

    async def census(self, **_: Any) -> Census:
        await self._answer("census")
        self.censuses += 1
        made = census(self.minutes, frozen=self.frozen, types=self.types)
        self.minutes += 1
        return made

    async def untracked(self, *, progress: Any = None, **_: Any) -> Untracked:
        await self._answer("untracked", progress=progress)
        return estimate(self.minutes)

    async def instances(
        self,
        type: str,  # noqa: A002 - the name on every floor
        *,
        offset: int = 0,
        limit: int = 200,
        order: str = "largest",
        progress: Any = None,
        **_: Any,
    ) -> Page:
        await self._answer("instances", type, offset, order, progress=progress)
        return page(type, offset, order=order)

    async def expand(
        self, address: int, *, depth: int = 1, offset: int = 0, limit: int = 200, **_: Any
    ) -> Expansion:
        await self._answer("expand", address, depth, offset)
        made = self.answers.get(address) or node(address=address, children=below(address, depth))
        return Expansion(made, offset)

    async def lengths(self, addresses: Sequence[int], *, marks: bool = False) -> Lengths:
        nothing = (None,) * len(addresses)
        return Lengths(Instant(1.0), nothing, (), nothing if marks else ())

    async def referrers(self, addresses: Sequence[int], **_: Any) -> Referrers:
        await self._answer("referrers", len(addresses))
        return Referrers(tuple(1 + number % 7 for number in range(len(addresses))))

    async def release(self, *, globals: bool = False) -> Released:  # noqa: A002 - the name on every floor
        await self._answer("release_globals" if globals else "release")
        return Released()

    async def modules(self, **_: Any) -> Modules:
        await self._answer("modules")
        return Modules(
            (
                Module(Text("shop.models"), None, 12, Text("SESSIONS"), 48_110),
                Module(Text("shop"), None, 4),
            )
        )

    async def threads(self, **_: Any) -> Threads:
        await self._answer("threads")
        return shop_threads.threads()

    async def collect(self, generation: int = 2, *, progress: Any = None, **_: Any) -> Collection:
        await self._answer("collect", generation, progress=progress)
        self.collections += 1
        return collection()

    async def collector(self, **_: Any) -> Collector:
        await self._answer("collector")
        return collector()

    def rss(self) -> int:
        """A collection gives 12 MiB back."""
        return (108 if self.collections else 120) * MIB

    async def close(self) -> None:
        self.closed = True
        self.calls.append(("close",))

    def die(self) -> None:
        self.closed = True
        self.failure = TargetGone("process 4213 ended", "it was killed by SIGKILL")
        self.gone.set()


def below(address: int, depth: int) -> list[tuple[str, Node]]:
    """Three children, those in turn with children as deep as asked for."""
    if depth == 0:
        return []
    inner = below(address + 2, depth - 1)
    return [
        (".user", node("str", address + 1, preview="'al'", size=51, expandable=False, length=2)),
        (".cart", node("list", address + 2, preview="[…]", size=88, length=3, children=inner)),
        ("['k']", node("int", address + 3, preview="42", size=28, expandable=False)),
    ]


def stale() -> RequestFailed:
    error = RequestFailed("the object is not on the open page")
    error.code = "stale"
    return error
