"""How memtui looks: the sheets, its own colours, the theme for poor terminals."""

from __future__ import annotations

from os import environ
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

from memtui.ui.key_by_key import KeyByKeyApp

if TYPE_CHECKING:
    from textual._path import CSSPathType

_HERE = Path(__file__).parent
SHEETS: tuple[str, ...] = tuple(
    str(sheet)
    for room in ("widgets", "panes", "screens")
    for sheet in sorted(
        (_HERE / room).rglob("*.tcss"), key=lambda path: (len(path.parts), str(path))
    )
)
"""Every style sheet: of two rules with the same weight the later one holds, so what is special comes
after what is general.  Textual reads the sheets of screens only when they are pushed, and widgets
have none of their own, so the app lists them all."""

Result = TypeVar("Result")


class LookApp(KeyByKeyApp[Result]):
    """An app that looks like memtui: the base of the real app and of a pane that runs alone."""

    CSS_PATH: ClassVar[CSSPathType | None] = list(SHEETS)

    def __init__(self) -> None:
        # With NO_COLOR only an app that uses the terminal's own colours drops them all; any other
        # app is turned into shades of grey, which are colours, too.
        super().__init__(ansi_color=True if "NO_COLOR" in environ else None)

    def get_css_variables(self) -> dict[str, str]:
        """The theme's colours, and colours for growing and shrinking unless the theme has its own."""
        variables = super().get_css_variables()
        own = {
            "grow": variables["text-error"],
            "shrink": variables["text-success"],
        }
        return {**own, **variables}

    def on_load(self) -> None:
        """Sixteen colours or none: use the terminal's own."""
        if self.no_color or self.console.color_system in {None, "standard"}:
            self.theme = "ansi-dark"
