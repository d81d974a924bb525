"""Figures as text: units, signs, the places where one unit turns into the next."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.present import text
from tests.support.target import ROOT


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (None, "–"),
        (0, "0 B"),
        (1, "1 B"),
        (999, "999 B"),
        (1000, "0.98 KiB"),
        (1023, "1.00 KiB"),
        (1024, "1.00 KiB"),
        (10 * 1024, "10.0 KiB"),
        (100 * 1024, "100 KiB"),
        (310 * 1024**2, "310 MiB"),
        (999.4 * 1024**2, "999 MiB"),
        (1.21 * 1024**3, "1.21 GiB"),
        (1024**6, "1024 PiB"),
        (-42 * 1024**2, "−42.0 MiB"),
    ],
)
def test_sizes(size, shown):
    assert text.size_text(size) == shown


def test_signed_figures_have_a_plus_unless_they_are_zero():
    assert text.size_text(42 << 20, signed=True) == "+42.0 MiB"
    assert text.size_text(0, signed=True) == "0 B"
    assert text.size_text(-5, signed=True) == "−5 B"
    assert text.count_text(12_304, signed=True) == "+12,304"
    assert text.count_text(0, signed=True) == "0"


@given(st.integers(min_value=-(1 << 60), max_value=1 << 60))
def test_a_size_has_three_or_four_digits_and_is_within_one_percent(size):
    figure, unit = text.size_text(size).split(" ")
    digits = figure.lstrip("−").replace(".", "")
    assert len(digits) <= 4
    factor = 1024 ** ("B", "KiB", "MiB", "GiB", "TiB", "PiB").index(unit)
    value = float(figure.replace("−", "-")) * factor
    assert value == pytest.approx(size, rel=0.01, abs=0.5)


@pytest.mark.parametrize(
    ("count", "shown"), [(None, "–"), (0, "0"), (1_204_551, "1,204,551"), (-1_000, "−1,000")]
)
def test_counts(count, shown):
    assert text.count_text(count) == shown


@pytest.mark.parametrize(
    ("rate", "shown"),
    [
        (None, "–"),
        (0, "0"),
        (0.04, "0"),
        (-0.04, "0"),
        (0.25, "+0.2"),
        (9.94, "+9.9"),
        (9.96, "+10"),
        (-3.5, "−3.5"),
        (3076.4, "+3,076"),
        (-6175, "−6,175"),
    ],
)
def test_rates(rate, shown):
    assert text.rate_text(rate) == shown


@pytest.mark.parametrize(
    ("share", "shown"), [(None, "–"), (0, "0.0"), (0.241, "24.1"), (1, "100.0")]
)
def test_shares(share, shown):
    assert text.share_text(share) == shown


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        (None, "–"),
        (0, "0.0 ms"),
        (0.4, "0.4 ms"),
        (9.94, "9.9 ms"),
        (9.96, "10 ms"),
        (38, "38 ms"),
        (999.4, "999 ms"),
        (999.6, "1.00 s"),
        (1200, "1.20 s"),
    ],
)
def test_millis(ms, shown):
    assert text.millis_text(ms) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "–"),
        (-1, "0 s"),
        (12.9, "12 s"),
        (59.99, "59 s"),
        (60, "1 min 00 s"),
        (245, "4 min 05 s"),
        (3600, "1 h 00 min"),
        (86_399, "23 h 59 min"),
        (3 * 86_400 + 4 * 3600, "3 d 04 h"),
    ],
)
def test_durations(seconds, shown):
    assert text.duration_text(seconds) == shown


def test_addresses():
    assert text.address_text(0x7F3A10) == "0x7f3a10"


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.0, "±0%"),
        (1e-9, "under ±0.1%"),
        (0.0004, "under ±0.1%"),
        (0.0005, "±0.1%"),
        (0.0032, "±0.3%"),
        (1.5, "±150.0%"),
    ],
)
def test_a_bound_that_is_not_zero_is_not_called_zero(share, shown):
    assert text.bound_text(share) == shown


@pytest.mark.parametrize(
    ("count", "signed", "shown"),
    [
        (0, False, "0 types"),
        (1, False, "1 type"),
        (1204, False, "1,204 types"),
        (1, True, "+1 type"),
        (-1, True, "−1 type"),
        (-3, True, "−3 types"),
    ],
)
def test_one_is_singular(count, signed, shown):
    assert text.counted(count, "type", signed=signed) == shown


def test_no_sentence_puts_a_number_before_a_plural_by_hand():
    """What is counted goes through ``counted``, which knows about one."""
    words = "objects|instances|types|processes|globals|modules|calls|entries|snapshots|blocks|rounds|runs"
    by_hand = re.compile(rf"\{{count_text\((?!.*signed)[^{{}}]*\)\}} ({words})\b")
    for path in (ROOT / "memtui").rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not by_hand.search(line), f"{path}: {line.strip()}"
