"""The values of an expression beside the instances: how they are ranked."""

from memtui.ui.panes.instances.tree import value_rank
from memtui.verbs.watched import UNREADABLE
from tests.support import fakes
from tests.support.known import known


def test_values_are_ranked_by_what_they_are():
    def value(kind, preview="", **more):
        return fakes.node(kind, preview=preview, **more)

    falling = [
        value("float", "inf"),
        value("int", "1000000000000000000000"),
        value("float", "1.5"),
        value("bool", "True"),
        value("bool", "False"),
        value("int", "-3"),
        value("str", "'b'", length=1),
        value("str", "'a'", length=9),
        value("dict", "{…}", length=12),
        value("shop.Cart", "Cart", length=0),
    ]
    ranks = [known(value_rank(each)) for each in falling]
    assert ranks == sorted(ranks, reverse=True)
    for unranked in (
        value(UNREADABLE, "no attribute"),
        value("NoneType", "None"),
        value("float", "nan"),
        value("int", "12345", truncated=True),
        value("str", "", redacted=True),
    ):
        assert value_rank(unranked) is None
