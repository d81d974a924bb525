"""The report as one HTML page: nothing is loaded, nothing runs, everything is escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from memtui.model.report import Name, plain_words
from memtui.present.text import count_text, size_text
from memtui.report.blocks import Bullets, Chart, Heading, Paragraph, Table, Verdict
from memtui.report.document import sections, title_of

if TYPE_CHECKING:
    from memtui.model.report import Report, Words
    from memtui.report.blocks import Block

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2126; --dim: #5b6672; --rule: #d5dae0; --paper: #fff;
  --band: #f4f6f8; --c0: #b3401e; --c1: #1f6fb2; --c2: #2d7d46; --c3: #8a4fb0; --c4: #96690a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --dim: #98a4b0; --rule: #3a434c;
  --paper: #15191d; --band: #1e242a; --c0: #f2855e; --c1: #6db3ee; --c2: #74c58c; --c3: #c796e6;
  --c4: #dfb44e; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid var(--rule); }
h3 { font-size: 1rem; margin-bottom: .3rem; }
.verdict { font-size: 1.15rem; padding: .5rem .9rem; background: var(--band); border-left: .3rem solid var(--c2); }
.verdict.bad { border-color: var(--c0); }
code { font-family: ui-monospace, monospace; font-size: .92em; background: var(--band); padding: 0 .25em;
  overflow-wrap: anywhere; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .2rem .7rem; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; white-space: normal; }
td:first-child { min-width: 9rem; max-width: 30rem; }
.facts th, .facts td { text-align: left; white-space: normal; } .facts td:first-child { min-width: 6rem; }
svg { width: 100%; height: auto; max-width: 46rem; } svg text { fill: var(--dim); font-size: 11px; }
svg polyline { fill: none; stroke-width: 2; } svg line { stroke: var(--rule); }
figure { margin: 1rem 0; } figcaption { color: var(--dim); } .key { margin-right: 1rem; }
@media (max-width: 40rem) { svg text { font-size: 16px; } body { margin-top: 1rem; } }
.swatch { display: inline-block; width: .8em; height: .8em; margin-right: .3em; }
"""
_COLOURS = 5
_WIDTH, _HEIGHT, _LEFT, _BELOW, _ABOVE = 720, 220, 80, 24, 12
_TICKS = 4


def html(report: Report) -> str:
    """The whole page."""
    body = [f"<h1>{_words(title_of(report))}</h1>"]
    for section in sections(report):
        body.append(f"<h2>{escape(section.title)}</h2>")
        body += [_block(block) for block in section.blocks]
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(plain_words(title_of(report)))}</title>\n<style>{_STYLE}</style>\n"
        "</head>\n<body>\n" + "\n".join(body) + "\n</body>\n</html>\n"
    )


def _block(block: Block) -> str:
    match block:
        case Verdict(word, words):
            kind = "verdict bad" if block.is_bad else "verdict"
            return (
                f'<p class="{kind}"><strong>Verdict: {escape(word)}.</strong> {_words(words)}</p>'
            )
        case Paragraph(words):
            return f"<p>{_words(words)}</p>"
        case Heading(words):
            return f"<h3>{_words(words)}</h3>"
        case Bullets(items):
            return "<ul>" + "".join(f"<li>{_words(item)}</li>" for item in items) + "</ul>"
        case Table():
            return _table(block)
        case Chart():
            return _chart(block)


def _words(words: Words) -> str:
    return "".join(f"<code>{escape(w)}</code>" if isinstance(w, Name) else escape(w) for w in words)


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(title)}</th>" for title in table.head)
    rows = "".join(
        "<tr>" + "".join(f"<td>{_words(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    kind = ' class="facts"' if table.is_facts else ""
    return f'<div class="wide"><table{kind}><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _chart(chart: Chart) -> str:
    points = [point for line in chart.lines for point in line.points]
    last = max(at for at, _ in points) or 1.0
    low, high = min(value for _, value in points), max(value for _, value in points)
    if high == low:
        high = low + 1
    across = (_WIDTH - _LEFT - 10) / last
    up = (_HEIGHT - _BELOW - _ABOVE) / (high - low)
    drawn = [_axes(low, high, up, last, is_size=chart.is_size)]
    keys = []
    for number, line in enumerate(chart.lines):
        colour = f"var(--c{number % _COLOURS})"
        path = " ".join(
            f"{_LEFT + at * across:.1f},{_HEIGHT - _BELOW - (value - low) * up:.1f}"
            for at, value in line.points
        )
        drawn.append(f'<polyline points="{path}" style="stroke:{colour}"/>')
        swatch = f'<span class="swatch" style="background:{colour}"></span>'
        keys.append(f'<span class="key">{swatch}{_words(line.label)}</span>')
    return (
        f'<figure><figcaption>{escape(chart.title)}</figcaption><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'role="img" aria-label="{escape(chart.title)}">{"".join(drawn)}</svg><div>{"".join(keys)}</div>'
        "</figure>"
    )


def _axes(low: float, high: float, up: float, last: float, *, is_size: bool) -> str:
    drawn = []
    for tick in range(_TICKS + 1):
        value = low + (high - low) * tick / _TICKS
        y = _HEIGHT - _BELOW - (value - low) * up
        text = size_text(value) if is_size else count_text(round(value))
        drawn.append(f'<line x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{y:.1f}" y2="{y:.1f}"/>')
        drawn.append(
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(text)}</text>'
        )
    bottom = _HEIGHT - 6
    drawn.append(f'<text x="{_LEFT}" y="{bottom}">0 s</text>')
    drawn.append(f'<text x="{_WIDTH - 10}" y="{bottom}" text-anchor="end">{last:.0f} s</text>')
    return "".join(drawn)
