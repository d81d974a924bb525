"""What the agent says in codes and facts, in words: one row a code.

A row has the sentence, the hint that says what to do, and the class of the error where the code is a refusal.
Sentences and hints are templates of the facts, or functions of them.  Facts come from the target: they
are made safe when a sentence is made of them.  An unknown code, of a later agent, speaks for itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from memtui.model import errors
from memtui.model.safe import safe_name
from memtui.rpc.reasons import Facts
from memtui.rpc.spelling import containing, nearest

if TYPE_CHECKING:
    from memtui.rpc.reasons import Cause, Reason

Words = str | Callable[[Facts], str]


class Row(NamedTuple):
    """What is said of one code; without a hint it is the one of the error's class."""

    words: Words
    hint: Words | None = None
    error: type[errors.MemtuiError] = errors.RequestFailed


def refusal(verb: str, reason: Reason) -> errors.MemtuiError:
    """The exception for an answer that is a refusal."""
    row, facts = _row(reason), Facts(reason)
    error = row.error(verb, _said(row.words, facts), hint=_hint(row, facts))
    if type(error) is errors.RequestFailed:
        error.code = safe_name(reason.code)
    return error


def words(reason: Reason | Cause) -> str:
    """The sentence alone: of a note, or of what could not be told."""
    return _said(_row(reason).words, Facts(reason))


def _row(reason: Reason | Cause) -> Row:
    return _ROWS.get(reason.code) or Row(lambda _: safe_name(reason.code))


def _said(what: Words, facts: Facts) -> str:
    return what.format_map(facts) if isinstance(what, str) else what(facts)


def _hint(row: Row, facts: Facts) -> str | None:
    return None if row.hint is None else _said(row.hint, facts)


# --- sentences and hints that depend on more than the names of facts ----------------------------------

_KINDS = {"natural": "a number", "text": "text", "flag": "true or false", "tree": "a tree"}
_WHERE = {
    "machine": ("on the machine", "free memory on the machine"),
    "cgroup": (
        "in the target's memory cgroup",
        "raise the limit of the target's cgroup or container",
    ),
    "address-space": (
        "of its address space (RLIMIT_AS)",
        "raise the limit: prlimit --as=BYTES --pid PID",
    ),
    "data": ("of its data (RLIMIT_DATA)", "raise the limit: prlimit --data=BYTES --pid PID"),
}
_LOOK = (
    "memtui global PID lists the modules that are loaded, memtui global PID MODULE what is in one"
)


def _wanted(facts: Facts) -> str:
    kind, *more = facts.texts("wanted") or ["?"]
    if kind == "number":
        what = " to ".join(more)
    elif kind == "naturals":
        what = f"a list of up to {' '.join(more)} numbers"
    elif kind == "word":
        what = "one of " + ", ".join(more)
    else:
        what = _KINDS.get(kind, kind)
    return f"argument {facts['argument']} must be {what}"


def _protocols(facts: Facts) -> str:
    if "agent" not in facts:
        return "this agent speaks another protocol than the viewer"
    return f"this agent speaks protocol {facts['agent']}, the viewer {facts['viewer']}"


def _versions(facts: Facts) -> str:
    if facts["version"] == "?":
        return errors.ProtocolError.hint
    return f"another memtui ({facts['version']}) is attached: leave it, or use that version"


def _near(facts: Facts) -> str:
    wanted = facts["name"] if "name" in facts else facts["module"]
    near = nearest(wanted, facts.texts("candidates"))
    return "near it: " + ", ".join(near) if near else _LOOK


def _near_type(facts: Facts) -> str:
    near = containing(facts["type"], facts.texts("candidates"))
    if near:
        return "did you mean " + ", ".join(near)
    if facts.number("frozen"):
        return f"{facts['frozen']} objects are frozen (gc.freeze) and cannot be listed"
    return "names are written module.QualName; only objects that the collector tracks are listed"


def _no_name(facts: Facts) -> str:
    return f"{facts['kind']} {facts['owner']} has no {facts['name']}".lstrip()


def _instance_class(facts: Facts) -> str:
    kind = facts["type"]
    return f"name the class instead, {kind} perhaps" if "." in kind else errors.RequestFailed.hint


def _a_method(facts: Facts) -> str:
    return f"watch one of its methods: {facts['target'].rpartition(':')[2]}.__init__"


def _where(facts: Facts) -> str:
    return _WHERE.get(facts["where"], (facts["where"],))[0]


def _room_hint(facts: Facts) -> str:
    return _WHERE.get(facts["where"], ("", errors.NoHeadroom.hint))[1]


def _no_room(facts: Facts) -> str:
    return (
        f"a list of up to {facts['objects']} objects may need {facts.mib('needed')}, "
        f"and {facts.mib('free')} are left {_where(facts)}"
    )


def _no_room_for_traces(facts: Facts) -> str:
    needed, free = facts.number("needed") >> 20, facts.number("free") >> 20
    return f"{facts['traces']} traces need {needed} MiB and {free} MiB are free {_where(facts)}"


def _no_room_for_child(facts: Facts) -> str:
    free = f"{facts.number('free') >> 20} MiB are free {_where(facts)}"
    if facts["free"] == "?":
        free = "what is free cannot be read"
    return f"a forked child may need {facts.number('needed') >> 20} MiB and {free}"


def _price(facts: Facts) -> str:
    stall, stop = facts.number("stall_us"), facts.number("stop_us")
    text = (
        f"about {facts['traces']} traces: the process would stop for up to {stall // 1000 + 1} ms"
    )
    if facts["how"] == "child":
        text += f" to fork a child that takes {facts.number('bytes') >> 20} MiB"
    elif (cause := facts.cause("no_child")) is not None:
        text += f", and no child is forked because {words(cause)}"
    if stop:
        text += f"; and for up to {stop // 1000 + 1} ms when tracing stops"
    return text


def _key(facts: Facts) -> str:
    return facts["key"] if "key" in facts else f"this {facts['key_type']}"


# --- the rows ------------------------------------------------------------------------------------------

_PROTOCOL, _NO_ROOM, _READ_ONLY = errors.ProtocolError, errors.NoHeadroom, errors.ReadOnly
_WATCHABLE = "functions, methods, static and class methods can be watched"

_ROWS: dict[str, Row] = {
    # The conversation.
    "protocol": Row(_protocols, _versions, _PROTOCOL),
    "greeting": Row("hello comes once, and first", error=_PROTOCOL),
    "garbled": Row("{error}", error=_PROTOCOL),
    "no-start": Row("the agent does not start here: {error}"),
    "unknown-verb": Row(
        "unknown verb {verb}", lambda f: "verbs: " + ", ".join(f.texts("verbs")), _PROTOCOL
    ),
    "unknown-argument": Row("unknown argument {argument}"),
    "missing-argument": Row("argument {argument} is missing"),
    "bad-argument": Row(_wanted),
    "busy": Row("{waiting} requests are waiting"),
    "deadline": Row(
        "not done within {milliseconds} ms",
        "raise --timeout, or ask for less",
        errors.DeadlinePassed,
    ),
    "cancelled": Row("the viewer cancelled the request", error=errors.Cancelled),
    "answer-too-long": Row("the answer has {bytes} bytes", "ask for less"),
    "failed": Row("{error}"),
    "read-only": Row("{verb} changes the target, and the session is read-only", error=_READ_ONLY),
    "read-only-tracing": Row(
        "that changes the target's tracemalloc, and the session is read-only",
        "attach without --read-only; tracing that is on already can be looked at",
        _READ_ONLY,
    ),
    # Memory.
    "no-memory": Row("the target has no memory for this", error=_NO_ROOM),
    "no-headroom": Row(_no_room, _room_hint, _NO_ROOM),
    "traces-headroom": Row(_no_room_for_traces, error=_NO_ROOM),
    # What was asked for is not there.
    "stale": Row(
        lambda f: f"0x{f.number('address'):x} is not on the open page",
        "open the instances again",
    ),
    "no-such-type": Row("there is no instance of {type}", _near_type),
    "no-such-module": Row("module {module} is not loaded", _near),
    "not-a-module": Row(
        "{module} in sys.modules is no module but a {type}", "memtui leaves it alone"
    ),
    "no-such-global": Row(_no_name, _near),
    "no-such-target": Row(_no_name, _near),
    "no-such-watch": Row("there is no watch {watch} in this session"),
    # What cannot be watched.
    "bad-target": Row("a target is written module:function or module:Class.method"),
    "not-a-class": Row("{name} is no class but a {type}", _instance_class),
    "too-deep": Row("{target} is wrapped more than 20 times"),
    "is-class": Row("{target} is a class", _a_method),
    "in-c": Row(
        "{target} is written in C", "calls of C functions leave no trace in Python to watch"
    ),
    "is-property": Row("{target} is a property", "watch a function that it calls"),
    "bound-method": Row("{target} is a bound method", "watch it in its class: {function}"),
    "no-function": Row("{target} is no Python function but a {type}", _WATCHABLE),
    "cannot-replace": Row(
        "{target} is a {type}",
        "the function inside it cannot be replaced; from Python 3.12 on it can be watched",
    ),
    "class-in-c": Row("attributes of {type} cannot be set", "it is a class written in C"),
    "too-many-watches": Row("{watched} functions are watched already", "end one of them first"),
    # Notes of a watch.
    "inherited": Row("it is inherited: calls through other classes are seen too"),
    "other-references": Row(
        "{others} other references to the function exist (from … import, callbacks): "
        "calls through them are not seen"
    ),
    "replaced": Row(
        "{target} was replaced by the application meanwhile; its new value was left alone"
    ),
    "inside": Row(
        "{target} is a {type}: the function inside it is watched, and calls that do not get there "
        "(answered from a cache) are not seen"
    ),
    "no-tool-id": Row("all tool ids of sys.monitoring are taken: the function is wrapped instead"),
    "no-blocks-of-steps": Row(
        "allocated blocks are not counted: other code runs between the steps of a {flavour}"
    ),
    "no-blocks-late": Row(
        "allocated blocks are not counted: whether a call matches is only known when it ends"
    ),
    "no-blocks-counted": Row(
        "allocated blocks are not counted: this process does not use Python's allocator"
    ),
    "no-blocks-slow": Row(
        "allocated blocks are not counted: counting them takes {microseconds} µs here"
    ),
    # Tracing.
    "not-ours": Row(
        "the application's own tracemalloc session is left as it is",
        "the peak can be reset in a session that memtui started",
    ),
    "no-reset": Row("Python 3.8 cannot reset the peak", "stop and start again"),
    "not-tracing": Row("tracemalloc is not on", "start tracing first"),
    "costly": Row(_price, "memtui asks before it does this"),
    "has-children": Row("it waits for children of its own"),
    "child-headroom": Row(_no_room_for_child),
    "child-silent": Row("the forked child did not answer"),
    "child-died": Row("the forked child ended without an answer"),
    # What cannot be read without running the application's code.
    "unset": Row("{name} of this {type} is not set"),
    "no-attribute": Row("this {type} has no attribute {name}"),
    "no-class-attribute": Row("class {type} has no attribute {name}"),
    "method": Row("{name} is a method of {type}, not data"),
    "not-read": Row("{name} of {type} cannot be read without changing or running something"),
    "computed": Row("{name} of {type} is computed ({by}): reading it would run its code"),
    "no-length": Row("cannot tell the length of {type} without running its code"),
    "no-key": Row(lambda f: f"there is no key {_key(f)} in this {f['type']}"),
    "not-indexed": Row("{type} cannot be indexed without running its code"),
    "number-needed": Row(lambda f: f"{f['type']} is indexed by a number, not by {_key(f)}"),
    "no-item": Row("there is no [{key}] in a {type} of {length}"),
    "no-sense": Row(lambda f: f"{_key(f)} in {f['type']} makes no sense"),
    "not-searched": Row("cannot search a {type} without running its code"),
    "too-long": Row("a {type} of {length} entries is not searched, {most} are the most"),
    "not-compared": Row("cannot compare {type} without running its code"),
    "no-order": Row("there is no {op} between {left} and {right}"),
    "no-truth": Row("cannot tell whether {type} is true without running its code"),
    "not-yet": Row("there is no {name} at this point"),
    "bad-tree": Row("this agent does not understand the expression ({part})"),
    "changed-meanwhile": Row("a container changed while it was looked through"),
    "own-fault": Row("{error} in the watch itself"),
}
