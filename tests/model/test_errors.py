"""The errors: exit codes of the command line's contract, and a hint for each."""

import copy
import pickle

import pytest

from memtui.model import errors

EXIT_CODES = {
    "MemtuiError": 1,
    "UsageError": 2,
    "NoSuchProcess": 3,
    "NotPython": 3,
    "NotPermitted": 4,
    "AlreadyTraced": 4,
    "Unsupported": 5,
    "NoHeadroom": 6,
    "TargetStopped": 1,
    "TargetGone": 1,
    "AgentSilent": 1,
    "DeadlinePassed": 1,
    "Cancelled": 130,
    "ProtocolError": 1,
    "RequestFailed": 1,
    "ReadOnly": 6,
}


def all_errors():
    found, queue = [], [errors.MemtuiError]
    while queue:
        kind = queue.pop()
        found.append(kind)
        queue += kind.__subclasses__()
    return [kind for kind in found if kind.__module__ == errors.__name__]


def test_exit_codes_are_the_contract_of_the_command_line():
    assert {kind.__name__: kind.exit_code for kind in all_errors()} == EXIT_CODES


def test_the_tree_in_the_docstring_is_the_tree():
    for line in errors.__doc__.splitlines():
        words = line.replace("├── ", "").replace("└── ", "").replace("│", " ").split()
        if len(words) == 2 and words[1].isdigit():
            assert EXIT_CODES[words[0]] == int(words[1])
    for name in EXIT_CODES:
        assert name in errors.__doc__


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_each_error_is_one_line_with_a_hint(kind):
    error = kind("census", "it failed")
    assert str(error) == "census: it failed"
    assert str(kind("alone")) == "alone"
    assert error.hint
    assert "\n" not in error.hint
    assert kind("x", hint="do that").hint == "do that"
    assert kind.__doc__


def test_errors_survive_copying():
    error = errors.DeadlinePassed("census", "too slow", hint="wait")
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (str(twin), twin.what, twin.why, twin.hint) == (
            "census: too slow",
            "census",
            "too slow",
            "wait",
        )


def test_a_failed_request_has_a_code():
    assert errors.RequestFailed("x").code == "failed"
    assert errors.ReadOnly("x").code == "read-only"
    assert issubclass(errors.ReadOnly, errors.RequestFailed)
