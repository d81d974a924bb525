"""Instances: the objects of one type, and what they refer to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from memtui.model.errors import RequestFailed
from memtui.model.expression import INSTANCE_NAMES, ExpressionError, parse
from memtui.present.spans import Line, Span
from memtui.ui.panes.instances.facts import match_warning, nothing_text, page_title
from memtui.ui.panes.instances.form import SearchForm
from memtui.ui.panes.instances.graph_bar import GraphBar
from memtui.ui.panes.instances.tree import AS_IT_CAME, FALLING, WAYS, InstanceTree
from memtui.ui.panes.pane import Pane, frozen_warning
from memtui.ui.widgets.tree.branches import Branch
from memtui.ui.widgets.tree.exploration import EXPAND, Exploration
from memtui.ui.widgets.tree.node_tree import PAGE, NodeTree
from memtui.verbs.instances import Search, address_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual import events
    from textual.app import ComposeResult

    from memtui.model.errors import MemtuiError
    from memtui.verbs.instances import Page

ORDERS = ("largest", "oldest", "newest")


class InstancesPane(Pane):
    """One page of instances as a tree that is opened on demand."""

    NAME = "Instances"
    ABOUT = (
        "The objects of one type, 200 on a page, and below each what it refers to; or the one object at "
        "an address that memtui printed, which / and the palette (ctrl+p) take as well. Sizes are "
        "shallow; referrers counts the tracked objects that hold the object. / lists only those "
        "for which a condition holds, and shows an expression of each: both speak of target, with "
        ".attribute, [index], len(), type(), literals, comparisons, in, is, and, or, not; nothing "
        "is run as code, and what would need the application's code is counted as undecided. s "
        "sorts by that expression, and only what is on the page: the target lists by size or age. d "
        "writes what is open below the cursor as a graph for graphviz; where nothing is open, two "
        "levels. The previews are made without running any code of the application. The objects of "
        "the open page stay alive until the next page is opened or this pane is left with escape."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        EXPAND,
        Binding("d", "draw", "Draw", tooltip="Write the object's surroundings as a DOT graph"),
        Binding(
            "slash",
            "search",
            "Where",
            key_display="/",
            tooltip="List by a condition, and show an expression of each",
        ),
        Binding("o", "order", "Order", tooltip="Largest, oldest or newest first"),
        Binding("s", "sort", "Sort", tooltip="Sort this page by the expression shown, or not"),
        Binding(
            *("right_square_bracket", "turn(1)", "Next"), key_display="]", tooltip="The next page"
        ),
        Binding(
            *("left_square_bracket", "turn(-1)", "Previous"),
            show=False,
            key_display="[",
            tooltip="The page before",
        ),
    ]

    class PageTurned(Message):
        """The user wants the page of search results from ``offset`` on."""

        def __init__(self, search: Search, offset: int, order: str) -> None:
            super().__init__()
            self.search = search
            self.offset = offset
            self.order = order

    class PageLeft(Message):
        """The user is done with the page; its objects can be released."""

    page: reactive[Page | None] = reactive(None, repaint=False)
    """The page that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes = InstanceTree()
        self.exploration = Exploration(self.nodes, anew="lists anew", changed=self.retitle)
        self.path_bar = GraphBar()
        self.form = SearchForm()
        self.order = ORDERS[0]
        self.search: Search | None = None
        self._shown: Search | None = None
        self._trouble = ""
        self._from_form = False

    def body(self) -> ComposeResult:
        """The form over the tree, and the line for a path below it."""
        yield self.form
        yield self.nodes
        yield self.path_bar

    def keyboard(self) -> InstanceTree:
        """The tree takes the keys."""
        return self.nodes

    def on_mount(self) -> None:
        """Say how one gets here."""
        super().on_mount()
        self._explain()

    # --- what it shows ------------------------------------------------------------------------

    def watch_page(self, page: Page | None) -> None:
        """Another page: the cursor goes to its first object."""
        self.exploration.stale = False
        self._trouble = ""
        if page is not None:
            self.order = page.order
            self._shown = self.search or Search(page.type)
            self.search = replace(self._shown, type=page.type)
        self.nodes.show_page(page, "" if self._shown is None else self._shown.expr)
        self._explain()
        self.retitle()
        self.refresh_bindings()

    def take_referrers(self, counts: Mapping[int, int]) -> None:
        """Numbers of referrers have come, by address."""
        self.nodes.take_referrers(counts)

    def announce(self, type: str) -> None:  # noqa: A002 - the name on every floor
        """A listing of all instances of ``type`` begins."""
        self._begin(Search(type), from_form=False)
        self.form.fill(Search(type))

    def _begin(self, search: Search, *, from_form: bool) -> None:
        self.search, self._from_form, self._trouble = search, from_form, ""
        self._explain()

    def give_up(self, error: MemtuiError) -> bool:
        """The requested page was cancelled or refused.

        Returns whether the form, where the search was typed, shows that.
        """
        # The target releases the old page as soon as it looks for another.
        self.exploration.stale = self.page is not None
        self._trouble = f"{error}."
        self._explain()
        if (
            self._from_form
            and isinstance(error, RequestFailed)
            and error.code in {"no-such-type", "not-tracked", "no-such-object"}
        ):
            self.form.point_at("type", 0, f"{error}; {error.hint}" if error.hint else str(error))
            return True
        return False

    def _explain(self) -> None:
        self.nodes.empty_text = self._words()
        self.nodes.repaint_changes()

    def _words(self) -> str:
        if self._trouble:
            return f"{self._trouble}\n/ changes what is searched for; enter there lists."
        if self.page is not None and self._shown is not None:
            return nothing_text(self.page, self._shown)
        if self.search is not None:
            return f"{self.search.doing} …"
        return "Press enter on a type to see its instances here, or / to type one."

    def title(self) -> Line:
        """The objects that are shown, and their type."""
        if self.page is None or self._shown is None:
            return (Span("Instances"),)
        return page_title(self.page, self._shown, by_value=self.nodes.is_sorted)

    def warning(self) -> Sequence[Line]:
        """What the user has to know about the page."""
        if urgent := self.exploration.warning():
            return urgent
        if self.page is None:
            return ()
        frozen = frozen_warning(self.page.frozen)
        if self._shown is None or not self._shown.where:
            return frozen
        matching = match_warning(self.page, by_value=self.nodes.is_sorted)
        gap = Span("  ")
        return [(*line, gap, *more) for more in frozen for line in matching] or matching

    # --- what the user does -------------------------------------------------------------------

    @on(NodeTree.EndReached)
    def _end_reached(self, event: NodeTree.EndReached) -> None:
        event.stop()
        self.action_turn(1)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that need a page are dim without one."""
        if action in {"deeper", "order"}:
            return None if self.page is None else True
        if action == "turn":
            return None if self._next_offset(parameters) is None else True
        if action == "sort":
            return self.page is not None and bool(self.page.values)
        if action == "draw":
            return True if self.page is not None and self.page.instances else None
        return super().check_action(action, parameters)

    def _next_offset(self, parameters: tuple[object, ...]) -> int | None:
        if self.page is None:
            return None
        step = 1 if parameters and parameters[0] == 1 else -1
        offset = self.page.offset + step * PAGE
        return offset if -PAGE < offset < self.page.total else None

    def action_turn(self, pages: int) -> None:
        """The next page, or the one before."""
        offset = self._next_offset((pages,))
        if offset is not None:
            self._ask_page(max(0, offset))

    def action_order(self) -> None:
        """List again from the first, in the next order."""
        place = (
            ORDERS.index(self.order) + 1 if not self.exploration.stale else ORDERS.index(self.order)
        )
        self.order = ORDERS[place % len(ORDERS)]
        self.nodes.by_value = AS_IT_CAME
        self._ask_page(0)

    def action_sort(self) -> None:
        """The page by its values: falling, rising, or as it came."""
        place = WAYS.index(self.nodes.by_value) + 1
        self.nodes.sort_by_value(WAYS[place % len(WAYS)])
        self.retitle()

    def action_deeper(self) -> None:
        """Ask how deep."""
        self.exploration.ask_depth()

    def on_key(self, event: events.Key) -> None:
        """Maybe the answer to that."""
        self.exploration.take_key(event)

    def action_draw(self) -> None:
        """Ask where to write the graph."""
        row = self.nodes.cursor_row
        branch = row if row is None or isinstance(row, Branch) else row.parent
        if branch is not None:
            self.path_bar.ask_for(branch)

    def copy_choice(self) -> tuple[str, str] | None:
        """The address of the object under the cursor."""
        return self.exploration.copy_choice()

    def _ask_page(self, offset: int) -> None:
        if self._shown is not None:
            self._begin(self._shown, from_form=False)
            self.post_message(self.PageTurned(self._shown, offset, self.order))

    def can_go_back(self) -> bool:
        """A page can be left, unless it is the last that there will be."""
        return self.page is not None and not self.exploration.target_gone

    def go_back(self) -> None:
        """Leave the page, so that the target need not keep its objects."""
        self.page = None
        self.search = self._shown = None
        self._explain()
        self.post_message(self.PageLeft())

    # --- the condition and the expression -----------------------------------------------------

    def action_search(self) -> None:
        """Type what to list."""
        self.form.open()

    @on(SearchForm.Submitted)
    def _submitted(self, event: SearchForm.Submitted) -> None:
        event.stop()
        search = Search(**event.texts, subclasses=self.form.subclasses)
        if not search.type:
            self.form.point_at(
                "type", 0, "module.Class, a builtin type such as dict, or an address"
            )
            return
        if search.where and address_of(search.type) is not None:
            self.form.point_at("where", 0, "an address is one object: leave this empty")
            return
        for name in ("where", "expr"):
            text = event.texts[name]
            try:
                if text:
                    parse(text, INSTANCE_NAMES)
            except ExpressionError as error:
                self.form.point_at(name, error.column, error.reason)
                return
        self._close_form()
        self.nodes.by_value = FALLING
        self._begin(search, from_form=True)
        self.post_message(self.PageTurned(search, 0, self.order))

    @on(SearchForm.FormLeft)
    def _form_left(self, event: SearchForm.FormLeft) -> None:
        event.stop()
        self._close_form()

    def _close_form(self) -> None:
        self.nodes.focus()
        self.form.display = False
