"""The command line: argv in, tables or one JSON document out, an exit code at the end.

``command`` finds the verb and turns every failure into two lines; each file of ``verbs`` is one
verb; the rest of this package is what verbs share.  What is slow to import (asyncio, attach,
textual) is imported inside the functions that need it, so that ``memtui --help`` is quick.
"""


def main() -> None:
    """Run ``memtui`` with ``sys.argv`` and leave with its exit code."""
    import sys

    from memtui.cli.command import run

    sys.exit(run(sys.argv[1:]))
