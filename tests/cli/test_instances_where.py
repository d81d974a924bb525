"""``memtui instances`` with --subclasses, --where and --expr, from the outside."""

import json

import pytest

from tests.support.commands import memtui
from tests.support.programs import WHERE


@pytest.fixture
def app(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(WHERE)
    return target


def test_a_condition_filters_before_n_counts_and_the_expression_is_shown(app):
    ran = memtui(
        *("instances", app.pid, "__main__.Base", "--subclasses", "--json", "-n", 4),
        *("--where", "target.number == 5", "--expr", "len(obj.items)"),
    )
    document = json.loads(ran.stdout)
    assert (ran.code, document["total"], len(document["instances"])) == (0, 3, 3)
    assert {each["type"] for each in document["instances"]} == {
        "__main__.Base",
        "__main__.Middle",
        "__main__.Leaf",
    }
    assert {each["value"]["preview"] for each in document["instances"]} == {"2"}


def test_what_could_not_be_told_is_said(app):
    ran = memtui("instances", app.pid, "__main__.Middle", "--where", "target.computed")
    assert ran.code == 0
    assert "100 could not be decided: computed of __main__.Middle is computed" in ran.stderr


def test_a_bad_condition_is_pointed_at():
    ran = memtui("instances", 1, "dict", "--where", "target.size > args")
    assert ran.code == 2
    first, caret, why, _ = ran.stderr.splitlines()
    assert caret.index("^") == first.index("args")
    assert why.startswith("memtui: --where: column 15: unknown name 'args', try target, obj")
