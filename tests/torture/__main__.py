"""One cell in a process of its own: it reads its plan from stdin and writes its result to stdout."""

from __future__ import annotations

import asyncio
import ctypes
import json
import signal
import sys

from tests.torture.cell import Cell
from tests.torture.kinds import BY_NAME
from tests.torture.setup import Setup

_PR_SET_PDEATHSIG = 1


def main() -> None:
    # End the targets also if the process that runs the cell is killed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    order = json.load(sys.stdin)
    made = Setup(**{**order["setup"], "importable": tuple(order["setup"]["importable"])})
    cell = Cell(
        BY_NAME[order["kind"]],
        made,
        order["method"],
        lambda line: print(line.replace("\n", " ⏎ "), flush=True),
    )
    asyncio.run(cell.run(order["attaches"], order["beats"]))
    print("result", json.dumps(cell.result), flush=True)


if __name__ == "__main__":
    main()
