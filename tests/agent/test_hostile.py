"""Browsing objects whose every method, and their metaclasses' methods, would tell on us."""

from typing import Any

from tests.support.live import connect

NASTY = [
    "__main__.Nasty",
    "__main__.NastySlots",
    "__main__.NastyDict",
    "__main__.NastyList",
    "__main__.NastyError",
    "__main__.NastyKey",
    "__main__.Lazy",
    "__main__.Holder",
    # A free-threaded interpreter takes classes out of its lists when a thread starts.
    "__main__.Meta",
]


def walk(node, seen):
    seen.append(node)
    for _, child in node["children"]:
        walk(child, seen)
    return seen


async def test_no_line_of_the_application_runs(interpreter, spawn):
    target = spawn(interpreter, "hostile.py")
    target.execute("import gc; gc.collect(); arm()")
    async with connect(target) as line:
        await line.hello()
        census = await line.ok("census")
        counts = dict(zip(census["names"], census["counts"], strict=True))
        assert counts["__main__.Nasty"] == 21
        seen: list[Any] = []
        for name in NASTY[: -1 if interpreter.free_threaded else None]:
            page = await line.ok("instances", type=name, depth=3)
            assert page["total"] == len(page["instances"]) > 0, name
            for node in page["instances"]:
                walk(node, seen)
            addresses = [node["address"] for node in page["instances"]]
            await line.ok("referrers", addresses=addresses)
            for address in addresses:
                await line.ok("expand", address=address, depth=6)
        await line.ok("instances", type=name, order="oldest")
        await line.ok("instances", type=name, order="newest")
        await line.ok("collect")
        assert max(len(node["preview"]) for node in seen) < 400
    assert target.execute("disarm(); print(CALLS)").strip() == "[]"
    assert target.errors() == ""


async def test_names_of_types_arrive_as_they_are_but_as_text(interpreter, spawn):
    target = spawn(interpreter, "hostile.py")
    async with connect(target) as line:
        await line.hello()
        census = await line.ok("census")
    counts = dict(zip(census["names"], census["counts"], strict=True))
    assert counts["__main__.\x1b]0;owned\x07[red]\u202eevil\\ud800"] == 3
    assert counts["Named"] == 3
    assert target.execute("print(CALLS)").strip() == "[]"


async def test_large_values_are_cut_before_they_are_formatted(interpreter, spawn):
    target = spawn(interpreter, "hostile.py")
    async with connect(target) as line:
        await line.hello()
        page = await line.ok("instances", type="__main__.Holder", depth=1)
        edges = dict(page["instances"][0]["children"])
        for name in ("text", "bytes", "number"):
            node = edges["." + name]
            assert node["truncated"]
            assert len(node["preview"]) < 300
            assert node["size"] > 40000
        assert edges[".text"]["length"] == 10 << 20
        assert edges[".cycle"]["address"] == page["instances"][0]["address"]
        assert edges[".cycle"]["children"] == []
