"""``memtui global`` from argv to JSON."""

import json

import pytest

from tests.support.commands import memtui
from tests.support.programs import GLOBALS
from tests.support.target import Target


@pytest.fixture(scope="module")
def app(interpreter):
    """Is only looked at."""
    with Target(interpreter) as target:
        target.execute(GLOBALS)
        yield target


def test_globals_of_a_module(app):
    ran = memtui("global", app.pid, "shop.cache", "-x", 2, "--json")
    document = json.loads(ran.stdout)
    assert (ran.code, document["kind"], document["module"]) == (0, "global", "shop.cache")
    first, second = document["globals"][:2]
    assert set(first) == {"name", "value", "longest"}
    assert (first["name"], first["value"]["length"]) == ("SESSIONS", 500)
    edges = [child["edge"] for child in first["value"]["children"]]
    assert edges[0] == "[0]"
    assert second["longest"] == {"edge": "._listeners", "length": 300}
    ran = memtui("global", app.pid, "shop.cache", "--filter", "*S*", "--sort", "name")
    names = [line.split()[0] for line in ran.stdout.splitlines() if line.startswith("shop.cache.")]
    assert names == ["shop.cache.SESSIONS:"]


def test_one_of_them_by_its_dotted_name(app):
    ran = memtui("global", app.pid, "shop.cache", "Bus._listeners", "--json", "-x", 0)
    (found,) = json.loads(ran.stdout)["globals"]
    assert (found["name"], found["value"]["type"]) == ("Bus._listeners", "list")
    assert (found["value"]["length"], found["value"]["children"]) == (300, [])
    ran = memtui("global", app.pid, "shop.cache", "Bus._listeners", "-x", 1)
    assert ran.code == 0
    assert "shop.cache.Bus._listeners: list[300]" in ran.stdout


def test_modules_are_listed(app):
    ran = memtui("global", app.pid, "--filter", "shop.*", "--json")
    modules = json.loads(ran.stdout)["modules"]
    assert modules[0]["name"] == "shop.cache"
    assert modules[0]["longest"] == {"name": "SESSIONS", "length": 500}
    ran = memtui("global", app.pid, "--filter", "shop.*")
    assert "no module: __main__.NoModule" in ran.stdout


def test_what_is_not_there_is_refused(app):
    ran = memtui("global", app.pid, "shop.cash")
    assert ran.refused(1) == "globals: module shop.cash is not loaded"
    assert "near it: shop.cache" in ran.stderr
    ran = memtui("global", app.pid, "shop.cache", "SESSION")
    assert "module shop.cache has no SESSION" in ran.refused(1)
    assert "near it: SESSIONS" in ran.stderr
    memtui("global", app.pid, "--sort", "size").refused(2)


CLASSES = """
import collections

class Base:
    shared = {"k": ["in"]}

    def __init__(self):
        self._v = 1

    @property
    def value(self):
        raise SystemExit

class Child(Base):
    pass

child = Child()
nt = collections.namedtuple("NT", "x y")(["first"], 2)
table = {"al": [{1: "one"}], ("a", 2): "pair", "n": {n: [n] for n in range(450)}}
"""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Child.shared", "{'k': list[1]}"),
        ("child.shared", "{'k': list[1]}"),
        ("child._v", "1"),
        ("nt.x", "['first']"),
        ("nt[1]", "2"),
        ("table['al'][0][1]", "'one'"),
        ("table['a', 2]", "'pair'"),
        ("Child.shared['k'][-1]", "'in'"),
        (
            "child.value",
            "value of __main__.Child is computed (property): reading it would run its code",
        ),
        ("table['bo']", "there is no key 'bo' in this dict"),
        ("child.nothing", "child has no nothing"),
        ("table[0", "NAME: column"),
        ("table == 1", "main__ has no table == 1"),
    ],
)
def test_names_lead_where_python_would_find_them(classes, name, value):
    ran = memtui("global", classes.pid, "__main__", name, "-x", 0, "--json")
    if ran.code:
        assert value in ran.stderr, ran
        assert "if it persists" not in ran.stderr
        return
    (row,) = json.loads(ran.stdout)["globals"]
    assert (row["name"], row["value"]["preview"]) == (name, value)


def test_entries_are_listed(classes):
    ran = memtui(
        "global", classes.pid, "__main__", "table['n']", "--entries", "--limit", 430, "--json"
    )
    document = json.loads(ran.stdout)
    assert document["globals_total"] == 450
    assert [row["name"] for row in document["globals"]] == [f"table['n'][{n}]" for n in range(430)]
    ran = memtui("global", classes.pid, "__main__", "table", "--entries", "--redact")
    assert "'al'" not in ran.stdout
    memtui("global", classes.pid, "__main__", "--entries").refused(2)


@pytest.fixture(scope="module")
def classes(interpreter):
    """Is only looked at."""
    with Target(interpreter) as target:
        target.execute(CLASSES)
        yield target
