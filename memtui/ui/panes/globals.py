"""Globals: the loaded modules, and what is in one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from memtui.present.text import count_text
from memtui.ui.panes.exploring import ExploringPane
from memtui.ui.widgets.form.filter_bar import FilterBar
from memtui.ui.widgets.globals_tree import GlobalsTree
from memtui.ui.widgets.paint.spans import Line, Span
from memtui.ui.widgets.table.columns import Column
from memtui.ui.widgets.table.sheet import Sheet
from memtui.ui.widgets.table.table import SheetTable
from memtui.ui.widgets.tree.node_tree import NodeTree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from memtui.model.globals import Globals, Lengths, Module
    from memtui.ui.widgets.paint.line_view import LineView
    from memtui.ui.widgets.tree.branches import Branch

ORDERS = ("length", "size", "name")


class GlobalsPane(ExploringPane):
    """The modules as a table with a filter; the one that is open as a tree."""

    NAME = "Globals"
    ANEW = "reads anew"
    ABOUT = (
        "The modules that the target has loaded, those with the longest containers on top, and the "
        "globals of one. Beside a class, function or instance stands the longest container it holds "
        "itself: a class attribute, a default, an attribute. The lengths of open lines are asked "
        "again with every census, and per min is how they changed over the last five minutes, or "
        "since the line was opened. Nothing is imported, and no module is asked for an attribute. "
        "The objects that are shown stay alive until the module is left with escape."
    )
    COLUMNS: ClassVar[Sequence[Column]] = (
        Column("module", "module", 18, 100, "left", True, 60, "ascending", "end"),
        Column("globals", "globals", 9, 60),
        Column("longest", "longest container", 20, 80, "left", True, 40, None, "end"),
        Column("length", "length", 11, 90),
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash", "filter", "Filter", key_display="/", tooltip="Show only modules that match"
        ),
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

    class Left(Message):
        """The user is done with the module; its objects may be let go."""

    modules: reactive[tuple[Module, ...] | None] = reactive(None, repaint=False)
    """What is loaded."""
    trouble: reactive[str] = reactive("", repaint=False)
    """Why the list does not come, in words."""
    found: reactive[Globals | None] = reactive(None, repaint=False)
    """The globals that are shown, None while the modules are."""
    nodes: GlobalsTree

    def __init__(self) -> None:
        super().__init__()
        self.table = SheetTable(self.COLUMNS, sort="length")
        self.filter_bar = FilterBar()
        self.nodes = GlobalsTree()
        self.order = ORDERS[0]

    def body(self) -> ComposeResult:
        """The table with its filter, and the tree that takes its place."""
        yield self.table
        yield self.filter_bar
        yield self.nodes

    def keyboard(self) -> LineView:
        """Whatever is shown takes the keys."""
        return self.table if self.found is None else self.nodes

    def on_mount(self) -> None:
        """The modules come first."""
        super().on_mount()
        self.nodes.display = False
        self._explain()

    def on_show(self) -> None:
        """It is looked at: now the list is needed."""
        if self.modules is None:
            self.post_message(self.ModulesWanted())

    # --- what it shows ------------------------------------------------------------------------

    def watch_modules(self, modules: tuple[Module, ...] | None) -> None:
        """Another list: the table keeps order, filter and cursor."""
        rows = modules or ()
        self.table.sheet = Sheet(
            keys=[module.name for module in rows],
            values={
                "module": [module.name for module in rows],
                "globals": [module.globals or 0 for module in rows],
                "length": [module.length or 0 for module in rows],
            },
            cells=lambda wanted: [_cells(rows[row]) for row in wanted],
        )
        self._explain()
        self.retitle()

    def watch_trouble(self) -> None:
        """It stands where the list would."""
        if self.is_attached:
            self._explain()
            self.refresh_bindings()

    def show_globals(self, found: Globals) -> None:
        """Globals have come: of another module, or more of the same."""
        if found.offset and self.found is not None and self.found.module == found.module:
            self.nodes.take_globals(found)
            return
        had_keys = self.table.has_focus or self.nodes.has_focus
        self.stale = False
        self.found = found
        self.nodes.show_globals(found)
        if had_keys:
            self.nodes.focus()

    def watch_found(self, found: Globals | None) -> None:
        """Either the tree or the table."""
        if not self.is_attached:
            return
        self.nodes.display = found is not None
        self.table.display = found is None
        self.filter_bar.display = found is None and bool(self.table.filter_text)
        self.retitle()
        self.refresh_bindings()

    def containers(self) -> Sequence[int]:
        """Addresses whose lengths are watched: those on open lines, none while nobody looks."""
        looked_at = self.found is not None and not self.stale and self.has_class("-top")
        return self.nodes.containers() if looked_at else ()

    def take_lengths(self, lengths: Lengths) -> None:
        """How long the containers are now."""
        if self.found is not None:
            self.nodes.take_lengths(lengths)

    def _explain(self) -> None:
        if self.modules is None and self.trouble:
            self.table.empty_text = f"{self.trouble}\no reads the list of modules."
        elif self.modules is None:
            self.table.empty_text = "Reading the list of loaded modules …"
        else:
            self.table.empty_text = f"No module matches “{self.table.filter_text}”."
        self.table.repaint_changes()

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
        shown, text = count_text(self.table.line_total()), self.table.filter_text
        found = (Span(f"{shown} match “{text}”  ", "warn"),) if text else ()
        return (*found, Span(f"{count_text(len(self.modules))} modules", "dim"))

    # --- what the user does -------------------------------------------------------------------

    @on(FilterBar.Changed)
    def _filter(self, event: FilterBar.Changed) -> None:
        event.stop()
        self.table.filter_text = event.text
        self._explain()
        self.retitle()

    @on(FilterBar.Closed)
    def _filter_closed(self, event: FilterBar.Closed) -> None:
        event.stop()
        self.table.focus()

    @on(SheetTable.Opened)
    def _row_opened(self, event: SheetTable.Opened) -> None:
        event.stop()
        self.post_message(self.ModuleOpened(str(event.key), 0, self.order))

    def has_objects(self) -> bool:
        """A module is open."""
        return self.found is not None

    def can_deepen(self, branch: Branch) -> bool:
        """The module itself is read a page of globals at a time."""
        return branch.parent is not None and branch.node.expandable

    def ask_expansion(self, branch: Branch, depth: int, offset: int) -> None:
        """More globals of the module, or what is below one."""
        if branch.parent is None and self.found is not None and offset:
            self.post_message(self.ModuleOpened(self.found.module, offset, self.order))
        else:
            super().ask_expansion(branch, depth, offset)

    @on(NodeTree.EndReached)
    def _end_reached(self, event: NodeTree.EndReached) -> None:
        event.stop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that need the list are dim without."""
        if action == "filter":
            return None if self.found is not None else True
        if action == "order" and self.modules is None and self.trouble:
            return True
        return super().check_action(action, parameters)

    def action_filter(self) -> None:
        """Type a filter."""
        self.filter_bar.open()

    def action_order(self) -> None:
        """Read the globals again, in the next order; or the list of modules that did not come."""
        if self.modules is None and self.trouble:
            self.post_message(self.ModulesWanted())
        elif self.found is not None:
            place = ORDERS.index(self.order) + (not self.stale)
            self.order = ORDERS[place % len(ORDERS)]
            self.post_message(self.ModuleOpened(self.found.module, 0, self.order))

    def can_go_back(self) -> bool:
        """A module can be left, unless it is the last that there will be; a filter taken away."""
        if self.found is not None:
            return not self.gone
        return bool(self.table.filter_text)

    def go_back(self) -> None:
        """From the module to the list; there, take the filter away."""
        if self.found is None:
            self.filter_bar.action_clear()
            return
        self.found = None
        self.table.focus()
        self.post_message(self.Left())
        self.post_message(self.ModulesWanted())

    def copy_choice(self) -> tuple[str, str] | None:
        """The module, or the address of the object under the cursor."""
        if self.found is None:
            key = self.table.cursor_key
            return None if key is None else (str(key), "module")
        return super().copy_choice()


def _cells(module: Module) -> tuple[Span, ...]:
    if module.globals is None:
        what = f"no module: {module.type}"
        return (Span(module.name), Span("–", "dim"), Span(what, "dim"), Span(""))
    length = "" if module.length is None else count_text(module.length)
    count = count_text(module.globals)
    return (Span(module.name), Span(count), Span(module.longest or "", "accent"), Span(length))
