"""``memtui instances``: objects of one type, and what they refer to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from memtui.cli.document import document, node_json
from memtui.cli.files import STDOUT, destination
from memtui.cli.interpreter import check_main, interpreter_option
from memtui.cli.options import (
    Attaching,
    Whole,
    asking_options,
    complete_file,
    depth_option,
    examples,
    pid_argument,
)
from memtui.cli.output import Output, note, note_frozen, write_json, write_text
from memtui.cli.progress import Progress
from memtui.cli.tree import write_tree
from memtui.model.again import Again
from memtui.model.errors import UsageError
from memtui.model.expression import INSTANCE_NAMES, parse
from memtui.present.text import count_text
from memtui.present.words import undecided_text, untracked_text
from memtui.verbs.instances import address_of

if TYPE_CHECKING:
    from pathlib import Path

    from memtui.cli.connect import Target
    from memtui.model.expression import Tree
    from memtui.verbs.instances import Page
    from memtui.verbs.node import Node

_PAGE = 200
_ALL = 1 << 40
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
    subclasses: bool
    where: Tree | None
    expr: Tree | None
    expr_text: str


@click.command(
    "instances",
    short_help="instances of a type",
    epilog=examples(
        "instances 4213 shop.Session -n 5 -x 3",
        "instances 4213 shop.Session --sort age --order ascending",
        "instances 4213 shop.Cart --where 'len(target.lines) > 3' --expr target.lines",
        "instances 4213 0x7f1c2a4be5d0 -x 3",
        "instances 4213 shop.Session -n 1 --dot - | dot -Tsvg >session.svg",
    ),
)
@pid_argument
@click.argument("type_name", metavar="TYPE|ADDRESS")
@click.option(
    "-n",
    "--limit",
    "count",
    type=Whole(min=0),
    metavar="N",
    default=10,
    show_default=True,
    help="How many; 0 is all.",
)
@depth_option(2, "what they refer to")
@click.option("--sort", type=click.Choice(("size", "age")), default="size", show_default=True)
@click.option(
    "--order",
    type=click.Choice(("descending", "ascending")),
    default="descending",
    show_default=True,
    help="Largest or oldest first; ascending by age is newest first.",
)
@click.option("--subclasses", is_flag=True, help="Instances of types derived from it as well.")
@click.option(
    "--where",
    metavar="EXPR",
    help="Only those for which this holds, for example target.size > 100 and len(target.items) == 0.",
)
@click.option(
    "--expr", metavar="EXPR", help="Show this of each, as target.user.name, -x levels deep."
)
@click.option(
    "--dot",
    metavar="FILE",
    shell_complete=complete_file,
    help="Write them as a reference graph in the DOT language as well; - is stdout, which "
    "then gets nothing else.",
)
@interpreter_option("The interpreter to look into: only the main one, 0, can be.")
@asking_options()
def command(  # noqa: PLR0913 (one parameter an option)
    *,
    pid: int,
    type_name: str,
    count: int,
    depth: int,
    sort: str,
    order: str,
    subclasses: bool,
    where: str | None,
    interpreter: int | str | None,
    expr: str | None,
    dot: str | None,
    attaching: Attaching,
    as_json: bool,
) -> None:
    """Show instances of TYPE in process PID, written as module.QualName, builtins without a module.

    With an ADDRESS, as memtui prints it, show the one object there, if it is still reachable.
    No code of the process runs for it; values are shown where a plain builtin type holds them.
    """
    check_main("instances", pid, interpreter)
    if (sort, order) not in _ORDERS:
        raise UsageError(
            "instances",
            "sorting smallest first is not supported",
            hint="only age has both orders",
            again=Again(add=("--sort", "age")),
        )
    if address_of(type_name) is not None and (where is not None or subclasses):
        raise UsageError(
            "instances",
            "an address is one object",
            hint="leave out --where and --subclasses, or name a type",
        )
    trees = {
        name: None if text is None else parse(text, INSTANCE_NAMES, what=f"--{name}")
        for name, text in (("where", where), ("expr", expr))
    }
    graph = None if dot is None else destination(dot, "--dot", as_json=as_json)
    from memtui.cli.connect import complete, target

    wish = _Wish(
        type_name,
        count or _ALL,
        depth,
        _ORDERS[sort, order],
        subclasses,
        trees["where"],
        trees["expr"],
        expr or "",
    )

    async def work() -> None:
        with Progress() as progress:
            async with target(pid, attaching, progress) as entered:
                page = await _gather(entered, wish, attaching, progress)
        if attaching.redact:
            from memtui.verbs.redaction import redacted_page

            page = redacted_page(page)
        if dot != STDOUT:
            _write(entered, page, wish, as_json=as_json)
        if dot is not None:
            _draw(page, graph)

    complete(work())


async def _gather(entered: Target, wish: _Wish, attaching: Attaching, progress: Progress) -> Page:
    """The pages it takes to have ``wish.count`` instances, as one.

    The target may make and drop instances between two pages, so one that moved across the
    border of a page can come twice; it is shown once.
    """
    from memtui.verbs.instances import instances

    found: dict[int, Node] = {}
    values: dict[int, Node] = {}
    offset = 0
    while True:
        page = await instances(
            entered.session,
            wish.type,
            offset=offset,
            limit=min(_PAGE, wish.count - len(found)),
            order=wish.order,
            depth=wish.depth,
            subclasses=wish.subclasses,
            where=wish.where,
            expr=wish.expr,
            progress=progress.step,
            timeout=attaching.timeout,
        )
        found.update((node.address, node) for node in page.instances)
        addresses = (node.address for node in page.instances)
        values.update(zip(addresses, page.values, strict=False))
        offset += len(page.instances)
        if not page.instances or len(found) >= wish.count or offset >= page.total:
            return replace(
                page,
                offset=0,
                instances=tuple(found.values()),
                values=tuple(values[address] for address in found if address in values),
            )


def _write(entered: Target, page: Page, wish: _Wish, *, as_json: bool) -> None:
    values = page.values or (None,) * len(page.instances)
    rows = list(zip(page.instances, values, strict=True))
    if page.undecided:
        note(undecided_text(page.undecided, page.problem))
    at_address = address_of(wish.type) is not None
    if page.untracked:
        note(untracked_text(wish.type))
    elif "." not in wish.type and not at_address:
        note("only objects that the collector tracks are listed: texts, numbers and such are not")
    if as_json:
        write_json(
            document(
                "instances",
                entered,
                type=page.instances[0].type if at_address else page.type,
                total=page.total,
                order=page.order,
                frozen=page.frozen,
                instances=[_row_json(node, value) for node, value in rows],
                subclasses=wish.subclasses,
                examined=page.examined,
                undecided=page.undecided,
                problem=page.problem,
            )
        )
        return
    from memtui.verbs.watched import UNREADABLE

    output = Output()
    entered.describe(output)
    if at_address:
        output.line(f"the object at {page.type}")
    else:
        output.line(_total(page, wish))
    output.line()
    for node, value in rows:
        write_tree(output, node)
        if value is not None and value.type == UNREADABLE:
            output.line(f"  {wish.expr_text}: {value.preview}")
        elif value is not None:
            write_tree(output, value, wish.expr_text, 1)
    output.line()
    entered.price(output)
    note_frozen(page.frozen)


def _total(page: Page, wish: _Wish) -> str:
    """How many there are, and which of them are shown."""
    found = count_text(page.total)
    if wish.where is not None:
        found += f" of {count_text(page.examined)}"
    what = "instance" if page.total == 1 else "instances"
    shown = f", the {page.order} {count_text(len(page.instances))}" if page.total > 1 else ""
    return f"{found} {what} of {page.type}{shown}"


def _draw(page: Page, path: Path | None) -> None:
    """Write the reference graph to ``path``, None is stdout."""
    from memtui.graph.dot import reference_graph
    from memtui.report.file import write_whole

    graph = reference_graph(*page.instances)
    if path is None:
        write_text(graph)
        return
    write_whole(path, graph)
    note(f"wrote the reference graph to {path}; dot -Tsvg {path} draws it")


def _row_json(node: Node, value: Node | None) -> dict[str, Any]:
    """An instance, and what the expression gave for it."""
    return node_json(node) if value is None else {**node_json(node), "value": node_json(value)}
