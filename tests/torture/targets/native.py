"""Targets with vector registers in flight: a small C loop that checks them bit by bit, and numpy."""

import ctypes
import os
import sys

import board


def vectors():
    """The C loop runs without the GIL, as numpy's and zlib's do."""
    _spin(ctypes.CDLL)


def vectors_held():
    """The C loop runs with the GIL."""
    _spin(ctypes.PyDLL)


def _spin(load):
    spin = load(os.environ["MEMTUI_TORTURE_VECTORS"]).spin
    spin.restype = ctypes.c_long
    board.ready()
    while True:
        changed = spin(ctypes.c_long(20000))
        board.check(changed == 0, "%d register checks failed" % changed)


def arrays():
    import numpy

    a = numpy.arange(200000, dtype=numpy.float64) / 7.0
    expected = None
    board.ready()
    while True:
        got = (float(numpy.dot(a, a)), float(numpy.sqrt(a).sum()), int((a * 3 > 5).sum()))
        expected = expected or got
        board.check(got == expected, "numpy gave %r, not %r" % (got, expected))


if __name__ == "__main__":
    globals()[sys.argv[1]]()
