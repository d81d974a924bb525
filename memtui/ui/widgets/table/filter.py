"""The filter that leaves some rows of a table out."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING, Any

from memtui.numbers import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class NameFilter:
    """A filter as typed: a glob if it has ``*``, ``?`` or ``[``, else a part of the text.

    Small letters match both cases, a capital only itself.  Answers are remembered, so that a tick
    over 10,000 known names costs no matching.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        glob = text if any(mark in text for mark in "*?[") else f"*{text}*"
        flags = 0 if text != text.lower() else re.IGNORECASE
        self._match = re.compile(translate(glob), flags).match
        self._known: dict[str, bool] = {}
        self._passing: tuple[Sequence[Any], NDArray[np.bool_]] | None = None

    def passing(self, texts: Sequence[Any]) -> NDArray[np.bool_]:
        """Which of ``texts`` pass; the same sequence must not have changed since the last time."""
        if self._passing is None or self._passing[0] is not texts:
            matches = map(self.matches, map(str, texts))
            self._passing = (texts, np.fromiter(matches, np.bool_, len(texts)))
        return self._passing[1]

    def matches(self, text: str) -> bool:
        """Whether ``text`` passes the filter."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._match(text) is not None
        return known
