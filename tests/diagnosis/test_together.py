"""Types that grow together are one group, as in a report."""

from __future__ import annotations

import pytest

from memtui.diagnosis.together import together
from memtui.model.growth import Growth


def grown(**deltas: tuple[int, int]) -> Growth:
    """``name=(objects, bytes)``; two underlines stand for a point."""
    names = tuple(name.replace("__", ".") for name in deltas)
    counts = tuple(count for count, _ in deltas.values())
    sizes = tuple(size for _, size in deltas.values())
    ones = (1,) * len(names)
    return Growth("", 0.0, 60.0, names, ones, ones, counts, sizes, ones, len(names))


def groups(growth: Growth) -> dict[str, str]:
    return {growth.names[row]: growth.names[at] for row, at in together(growth).items()}


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        ({"shop__Cart": (100, 5_000), "shop__Line": (98, 9_000)}, {"shop.Cart": "shop.Line"}),
        ({"dict": (200, 50_000), "shop__Cart": (100, 5_000)}, {"dict": "shop.Cart"}),
        ({"shop__Cart": (100, 5_000), "shop__Line": (50, 9_000)}, {}),
        ({"shop__Cart": (3, 5_000), "shop__Line": (3, 9_000)}, {}),
        ({"shop__Cart": (-100, -5_000), "shop__Line": (-100, -9_000)}, {}),
        ({"list": (100, 9_000), "dict": (100, 5_000)}, {"dict": "list"}),
        (
            {"app__A": (100, 9), "app__B": (101, 8), "app__C": (500, 7), "tuple": (1000, 99)},
            {"app.B": "app.A", "tuple": "app.C"},
        ),
    ],
)
def test_groups(deltas, expected):
    assert groups(grown(**deltas)) == expected
