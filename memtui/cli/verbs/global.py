"""``memtui global``: a module's globals, or one of them; without a module, the modules."""  # noqa: N999 (the command's name)

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from memtui.cli.document import document, node_json
from memtui.cli.options import (
    Attaching,
    Listing,
    asking_options,
    depth_option,
    examples,
    listing_options,
    pid_argument,
)
from memtui.cli.output import Output, note_shown, write_json
from memtui.cli.progress import Progress
from memtui.cli.table import write_table
from memtui.cli.tree import write_tree
from memtui.model.again import Again
from memtui.model.errors import UsageError
from memtui.model.expression import steps
from memtui.model.safe import Text
from memtui.present.text import counted

if TYPE_CHECKING:
    from memtui.cli.connect import Target
    from memtui.model.expression import Tree
    from memtui.verbs.globals import Global, Globals
    from memtui.verbs.modules import Module

_PAGE = 200


@click.command(
    "global",
    short_help="a module's globals, or one of them",
    epilog=examples(
        "global 4213",
        "global 4213 shop.cache",
        "global 4213 shop.events Bus.listeners -x 2",
        "global 4213 shop.events \"Bus.listeners['price'][0]\"",
        "global 4213 shop.cache SESSIONS --entries --limit 50",
    ),
)
@pid_argument
@click.argument("module", required=False)
@click.argument("name", required=False)
@click.option(
    "--entries",
    is_flag=True,
    help="List what NAME holds, in its own order, rather than NAME itself.",
)
@depth_option(1, "what they refer to")
@listing_options(sorts=("length", "size", "name"))
@asking_options()
def command(  # noqa: PLR0913 (one parameter an option)
    *,
    pid: int,
    module: str | None,
    name: str | None,
    entries: bool,
    depth: int,
    listing: Listing,
    attaching: Attaching,
    as_json: bool,
) -> None:
    """Show the globals of MODULE in process PID, the longest containers first; or one by its NAME.

    NAME may be dotted and have indexes: Bus.listeners, handler.__defaults__, CARTS['al'][0].lines.
    Inherited attributes are found as Python would; properties are not run. Without MODULE the loaded
    modules are listed. A module that is not loaded is an error, and is not imported; no code of the process runs.
    """
    if module is None and listing.sort == "size":
        raise UsageError(
            "global",
            "modules have no size",
            hint="they have a length and a name",
            again=Again(add=("--sort", "length")),
        )
    if entries and name is None:
        raise UsageError("global", "--entries needs a NAME", hint="for example: SESSIONS --entries")
    path = None if name is None else steps(name, what="NAME")
    from memtui.cli.connect import complete, target
    from memtui.verbs.modules import modules

    async def work() -> None:
        with Progress() as progress:
            async with target(pid, attaching, progress) as entered:
                if module is None:
                    loaded = await modules(entered.session, timeout=attaching.timeout)
                else:
                    found = await _gather(entered, module, name, path, depth, listing, attaching)
                    if entries:
                        found = await _entries(entered, found, depth, listing, attaching)
        if module is None:
            _write_modules(entered, loaded, listing, as_json=as_json)
        else:
            _write_globals(entered, found, name, listing.glob, as_json=as_json)

    complete(work())


async def _gather(  # noqa: PLR0913, PLR0917 (what to ask, and how)
    entered: Target,
    module: str,
    name: str | None,
    path: Tree | None,
    depth: int,
    listing: Listing,
    attaching: Attaching,
) -> Globals:
    """The rows to show, and as many as there are in ``total``."""
    from memtui.verbs.globals import globals_of

    wanted = listing.limit or 1 << 30
    whole = listing.glob is not None or listing.descending != (listing.sort != "name")
    rows: list[Global] = []
    offset = 0
    while True:
        # To filter or reverse the rows we need all of them.
        limit = _PAGE if whole else min(_PAGE, wanted - len(rows))
        page = await globals_of(
            entered.session,
            module,
            name,
            path=path,
            offset=offset,
            limit=limit,
            depth=depth,
            order=listing.sort,
            timeout=attaching.timeout,
        )
        rows += page.globals
        offset += len(page.globals)
        if not page.globals or offset >= page.total or (not whole and len(rows) >= wanted):
            break
    matching = listing.matching(rows, lambda row: row.name)
    if whole and listing.descending != (listing.sort != "name"):
        matching.reverse()
    total = len(matching) if whole else page.total
    shown = matching[:wanted]
    if attaching.redact:
        from memtui.verbs.redaction import redacted_global

        shown = [redacted_global(row) for row in shown]
    return replace(page, offset=0, total=total, globals=tuple(shown))


async def _entries(
    entered: Target, found: Globals, depth: int, listing: Listing, attaching: Attaching
) -> Globals:
    """The content of the one global in ``found`` as rows, in its own order."""
    from memtui.verbs.expand import expand
    from memtui.verbs.globals import Global
    from memtui.verbs.redaction import redacted_node

    (row,) = found.globals
    rows: list[Global] = []
    offset = 0
    while True:
        answer = await expand(
            entered.session,
            row.value.address,
            depth=min(6, depth + 1),
            offset=offset,
            limit=_PAGE,
            timeout=attaching.timeout,
        )
        node = redacted_node(answer.node) if attaching.redact else answer.node
        rows += [Global(Text(row.name + edge.edge), edge.node) for edge in node.children]
        offset += _PAGE
        if not node.hidden or (listing.limit and not listing.glob and len(rows) >= listing.limit):
            break
    matching = listing.matching(rows, lambda each: each.name)
    total = len(matching) + (0 if listing.glob else node.hidden)
    return replace(found, total=total, globals=tuple(matching[: listing.limit or None]))


def _write_globals(
    entered: Target, found: Globals, name: str | None, glob: str | None, *, as_json: bool
) -> None:
    if as_json:
        write_json(
            document(
                "global",
                entered,
                module=found.module,
                globals=[_global_json(row) for row in found.globals],
                globals_total=found.total,
            )
        )
        return
    output = Output()
    entered.describe(output)
    if name is None:
        output.line(f"{counted(found.total, 'global')} in {found.module}")
    output.line()
    for row in found.globals:
        write_tree(output, row.value, f"{found.module}.{row.name} {row.holds}".rstrip())
    output.line()
    entered.price(output)
    note_shown(len(found.globals), found.total, "globals", glob)


def _global_json(row: Global) -> dict[str, Any]:
    longest = None if row.edge is None else {"edge": row.edge, "length": row.length}
    return {"name": row.name, "value": node_json(row.value), "longest": longest}


def _write_modules(
    entered: Target, modules: tuple[Module, ...], listing: Listing, *, as_json: bool
) -> None:
    matching = listing.matching(modules, lambda module: module.name)
    rows = listing.arranged(
        matching,
        name=lambda module: module.name,
        length=lambda module: module.length or 0,
    )
    if as_json:
        write_json(
            document(
                "global",
                entered,
                module=None,
                modules=[_module_json(module) for module in rows],
                modules_total=len(matching),
            )
        )
        return
    from memtui.verbs.modules import COLUMNS, cells

    output = Output()
    entered.describe(output)
    output.line(f"{counted(len(matching), 'module is', 'modules are')} loaded")
    output.line()
    write_table(output, COLUMNS, [cells(module) for module in rows])
    output.line()
    entered.price(output)
    note_shown(len(rows), len(matching), "modules", listing.glob)


def _module_json(module: Module) -> dict[str, Any]:
    longest = None
    if module.longest is not None:
        longest = {"name": module.longest, "length": module.length}
    return {
        "name": module.name,
        "type": module.type,
        "globals": module.globals,
        "longest": longest,
    }
