"""What the parts of a session have in common: they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import msgspec

    from memtui.model.cost import Cost
    from memtui.rpc.client import Progress
    from memtui.rpc.names import TypeNames

Record = TypeVar("Record")


class Asking:
    """The base of the parts that ``Session`` consists of, one for each family of verbs."""

    _names: TypeNames

    async def _ask(
        self,
        verb: str,
        args: Mapping[str, object] | Callable[[], Mapping[str, object]],
        read: Callable[[msgspec.Raw, Cost], Record],
        timeout: float | None,
        progress: Progress | None = None,
    ) -> Record:
        raise NotImplementedError
