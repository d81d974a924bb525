"""Why a value could not be read without running the application's code, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.rpc.wording import Wording

if TYPE_CHECKING:
    from memtui.rpc.reasons import FactTexts

_IN_MEMORY = "memtui reads what is in memory: name the object before it to see its attributes"
_ITS_ENTRIES = "name the object itself to see what it holds"


def _key(facts: FactTexts) -> str:
    return facts["key"] if "key" in facts else f"this {facts['key_type']}"


READING: dict[str, Wording] = {
    "unset": Wording("{name} of this {type} is not set", _IN_MEMORY),
    "no-attribute": Wording("this {type} has no attribute {name}"),
    "no-class-attribute": Wording("class {type} has no attribute {name}"),
    "method": Wording("{name} is a method of {type}, not data", _IN_MEMORY),
    "not-read": Wording(
        "{name} of {type} cannot be read without changing or running something", _IN_MEMORY
    ),
    "computed": Wording(
        "{name} of {type} is computed ({by}): reading it would run its code", _IN_MEMORY
    ),
    "no-length": Wording("cannot tell the length of {type} without running its code"),
    "no-key": Wording(lambda f: f"there is no key {_key(f)} in this {f['type']}", _ITS_ENTRIES),
    "not-indexed": Wording("{type} cannot be indexed without running its code", _ITS_ENTRIES),
    "number-needed": Wording(
        lambda f: f"{f['type']} is indexed by a number, not by {_key(f)}", _ITS_ENTRIES
    ),
    "no-item": Wording("there is no [{key}] in a {type} of {length}", _ITS_ENTRIES),
    "no-sense": Wording(lambda f: f"{_key(f)} in {f['type']} makes no sense"),
    "not-searched": Wording("cannot search a {type} without running its code"),
    "too-long": Wording("a {type} of {length} entries is not searched, {most} are the most"),
    "not-compared": Wording("cannot compare {type} without running its code", _ITS_ENTRIES),
    "no-order": Wording("there is no {op} between {left} and {right}"),
    "no-truth": Wording("cannot tell whether {type} is true without running its code"),
    "not-yet": Wording("there is no {name} at this point"),
    "bad-tree": Wording("this agent does not understand the expression ({part})"),
    "changed-meanwhile": Wording("a container changed while it was searched"),
    "own-fault": Wording("{error} in the watch itself"),
}
