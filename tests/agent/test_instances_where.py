"""Instances by subclass, by condition and with an expression, on every interpreter."""

import pytest

from memtui.model.expression import INSTANCE_NAMES, parse
from tests.support.live import connect, said
from tests.support.programs import WHERE
from tests.support.tampering import count_slices, slices


def tree(text):
    return parse(text, INSTANCE_NAMES)


@pytest.fixture
def app(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(WHERE)
    return target


async def test_subclasses_conditions_and_expressions(app):
    async with connect(app) as line:
        await line.hello()

        async def ask(name, **args):
            return await line.ok("instances", type="__main__." + name, **args)

        assert [(await ask(name))["total"] for name in ("Base", "Middle", "Leaf")] == [100] * 3
        assert (await ask("Base", subclasses=True))["total"] == 300
        assert (await ask("Middle", subclasses=True))["total"] == 200
        where = tree("target.number >= 90 and len(obj.items) == 2")
        page = await ask("Base", subclasses=True, where=where, expr=tree("target.number"), limit=5)
        assert (page["total"], len(page["instances"]), len(page["values"])) == (9, 5, 5)
        assert {int(value["preview"]) for value in page["values"]} <= {92, 95, 98}
        assert (page["examined"], page["undecided"]) == (300, 0)
        page = await ask("Middle", where=tree("target.computed == 1"))
        assert (page["total"], page["undecided"]) == (0, 100)
        assert "its code" in said(page["problem"])[0]
        page = await ask("Leaf", expr=tree("target.items[1]"), limit=3)
        kinds = {value["type"] for value in page["values"]}
        assert kinds <= {"int", "unreadable"}
        page = await ask("Table", depth=2)
        (node,) = page["instances"]
        assert [edge for edge, _ in node["children"]][:3] == ["[1]", "['two']", "[None]"]
        (node,) = (await ask("Leaf", limit=1, depth=1))["instances"]
        assert {edge for edge, _ in node["children"]} >= {".items", ".number"}
    assert app.execute("print(ran)") == "[]\n"
    assert app.errors() == ""


async def test_builtin_types_are_listed_largest_first_and_say_what_is_hidden(app):
    async with connect(app) as line:
        await line.hello()
        page = await line.ok("instances", type="dict", limit=3, depth=1)
        (first, *_) = page["instances"]
        assert first["length"] == 100000
        assert first["hidden"] == 100000 - len(first["children"])
        sizes = [node["size"] for node in page["instances"]]
        assert sizes == sorted(sizes, reverse=True)
        found = await line.ok("instances", type="dict", where=tree("len(target) == 100000"))
        assert found["total"] == 1
        found = await line.ok("instances", type="dict", subclasses=True, where=tree("'two' in obj"))
        assert "__main__.Table" in {node["type"] for node in found["instances"]}


@pytest.mark.circle("viewer")
async def test_a_condition_is_asked_in_slices(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(
        "class Many:\n def __init__(self, n): self.n = n\nmany = [Many(n) for n in range(100000)]"
    )
    async with connect(target) as line:
        await line.hello()
        asked = {"type": "__main__.Many", "where": tree("target.n == 77777")}
        count_slices(target)
        assert (await line.ok("instances", **asked))["total"] == 1
        # 32 at a time, and on after two of the clock's milliseconds.
        assert slices(target) > 100000 / 100
        refused = await line.ask("instances", type="__main__.Many", where=["import", "os"])
        assert refused["error"]["code"] == "bad-tree"
