"""What the scenarios look with.

Reads the trees of their expressions, by their text, from stdin as JSON.
"""

import ast
import json
import sys

from memtui.agent import wire
from memtui.agent.objects.refusal import Refusal
from memtui.agent.watch import record, watching
from memtui.agent.watch.target import find


TREES = json.load(sys.stdin)


NEW = sys.version_info >= (3, 12)

#: However long one capture takes on this machine, the next is not dropped for it, but where that is the matter.
RATE = record._BURST_NS
record._BURST_NS = 10**15


def plain(node):
    """A NODE as the value it shows, where that is plain."""
    if node["type"] == "tuple" and node["length"] == 1:
        return (ast.literal_eval(node["preview"]),)
    if node["type"] in ("int", "str", "bool", "float", "NoneType", "tuple", "dict", "list"):
        return ast.literal_eval(node["preview"])
    return node if node["type"] == "unreadable" else "<%s>" % node["type"].rpartition(".")[2]


class Watched:
    """A watch on ``target`` of this module; leaves with the function as it was."""

    def __init__(self, target, condition=None, expr=None, **rest):
        trees = {}
        for name, text in (("condition", condition), ("expr", expr)):
            if text is not None:
                trees[name] = TREES[text]
        self.watch = watching.Watch("watched:" + target, record.Wish(**trees, **rest))

    def __enter__(self):
        self.watch.start()
        return self.watch

    def __exit__(self, *_):
        self.watch.stop()


def poll(w):
    answer = w.poll()
    return dict(answer, calls=wire.unpack(answer["calls"].data))


def calls(w):
    return poll(w)["calls"]


def values(w):
    return [plain(call["value"]) for call in calls(w)]


def shown(call):
    return {edge: plain(value) for edge, value in call["value"]["children"]}


def refused(target, code):
    try:
        find("watched:" + target) if ":" not in target else find(target)
        Watched(target).watch.stop()
    except Refusal as refusal:
        assert refusal.code == code, refusal.code
        return refusal.facts
    raise AssertionError("%s was not refused" % target)
