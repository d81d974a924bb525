"""``python -m memtui.agent [--] SCRIPT … | -m MODULE …``: a program, with the cooperative agent listening.

The program sees its own ``sys.argv``, ``__main__`` and ``sys.path[0]``, as ``python SCRIPT`` or
``python -m MODULE`` give them; its exit code, streams and signals are its own.  Run as a file, this
needs no memtui among the interpreter's packages.
"""

import importlib.util
import os
import runpy
import sys

if not __package__:
    # Python put this file's folder there, whose modules are nobody's business by their bare names.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from memtui.agent import listen

_USAGE = "usage: python -m memtui.agent [--] SCRIPT [ARG ...] | -m MODULE [ARG ...]\n"


def main():
    """Listen, then become the program."""
    words = sys.argv[1:]
    if words[:1] == ["--"]:
        del words[0]
    if not words or words == ["-m"] or (words[0].startswith("-") and words[0] != "-m"):
        sys.stderr.write(_USAGE)
        sys.exit(2)
    try:
        listen()
    except OSError as error:
        # The program matters more than the tool that watches it.
        sys.stderr.write("memtui: cannot listen: %s\n" % error)
    if words[0] == "-m":
        sys.path[0] = os.getcwd()
        sys.argv[:] = words[1:]
        if _is_missing(words[1]):
            sys.exit("%s: No module named %s" % (sys.executable, words[1]))
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = os.path.dirname(os.path.realpath(words[0]))
        sys.argv[:] = words
        runpy.run_path(words[0], run_name="__main__")


def _is_missing(name):
    """Whether there is no such module; what its packages raise when they are imported is their affair."""
    try:
        return importlib.util.find_spec(name) is None
    except ModuleNotFoundError as error:
        return (name + ".").startswith("%s." % error.name)
    except Exception:
        return False


if __name__ == "__main__":
    main()
