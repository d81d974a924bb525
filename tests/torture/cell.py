"""One cell of the torture: a kind under an interpreter, attached to many times; all its guarantees are checked."""

from __future__ import annotations

import asyncio
import math
import os
import subprocess
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memtui.attach import attach
from memtui.model.errors import MemtuiError
from memtui.verbs.census import census
from memtui.verbs.collector import collector
from tests.torture.kinds import ANSWERS, REFUSES, Kind
from tests.torture.load import Requests, SignalRain
from tests.torture.target import Target, TargetError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.torture.setup import Setup

ALONE = 1.2  # seconds in which the heartbeat is recorded before the first attach
ENDS_WITHIN = 5.0  # seconds beyond its timeout in which an attach must have ended, one way or other
LOOKS_WITHIN = (
    40.0  # seconds in which the target must report its state; three times as long where it is slow
)
RESTS_WITHIN = 2.0  # seconds after which the state is compared, even if it still changes
SERVES_WITHIN = 15.0  # seconds in which the target must have done some work after an attach


class Cell:
    """Runs the attaches of one cell; ``result`` holds the findings, also after a failure."""

    def __init__(self, kind: Kind, setup: Setup, method: str, say: Callable[[str], None]) -> None:
        self.kind, self.setup, self.method, self._say = kind, setup, method, say
        self._must = kind.must_under(setup.version)
        self._gap_alone: list[float] = []
        self.result: dict[str, Any] = {
            "kind": kind.name,
            "interpreter": setup.name,
            "version": setup.version,
            "method": method,
            "attempts": 0,
            "answers": 0,
            "refusals": {},
            "methods": {},
            "first_ms": [],
            "stop_ms": 0.0,
            "clean_ms": 0.0,
            "gap_alone_ms": None,
            "gap_ms": None,
            "deaths": 0,
            "failures": [],
            "leftovers": [],
        }

    async def run(self, attaches: int, beats: Sequence[bool] = (True, False)) -> None:
        """Attach equally often to a target for each of ``beats``: with a heartbeat or without."""
        total = min(attaches, self.kind.most)
        if self.kind.fresh:
            for turn in range(total):
                await self._on_target(1, beat=False, turn=turn)
            return
        left, groups = total, beats if self.kind.beats else (False,)
        for number, beat in enumerate(groups):
            count = math.ceil(left / (len(groups) - number))
            left -= count
            if count:
                await self._on_target(count, beat=beat, turn=0)

    async def _on_target(self, count: int, *, beat: bool, turn: int) -> None:
        with tempfile.TemporaryDirectory(prefix="torture-") as place:
            target = Target(self.kind, self.setup, Path(place), beat=beat, turn=turn)
            self._say(f"group {target.process.pid}")
            try:
                await self._attaches(target, count, beat=beat)
            except (TargetError, TimeoutError) as error:
                self._fail(str(error))
            finally:
                target.end()
                self._say(f"ended {target.process.pid}")

    async def _attaches(self, target: Target, count: int, *, beat: bool) -> None:
        target.wait_ready()
        if self.kind.fresh:
            await self._fresh(target)
            return
        async with Requests(target, self.kind) as requests:
            before = await self._before(target, beat=beat)
            rain = SignalRain(target.pid) if self.kind.signals else None
            for number in range(count):
                begun = time.monotonic()
                await self._once(target, counts=number == count - 1, rain=rain)
                if not await self._holds(target, before, begun, beat=beat):
                    break
                await self._serves(target)
            if requests.failures:
                self._fail(f"a request failed: {requests.failures[0]}")
            if rain is not None:
                self._counted(target, rain)

    async def _before(self, target: Target, *, beat: bool) -> dict[str, Any]:
        """Let the target reach its state, record it alone, and note its state."""
        await self._serves(target)
        if not beat:
            return await self._at_rest(target)
        target.board.gaps()
        await asyncio.sleep(ALONE)
        alone = max((gap for _, gap in target.board.gaps()), default=0.002)
        self.result["gap_alone_ms"] = round(alone * 1000, 2)
        target.board.looks(self._looks_within)
        return {**await self._at_rest(target), **self._looks(target)}

    @staticmethod
    async def _at_rest(target: Target) -> dict[str, Any]:
        """What the kernel says, as soon as it says the same twice: then the last work is cleaned up."""
        end = time.monotonic() + RESTS_WITHIN
        facts, before = target.facts(), None
        while facts != before and time.monotonic() < end:
            await asyncio.sleep(0.01)
            facts, before = target.facts(), facts
        return facts

    @property
    def _looks_within(self) -> float:
        # The report gives the GIL away at each file that it reads, and waits for a whole call to get it back.
        return LOOKS_WITHIN * (3 if self.kind.slow else 1)

    def _looks(self, target: Target) -> dict[str, Any]:
        return {} if "looks" in self.kind.moving else target.board.looks(self._looks_within)

    async def _fresh(self, target: Target) -> None:
        """One attach to a target that ends by itself: it must end as it would have alone."""
        await self._once(target, counts=False, rain=None)
        try:
            code = target.process.wait(SERVES_WITHIN)
        except subprocess.TimeoutExpired:
            code = None
        if code != 0 or target.output.read_bytes() != b"bye\n":
            self.result["deaths"] += 1
            self._fail(f"ended with {code}: {target.said()}")
        left = [str(p) for p in Path("/tmp").glob(f"memtui-{os.getpid()}-*")]
        if left:
            self.result["leftovers"].append(f"files {left}")

    async def _once(self, target: Target, *, counts: bool, rain: SignalRain | None) -> None:
        result = self.result
        result["attempts"] += 1
        begun = time.monotonic()
        doing = "the attach"
        try:
            if rain is not None:
                rain.start()
            async with asyncio.timeout(self.kind.timeout + ENDS_WITHIN):
                session = await attach(
                    target.pid, method=self.method or None, timeout=self.kind.timeout
                )
            result["first_ms"].append(round((time.monotonic() - begun) * 1000, 2))
            doing = "the conversation"
            async with asyncio.timeout(self.kind.talk):
                try:
                    await self._converse(target, session, counts=counts)
                finally:
                    await session.close()
        except MemtuiError as error:
            self._refused(error)
        except TimeoutError:
            self._fail(f"{doing} did not end within {time.monotonic() - begun:.0f} s of the call")
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-3:]
            where = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(last))
            self._fail(f"{type(error).__name__}: {error} ({where})")
        finally:
            if rain is not None:
                rain.stop()

    async def _converse(self, target: Target, session: Any, *, counts: bool) -> None:
        result, attachment = self.result, session.attachment
        method = attachment.method
        result["methods"][method] = result["methods"].get(method, 0) + 1
        result["stop_ms"] = max(result["stop_ms"], round(attachment.longest_stop_ms, 3))
        if session.hello.pid != target.pid:
            self._fail(f"the agent says PID {session.hello.pid}, not {target.pid}")
        state = await collector(session)
        if len(state.generations) != 3:
            self._fail(f"gc state of {len(state.generations)} generations")
        if counts and (await census(session)).objects < 100:
            self._fail("a census of less than 100 objects")
        result["answers"] += 1
        if self._must == REFUSES:
            self._fail("answered where only a refusal is right")

    def _refused(self, error: MemtuiError) -> None:
        name = type(error).__name__
        if self._must == ANSWERS or name not in self.kind.refusals:
            self._fail(f"{name}: {error} (hint: {error.hint})")
            return
        self.result["refusals"][name] = self.result["refusals"].get(name, 0) + 1

    async def _holds(
        self, target: Target, before: dict[str, Any], begun: float, *, beat: bool
    ) -> bool:
        """Check that it lives, its results are right and its state is restored; False if the cell must stop."""
        ended = time.monotonic()
        if target.alive():
            await self._clean(target, before, ended, beat=beat)
        if beat:
            worst = max(
                (gap for end, gap in target.board.gaps() if end - gap < ended and end > begun),
                default=0.002,
            )
            self.result["gap_ms"] = max(self.result["gap_ms"] or 0.0, round(worst * 1000, 2))
        if target.board.wrong:
            self._fail(target.board.wrong)
            return False
        if not target.alive():
            self.result["deaths"] += 1
            self._fail(f"the target died ({target.process.poll()}): {target.said()}")
            return False
        return True

    async def _clean(
        self, target: Target, before: dict[str, Any], ended: float, *, beat: bool
    ) -> None:
        """Wait until nothing is left; anything still there after ``settle`` seconds is a leftover."""
        different: list[str] = []
        while target.alive():
            try:
                now = target.facts()
                if beat and all(now[name] == before[name] for name in now):
                    now = {**now, **self._looks(target)}
            except TimeoutError as error:
                self._fail(str(error))
                return
            except (OSError, ValueError):  # it ended or is being replaced
                continue
            different = [
                _difference(name, before[name], now[name])
                for name in now
                if now[name] != before.get(name)
            ]
            if not different:
                break
            if time.monotonic() - ended > self.kind.settle:
                self.result["leftovers"].extend(different)
                before.update(now)
                return
            await asyncio.sleep(0.002)
        self.result["clean_ms"] = max(
            self.result["clean_ms"], round((time.monotonic() - ended) * 1000, 2)
        )

    async def _serves(self, target: Target) -> None:
        """Wait until the target has done more work with a right result."""
        within = self.kind.settle if self.kind.slow else SERVES_WITHIN
        before, end = target.board.right, time.monotonic() + within
        if self.kind.poke == "stdin":
            target.poke()
        while target.board.right == before and target.alive() and not target.board.wrong:
            if time.monotonic() > end:
                raise TargetError(f"the target does not keep working: {target.said()}")
            await asyncio.sleep(0.001)
        if target.board.wrong:
            raise TargetError(target.board.wrong)

    def _counted(self, target: Target, rain: SignalRain) -> None:
        end = time.monotonic() + SERVES_WITHIN
        while target.board.count != rain.sent and time.monotonic() < end:
            time.sleep(0.005)
        if target.board.count != rain.sent:
            self._fail(f"{rain.sent} signals sent, {target.board.count} arrived")
        self.result["signals"] = self.result.get("signals", 0) + rain.sent

    def _fail(self, text: str) -> None:
        self.result["failures"].append(text)
        self._say(f"failure {text}")


def _difference(name: str, before: Any, now: Any) -> str:
    if isinstance(before, list) and isinstance(now, list):
        more = [item for item in now if item not in before]
        less = [item for item in before if item not in now]
        return f"{name}: more {more}, less {less}"
    return f"{name}: {before} became {now}"
