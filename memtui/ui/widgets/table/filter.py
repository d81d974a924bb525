"""The filter that leaves some rows of a table out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from memtui.numbers import np
from memtui.present.matching import matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


class NameFilter:
    """A filter as typed: globs or parts of the text, with commas between, ``!`` before what must not match.

    Small letters match both cases, a capital only itself.  ``only`` is asked as well.  Answers are
    remembered, so that a tick over 10,000 known names costs no matching.
    """

    def __init__(self, text: str, only: Callable[[str], bool] | None = None) -> None:
        self.text = text
        self._match = matcher(text, parts=True)
        self._only = only
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
            known = self._match(text) and (self._only is None or self._only(text))
            self._known[text] = known
        return known
