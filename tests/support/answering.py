"""A stand-in for a session in a test: the method with a verb's name answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from memtui.model.cost import Cost
from memtui.rpc.names import TypeNames

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Answering:
    """A session without an agent."""

    last_cost = total_cost = Cost()

    def __init__(self) -> None:
        self.names = TypeNames()

    def rss(self) -> int | None:
        """Nobody knows."""
        return None

    async def ask(
        self,
        verb: str,
        args: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
        _kind: type[Any],
        *,
        check: Callable[[Any], None] | None = None,
        timeout: float | None = None,
        progress: Any = None,
    ) -> Any:
        """The record that the method called ``verb`` returns."""
        del timeout
        given = dict(args() if callable(args) else args)
        if progress is not None:
            given["progress"] = progress
        answer = await getattr(self, verb)(**given)
        if check is not None:
            check(answer)
        return answer
