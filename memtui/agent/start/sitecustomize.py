"""Python imports this before a program that ``python -m memtui.agent`` starts: it listens, and covers its tracks.

The folder of this file is in front of ``PYTHONPATH`` for the time until here.  The program then finds its
environment, ``sys.path`` and ``sys.modules`` as they would be without memtui, and the ``sitecustomize``
that there would be.
"""  # noqa: INP001 (Python finds it by its folder)

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(_HERE)))


def _restore_environment():
    # The entry in front of others, as __main__.py put it there.
    own, _, others = os.environ["PYTHONPATH"].partition(os.pathsep)
    if own == _HERE and others:
        os.environ["PYTHONPATH"] = others
    elif own == _HERE:
        del os.environ["PYTHONPATH"]


def _listen():
    """Listen, with no module of ours left in ``sys.modules``: the program may have another memtui."""
    modules, importers = set(sys.modules), set(sys.path_importer_cache)
    sys.path.insert(0, _ROOT)
    try:
        from memtui.agent.entry import listener  # noqa: PLC0415 (found from here on)

        listener.start()
    except Exception as error:
        # The program matters more than the tool that watches it.
        sys.stderr.write("memtui: cannot listen: %s\n" % error)
        sys.stderr.flush()
    finally:
        sys.path.remove(_ROOT)
        for name in set(sys.modules) - modules:
            if (name + ".").startswith("memtui."):
                del sys.modules[name]
        for place in set(sys.path_importer_cache) - importers:
            del sys.path_importer_cache[place]


def _give_way():
    """Import the ``sitecustomize`` that this one was found before.

    Where there is none, the error is the one that ``site`` expects then.
    """
    sys.path[:] = [place for place in sys.path if place != _HERE]
    sys.path_importer_cache.pop(_HERE, None)
    del sys.modules["sitecustomize"]
    __import__("sitecustomize")


_restore_environment()
_listen()
_give_way()
