"""Filters as they are typed: ``GLOB[,GLOB][,!GLOB]``."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def matcher(text: str, *, parts: bool = False) -> Callable[[str], bool]:
    """What tells whether a name passes: it matches one of the globs, and none of those behind a ``!``.

    Without a glob to match, all names do.  With ``parts`` what has no ``*``, ``?`` or ``[`` may be any
    part of the name, and small letters match capitals as well.
    """
    wanted: list[Callable[[str], re.Match[str] | None]] = []
    unwanted: list[Callable[[str], re.Match[str] | None]] = []
    for each in filter(None, map(str.strip, text.split(","))):
        pattern = each.removeprefix("!")
        if pattern:
            (unwanted if each.startswith("!") else wanted).append(_compiled(pattern, parts))

    def passes(name: str) -> bool:
        if wanted and not any(match(name) for match in wanted):
            return False
        return not any(match(name) for match in unwanted)

    return passes


def _compiled(pattern: str, parts: bool) -> Callable[[str], re.Match[str] | None]:
    if parts and not any(mark in pattern for mark in "*?["):
        pattern = f"*{pattern}*"
    flags = re.IGNORECASE if parts and pattern == pattern.lower() else 0
    return re.compile(translate(pattern), flags).match
