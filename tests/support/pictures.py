"""Pictures of a screen as text: the text of each line, and its styles.

A picture is the lines of the screen, each followed by a digest of its styles, under a head that
names the Textual version it was made with.  Another version paints other shades, so the styles are
compared only with the same version, and only ``--update-pictures`` on it writes pictures again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
import textual

from tests.support.target import ROOT

if TYPE_CHECKING:
    from textual.app import App

FOLDER = ROOT / "tests" / "ui" / "snapshots"
_HEAD = "textual "


def picture_of(app: App[Any]) -> str:
    """The screen as it would be painted now."""
    lines = [_HEAD + textual.__version__]
    for strip in app.screen._compositor.render_strips():
        styles = [
            (len(segment.text), str(segment.style), sorted(segment.style.meta or ()))
            if segment.style is not None
            else len(segment.text)
            for segment in strip.simplify()
        ]
        digest = hashlib.sha256(repr(styles).encode()).hexdigest()[:8]
        lines.append(f"{digest} |{strip.text}|")
    return "\n".join(lines) + "\n"


def compare(app: App[Any], name: str, config: pytest.Config) -> None:
    """Fail unless the screen is as in the picture of this name; write it if that was asked for."""
    now, path = picture_of(app), FOLDER / f"{name}.txt"
    then = path.read_text(encoding="utf-8") if path.exists() else None
    same_version = then is None or then.splitlines()[0] == _HEAD + textual.__version__
    if config.getoption("--update-pictures", default=False):
        if not same_version:
            made = then.splitlines()[0] if then else ""
            pytest.fail(f"{name} was made with {made}; update all pictures, or none of them")
        FOLDER.mkdir(exist_ok=True)
        path.write_text(now, encoding="utf-8")
        return
    assert then is not None, (
        f"there is no picture {name}; pytest tests/ui --update-pictures makes it"
    )
    if same_version:
        assert now == then
    else:
        assert _texts(now) == _texts(then)


def _texts(picture: str) -> list[str]:
    return [line.partition("|")[2] for line in picture.splitlines()[1:]]
