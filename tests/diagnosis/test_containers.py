"""Containers between looks: which grew, which names they have."""

from __future__ import annotations

from typing import Any, cast

from memtui.diagnosis.changed import families, grown, steady
from memtui.diagnosis.containers import Look, look
from memtui.diagnosis.places import KEEPERS, planned, worth
from memtui.model.report import Container
from memtui.model.safe import Text
from memtui.verbs.globals import Global, Globals
from memtui.verbs.modules import Module, Modules
from memtui.verbs.node import Edge, Node
from memtui.verbs.release import Released
from tests.support.answering import Answering
from tests.support.making import make


def seen(at, **lengths):
    made = Look()
    for place, (name, length) in enumerate(lengths.items()):
        made.take(Container(ord(name[0]), "dict", length, name=name), "app:", at + place / 100)
    return made


def test_only_what_grew_from_look_to_look_is_growth():
    looks = [
        seen(0, a=10, b=10, c=10, d=50),
        seen(10, a=20, b=30, c=10, d=60),
        seen(20, a=30, b=25, c=12, d=90, e=9),
    ]
    assert [(each.name, each.delta) for each in grown(looks, 5)] == [("d", 40), ("a", 20)]


def test_growth_counts_from_the_first_sight():
    looks = [seen(0), seen(10, a=20), seen(20, a=50)]
    (found,) = grown(looks, 5)
    assert (found.delta, found.lengths) == (30, (20, 50))
    assert found.per_minute == 180


def test_an_address_that_is_another_object_now_has_not_grown():
    later = Look()
    later.take(Container(ord("a"), "list", 500), "list", 10)
    assert grown([seen(0, a=10), later], 5) == []


def test_the_shortest_name_stands_and_a_name_beats_none():
    made = Look()
    for name in (None, "app.views.SESSIONS", "app.SESSIONS", "app.x.y.SESSIONS", None):
        made.take(Container(1, "dict", 5, name=name), "app:" if name else "dict", 0)
    assert made.found[1].name == "app.SESSIONS"


def test_many_that_grow_a_little_are_told_of_together():
    def rooms(at, *lengths):
        made = Look()
        for place, length in enumerate(lengths):
            held = Container(place, "list", length, name=f"app.ROOMS['{place}']")
            made.take(held, "app:", at)
        return made

    (found,) = families([rooms(0, 5, 5, 5), rooms(60, 7, 8, 6, 9)], 5)
    assert (found.name, found.delta, found.length) == ("app.ROOMS[…]", 15, 30)


def test_the_program_comes_before_libraries_and_the_standard_library_is_left_out():
    modules = [
        make(Module, "json", None, 9, "x", 900),
        make(Module, "lib", None, 9, "x", 500),
        make(Module, "app.store", None, 9, "x", 3),
        make(Module, "__main__", None, 9),
        make(Module, "logging", None, 9),
        make(Module, "broken", None, None),
    ]
    places = worth(modules, ["app.store"])
    assert [place[0] for place in places][:3] == ["__main__", "app.store", "lib"]
    assert places[3:] == [place for place in KEEPERS if place[0] == "logging"]


class Session(Answering):
    """Globals of one module: a store, whose class has a registry, and a cached function."""

    class total_cost:
        agent_ms = 0.0

    asked: tuple[str, ...] = ()

    async def modules(self):
        return Modules((make(Module, "app", None, 3),))

    async def globals(self, module, **_):
        cached = node("functools._lru_cache_wrapper", 4, None, (".?", node("dict", 5, 6)))
        rows = (
            make(
                Global,
                "STORE",
                node(
                    "app.Store",
                    1,
                    None,
                    ("._items", node("dict", 2, 40, ("['k']", node("list", 3, 7)))),
                ),
            ),
            make(Global, "total", cached),
            make(Global, "text", node("str", 6, 99)),
            make(Global, "os", node("module", 7, None, (".environ", node("dict", 8, 50)))),
            make(Global, "Store", node("type", 9, None, (".registry", node("set", 10, 2)))),
        )
        return make(Globals, module, 1, 1, len(rows), 0, rows)

    async def release(self, *, globals=False):  # noqa: A002 (the verb's argument)
        self.asked = (*self.asked, "release_globals" if globals else "release")
        return Released()


def node(type_name, address, length, *children):
    return make(
        Node,
        type_name,
        address,
        64,
        "",
        length,
        children=tuple(make(Edge, e, n) for e, n in children),
    )


async def test_names_read_as_a_person_would_write_them_without_keys():
    session = Session()
    found = (await look(cast("Any", session), redact=True, heap=False)).found.values()
    assert {(each.name, each.kind) for each in found} == {
        ("app.STORE._items", "attribute"),
        ("app.STORE._items[…]", "entry of a container"),
        ("lru_cache of app.total", "lru-cache"),
        ("app.Store.registry", "class attribute"),
    }
    assert session.asked == ("release_globals",)
    shown = (await look(cast("Any", session), redact=False, heap=False)).found.values()
    assert "app.STORE._items['k']" in {each.name for each in shown}


async def test_a_look_ends_before_it_costs_too_much():
    class Dear(Session):
        class total_cost:
            agent_ms = 0.0

        async def globals(self, *args, **more):
            self.total_cost.agent_ms += 800
            return await super().globals(*args, **more)

        async def modules(self):
            return Modules(tuple(make(Module, f"m{n}", None, 3) for n in range(9)))

    session = Dear()
    seen = await look(cast("Any", session), redact=True, heap=False)
    assert 0 < len(seen.read) < len(seen.modules) == 9
    assert session.total_cost.agent_ms <= 2400


def test_a_family_that_was_cut_is_compared_in_what_was_seen_both_times():
    def colours(at, places):
        made = Look()
        for place in places:
            held = Container(place, "list", 10, name=f"app.COLOURS['{place}']")
            made.take(held, "app:", at)
        made.cut.add("app.COLOURS[…]")
        return made

    # The second look lists more of the same table, of which nothing grew.
    assert families([colours(0, range(10)), colours(60, range(30))], 5) == []
    # What only the later look has is no growth either: it may have read deeper there.
    assert families([Look(), colours(60, range(30))], 5) == []


async def test_a_bound_is_what_a_type_says_and_a_number_beside_it_only_may_be():
    class Program(Session):
        async def globals(self, module, **_):
            limit = make(Node, "int", 20, 28, "300")
            inside = make(Node, "collections.deque", 21, 64, "", 12)
            waiting = make(Node, "collections.deque", 24, 64, "", 30)
            edges = (
                make(Edge, "._maxsize", limit),
                make(Edge, "._queue", inside),
                make(Edge, "._putters", waiting),
            )
            jobs = make(Node, "asyncio.queues.Queue", 22, 48, "", bound=300, children=edges)
            store = node("app.Store", 25, None, (".items", node("dict", 26, 40)))
            store = make(
                Node,
                "app.Store",
                25,
                64,
                "",
                children=(*store.children, make(Edge, ".max_size", limit)),
            )
            log = make(Node, "collections.deque", 23, 64, "", 40, bound=100)
            rows = (
                make(Global, "JOBS", jobs),
                make(Global, "LOG", log),
                make(Global, "STORE", store),
            )
            return make(Globals, module, 1, 1, len(rows), 0, rows)

    found = (await look(cast("Any", Program()), redact=True, heap=False)).found.values()
    assert {each.name: (each.bound, each.beside) for each in found} == {
        "app.JOBS._queue": (300, None),
        "app.JOBS._putters": (None, None),
        "app.LOG": (100, None),
        "app.STORE.items": (None, 300),
    }


def test_entries_that_leave_while_more_come_are_seen_by_their_marks():
    def marked(at, *marks, **lengths):
        made = seen(at, **lengths)
        made.marks = dict(zip(map(ord, "abcd"), marks, strict=True))
        return made

    looks = [
        marked(0, (1,), (1,), (1, 1), (1,), a=900, b=900, c=9000, d=90),
        marked(10, (2,), (1,), (1, 2), (2,), a=905, b=900, c=9000, d=900),
        marked(20, (3,), (1,), (1, 3), (3,), a=901, b=900, c=9000, d=900),
    ]
    # The second has the same entries, the third the same at its begin, the last is not steady.
    del looks[0].marks[ord("d")]
    assert [(each.name, each.lengths) for each in steady(looks)] == [("a", (900, 905, 901))]


def test_what_has_no_name_must_be_there_each_time():
    def nameless(at, length):
        made = Look()
        if length:
            made.take(Container(1, "dict", length), "dict", at)
        return made

    assert grown([nameless(0, 2), nameless(10, 0), nameless(20, 394)], 5) == []
    assert len(grown([nameless(0, 2), nameless(10, 30), nameless(20, 394)], 5)) == 1


def test_of_libraries_little_is_read_and_of_the_program_all():
    def module(name, file, length):
        return Module(Text(name), None, 30, Text("TABLE"), length, Text(file))

    of_libraries = [
        module(f"lib{n}", f"/v/lib/python3.11/site-packages/lib{n}.py", 50 + n) for n in range(40)
    ]
    loaded = [
        *of_libraries,
        module("app", "/srv/app.py", 3),
        module("logging", "/usr/lib/python3.11/logging/__init__.py", 9),
    ]
    own, libraries = planned(loaded, ["lib3"])
    assert {place.limit for place in own} == {200}
    assert {place.module for place in own} == {"app", "logging"}
    *same, late = libraries
    assert [place.limit for place in same] == [20] * 20
    assert (late.module, late.limit) == ("lib3", 200)
    # What was read before is read again: only that has grown.
    assert planned(loaded, [])[1] == same
