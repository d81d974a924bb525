"""Runs cells one by one (or a few at once), each in a process of its own, so that nothing a cell does stops the run."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from torture.kinds import Kind
    from torture.setup import Setup

MAIN = Path(__file__).resolve().parent.parent / "attach.py"


@dataclass(frozen=True)
class Plan:
    """One cell to run, or, with a ``reason``, one that cannot be run.

    ``beats``: a target with a heartbeat, one without, or both.
    """

    kind: Kind
    setup: Setup
    method: str
    attaches: int
    reason: str = ""
    beats: tuple[bool, ...] = (True, False)

    @property
    def seconds(self) -> float:
        """The hard limit of the cell: start-up, every attach at its worst, and some air."""
        kind = self.kind
        each = kind.timeout + kind.talk + kind.settle if kind.slow else 12.0
        return 90 + min(self.attaches, kind.most) * each

    def __str__(self) -> str:
        method = f" {self.method}" if self.method else ""
        return f"{self.setup.name}{method} {self.kind.name}"

    @property
    def key(self) -> tuple[str, str, str]:
        return key_of(self.empty())

    def empty(self) -> dict[str, Any]:
        return {
            "kind": self.kind.name,
            "interpreter": self.setup.name,
            "version": self.setup.version,
            "method": self.method,
        }


class Runner:
    """Runs plans in order, ``jobs`` at once; every result is appended to ``file`` as it comes."""

    def __init__(
        self, plans: list[Plan], file: Path, jobs: int, say: Callable[[str], None]
    ) -> None:
        self._plans, self._file, self._say = plans, file, say
        self._free = asyncio.Semaphore(jobs)
        self.results: list[dict[str, Any]] = []

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number, plan in enumerate(self._plans, 1):
                await self._free.acquire()
                group.create_task(self._one(number, plan))

    async def _one(self, number: int, plan: Plan) -> None:
        try:
            begun = time.monotonic()
            result = (
                {**plan.empty(), "not_run": plan.reason} if plan.reason else await self._cell(plan)
            )
            result["seconds"] = round(time.monotonic() - begun, 1)
            self.results.append(result)
            with self._file.open("a") as file:
                file.write(json.dumps(result) + "\n")
            self._say(f"{number}/{len(self._plans)} {plan}: {brief(result)}")
        finally:
            self._free.release()

    async def _cell(self, plan: Plan) -> dict[str, Any]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(MAIN),
            "--cell",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=1 << 24,
        )
        order = {
            "kind": plan.kind.name,
            "setup": plan.setup.to_json(),
            "method": plan.method,
            "attaches": plan.attaches,
            "beats": plan.beats,
        }
        groups: list[int] = []
        try:
            async with asyncio.timeout(plan.seconds):
                return await _talk(process, json.dumps(order).encode(), groups, plan)
        except TimeoutError:
            failure = f"the cell did not end within {plan.seconds:.0f} s"
            return {**plan.empty(), "failures": [failure], "attempts": 1}
        finally:
            await _end(process)
            for group in groups:  # those that the cell could not end itself
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a cell, which ends its targets unless it hangs."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(5):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _talk(
    process: asyncio.subprocess.Process, order: bytes, groups: list[int], plan: Plan
) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    errors = asyncio.create_task(process.stderr.read())
    process.stdin.write(order)
    process.stdin.close()
    failures = []
    async for line in process.stdout:
        word, _, rest = line.decode().rstrip("\n").partition(" ")
        if word == "group":
            groups.append(int(rest))
        elif word == "ended":
            groups.remove(int(rest))
        elif word == "failure":
            failures.append(rest)
        elif word == "result":
            answer: dict[str, Any] = json.loads(rest)
            return answer
    said = (await errors).decode(errors="replace")[-600:]
    return {**plan.empty(), "attempts": 1, "failures": [*failures, f"the cell broke: {said}"]}


def brief(result: dict[str, Any]) -> str:
    """One line of progress."""
    if "not_run" in result:
        return f"not run: {result['not_run']}"
    times = sorted(result.get("first_ms") or [0.0])
    refusals = "".join(f", {n} {name}" for name, n in result.get("refusals", {}).items())
    text = f"{result.get('answers', 0)}/{result['attempts']}{refusals}, max {times[-1]:.0f} ms"
    text += f", stop {result.get('stop_ms', 0.0):.1f} ms"
    if result.get("gap_ms") is not None:
        text += f", gap {result['gap_alone_ms']:.0f} → {result['gap_ms']:.0f} ms"
    for name in ("failures", "leftovers"):
        if result.get(name):
            text += f", {name.upper()} {len(result[name])}: {str(result[name][0])[:300]}"
    return text


def key_of(result: dict[str, Any]) -> tuple[str, str, str]:
    """What tells one cell from another."""
    return result["interpreter"], result["method"], result["kind"]


def failed(result: dict[str, Any]) -> bool:
    return bool(result.get("failures") or result.get("leftovers") or result.get("deaths"))
