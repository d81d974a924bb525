"""How every target waits: it says READY, then runs what it is sent until its stdin ends.

What it is sent is a line with a number of bytes and that many bytes of source, executed in ``__main__``;
DONE on a line of its own tells that it ran.  So a test can look at the target from the inside, or hand it
the agent's payload without any method of attaching.  Runs on Python 2.7 too: the refusals need targets.
"""

import sys
import traceback


def hold():
    out, source = sys.stdout, getattr(sys.stdin, "buffer", sys.stdin)
    out.write("READY\n")
    out.flush()
    while True:
        line = source.readline()
        if not line:
            return
        text = source.read(int(line)).decode("utf-8")
        try:
            exec(text, sys.modules["__main__"].__dict__)
        except Exception:
            traceback.print_exc()
        out.write("DONE\n")
        out.flush()
