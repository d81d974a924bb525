"""What the agent says in codes and facts, in words: one row a code.

A row has the sentence, the hint that says what to do, and the class of the error where the code is a refusal.
Sentences and hints are templates of the facts, or functions of them.  FactTexts come from the target: they
are made safe when a sentence is made of them.  An unknown code, of a later agent, speaks for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import memtui
from memtui.model import errors
from memtui.model.again import Again
from memtui.model.safe import safe_name
from memtui.rpc.reasons import FactTexts
from memtui.rpc.spelling import containing, nearest
from memtui.rpc.unread import READING
from memtui.rpc.unwatched import WATCHING
from memtui.rpc.wording import Wording

if TYPE_CHECKING:
    from memtui.rpc.reasons import Cause, Reason
    from memtui.rpc.wording import Words


def refusal(verb: str, reason: Reason) -> errors.MemtuiError:
    """The exception for an answer that is a refusal."""
    wording, facts = _wording(reason), FactTexts(reason)
    # Offer the change to the command beside a special hint only if that change always helps.
    again = errors.ReadOnly.again if wording.error is errors.ReadOnly else None
    if wording.meant is not None and (swap := wording.meant(facts)) is not None:
        again = Again(swap=swap)
    hint = _hint(wording, facts)
    error = wording.error(verb, _said(wording.words, facts), hint=hint, again=again)
    if type(error) is errors.RequestFailed:
        error.code = safe_name(reason.code)
    return error


def words(reason: Reason | Cause) -> str:
    """The sentence alone: for a note, or for a value that could not be read."""
    return _said(_wording(reason).words, FactTexts(reason))


def _wording(reason: Reason | Cause) -> Wording:
    return _ROWS.get(reason.code) or Wording(lambda _: safe_name(reason.code))


def _said(what: Words, facts: FactTexts) -> str:
    return what.format_map(facts) if isinstance(what, str) else what(facts)


def _hint(wording: Wording, facts: FactTexts) -> str | None:
    return None if wording.hint is None else _said(wording.hint, facts)


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
_LOOK = "memtui global PID lists the loaded modules, memtui global PID MODULE the globals of one"


def _wanted(facts: FactTexts) -> str:
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


def _protocols(facts: FactTexts) -> str:
    if "agent" not in facts:
        return "this agent speaks another protocol than the viewer"
    return f"this agent speaks protocol {facts['agent']}, the viewer {facts['viewer']}"


def _versions(facts: FactTexts) -> str:
    if facts["version"] == "?":
        return errors.ProtocolError.hint
    if facts["version"] == memtui.__version__:
        return f"another build of memtui {facts['version']} is attached: quit its viewers first"
    return f"another memtui ({facts['version']}) is attached: leave it, or use that version"


def _read_only_hint(facts: FactTexts) -> str:
    if facts["verb"] == "allocations":
        return "tracing that is already on can be read; to trace, attach without --read-only"
    return errors.ReadOnly.hint


def _no_start(facts: FactTexts) -> str:
    if "shutdown" in facts["error"]:
        return "the interpreter of the process is shutting down: nothing can start in it any more"
    return errors.RequestFailed.hint


def _near(facts: FactTexts) -> str:
    wanted = facts["name"] if "name" in facts else facts["module"]
    near = nearest(wanted, facts.texts("candidates"))
    return "near it: " + ", ".join(near) if near else _LOOK


def _meant_module(facts: FactTexts) -> tuple[str, str] | None:
    near = nearest(facts["module"], facts.texts("candidates"))
    return (facts["module"], near[0]) if near else None


def _meant_type(facts: FactTexts) -> tuple[str, str] | None:
    near = containing(facts["type"], facts.texts("candidates"))
    return (facts["type"], near[0]) if near else None


def _near_type(facts: FactTexts) -> str:
    near = containing(facts["type"], facts.texts("candidates"))
    if near:
        return "did you mean " + ", ".join(near)
    if facts.number("frozen"):
        return f"{facts['frozen']} objects are frozen (gc.freeze) and cannot be listed"
    return "names are written module.QualName; only objects that the collector tracks are listed"


def _no_name(facts: FactTexts) -> str:
    return f"{facts['kind']} {facts['owner']} has no {facts['name']}".lstrip()


def _where(facts: FactTexts) -> str:
    return _WHERE.get(facts["where"], (facts["where"],))[0]


def _room_hint(facts: FactTexts) -> str:
    return _WHERE.get(facts["where"], ("", errors.NoHeadroom.hint))[1]


def _no_room(facts: FactTexts) -> str:
    return (
        f"a list of up to {facts['objects']} objects may need {facts.mib('needed')}, "
        f"and {facts.mib('free')} are left {_where(facts)}"
    )


def _no_room_for_traces(facts: FactTexts) -> str:
    needed, free = facts.number("needed") >> 20, facts.number("free") >> 20
    return f"{facts['traces']} traces need {needed} MiB and {free} MiB are free {_where(facts)}"


def _no_room_for_child(facts: FactTexts) -> str:
    free = f"{facts.number('free') >> 20} MiB are free {_where(facts)}"
    if facts["free"] == "?":
        free = "the free memory cannot be read"
    return f"a forked child may need {facts.number('needed') >> 20} MiB and {free}"


def _price(facts: FactTexts) -> str:
    stall, stop = facts.number("stall"), facts.number("stop")
    text = (
        f"about {facts['traces']} traces: the process would stop for up to {stall // 1000 + 1} ms"
    )
    if facts.number("child"):
        text += f" to fork a child that takes {facts.number('bytes') >> 20} MiB"
    elif (cause := facts.cause("no_child")) is not None:
        text += f", and no child is forked because {words(cause)}"
    if stop:
        text += f"; and for up to {stop // 1000 + 1} ms when tracing stops"
    return text


# --- the rows ------------------------------------------------------------------------------------------

_PROTOCOL, _NO_ROOM, _READ_ONLY = errors.ProtocolError, errors.NoHeadroom, errors.ReadOnly

_ROWS: dict[str, Wording] = {
    # The conversation.
    "protocol": Wording(_protocols, _versions, _PROTOCOL),
    "greeting": Wording("hello comes once, and first", error=_PROTOCOL),
    "garbled": Wording("{error}", error=_PROTOCOL),
    "no-start": Wording("the agent does not start here: {error}", _no_start),
    "unknown-verb": Wording(
        "unknown verb {verb}", lambda f: "verbs: " + ", ".join(f.texts("verbs")), _PROTOCOL
    ),
    "unknown-argument": Wording("unknown argument {argument}"),
    "missing-argument": Wording("argument {argument} is missing"),
    "bad-argument": Wording(_wanted),
    "busy": Wording("{waiting} requests are waiting"),
    "deadline": Wording(
        "not done within {milliseconds} ms",
        "raise --timeout, or ask for less",
        errors.DeadlinePassed,
    ),
    "cancelled": Wording("the viewer cancelled the request", error=errors.Cancelled),
    "answer-too-long": Wording("the answer has {bytes} bytes", "ask for less"),
    "failed": Wording("{error}"),
    "read-only": Wording(
        "it changes the target, and the session is read-only", _read_only_hint, _READ_ONLY
    ),
    # Memory.
    "no-memory": Wording("the target has no memory for this", error=_NO_ROOM),
    "no-headroom": Wording(_no_room, _room_hint, _NO_ROOM),
    "traces-headroom": Wording(_no_room_for_traces, error=_NO_ROOM),
    # Something that a request names does not exist.
    "stale": Wording(
        lambda f: f"0x{f.number('address'):x} is not on the open page",
        "open the instances again",
    ),
    "no-such-object": Wording(
        lambda f: f"no object was found at 0x{f.number('address'):x}",
        "it has ended, or only variables of a running function or C code refer to it",
    ),
    "not-tracked": Wording(
        "instances of {type} cannot be listed: the collector does not track them",
        "memtui summary PID --untracked estimates how many there are; those that an object refers to "
        "are shown below it (-x)",
    ),
    "no-such-type": Wording("there is no instance of {type}", _near_type, meant=_meant_type),
    "no-such-module": Wording("module {module} is not loaded", _near, meant=_meant_module),
    "not-a-module": Wording(
        "{module} in sys.modules is not a module but a {type}", "memtui leaves it alone"
    ),
    "no-such-global": Wording(_no_name, _near),
    "no-such-target": Wording(_no_name, _near),
    "no-such-watch": Wording("there is no watch {watch} in this session"),
    # Tracing.
    "not-ours": Wording(
        "the application's own tracemalloc session is left as it is",
        "the peak can be reset in a session that memtui started",
    ),
    "no-reset": Wording("Python 3.8 cannot reset the peak", "stop and start again"),
    "not-tracing": Wording("tracemalloc is not on", "start tracing first"),
    "costly": Wording(_price, "memtui asks before it does this"),
    "has-children": Wording("it waits for children of its own"),
    "child-headroom": Wording(_no_room_for_child),
    "child-silent": Wording("the forked child did not answer"),
    "child-died": Wording("the forked child ended without an answer"),
    **WATCHING,
    **READING,
}
