"""Globals: the loaded modules, and what is in one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from memtui.present.columns import Column
from memtui.present.spans import Line, Span, change_tone
from memtui.present.text import count_text, counted
from memtui.present.words import no_match_text
from memtui.ui.panes.globals.tree import GlobalsTree
from memtui.ui.panes.pane import Pane
from memtui.ui.widgets.table.filtered import FilteredTable
from memtui.ui.widgets.table.sheet import Sheet
from memtui.ui.widgets.table.table import SheetTable
from memtui.ui.widgets.tree.exploration import EXPAND, Exploration
from memtui.ui.widgets.tree.node_tree import NodeTree
from memtui.verbs.modules import COLUMNS, cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual import events
    from textual.app import ComposeResult

    from memtui.ui.panes.globals.tree import Length
    from memtui.ui.widgets.paint.line_view import LineView
    from memtui.verbs.globals import Globals
    from memtui.verbs.modules import Module

ORDERS = ("length", "size", "name")


_CHANGE = Column("change", "Δ length", 9, 85)
"""How the longest container of a module changed since it was first seen here."""


class GlobalsPane(Pane):
    """The modules as a table with a filter; the open module as a tree."""

    NAME = "Globals"
    ABOUT = (
        "The modules that the target has loaded, those with the longest containers on top, and the "
        "globals of one. Beside a class, function or instance stands the longest container it holds "
        "itself: a class attribute, a default, an attribute. The list of modules is renewed while it is "
        "looked at, and Δ length is how the longest container changed since then. The lengths of open lines are asked "
        "again with every census, and per min is how they changed over the last five minutes, or "
        "since the line was opened. Nothing is imported, and no module is asked for an attribute. "
        "The objects that are shown stay alive until the module is left with escape."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        EXPAND,
        FilteredTable.filter_key("modules"),
        Binding("o", "order", "Order", tooltip="Globals by length, by size or by name; read anew"),
    ]

    class ModulesWanted(Message):
        """The list of modules is needed."""

    class ModuleOpened(Message):
        """The user wants globals of a module, from ``offset`` on."""

        def __init__(self, module: str, offset: int, order: str) -> None:
            super().__init__()
            self.module = module
            self.offset = offset
            self.order = order

    class ModuleLeft(Message):
        """The user is done with the module; its objects can be released."""

    modules: reactive[tuple[Module, ...] | None] = reactive(None, repaint=False)
    """What is loaded."""
    trouble: reactive[str] = reactive("", repaint=False)
    """Why the list does not come, in words."""
    found: reactive[Globals | None] = reactive(None, repaint=False)
    """The globals that are shown, None while the modules are."""

    listing: FilteredTable

    def __init__(self) -> None:
        super().__init__()
        self.listing = FilteredTable((*COLUMNS, _CHANGE), sort="length", why_empty=self._why_empty)
        self.table = self.listing.table
        self.nodes = GlobalsTree()
        self.exploration = Exploration(
            self.nodes,
            anew="reads anew",
            changed=self.retitle,
            # The module itself is read a page of globals at a time.
            can_deepen=lambda branch: branch.parent is not None and branch.node.expandable,
        )
        self.order = ORDERS[0]
        self._first: dict[tuple[str, str | None], int] = {}

    def body(self) -> ComposeResult:
        """The table with its filter, and the tree that takes its place."""
        yield self.listing
        yield self.nodes

    def keyboard(self) -> LineView:
        """The part that is shown takes the keys."""
        return self.table if self.found is None else self.nodes

    def on_mount(self) -> None:
        """The modules come first."""
        super().on_mount()
        self.nodes.display = False

    def on_show(self) -> None:
        """The pane is shown, so now the list is needed."""
        if self.modules is None:
            self.post_message(self.ModulesWanted())

    # --- what it shows ------------------------------------------------------------------------

    def watch_modules(self, modules: tuple[Module, ...] | None) -> None:
        """Another list: the table keeps order, filter and cursor."""
        rows = modules or ()
        for module in rows:
            if module.length is not None:
                self._first.setdefault((module.name, module.longest), module.length)
        changes = [self._change(module) for module in rows]
        self.listing.show_sheet(
            Sheet(
                keys=[module.name for module in rows],
                values={
                    "module": [module.name for module in rows],
                    "globals": [module.globals or 0 for module in rows],
                    "length": [module.length or 0 for module in rows],
                    "change": changes,
                },
                cells=lambda wanted: [
                    (*cells(rows[row]), _change_cell(rows[row], changes[row])) for row in wanted
                ],
            )
        )
        self.retitle()

    def _change(self, module: Module) -> int:
        if module.length is None:
            return 0
        return module.length - self._first[module.name, module.longest]

    def watch_trouble(self) -> None:
        """The error takes the place of the list."""
        if self.is_attached:
            self.listing.explain()
            self.refresh_bindings()

    def show_globals(self, found: Globals) -> None:
        """Globals have come: of another module, or more of the same."""
        if found.offset and self.found is not None and self.found.module == found.module:
            self.nodes.take_globals(found)
            return
        had_keys = self.table.has_focus or self.nodes.has_focus
        self.exploration.stale = False
        self.found = found
        self.nodes.show_globals(found)
        if had_keys:
            self.nodes.focus()

    def watch_found(self, found: Globals | None) -> None:
        """Either the tree or the table."""
        if not self.is_attached:
            return
        self.nodes.display = found is not None
        self.listing.display = found is None
        self.retitle()
        self.refresh_bindings()

    def containers(self) -> Sequence[int]:
        """Addresses whose lengths are watched: those on open lines; none while the pane is hidden."""
        looked_at = self.found is not None and not self.exploration.stale and self.seen
        return self.nodes.containers() if looked_at else ()

    def take_lengths(self, lengths: Mapping[int, Length]) -> None:
        """How long the containers are now, by address."""
        if self.found is not None:
            self.nodes.take_lengths(lengths)

    def _why_empty(self) -> str:
        if self.modules is None and self.trouble:
            return f"{self.trouble}\no reads the list of modules."
        if self.modules is None:
            return "Reading the list of loaded modules …"
        return no_match_text("module", self.listing.filter_text)

    def title(self) -> Line:
        """Which module."""
        if self.found is None:
            return (Span("Globals"),)
        count = count_text(self.found.total)
        return (Span("Globals of "), Span(self.found.module, "accent"), Span(f" {count}"))

    def note(self) -> Line:
        """How many modules there are, or the order of the globals."""
        if self.found is not None:
            return (Span(f"by {self.order}", "dim"),)
        if self.modules is None:
            return ()
        modules = Span(counted(len(self.modules), "module"), "dim")
        return (*self.listing.filter_note(), modules)

    def warning(self) -> Sequence[Line]:
        """What goes with a tree of live objects."""
        return self.exploration.warning()

    # --- what the user does -------------------------------------------------------------------

    @on(SheetTable.Opened)
    def _row_opened(self, event: SheetTable.Opened) -> None:
        event.stop()
        self.post_message(self.ModuleOpened(str(event.key), 0, self.order))

    @on(NodeTree.Expanded)
    def _expanded(self, event: NodeTree.Expanded) -> None:
        """More globals of the module; the pane does not ask for what is below one of them."""
        if event.branch.parent is None and self.found is not None and event.offset:
            event.stop()
            self.post_message(self.ModuleOpened(self.found.module, event.offset, self.order))

    @on(NodeTree.EndReached)
    def _end_reached(self, event: NodeTree.EndReached) -> None:
        event.stop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that need the list are dim without."""
        if action == "filter":
            return None if self.found is not None else True
        if action == "order" and self.modules is None and self.trouble:
            return True
        if action in {"deeper", "order"}:
            return None if self.found is None else True
        return super().check_action(action, parameters)

    def action_deeper(self) -> None:
        """Ask how deep."""
        self.exploration.ask_depth()

    def on_key(self, event: events.Key) -> None:
        """Maybe the answer to that."""
        self.exploration.take_key(event)

    def action_order(self) -> None:
        """Read the globals again, in the next order; or the list of modules that did not come."""
        if self.modules is None and self.trouble:
            self.post_message(self.ModulesWanted())
        elif self.found is not None:
            place = ORDERS.index(self.order) + (not self.exploration.stale)
            self.order = ORDERS[place % len(ORDERS)]
            self.post_message(self.ModuleOpened(self.found.module, 0, self.order))

    def can_go_back(self) -> bool:
        """A module can be left, unless it is the last that there will be; a filter taken away."""
        if self.found is not None:
            return not self.exploration.target_gone
        return bool(self.listing.filter_text)

    def go_back(self) -> None:
        """From the module to the list; there, take the filter away."""
        if self.found is None:
            self.listing.clear_filter()
            return
        self.found = None
        self.table.focus()
        self.post_message(self.ModuleLeft())
        self.post_message(self.ModulesWanted())

    def copy_choice(self) -> tuple[str, str] | None:
        """The module, or the address of the object under the cursor."""
        if self.found is None:
            key = self.table.cursor_key
            return None if key is None else (str(key), "module")
        return self.exploration.copy_choice()


def _change_cell(module: Module, change: int) -> Span:
    if module.length is None:
        return Span("")
    return Span(count_text(change, signed=True), change_tone(change))
