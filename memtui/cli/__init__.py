"""The command line: argv in, tables or one JSON document out, an exit code at the end.

``command`` finds the verb and turns every failure into two lines; each file of ``verbs`` is one
verb; the rest of this package is what verbs share.  What is slow to import (asyncio, attach,
textual) is imported inside the functions that need it, so that ``memtui --help`` is quick.
"""


def main() -> None:
    """Run ``memtui`` with ``sys.argv`` and leave with its exit code."""
    import signal
    import sys

    try:
        from memtui.cli.command import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        # It came while memtui was being loaded, or while the first interruption was being reported.
        print("memtui: interrupted\nhint: run it again", file=sys.stderr)  # noqa: T201
        code = 130
    # Python remembers an interruption that fell into an exec (a dataclass being made), and would end
    # by the signal instead of by the code; the next exec makes it forget.
    exec("")  # noqa: S102
    # The work is finished: an interruption that comes now has nothing to end but Python's own exit,
    # and would be a traceback.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)
