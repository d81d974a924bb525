"""Tables that fit the terminal: one column gives way first, then the least needed ones go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.cli.output import plain
from memtui.present.cells import cells, fitted
from memtui.present.columns import GAP, fit_printed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.cli.output import Output
    from memtui.present.columns import Column
    from memtui.present.spans import Line


def write_table(output: Output, columns: Sequence[Column], rows: Sequence[Line]) -> None:
    """Write ``rows``, a span for each column, under their titles, as wide as ``output`` allows."""
    texts = [[column.title for column in columns]]
    texts += [[plain(span.text) for span in row] for row in rows]
    widths = [max(map(cells, column)) for column in zip(*texts, strict=True)]
    shown = fit_printed(columns, widths, output.width)
    for number, line in enumerate(texts):
        parts = [
            fitted(line[i], width, columns[i].align, keep=columns[i].keep) for i, width in shown
        ]
        write = output.heading if number == 0 else output.line
        write((" " * GAP).join(parts).rstrip())
