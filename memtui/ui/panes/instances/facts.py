"""A page of instances in words: how many there are, which are shown, what is undecided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.present.spans import Line, Span
from memtui.present.text import count_text, counted
from memtui.present.words import undecided_text
from memtui.ui.widgets.tree.node_tree import PAGE
from memtui.verbs.instances import address_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.verbs.instances import Page, Search


def page_title(page: Page, search: Search, *, by_value: bool = False) -> Line:
    """The objects that are shown, their type and their order.

    How many match a condition is left to :func:`match_warning`, which is never cut off.
    """
    if address_of(search.type) is not None:
        return (Span("The object at "), Span(page.type, "accent"))
    spans = [Span("Instances of "), Span(page.type, "accent")]
    if search.subclasses:
        spans.append(Span(" and derived"))
    if search.where:
        return (*spans, Span(" where "), Span(search.where, "warn"))
    part = f"{_part(page)} of " if page.instances else ""
    order = _order(page, by_value=by_value)
    return (*spans, Span(f" {part}{count_text(page.total)}, {order}"))


def match_warning(page: Page, *, by_value: bool = False) -> Sequence[Line]:
    """How many of how many match, in shorter and shorter forms."""
    found = f"{count_text(page.total)} of {count_text(page.examined)} match"
    ranged = found if page.total <= PAGE else f"{_part(page)} of {found}"
    if page.undecided:
        undecided = f"{count_text(page.undecided)} undecided"
        forms = [f"{ranged}, {undecided}: {page.problem}", f"{found}, {undecided}"]
    else:
        forms = [f"{ranged}, {_order(page, by_value=by_value)}", found]
    return [(Span(form, "warn"),) for form in forms]


def nothing_text(page: Page, search: Search) -> str:
    """Why there are no instances on the page."""
    if not page.examined or not search.where:
        return f"There are no instances of {page.type} any more."
    verb = "is known to match" if page.undecided else "matches"
    words = f"None of the {counted(page.examined, 'instance')} of {page.type} {verb}."
    if page.undecided:
        words += f"\n{undecided_text(page.undecided, page.problem)}."
    return f"{words}\n/ changes the condition."


def _order(page: Page, *, by_value: bool) -> str:
    if not by_value:
        return f"{page.order} first"
    # The target chose which objects are on the page, by size or age, not by value.
    whole = len(page.instances) == page.total
    return "by value" if whole else f"{page.order} first, this page by value"


def _part(page: Page) -> str:
    first, last = page.offset + 1, page.offset + len(page.instances)
    return f"{count_text(first)}–{count_text(last)}"
