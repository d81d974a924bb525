"""Which types are the program's own: not of the standard library, not installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.diagnosis.places import is_standard
from memtui.model.allocations import is_yours

if TYPE_CHECKING:
    from collections.abc import Iterable

    from memtui.verbs.modules import Module


class OwnTypes:
    """Knows it from the files of the modules that are loaded."""

    def __init__(self, modules: Iterable[Module]) -> None:
        self._files = {str(module.name): module.file for module in modules}

    def owns(self, name: str) -> bool:
        """Whether the type ``name``, written ``module.QualName``, is the program's own."""
        module = name.rpartition(".")[0]
        while module:
            if module in self._files:
                return self._is_own(module)
            module = module.rpartition(".")[0]
        top = name.partition(".")[0]
        return "." in name and not is_standard(top)

    def _is_own(self, module: str) -> bool:
        file = self._files[module]
        if file is not None:
            return is_yours(file)
        # Built in, made at run time, or a package without a file: where its parts are decides.
        if is_standard(module):
            return module == "__main__"
        parts = [
            each
            for name, each in self._files.items()
            if each is not None and name.startswith(f"{module}.")
        ]
        return all(map(is_yours, parts))
