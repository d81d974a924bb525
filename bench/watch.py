"""What a watched call costs, in µs of processor time beyond what the same call costs unwatched.

    python bench/watch.py            under each interpreter that tests/support/interpreters.py finds
    python bench/watch.py PYTHON …   under these

The file runs itself under them, and then reads the trees of the conditions, by text, from stdin.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
CALLS, REPEATS = 10000, 9


class Shop:
    """A class with the watched method."""

    size: int

    def sell(self, price: int, count: int = 1) -> int:
        """The shortest possible call, so that any added time shows."""
        return price * count


def sell(price: int, count: int = 1) -> int:
    """The same as a function."""
    return price * count


def work(price: int) -> int:
    """About 10 µs of work, the most that a function called 100,000 times a second can do."""
    total = 0
    for each in range(WORK):
        total += each * price
    return total


#: Rounds of work() that take 10 µs here; set before it runs.
WORK = 100
SHOP = Shop()

#: What it is called, the target, the condition (None: every call matches), a call.
CASES = (
    ("function, args", "sell", "args[0] == 7", lambda: sell(3)),
    ("method, args", "Shop.sell", "args[0] > 100", lambda: SHOP.sell(3)),
    ("method, kwargs", "Shop.sell", "kwargs['price'] > 100", lambda: SHOP.sell(3)),
    ("method, attribute", "Shop.sell", "target.size > 100", lambda: SHOP.sell(3)),
    ("method, result", "Shop.sell", "return_obj == -1", lambda: SHOP.sell(3)),
    ("method, duration", "Shop.sell", "cost_ms > 10000", lambda: SHOP.sell(3)),
    ("method, all match", "Shop.sell", None, lambda: SHOP.sell(3)),
    ("10 µs work, all match", "work", None, lambda: work(3)),
)


def per_call(call: Callable[[], object]) -> float:
    """Microseconds of processor time that one call takes: the median of some repeats."""
    took: list[float] = []
    for _ in range(REPEATS):
        before = time.thread_time()
        for _ in range(CALLS):
            call()
        took.append(time.thread_time() - before)
    return sorted(took)[REPEATS // 2] / CALLS * 1e6


def measure(trees: dict[str, Any]) -> dict[str, list[float]]:
    """The cases in this interpreter: [unwatched µs, watched µs] by name."""
    from memtui.agent.watch import record, watching  # noqa: PLC0415 (this side only)

    SHOP.size = 3
    global WORK  # noqa: PLW0603 (a size of the machine, measured once)
    WORK = max(1, int(WORK * 10 / per_call(lambda: work(3))))
    found: dict[str, list[float]] = {}
    for name, target, condition, call in CASES:
        wish = record.Wish(condition=trees.get(condition or ""), expr=["name", "args"])
        watched = watching.Watch("__main__:" + target, wish)
        alone = per_call(call)
        watched.start()
        try:
            found[name] = [alone, per_call(call)]
        finally:
            watched.stop()
    return found


def table(pythons: list[tuple[str, str]]) -> None:
    """One line for each interpreter, a column for each case."""
    from memtui.model.expression import WATCH_NAMES, parse  # noqa: PLC0415 (this side only)

    trees = {text: parse(text, WATCH_NAMES) for _, _, text, _ in CASES if text is not None}
    names = [case[0] for case in CASES]
    print("| python | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 1) + "|")
    for name, python in pythons:
        answer = subprocess.run(
            [python, "-B", __file__, "--measure"],
            input=json.dumps(trees).encode(),
            stdout=subprocess.PIPE,
            env=dict(os.environ, PYTHONPATH=str(ROOT)),
            check=True,
        ).stdout
        found = json.loads(answer)
        cells = [f"{found[each][1] - found[each][0]:.2f}" for each in names[:-1]]
        alone, watched = found[names[-1]]
        cells.append(f"{alone:.1f} → {watched:.1f}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    """Measure in this interpreter if asked to, otherwise in all."""
    if sys.argv[1:] == ["--measure"]:
        json.dump(measure(json.load(sys.stdin)), sys.stdout)
        return
    if sys.argv[1:]:
        table([(python, python) for python in sys.argv[1:]])
    else:
        from tests.support import interpreters  # noqa: PLC0415 (only when nobody names one)

        table([(each.name, each.path) for each in interpreters.supported()])


if __name__ == "__main__":
    main()
