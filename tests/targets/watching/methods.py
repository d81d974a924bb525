"""Methods of all kinds, decorated and cached functions."""

import watched
from looking import NEW, Watched, calls, refused, shown, values


def scenario_methods():
    with Watched("Shop.method", expr="target.name") as w:
        assert watched.instance.method(1, y=2) == 3
        assert watched.bound(3) == 8
        assert len(values(w)) == 2
    assert "method" in watched.Shop.__dict__ and watched.instance.method(1) == 6
    with Watched("Shop.method") as w:
        watched.instance.method(1)
        (call,) = calls(w)
    assert shown(call)["args"] == (1, 5) and shown(call)["kwargs"] == {"x": 1, "y": 5}
    assert shown(call)["target"] == "<Shop>"


def scenario_class_and_static_methods():
    raw = watched.Shop.__dict__["of_class"]
    with Watched("Shop.of_class") as w:
        assert watched.Shop.of_class(1) == ("Shop", 1)
        assert watched.instance.of_class(2) == ("Shop", 2)
        first, second = calls(w)
    assert shown(first)["args"] == (1,) and shown(first)["target"] == "<type>" or NEW
    assert watched.Shop.__dict__["of_class"] is raw
    raw = watched.Shop.__dict__["static"]
    with Watched("Shop.static", expr="args") as w:
        assert watched.Shop.static(1) == 3 and watched.instance.static(x=2) == 6
        assert values(w) == [(1,), (2,)]
    assert watched.Shop.__dict__["static"] is raw


def scenario_inherited():
    with Watched("Shop.inherited", expr="return_obj") as w:
        assert watched.Shop("s").inherited(1) == ("s", 1)
        assert watched.Other("o").inherited(2) == ("o", 2)
        assert values(w) == [("s", 1)]
    assert "inherited" not in watched.Shop.__dict__


def scenario_nested_class_and_init():
    with Watched("Shop.Inner.deep") as w:
        assert watched.Shop.Inner().deep() == "deep"
        assert len(calls(w)) == 1
    with Watched("Base.__init__", expr="kwargs['name']") as w:
        assert watched.Shop("x").name == "x"
        assert values(w) == ["x"]


def scenario_a_function_inside_another():
    if not NEW:
        refused("outer.<locals>.inner", "cannot-replace-nested")
        return
    made = watched.outer("made before")
    with Watched("outer.<locals>.inner") as w:
        assert made(1) == ("made before", 1)
        assert watched.outer("later")(2) == ("later", 2)
        first, second = map(shown, calls(w))
        assert (first["args"], first["return_obj"]) == ((1,), ("made before", 1))
        assert (second["args"], second["return_obj"]) == ((2,), ("later", 2))
    with Watched("outer.<locals>.Local.method", expr="args") as w:
        assert watched.outer.within().method(3) == 3
        assert values(w) == [(3,)]
    assert made(4) == ("made before", 4)


def scenario_metaclass_is_not_asked():
    with Watched("Strict.method") as w:
        assert watched.Strict().method() == 1
        assert len(calls(w)) == 1
    assert watched.Strict().method() == 1


def scenario_decorated():
    with Watched("decorated", expr="args") as w:
        assert watched.decorated(1) == 2
        assert watched.decorated_too(5) == 7
        assert values(w) == [(1,)]
    assert watched.decorated.__wrapped__(1) == 2


def scenario_cached():
    watched.cached.cache_clear()
    with Watched("cached", expr="return_obj") as w:
        assert watched.cached(2) == 4 and watched.cached(2) == 4
        assert values(w) == [4]
        assert w.notes[0]["code"] == "inside"
