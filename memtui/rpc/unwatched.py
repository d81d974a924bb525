"""Why a function cannot be watched, and what there is to know of a watch, in words."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from memtui.model import errors
from memtui.rpc.wording import Wording

if TYPE_CHECKING:
    from memtui.rpc.reasons import FactTexts

_WATCHABLE = "functions, methods, static and class methods can be watched"


def _instance_class(facts: FactTexts) -> str:
    kind = facts["type"]
    if kind == "function":
        return f"for a function inside it: memtui watch PID {shlex.quote(facts['nested'])}"
    return f"name the class instead, {kind} perhaps" if "." in kind else errors.RequestFailed.hint


def _a_method(facts: FactTexts) -> str:
    return f"watch one of its methods: {facts['target'].rpartition(':')[2]}.__init__"


WATCHING: dict[str, Wording] = {
    # What cannot be watched.
    "bad-target": Wording(
        "a target is written module:function, module:Class.method or module:outer.<locals>.inner"
    ),
    "not-a-class": Wording("{name} is not a class but a {type}", _instance_class),
    "too-deep": Wording("{target} is wrapped more than 20 times"),
    "is-class": Wording("{target} is a class", _a_method),
    "in-c": Wording(
        "{target} is written in C",
        "only an event for every call in the whole process would show its calls, which costs too much: "
        "watch a Python function that calls it",
    ),
    "is-property": Wording("{target} is a property", "watch a function that it calls"),
    "bound-method": Wording("{target} is a bound method", "watch it in its class: {function}"),
    "no-function": Wording("{target} is not a Python function but a {type}", _WATCHABLE),
    "cannot-replace": Wording(
        "the code of {target} cannot be replaced",
        "its parameters have names that cannot be written; watch a function that calls it, or that it calls",
    ),
    "cannot-replace-nested": Wording(
        "{target} is a function inside another",
        "it is made anew at each call, so it cannot be replaced; from Python 3.12 on it can be watched",
    ),
    "no-tool-id-left": Wording(
        "all tool ids of sys.monitoring are taken, and without the GIL there is no other way to watch",
        "end a debugger, a profiler or a coverage measurement in the process",
    ),
    "too-many-watches": Wording("{watched} functions are watched already", "end one of them first"),
    # Notes of a watch.
    "inherited": Wording("it is inherited: calls through other classes are seen too"),
    "replaced": Wording(
        "the application gave {target} other code meanwhile; that code was left alone"
    ),
    "inside": Wording(
        "{target} is a {type}: the function inside it is watched, and calls that do not get there "
        "(answered from a cache) are not seen"
    ),
    "no-tool-id": Wording(
        "all tool ids of sys.monitoring are taken: the function is wrapped instead"
    ),
    "no-blocks-of-steps": Wording(
        "allocated blocks are not counted: other code runs between the steps of a {flavour}"
    ),
    "no-blocks-late": Wording(
        "allocated blocks are not counted: whether a call matches is only known when it ends"
    ),
    "no-blocks-counted": Wording(
        "allocated blocks are not counted: this process does not use Python's allocator"
    ),
    "no-blocks-slow": Wording(
        "allocated blocks are not counted: counting them takes {microseconds} µs here"
    ),
}
