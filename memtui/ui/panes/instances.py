"""Instances: the objects of one type, and what they refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from memtui.model.text import address_text, count_text
from memtui.ui.panes.pane import Pane, frozen_warning
from memtui.ui.widgets.branches import DEEPEST, Branch
from memtui.ui.widgets.node_tree import PAGE, NodeTree
from memtui.ui.widgets.spans import Line, Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual import events
    from textual.app import ComposeResult

    from memtui.model.instances import Expansion, Page

ORDERS = ("largest", "oldest", "newest")


class InstancesPane(Pane):
    """One page of instances as a tree that is opened on demand."""

    NAME = "Instances"
    ABOUT = (
        "The objects of one type, 200 on a page, and below each what it refers to. Sizes are "
        "shallow; referrers counts the tracked objects that hold the object. The previews are made "
        "without running any code of the application. The objects of the open page stay alive "
        "until the next page is opened or this pane is left with escape."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "deeper", "Expand", tooltip="Expand to a depth: x, then 1 to 6"),
        Binding("o", "order", "Order", tooltip="Largest, oldest or newest first"),
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
        """The user wants a page of instances."""

        def __init__(self, type: str, offset: int, order: str) -> None:  # noqa: A002 - the name on every floor
            super().__init__()
            self.type = type
            self.offset = offset
            self.order = order

    class Expanded(Message):
        """The user wants what is below the object at ``branch``, children from ``offset`` on."""

        def __init__(self, branch: Branch, depth: int, offset: int) -> None:
            super().__init__()
            self.branch = branch
            self.depth = depth
            self.offset = offset

    class Left(Message):
        """The user is done with the page; its objects may be let go."""

    page: reactive[Page | None] = reactive(None, repaint=False)
    """The page that is shown."""
    stale: reactive[bool] = reactive(False, repaint=False)
    """Set when the target let go of the page: nothing more can be opened from it."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes = NodeTree()
        self.order = ORDERS[0]
        self.wanted = ""
        self._asks_depth = False

    def body(self) -> ComposeResult:
        """The tree."""
        yield self.nodes

    def keyboard(self) -> NodeTree:
        """The tree takes the keys."""
        return self.nodes

    def on_mount(self) -> None:
        """Say how one gets here."""
        super().on_mount()
        self._explain()

    # --- what it shows ------------------------------------------------------------------------

    def watch_page(self, page: Page | None) -> None:
        """Another page: the cursor goes to its first object."""
        self.stale = False
        if page is not None:
            self.order, self.wanted = page.order, page.type
        self.nodes.show(() if page is None else page.instances, "" if page is None else page.type)
        self._explain()
        self.retitle()
        self.refresh_bindings()

    def watch_stale(self) -> None:
        """The title tells."""
        self.nodes.stop_waiting()
        self.retitle()

    def take_expansion(self, branch: Branch, expansion: Expansion) -> None:
        """Children of ``branch`` have come."""
        self.nodes.take(branch, expansion.node, expansion.offset)

    def take_referrers(self, counts: Mapping[int, int]) -> None:
        """Numbers of referrers have come, by address."""
        self.nodes.take_referrers(counts)

    def stop_waiting(self) -> None:
        """The request was cancelled or failed."""
        self.nodes.stop_waiting()

    def announce(self, type: str) -> None:  # noqa: A002 - the name on every floor
        """Instances of ``type`` are being listed."""
        self.wanted = type
        self._explain()

    def _explain(self) -> None:
        if self.page is not None:
            words = f"There are no instances of {self.page.type} any more."
        elif self.wanted:
            words = f"Listing the instances of {self.wanted} …"
        else:
            words = "Press enter on a type to see its instances here."
        self.nodes.empty_text = words
        self.nodes.repaint_changes()

    def title(self) -> Line:
        """Which objects of which type."""
        page = self.page
        if page is None:
            return (Span("Instances"),)
        first, last = page.offset + 1, page.offset + len(page.instances)
        part = f" {count_text(first)}–{count_text(last)} of " if page.instances else " "
        spans = [Span("Instances of "), Span(page.type, "accent")]
        spans.append(Span(f"{part}{count_text(page.total)}, {page.order} first"))
        return tuple(spans)

    def warning(self) -> Sequence[Line]:
        """What one has to know about the page."""
        if self._asks_depth:
            return (
                (Span(f"expand to which depth? 1–{DEEPEST}, escape", "warn"),),
                (Span(f"depth? 1–{DEEPEST}", "warn"),),
            )
        if self.stale:
            return (
                (Span("stale: the target let these objects go; o lists anew", "warn"),),
                (Span("stale: o lists anew", "warn"),),
            )
        return frozen_warning(0 if self.page is None else self.page.frozen)

    # --- what the user does -------------------------------------------------------------------

    @on(NodeTree.Expanded)
    def _expanded(self, event: NodeTree.Expanded) -> None:
        event.stop()
        self.post_message(self.Expanded(event.branch, event.depth, event.offset))

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
        if self.page is not None and offset is not None:
            self._ask_page(max(0, offset))

    def action_order(self) -> None:
        """List again from the first, in the next order."""
        place = ORDERS.index(self.order) + 1 if not self.stale else ORDERS.index(self.order)
        self.order = ORDERS[place % len(ORDERS)]
        self._ask_page(0)

    def _ask_page(self, offset: int) -> None:
        if self.page is not None:
            self.post_message(self.PageTurned(self.page.type, offset, self.order))

    def action_deeper(self) -> None:
        """Wait for the digit that says how deep."""
        self._ask_depth(asks=True)

    def _ask_depth(self, *, asks: bool) -> None:
        self._asks_depth = asks
        self.retitle()

    def on_key(self, event: events.Key) -> None:
        """The digit after ``x``; any other key ends the question."""
        if not self._asks_depth:
            return
        self._ask_depth(asks=False)
        row = self.nodes.cursor_row
        if event.key.isdecimal() and 1 <= int(event.key) <= DEEPEST:
            event.stop()
            event.prevent_default()
            if isinstance(row, Branch) and (row.node.expandable or row.children):
                self.nodes.ask_below(row, int(event.key))
        elif event.key == "escape":
            event.stop()
            event.prevent_default()

    def can_go_back(self) -> bool:
        """A page can be left."""
        return self.page is not None

    def go_back(self) -> None:
        """Leave the page, so that the target need not keep its objects."""
        self.page = None
        self.wanted = ""
        self._explain()
        self.post_message(self.Left())

    def copy_choice(self) -> tuple[str, str] | None:
        """The address of the object under the cursor."""
        row = self.nodes.cursor_row
        return (address_text(row.node.address), "address") if isinstance(row, Branch) else None
