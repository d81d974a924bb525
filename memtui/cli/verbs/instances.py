"""``memtui instances``: objects of one type, and what they refer to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from memtui.cli.document import document, node_json
from memtui.cli.options import Attaching, attaching_options, json_option, pid_argument
from memtui.cli.output import Output, note, write_json
from memtui.cli.progress import Progress
from memtui.cli.tree import write_tree
from memtui.model.errors import UsageError
from memtui.model.text import count_text

if TYPE_CHECKING:
    from memtui.cli.connect import Target
    from memtui.model.instances import Node, Page

_PAGE = 200
_ORDERS = {
    ("size", "descending"): "largest",
    ("age", "descending"): "oldest",
    ("age", "ascending"): "newest",
}


@dataclass(frozen=True, slots=True)
class _Wish:
    """Which instances: ``count`` of them, each with ``depth`` levels of what it refers to."""

    type: str
    count: int
    depth: int
    order: str


@click.command("instances", short_help="instances of a type")
@pid_argument
@click.argument("type_name", metavar="TYPE")
@click.option(
    "-n",
    "--limit",
    "count",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="How many.",
)
@click.option(
    "-x",
    "depth",
    type=click.IntRange(0, 6),
    default=2,
    show_default=True,
    help="How many levels of what they refer to.",
)
@click.option("--sort", type=click.Choice(("size", "age")), default="size", show_default=True)
@click.option(
    "--order",
    type=click.Choice(("descending", "ascending")),
    default="descending",
    show_default=True,
    help="Largest or oldest first; ascending by age is newest first.",
)
@click.option(
    "--dot",
    type=click.Path(dir_okay=False, writable=True),
    metavar="FILE",
    help="Write them as a reference graph in the DOT language as well.",
)
@attaching_options
@json_option
def command(  # noqa: PLR0913 (one parameter an option)
    *,
    pid: int,
    type_name: str,
    count: int,
    depth: int,
    sort: str,
    order: str,
    dot: str | None,
    attaching: Attaching,
    as_json: bool,
) -> None:
    """Show instances of TYPE in process PID, written as module.QualName, builtins without a module.

    No code of the process runs for it; values are shown where a plain builtin type holds them.
    """
    if (sort, order) not in _ORDERS:
        raise UsageError(
            "instances",
            "smallest first is not on offer",
            hint="use --sort size, or --sort age with either order",
        )
    from memtui.cli.connect import complete, target

    wish = _Wish(type_name, count, depth, _ORDERS[sort, order])

    async def work() -> None:
        with Progress() as progress:
            async with target(pid, attaching, progress) as entered:
                page = await _gather(entered, wish, attaching, progress)
        _write(entered, page, as_json=as_json)
        if dot is not None:
            _draw(page, dot)

    complete(work())


async def _gather(entered: Target, wish: _Wish, attaching: Attaching, progress: Progress) -> Page:
    """The pages it takes to have ``wish.count`` instances, as one.

    The target may make and drop instances between two pages, so one that moved across the
    border of a page can come twice; it is shown once.
    """
    found: dict[int, Node] = {}
    offset = 0
    while True:
        page = await entered.session.instances(
            wish.type,
            offset=offset,
            limit=min(_PAGE, wish.count - len(found)),
            order=wish.order,
            depth=wish.depth,
            progress=progress.step,
            timeout=attaching.timeout,
        )
        found.update((node.address, node) for node in page.instances)
        offset += len(page.instances)
        if not page.instances or len(found) >= wish.count or offset >= page.total:
            return replace(page, offset=0, instances=tuple(found.values()))


def _write(entered: Target, page: Page, *, as_json: bool) -> None:
    if as_json:
        write_json(
            document(
                "instances",
                entered,
                type=page.type,
                total=page.total,
                order=page.order,
                frozen=page.frozen,
                instances=[node_json(node) for node in page.instances],
            )
        )
        return
    from memtui.cli.connect import frozen_note

    output = Output()
    entered.describe(output)
    output.line(
        f"{count_text(page.total)} instances of {page.type}, "
        f"the {page.order} {count_text(len(page.instances))}"
    )
    output.line()
    for node in page.instances:
        write_tree(output, node)
    output.line()
    entered.price(output)
    if frozen := frozen_note(page.frozen):
        note(frozen)


def _draw(page: Page, path: str) -> None:
    from pathlib import Path

    from memtui.graph.dot import reference_graph

    Path(path).write_text(reference_graph(*page.instances), encoding="utf-8")
    note(f"wrote the reference graph to {path}; dot -Tsvg {path} draws it")
