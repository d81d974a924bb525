"""What a page of instances is of, in words: how many, which of them, what could not be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.model.text import count_text
from memtui.ui.widgets.node_tree import PAGE
from memtui.ui.widgets.spans import Line, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.model.instances import Page, Search


def page_title(page: Page, search: Search) -> Line:
    """Which objects of which type.

    How many match a condition is left to :func:`match_warning`, which is never cut off.
    """
    spans = [Span("Instances of "), Span(page.type, "accent")]
    if search.subclasses:
        spans.append(Span(" and derived"))
    if search.where:
        return (*spans, Span(" where "), Span(search.where, "warn"))
    part = f"{_part(page)} of " if page.instances else ""
    return (*spans, Span(f" {part}{count_text(page.total)}, {page.order} first"))


def match_warning(page: Page) -> Sequence[Line]:
    """How many of how many match, in shorter and shorter forms."""
    found = f"{count_text(page.total)} of {count_text(page.examined)} match"
    ranged = found if page.total <= PAGE else f"{_part(page)} of {found}"
    if page.undecided:
        undecided = f"{count_text(page.undecided)} undecided"
        forms = [f"{ranged}, {undecided}: {page.problem}", f"{found}, {undecided}"]
    else:
        forms = [f"{ranged}, {page.order} first", found]
    return [(Span(form, "warn"),) for form in forms]


def nothing_text(page: Page, search: Search) -> str:
    """Why there are no instances on the page."""
    if not page.examined or not search.where:
        return f"There are no instances of {page.type} any more."
    verb = "is known to match" if page.undecided else "matches"
    words = f"None of the {count_text(page.examined)} instances of {page.type} {verb}."
    if page.undecided:
        words += f"\nOf {count_text(page.undecided)} it cannot be told: {page.problem}."
    return f"{words}\n/ changes the condition."


def _part(page: Page) -> str:
    first, last = page.offset + 1, page.offset + len(page.instances)
    return f"{count_text(first)}–{count_text(last)}"
