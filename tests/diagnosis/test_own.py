"""Whose a type is."""

from __future__ import annotations

import pytest

from memtui.diagnosis.own import OwnTypes
from memtui.model.safe import Text
from memtui.verbs.modules import Module

FILES = {
    "__main__": None,
    "shop": "/app/shop/__init__.py",
    "shop.cart": "/app/shop/cart.py",
    "json.decoder": "/usr/lib/python3.11/json/decoder.py",
    "click.core": "/app/.venv/lib/python3.11/site-packages/click/core.py",
    "google": None,
    "google.api": "/usr/lib/python3/dist-packages/google/api.py",
    "corp": None,
    "corp.billing": "/srv/corp/billing.py",
    "sys": None,
}


@pytest.mark.parametrize(
    ("name", "owned"),
    [
        ("dict", False),
        ("__main__.Session", True),
        ("shop.cart.Cart", True),
        ("shop.cart.handle.<locals>.Row", True),
        ("shop.Made", True),
        ("json.decoder.JSONDecoder", False),
        ("click.core.Command", False),
        ("google.Thing", False),
        ("corp.Bill", True),
        ("sys.flags", False),
        ("collections.deque", False),
        ("made.up.Thing", True),
    ],
)
def test_own_types_are_told_by_the_files_of_their_modules(name, owned):
    own = OwnTypes(Module(Text(k), file=None if v is None else Text(v)) for k, v in FILES.items())
    assert own.owns(name) == owned
