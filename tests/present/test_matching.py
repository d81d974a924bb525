"""Filters as they are typed."""

from __future__ import annotations

import pytest

from memtui.present.matching import matcher

NAMES = ("dict", "shop.Cart", "shop.Session", "shop.cart.Line", "uvicorn.Server")


@pytest.mark.parametrize(
    ("text", "parts", "left"),
    [
        ("", False, NAMES),
        ("shop.*", False, ("shop.Cart", "shop.Session", "shop.cart.Line")),
        ("shop.*,dict", False, ("dict", "shop.Cart", "shop.Session", "shop.cart.Line")),
        ("shop.*,!*Cart", False, ("shop.Session", "shop.cart.Line")),
        ("!shop.*", False, ("dict", "uvicorn.Server")),
        ("!shop.*, !dict", False, ("uvicorn.Server",)),
        ("shop", False, ()),
        ("cart", True, ("shop.Cart", "shop.cart.Line")),
        ("Cart", True, ("shop.Cart",)),
        ("shop,!cart", True, ("shop.Session",)),
        ("shop,!", True, ("shop.Cart", "shop.Session", "shop.cart.Line")),
        (",", True, NAMES),
    ],
)
def test_what_a_filter_leaves(text, parts, left):
    assert tuple(filter(matcher(text, parts=parts), NAMES)) == left
