"""What is told of an object whose values are withheld."""

import pytest

from memtui.verbs.redaction import redacted_node
from tests.support import fakes


@pytest.mark.parametrize(
    ("kind", "preview", "told"),
    [
        ("shop.Session", "Session", True),
        ("__main__.Outer.Inner", "Inner", True),
        ("Session", "Session", True),
        ("function", "shop.check", True),
        ("str", "'secret'", False),
        ("int", "32", False),
        # A number of the program's own type, whose name happens to end like it.
        ("shop.Int32", "32", False),
    ],
)
def test_names_are_told_and_values_are_not(kind, preview, told):
    node = redacted_node(fakes.node(kind, preview=preview))
    assert (node.preview, node.redacted) == ((preview, False) if told else ("", True))
