"""What a line is made of: spans, columns, facts, bars."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from memtui.present.cells import cells, cut, fitted
from memtui.present.columns import Column, fit
from memtui.present.spans import Span, cropped, spread, width_of
from memtui.present.spark import spark_text, thinned
from memtui.ui.panes.instances.pane import InstancesPane
from memtui.ui.widgets.frame.title_bar import TitleBar
from memtui.ui.widgets.paint.roomy import Fact, joined
from tests.support.apps import alone, screen_text, shows

# What is not printable, as are the numbers of no character (Cn), is escaped before it is shown.
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Cn", "Mn")))
lines = st.lists(st.builds(Span, texts, st.sampled_from(["", "dim"])), max_size=5).map(tuple)


@given(texts, st.integers(0, 30), st.sampled_from(["start", "end"]))
def test_a_cut_text_never_takes_more_cells_than_there_are(text, width, keep):
    assert cell_len(cut(text, width, keep=keep)) <= width


@given(texts, st.integers(1, 30), st.sampled_from(["left", "right"]))
def test_a_fitted_text_takes_exactly_its_cells(text, width, align):
    assert cell_len(fitted(text, width, align)) == width


@pytest.mark.parametrize("text", ["▁▂▃▄▅▆▇█", "−12 KiB", "–", "…Session", " · │", "名前", "é"])
def test_cells_are_counted_as_a_terminal_does(text):
    assert cells(text) == cell_len(text)


def test_the_tail_of_a_type_name_survives_from_a_dot_on():
    assert cut("shop.models.Session", 18, keep="end") == "…models.Session"
    assert cut("shop.events.Listener", 16, keep="end") == "…events.Listener"
    assert cut("x" * 30, 6, keep="end") == "…xxxxx"


@given(lines, st.integers(0, 40))
def test_a_cropped_line_fits(line, width):
    assert width_of(cropped(line, width)) <= width


@given(lines, lines, st.integers(1, 60))
def test_two_ends_of_a_line_fill_it(left, right, width):
    assert width_of(spread(left, right, width)) == width


COLUMNS = (
    Column("type", "type", 10, 100, "left", flexible=True, most=30),
    Column("count", "count", 8, 90),
    Column("share", "share", 6, 10),
)


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (80, [(0, 30), (1, 8), (2, 6)]),
        (28, [(0, 10), (1, 8), (2, 6)]),
        (27, [(0, 17), (1, 8)]),
        (15, [(0, 15)]),
        (3, [(0, 3)]),
    ],
)
def test_a_narrow_table_loses_its_least_important_columns(width, shown):
    assert fit(COLUMNS, width) == shown


def test_facts_get_shorter_before_any_is_left_out():
    facts = [
        Fact(10, ((Span("threads 3"),), (Span("thr 3"),), ())),
        Fact(5, ((Span("USS 3"),), ())),
    ]
    bar = Span("|")
    assert [span.text for span in joined(facts, 15, bar)] == ["threads 3", "|", "USS 3"]
    assert [span.text for span in joined(facts, 14, bar)] == ["thr 3", "|", "USS 3"]
    assert [span.text for span in joined(facts, 9, bar)] == ["thr 3"]
    assert joined(facts, 2, bar) == ()


def test_bars_stand_at_the_right_and_span_least_to_greatest():
    assert spark_text([1, 2, 8], 5) == "  ▁▂█"
    assert spark_text([4, 4, 4], 3) == "▁▁▁"
    assert spark_text([], 3) == "   "
    assert spark_text(range(100), 4) == "▁▃▆█"


def test_thinning_keeps_the_present():
    assert thinned(list(range(10)), 5) == [1, 3, 5, 7, 9]
    assert thinned([1, 2], 5) == [1, 2]


@pytest.mark.parametrize("width", range(20, 80))
def test_a_note_does_not_read_as_a_part_of_the_last_tab(width):
    bar = TitleBar()
    bar.tabs = (("watch", "Watch"), ("globals", "Globals"))
    bar.active, bar.title = "watch", (Span("Watch shop:visit"),)
    bar.note = (Span("seen 280"),)
    text = "".join(span.text for span in bar.lines(width)[0])
    assert len(text) == width
    assert not re.search(r"Globals ? ?seen", text)
    assert ("seen 280" in text) == (width >= 27)


async def test_words_in_an_empty_pane_are_not_cut_off():
    async with alone(InstancesPane(), (40, 8)) as pilot:
        await shows(pilot, "or / to type one.")
        assert "…" not in screen_text(pilot.app)
