"""How wide a text is, and how it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from memtui.present.cells import cells, cut, fitted


@given(st.text(), st.integers(-1, 40), st.sampled_from(["start", "end"]))
def test_a_cut_text_fits(text, width, keep):
    assert cells(cut(text, width, keep=keep)) <= max(width, 0)


@given(
    st.text(), st.integers(0, 40), st.sampled_from(["left", "right"]), st.sampled_from(["start", "end"])
)  # fmt: skip
def test_a_fitted_text_has_the_width(text, width, align, keep):
    assert cells(fitted(text, width, align, keep=keep)) == width


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("dict", 4),
        ("−12 KiB", 7),
        ("▁▂▃…", 4),
        ("Wählscheibe", 11),
        ("Wa\u0308hlscheibe", 11),
        ("電話機", 6),
        ("नमस्ते", 4),
        ("\u1112\u1161\u11ab", 2),
        ("❤", 1),
        ("❤\ufe0f", 2),
        ("1\ufe0f\u20e3", 2),
        ("a\ufe0f", 1),
        ("👍\U0001f3fd", 2),
    ],
)
def test_the_cells_of_a_text(text, width):
    assert cells(text) == width
    assert cells(text * 600) == width * 600


def test_screen_and_command_line_agree_on_every_character():
    """Textual measures with rich; what is not printable is escaped before it is shown."""
    characters = (c for c in map(chr, range(0x110000)) if c.isprintable())
    assert [c for c in characters if cells(c) != cell_len(c)] == []


@pytest.mark.parametrize(
    ("text", "width", "keep", "shown"),
    [
        ("a long way", 7, "start", "a long…"),
        ("shop.catalogue.Product", 12, "end", "…gue.Product"),
        ("typing._TypedDictMeta", 20, "end", "…ping._TypedDictMeta"),
        ("typing_extensions._TypedDictMeta", 20, "end", "…ions._TypedDictMeta"),
        ("shop.catalogue.Product", 18, "end", "…catalogue.Product"),
        ("shop.VeryLongNameOfAType", 10, "end", "…meOfAType"),
        ("/app/shop/cart.py:1204", 12, "end", "…art.py:1204"),
        ("電話機", 4, "start", "電…"),
        ("電話機", 4, "end", "…機"),
        ("dict", 1, "start", "…"),
        ("dict", 0, "end", ""),
    ],
)
def test_what_a_cut_leaves(text, width, keep, shown):
    assert cut(text, width, keep=keep) == shown
