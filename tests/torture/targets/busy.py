"""Targets that never wait: in Python, in malloc, in long C calls with and without the GIL."""

import sys
import threading
import time

import board


def _threads(function, count):
    for _ in range(count):
        threading.Thread(target=function, daemon=True).start()


def busy():
    while True:
        rows = [dict(a=i, b=[i]) for i in range(500)]
        total = sum(row["a"] + row["b"][0] for row in rows)
        board.check(total == 249500, "a sum is %d" % total)


def floats():
    expected = None
    while True:
        x = 0.5
        for _ in range(3000):
            x = 3.7 * x * (1.0 - x)
        expected = expected or x
        board.check(x == expected, "a float is %r, not %r" % (x, expected))


def malloc():
    def work():
        while True:
            blocks = [bytearray(n) for n in range(500, 60000, 613)]
            board.check(sum(map(len, blocks)) == 2962589, "blocks of a wrong length")

    _threads(work, 2)
    board.ready()
    work()


def contend():
    _threads(busy, 6)
    board.ready()
    busy()


def regex():
    import re

    while True:
        board.check(re.match(r"(a+)+$", "a" * 20 + "b") is None, "a pattern matched")


def sort():
    import random

    numbers = [random.random() for _ in range(100000)]
    expected = sorted(numbers)
    while True:
        board.check(sorted(numbers) == expected, "sorted() gave another order")


def compress():
    import os
    import zlib

    data = os.urandom(500000)

    def work():
        while True:
            board.check(zlib.decompress(zlib.compress(data)) == data, "zlib lost data")

    _threads(work, 2)
    board.ready()
    work()


def collect():
    import gc

    held = [[i] for i in range(300000)]
    while True:
        gc.collect()
        board.check(len(held) == 300000 and held[-1] == [299999], "the collector lost objects")


def exceptions():
    def deep(n):
        if not n:
            raise KeyError("deep")
        try:
            deep(n - 1)
        finally:
            n += 1

    while True:
        try:
            deep(50)
        except KeyError as error:
            board.check(error.args == ("deep",), "another exception arrived: %r" % error)


def long_calls():
    """C calls of about a second that keep the GIL."""
    _long(1.0)


def longer_calls():
    """C calls of about 7 s that keep the GIL: longer than the torture waits for an answer."""
    _long(7.0)


def _long(seconds):
    size, took = 1000000, []
    for _ in range(7):
        before = time.monotonic()
        sum(range(size))
        took.append(time.monotonic() - before)
    size = int(size * seconds / min(took))
    while True:
        board.check(sum(range(size)) == size * (size - 1) // 2, "a long sum is wrong")


NAMES = {"zlib": compress, "gc": collect}

if __name__ == "__main__":
    KIND = NAMES.get(sys.argv[1]) or globals()[sys.argv[1]]
    if KIND not in (malloc, contend, compress):
        board.ready()
    KIND()
