"""The report as Markdown: text from the target is in code spans, where nothing is markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from memtui.model.report import Name
from memtui.present.spark import spark_text
from memtui.present.text import count_text, size_text
from memtui.report.blocks import Bullets, Chart, Heading, Paragraph, Table, Verdict
from memtui.report.document import sections, title_of

if TYPE_CHECKING:
    from memtui.model.report import Report, Words
    from memtui.report.blocks import Block

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#&~])")
_POINTS = 60


def markdown(report: Report) -> str:
    """The whole document, ending with a line feed."""
    parts = [f"# {_words(title_of(report))}"]
    for section in sections(report):
        parts.append(f"## {section.title}")
        parts += [_block(block) for block in section.blocks]
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block) -> str:
    match block:
        case Verdict(word, words):
            return f"**Verdict: {_words((word,))}.** {_words(words)}"
        case Paragraph(words):
            return _words(words)
        case Heading(words):
            return f"### {_words(words)}"
        case Bullets(items):
            return "\n".join(f"- {_words(item)}" for item in items)
        case Table():
            return _table(block)
        case Chart():
            return _chart(block)


def _words(words: Words) -> str:
    return "".join(code(w) if isinstance(w, Name) else _SPECIAL.sub(r"\\\1", w) for w in words)


def code(text: str) -> str:
    """A code span of ``text``, fenced by more backticks than it has in a row.

    A pipe is escaped: it would end a cell, and outside of tables there is little harm in the backslash.
    """
    text = " ".join(text.split())
    if not text:
        return "–"
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _table(table: Table) -> str:
    lines = ["| " + " | ".join(table.head) + " |"]
    rest = " --- " if table.is_facts else " ---: "
    lines.append("|" + "|".join([" --- ", *[rest] * (len(table.head) - 1)]) + "|")
    for row in table.rows:
        cells = [_cell(cell) for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(words: Words) -> str:
    # In a table a pipe ends the cell, in a code span too; a backslash takes that from it.
    return "".join(
        code(w).replace("|", r"\|") if isinstance(w, Name) else _SPECIAL.sub(r"\\\1", w)
        for w in words
    )


def _chart(chart: Chart) -> str:
    lines = []
    for line in chart.lines:
        values = [int(value) for _, value in line.points]
        values = values[:: -(-len(values) // _POINTS) or 1]
        text = size_text if chart.is_size else count_text
        low, high = text(min(values)), text(max(values))
        lines.append(
            f"- {_words(line.label)}: {spark_text(values, len(values))} from {low} to {high}"
        )
    return f"{chart.title}:\n\n" + "\n".join(lines)
