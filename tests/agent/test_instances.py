"""Instances by page, and what they refer to, by its name and without changing anything."""

import pytest

from tests.support.live import connect, said


def edges(node):
    return dict(node["children"])


def previews(node):
    found = {node["preview"]}
    return found.union(*(previews(child) for _, child in node["children"]))


async def shelf(line, depth=2):
    page = await line.ok("instances", type="__main__.Shelf", depth=1)
    assert page["total"] == 1
    found = {}
    for edge, child in page["instances"][0]["children"]:
        answer = await line.ok("expand", address=child["address"], depth=depth)
        found[edge[1:]] = answer["node"]
    return found


@pytest.mark.circle("internals")
async def test_every_shape_names_its_edges(interpreter, spawn):
    target = spawn(interpreter, "shapes.py")
    async with connect(target) as line:
        await line.hello()
        on = await shelf(line)
        plain = edges(on["plain"])
        assert plain[".number"]["preview"] == "1"
        assert plain[".items"]["preview"] == "[1, 'two']"
        assert plain[".nothing"]["preview"] == "None"
        assert edges(plain[".default"])["['own']"]["preview"] == "1"
        assert edges(on["materialized"])[".items"]["preview"] == "[3, 'two']"
        late = edges(on["late"])
        assert late[".number"]["preview"] == "2"
        # Up to 3.10 a dict tells the name; later only the collector knows of the value.
        assert any(child["preview"] == "['late']" for child in late.values())
        assert edges(on["slotted"])[".first"]["preview"] == "['first']"
        assert set(edges(on["slotted"])) == {".first"}
        assert edges(on["both"])[".first"]["preview"] == "['inherited']"
        assert edges(on["both"])[".third"]["preview"] == "['third']"
        mapping = edges(on["mapping"])
        assert mapping[".attribute"]["preview"] == "['attribute']"
        assert mapping["['key']"]["preview"] == "['value']"
        keyed = on["keyed"]["children"]
        assert [edge for edge, _ in keyed] == [
            "['text']", "[7]", "{key}", "[{key}]", "{key}", "[{key}]",
        ]  # fmt: skip
        assert keyed[2][1]["type"] == "__main__.Plain"
        assert edges(on["queue"])["[1]"]["preview"] == "['right']"
        function = edges(on["function"])
        assert edges(function[".__closure__[0]"])[".cell_contents"]["preview"] == "['closed over']"
        assert edges(on["with_default"])[".__defaults__"]["preview"] == "(tuple[1])"
        assert edges(on["bound"])[".__self__"]["type"] == "__main__.Plain"
        # Up to 3.10 the frame lies between the generator and its variables.
        assert "['local']" in previews(on["generator"])
        assert edges(on["error"])[".args"]["type"] == "tuple"
        assert edges(on["cycle"])["[0]"]["children"] == []
        assert edges(on["module"])[".plain"]["type"] == "__main__.Plain"
        assert edges(on["kind"])[".__init__"]["type"] == "function"
        assert target.errors() == ""


@pytest.mark.circle("internals")
async def test_looking_makes_no_object_in_the_target(interpreter, spawn):
    target = spawn(interpreter, "shapes.py")
    target.execute("import gc; many = [Plain(n) for n in range(150)]; gc.collect()")
    count = "print(sum(1 for each in gc.get_objects() if type(each) is dict and 'items' in each))"
    before = target.execute(count)
    async with connect(target) as line:
        await line.hello()
        await line.ok("census")
        page = await line.ok("instances", type="__main__.Plain", depth=3)
        assert len(page["instances"]) == 152
        await line.ok("referrers", addresses=[each["address"] for each in page["instances"]][:9])
        assert target.execute(count) == before
    if interpreter.version >= (3, 11, 0):
        # A referent of an instance that is its dict would have been made by somebody who asked.
        look = (
            "print(sum(type(each) is dict and 'items' in each for each in gc.get_referents(*many)))"
        )
        assert target.execute(look).strip() == "0"


async def test_pages_hold_all_instances_once(interpreter, spawn):
    target = spawn(interpreter)
    target.execute("import gc\nclass A: pass\nkept = [A() for _ in range(450)]")
    for order in ("largest", "oldest", "newest"):
        if order != "largest":
            # These go by the collector's lists, which a collection reorders.
            target.execute("gc.disable()")
        async with connect(target) as line:
            await line.hello()
            seen = []
            for offset in (0, 200, 400):
                page = await line.ok("instances", type="__main__.A", offset=offset, order=order)
                assert page["total"] == 450
                seen += [node["address"] for node in page["instances"]]
            assert len(seen) == len(set(seen)) == 450
            beyond = await line.ok("instances", type="__main__.A", offset=450, order=order)
            assert beyond["instances"] == []


@pytest.mark.circle("viewer")
async def test_orders(interpreter, spawn):
    target = spawn(interpreter)
    target.execute("class L(list): pass\nkept = [L(range(n)) for n in (5, 500, 50)]")
    target.execute("import gc; gc.collect(); gc.collect(); young = L(range(3))")
    async with connect(target) as line:
        await line.hello()
        page = await line.ok("instances", type="__main__.L")
        assert [node["preview"] for node in page["instances"]] == ["L"] * 4
        sizes = [node["size"] for node in page["instances"]]
        assert sizes == sorted(sizes, reverse=True)
        young = int(target.execute("print(id(young))"))
        page = await line.ok("instances", type="__main__.L", order="newest")
        assert page["instances"][0]["address"] == young
        page = await line.ok("instances", type="__main__.L", order="oldest")
        assert page["instances"][-1]["address"] == young


@pytest.mark.circle("viewer")
async def test_windows_of_a_wide_container(interpreter, spawn):
    target = spawn(interpreter, "shapes.py")
    async with connect(target) as line:
        await line.hello()
        wide = (await shelf(line, depth=1))["wide"]
        assert len(wide["children"]) == 200
        assert wide["hidden"] == 800
        answer = await line.ok("expand", address=wide["address"], offset=900, limit=50)
        assert answer["offset"] == 900
        assert [edge for edge, _ in answer["node"]["children"]] == [
            f"[{index}]" for index in range(900, 950)
        ]
        assert answer["node"]["hidden"] == 50


@pytest.mark.circle("viewer")
async def test_depth_and_budget_bound_the_answer(interpreter, spawn):
    target = spawn(interpreter, "shapes.py")
    target.execute("shelf.bush = [[[n] * 200 for n in range(200)] for _ in range(200)]")
    async with connect(target) as line:
        await line.hello()
        deep = (await shelf(line, depth=6))["deep"]
        levels = 0
        while deep["children"]:
            deep = deep["children"][0][1]
            levels += 1
        assert levels == 6
        page = await line.ok("instances", type="__main__.Shelf", depth=4)

        def count(node):
            return 1 + sum(count(child) for _, child in node["children"])

        assert count(page["instances"][0]) <= 2001


@pytest.mark.circle("viewer")
async def test_a_page_ends_with_the_next_one(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(
        "import weakref\nclass A: pass\nclass B: pass\n"
        "kept = [A() for _ in range(3)]; other = B(); refs = [weakref.ref(each) for each in kept]"
    )
    alive = "print(sum(each() is not None for each in refs))"
    async with connect(target) as line:
        await line.hello()
        page = await line.ok("instances", type="__main__.A")
        address = page["instances"][0]["address"]
        target.execute("del kept")
        assert target.execute(alive).strip() == "3"
        assert "ok" in await line.ask("expand", address=address)
        await line.ok("instances", type="__main__.B")
        assert target.execute(alive).strip() == "0"
        error = (await line.ask("expand", address=address))["error"]
        assert error["code"] == "stale"
        assert (await line.ask("referrers", addresses=[address]))["error"]["code"] == "stale"
        await line.ok("release")


@pytest.mark.circle("viewer")
async def test_unknown_types_get_a_hint(interpreter, spawn):
    target = spawn(interpreter)
    target.execute("class Session: pass\nkept = Session()")
    async with connect(target) as line:
        await line.hello()
        error = (await line.ask("instances", type="shop.session"))["error"]
        assert error["code"] == "no-such-type"
        assert "__main__.Session" in said(error)[1]


async def test_referrers_are_counted_once_each(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(
        "class A: pass\nclass Box:\n    __slots__ = 'thing',\n"
        "def build():\n"
        "    a = A(); box = Box(); box.thing = a\n"
        "    return [a, [a, a, a], {1: a}, (a, []), box, list(range(50000)) + [a]]\n"
        "kept = build(); lonely = [A()]"
    )
    async with connect(target) as line:
        await line.hello()
        page = await line.ok("instances", type="__main__.A", depth=1)
        addresses = [node["address"] for node in page["instances"]]
        answer = await line.ok("referrers", addresses=addresses)
        counts = dict(zip(addresses, answer["counts"], strict=True))
        held, lonely = (int(target.execute(f"print(id({each}[0]))")) for each in ("kept", "lonely"))
        assert counts == {held: 6, lonely: 1}


async def test_an_object_is_found_by_its_address(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(
        "class A: pass\nkept, text = [A() for _ in range(5)], 'text ' * 9\nbig = [0] * 50000"
    )
    target.execute("class B: pass\ninside = {'text': text, 'big': big}; big[40000] = 'far ' * 9")
    tracked, text, far = map(
        int, target.execute("print(id(kept[3]), id(text), id(big[40000]))").split()
    )
    async with connect(target) as line:
        await line.hello()
        for address, kind in ((tracked, "__main__.A"), (text, "str"), (far, "str")):
            page = await line.ok("instances", address=address, depth=1)
            assert (page["type"], page["total"]) == (hex(address), 1)
            (node,) = page["instances"]
            assert (node["type"], node["address"]) == (kind, address)
        # Nothing is taken for an object that is none.
        for address in (0, 8, tracked + 8, (1 << 62) - 1):
            answer = await line.ask("instances", address=address)
            assert answer["error"]["code"] == "no-such-object"
            assert said(answer["error"])[0] == f"no object was found at {address:#x}"
    assert target.errors() == ""
