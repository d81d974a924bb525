"""Lines, tables and trees: what reaches the terminal, and whether it fits."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.cli.output import Output, plain
from memtui.cli.table import write_table
from memtui.cli.tree import write_tree
from memtui.present.cells import cells
from memtui.present.columns import Column
from memtui.present.spans import line_of
from memtui.verbs.node import Edge, Node
from tests.support.making import make

COLUMNS = (
    Column("type", "type", 12, align="left", flexible=True, keep="end"),
    Column("count", "count", 9),
    Column("size", "size", 9, 20),
    Column("share", "share", 5, 10),
)
ROWS = [
    line_of("shop.catalogue.Product", "1,204,551", "310 MiB", "24.1"),
    line_of("dict", "3", "1.21 KiB", "0.0"),
    line_of("shop.Wählscheibe", "12", "900 B", "0.1"),
    line_of("shop.電話機", "12", "900 B", "0.1"),
]


def lines_of(width: int, columns=COLUMNS, rows=ROWS) -> list[str]:
    stream = io.StringIO()
    output = Output(stream)
    output.width = width
    write_table(output, columns, rows)
    return stream.getvalue().splitlines()


@given(st.text())
def test_nothing_unprintable_reaches_the_terminal(text):
    assert plain(text).isprintable()


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b]0;owned\x07", r"\x1b]0;owned\x07"),
        ("a\nb", r"a\nb"),
        ("\x9b31m", r"\x9b31m"),
        ("user\u202egnp.exe", r"user\u202egnp.exe"),
        ("\udcff", r"\udcff"),
        ("[@click=app.quit]x[/]", "[@click=app.quit]x[/]"),
    ],
)
def test_hostile_text_is_shown_as_what_it_is(hostile, shown):
    assert plain(hostile) == shown


@pytest.mark.parametrize("width", range(24, 120, 7))
def test_no_line_is_wider_than_the_terminal(width):
    assert all(cells(line) <= width for line in lines_of(width))


def test_columns_line_up_under_wide_characters():
    wide = lines_of(200)
    ends = {cells(line) for line in wide}
    assert len(wide) == 5
    assert len(ends) == 1


def test_a_narrow_terminal_loses_the_least_needed_column_first():
    titles = [lines_of(width)[0].split() for width in (60, 34, 26)]
    assert titles == [
        ["type", "count", "size", "share"],
        ["type", "count", "size"],
        ["type", "count"],
    ]


def test_a_cut_type_keeps_its_last_name():
    assert lines_of(23)[1].split()[0] == "…gue.Product"


def test_no_limit_without_a_terminal():
    stream = io.StringIO()
    write_table(Output(stream), COLUMNS, [line_of("x" * 500, "1", "1 B", "0.0")])
    assert "x" * 500 in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_a_tree_shows_edges_and_what_was_left_out():
    child = make(Node, "str", 0x20, 60, "'alice'", length=5, hidden=3)
    secret = make(Node, "str", 0x30, 60, "", length=9, redacted=True)
    node = make(
        Node,
        "shop.Session",
        0x10,
        48,
        "",
        children=(make(Edge, ".user", child), make(Edge, ".password", secret)),
        hidden=7,
    )
    stream = io.StringIO()
    write_tree(Output(stream), node)
    assert stream.getvalue().splitlines() == [
        "shop.Session 0x10  48 B",
        "  .user: str[5] 'alice'  60 B",
        "  .password: str[9] (withheld)  60 B",
        "  … 7 more",
    ]
