"""Runs one cell in a process of its own, so that nothing a cell does stops the run."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from tests.support.target import ROOT

if TYPE_CHECKING:
    from tests.torture.plans import Plan
    from tests.torture.report import Result


async def run(plan: Plan) -> Result:
    """The result of one cell; it is ended if it takes too long."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.torture",
        cwd=ROOT,
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
    begun = time.monotonic()
    try:
        async with asyncio.timeout(plan.seconds):
            result = await _talk(process, json.dumps(order).encode(), groups, plan)
    except TimeoutError:
        failure = f"the cell did not end within {plan.seconds:.0f} s"
        result = {**plan.empty(), "failures": [failure], "attempts": 1}
    finally:
        await _end(process)
        for group in groups:  # the targets that the cell could not end itself
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
    return {**result, "seconds": round(time.monotonic() - begun, 1)}


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
) -> Result:
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
            answer: Result = json.loads(rest)
            return answer
    said = (await errors).decode(errors="replace")[-600:]
    return {**plan.empty(), "attempts": 1, "failures": [*failures, f"the cell broke: {said}"]}


def failed(result: Result) -> bool:
    return bool(result.get("failures") or result.get("leftovers") or result.get("deaths"))
