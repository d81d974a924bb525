"""Text from the target: whatever goes in, only harmless characters come out."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.model import safe as module
from memtui.model.safe import TEXT_LIMIT, safe, safe_name


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b]0;owned\x07", r"\x1b]0;owned\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("a\x00b\x7fc", r"a\x00b\x7fc"),
        ("one\ntwo\tthree\r", r"one\ntwo\tthree\r"),
        ("\u202etxt.exe", r"\u202etxt.exe"),
        ("\u2066x\u2069\u200e\u200f\u061c", r"\u2066x\u2069\u200e\u200f\u061c"),
        ("zero\u200bwidth\u200d\ufeff", r"zero\u200bwidth\u200d\ufeff"),
        ("line\u2028para\u2029", r"line\u2028para\u2029"),
        ("lone \ud800 surrogate", r"lone \ud800 surrogate"),
        ("private \ue000 \U000f0000", r"private \ue000 \U000f0000"),
        ("unassigned \U000e0080", r"unassigned \U000e0080"),
        ("soft\xadhyphen\xa0space", r"soft\xadhyphen\xa0space"),
        ("filler\u3164 \u115f", r"filler\u3164 \u115f"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("selector\ufe0f", r"selector\ufe0f"),
        ("\u0301in front", r"\u0301in front"),
    ],
)
def test_active_and_invisible_characters_become_escapes(hostile, shown):
    assert safe(hostile) == shown
    assert safe_name(hostile) == shown


@pytest.mark.parametrize(
    "harmless",
    [
        "",
        "shop.Session",
        "[@click=app.quit]x[/]",
        "list[int]",
        "größe",
        "cafe\u0301",
        "漢字",
        "🦊",
        "\\x1b",
    ],
)
def test_plain_text_stays_as_it_is(harmless):
    assert safe(harmless) == harmless


def test_a_flood_of_combining_marks_is_bounded():
    shown = safe("e" + "\u0301" * 200)
    assert shown.startswith("e\u0301\u0301\u0301\\u0301")
    assert shown.count("\u0301") == 3


def test_marks_do_not_join_an_escape():
    assert safe("\x00\u0301") == r"\x00\u0301"


def test_long_text_is_cut_with_an_ellipsis_and_whole_escapes():
    assert safe("x" * 1000, limit=10) == "x" * 9 + "…"
    assert safe("abcdefgh\x1b", limit=10) == "abcdefgh…"
    assert safe("\x1b" * 1000, limit=10) == r"\x1b\x1b…"
    assert safe("abc", limit=0) == ""
    assert safe("abc", limit=1) == "…"


@given(st.text(st.characters()), st.integers(min_value=0, max_value=60))
def test_any_text_comes_out_printable_bounded_and_stable(text, limit):
    shown = safe(text, limit)
    assert len(shown) <= limit
    assert shown.isprintable()
    assert not any(
        unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"} for character in shown
    )
    assert safe(shown, limit) == shown


def test_the_cache_of_names_is_bounded(monkeypatch):
    monkeypatch.setattr(module, "CACHE_SIZE", 10)
    for number in range(100):
        assert safe_name(f"\x1b{number}") == f"\\x1b{number}"
        assert len(module._cache) <= 10
    assert safe_name("x" * (TEXT_LIMIT + 1)).endswith("…")
