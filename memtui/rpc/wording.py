"""The shape of the words for a code of the agent's."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from memtui.model import errors
from memtui.rpc.reasons import FactTexts

Words = str | Callable[[FactTexts], str]


class Wording(NamedTuple):
    """The words for one code; without a hint, the hint of the error's class is used.

    ``meant`` gives the word that was typed and the one that was meant perhaps, or None.
    """

    words: Words
    hint: Words | None = None
    error: type[errors.MemtuiError] = errors.RequestFailed
    meant: Callable[[FactTexts], tuple[str, str] | None] | None = None
