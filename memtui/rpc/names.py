"""The type names of a session: as the agent spells them, and as they are shown."""

from __future__ import annotations

from memtui.model.safe import TypeName, safe_name
from memtui.verbs.asking import Names


class TypeNames:
    """All names that the agent sent, in its order, and the way back from a shown name.

    If two spellings look the same once they are safe, the second gets `` (2)`` behind it: rows
    are found by name, and both stay reachable.
    """

    def __init__(self) -> None:
        self._shown = Names()
        # Shown names that are taken, each with the number of the last one that looked like it.
        self._taken: dict[str, int] = {}
        # Only names that are shown differently from the agent's spelling; usually empty.
        self._safe_of: dict[str, str] = {}
        self._spelled: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._shown)

    def extend(self, names: object) -> Names:
        """Take in ``names``, which the agent spells, and return all names as they are shown.

        It is the same tuple for as long as nothing is new, so identity shows whether names changed.
        Raises ValueError if they are not a list of texts.
        """
        if type(names) is not list:
            raise ValueError(f"Expected `array`, got `{type(names).__name__}`")
        try:
            # Only texts have these methods; to check the type of each takes a tenth longer.
            new = [self._admit(name) for name in names]
        except (AttributeError, TypeError):
            raise ValueError("Expected `array` of `str`") from None
        if new:
            self._shown = Names((*self._shown, *new))
        return self._shown

    def shown(self, name: str) -> TypeName:
        """How ``name``, as the agent spells it, is shown."""
        return TypeName(self._safe_of.get(name) or safe_name(name))

    def spelled(self, shown: str) -> str:
        """How the agent spells the name ``shown``; ``shown`` itself if no census had it."""
        return self._spelled.get(shown, shown)

    def _admit(self, name: str) -> str:
        plain = safe_name(name)
        shown = plain
        while shown in self._taken:
            self._taken[plain] += 1
            shown = f"{plain} ({self._taken[plain]})"
        self._taken[shown] = 1
        if shown is not name:
            self._safe_of[name] = shown
            self._spelled[shown] = name
        return shown
