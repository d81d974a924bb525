"""``python -m memtui.agent [--] SCRIPT … | -m MODULE … | -c CODE … | - …``: a program, with the agent listening.

This process executes Python anew, with the program's own command line.  So whatever a program can see of
how it was started (``__main__``, ``sys.argv``, ``sys.flags``, tracebacks) is as Python makes it; only
``start/sitecustomize.py`` runs before it.  Run as a file (``memtui run`` does), this needs no memtui among
the interpreter's packages, and Python's own options in front of it do not hold for the program.
"""

import os
import sys

_USAGE = "usage: python -m memtui.agent [--] SCRIPT [ARG ...] | -m MODULE [ARG ...] | -c CODE [ARG ...] | - [ARG ...]\n"
_START = os.path.join(os.path.dirname(os.path.abspath(__file__)), "start")


def main():
    """Become the program."""
    words = sys.argv[1:]
    program, options = _own_words(len(words))
    if words[:1] == ["--"]:
        del words[0]
    if not words or words in (["-m"], ["-c"]) or _is_unknown(words[0]):
        sys.stderr.write(_USAGE)
        sys.exit(2)
    why = _why_not(options)
    if why:
        # The program matters more than the tool that watches it.
        sys.stderr.write("memtui: cannot listen: %s\n" % why)
    else:
        others = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = _START + os.pathsep + others if others else _START
    sys.stderr.flush()
    os.execv(sys.executable, [program, *options, *words])  # noqa: S606 (the same process, no shell)


def _is_unknown(word):
    return word.startswith("-") and word not in ("-", "-m", "-c")


def _own_words(arguments):
    """How Python was called: its name, and its options in front of ``-m memtui.agent``."""
    with open("/proc/self/cmdline", "rb") as file:
        words = [os.fsdecode(word) for word in file.read().split(b"\0")[:-1]]
    own = words[: len(words) - arguments]
    if not __package__:
        return own[0], []
    module = own.pop()
    if module == "memtui.agent":
        module = own.pop() + module
    # Options of one letter may stand together: -um memtui.agent.
    left = module[: -len("mmemtui.agent")]
    return own[0], own[1:] + [left] * (left != "-")


def _why_not(options):
    """Why Python would not import our ``sitecustomize``; empty if it will."""
    if options and (sys.flags.ignore_environment or sys.flags.no_site):
        return "Python does so only without its options -E, -I and -S"
    if os.pathsep in _START:
        return "memtui is installed in a folder with a colon in its name: %s" % _START
    return ""


if __name__ == "__main__":
    main()
