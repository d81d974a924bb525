"""A leak of a constant rate at a known line, churn at another, and what a library allocates."""

import _tracemalloc
import json
import sys
import threading
import time

from holding import hold

LEAKED = []
CHURNED = []
PARSED = []
TEXT = '{"numbers": [%s]}' % ", ".join(map(str, range(1000, 1100)))


def leak(count):
    for _ in range(count):
        LEAKED.append(bytearray(1000))  # the leak


def handle(count):
    leak(count)


def churn(count):
    CHURNED[:] = [bytearray(3000) for _ in range(count)]  # the churn


def parse(count):
    PARSED.extend(json.loads(TEXT) for _ in range(count))  # the library


def leak_forever(each, every):
    """``each`` blocks every ``every`` seconds, until the process ends."""

    def run():
        while True:
            handle(each)
            time.sleep(every)

    threading.Thread(target=run, daemon=True).start()


def leak_when_read(each):
    """``each`` blocks whenever somebody reads the traces: as many in each round of a measurement."""
    read = _tracemalloc._get_traces

    def run():
        handle(each)
        return read()

    _tracemalloc._get_traces = run


if sys.argv[1:2] == ["when-read"]:
    leak_when_read(int(sys.argv[2]))
elif len(sys.argv) > 1:
    leak_forever(int(sys.argv[1]), 0.01)
hold()
