"""``memtui watch``: the calls of one function, as they happen."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import click

from memtui.cli.document import document, instant, node_json
from memtui.cli.options import (
    Attaching,
    Finite,
    Whole,
    asking_options,
    check_may_change,
    depth_option,
    examples,
    pid_argument,
)
from memtui.cli.output import Output, note, write_json
from memtui.cli.progress import Progress
from memtui.cli.tree import write_tree
from memtui.model.errors import TargetGone, UsageError
from memtui.model.expression import WATCH_NAMES, parse
from memtui.present.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from memtui.cli.connect import Target
    from memtui.runs.watching import WatchWish
    from memtui.verbs.watch import StartedWatch
    from memtui.verbs.watched import Call, Calls


def _options(verb: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which calls to show, and what to show of them."""
    for option in reversed(
        (
            click.option("-n", "--limit", "count", type=Whole(0), metavar="N", default=5,
                         show_default=True, help="End after this many matching calls; 0 means never."),
            depth_option(1, "the values to show"),
            click.option("--expr", metavar="EXPR",
                         help="What to show of a call: args, kwargs, target, return_obj, error or "
                         "cost_ms, or something in them, as args[0].user or len(return_obj)."),
            click.option("--condition", metavar="EXPR",
                         help="Only calls for which this holds, for example cost_ms > 10 and "
                         "kwargs['user'] == 'al'."),
            click.option("--errors", "errors_only", is_flag=True, help="Only calls that raise."),
            click.option("--for", "for_s", type=Finite(min=0, min_open=True),
                         metavar="SECONDS", help="End after this time."),
        )
    ):  # fmt: skip
        verb = option(verb)
    return verb


@click.command(
    "watch",
    short_help="calls of a function",
    epilog=examples(
        "watch 4213 shop.cart:Cart.add -n 5 -x 2",
        "watch 4213 shop.cart:checkout --condition 'cost_ms > 100' --expr args[0]",
    ),
)
@pid_argument
@click.argument("target_name", metavar="TARGET")
@_options
@asking_options()
def command(  # noqa: PLR0913 (one parameter an option)
    *,
    pid: int,
    target_name: str,
    count: int,
    depth: int,
    expr: str | None,
    condition: str | None,
    errors_only: bool,
    for_s: float | None,
    attaching: Attaching,
    as_json: bool,
) -> None:
    """Show calls of TARGET in process PID, written module:function or module:Class.method.

    From Python 3.12 on also module:outer.<locals>.inner, a function inside another (quote it). Functions
    written in C cannot be watched: only an event for every call in the process would show theirs.

    The module has to be loaded there; nothing is imported. Afterwards the function is as before.
    Expressions are read, never run as code: names, .attribute, [index], len(x), type(x), literals,
    comparisons, and, or, not.
    """
    check_may_change("watch", attaching, "watching")
    _check(target_name)
    trees = {
        name: None if text is None else parse(text, WATCH_NAMES, what=f"--{name}")
        for name, text in (("expr", expr), ("condition", condition))
    }
    from memtui.cli.connect import complete
    from memtui.runs.watching import WatchWish

    wish = WatchWish(
        target_name, trees["condition"], trees["expr"], count, depth, errors_only=errors_only
    )
    complete(_show(pid, wish, expr or "", for_s, attaching, as_json=as_json))


def _check(target_name: str) -> None:
    """Raise UsageError for what cannot be a target; only the process knows whether it exists."""
    module, colon, path = target_name.partition(":")
    if not (module and colon and all(path.split("."))) or ":" in path:
        raise UsageError(
            f"watch: {target_name} is not a target",
            "a target is written module:function, module:Class.method or module:outer.<locals>.inner",
            hint="for example: memtui watch PID shop.cart:Cart.add",
        )


async def _show(  # noqa: PLR0913 (the command line's parts)
    pid: int,
    wish: WatchWish,
    expr: str,
    for_s: float | None,
    attaching: Attaching,
    *,
    as_json: bool,
) -> None:
    """Write the calls as they come, or all at the end as JSON.  If the target ends, the calls so far are kept."""
    from memtui.cli.connect import target
    from memtui.runs.watching import watching
    from memtui.verbs.watched import counts_text

    begun: list[StartedWatch] = []
    found: list[Call] = []
    last = ended = None
    with Progress() as progress:
        async with target(pid, attaching, progress) as entered:
            writer = _CallWriter(entered, expr)

            def begin(watched: StartedWatch) -> None:
                begun.append(watched)
                if not as_json:
                    progress.clear()
                    writer.begin(watched)

            batches = watching(
                entered.session, wish, begun=begin, for_s=for_s, timeout=attaching.timeout
            )
            try:
                async with aclosing(batches):
                    async for last in batches:
                        calls = _shown(last, attaching)
                        if as_json:
                            found += calls
                        elif calls:
                            progress.clear()
                            writer.write(calls)
                        progress.phase(counts_text(last))
            except TargetGone as error:
                ended = error
    if last is not None and as_json:
        _write_json(entered, begun[0], found, last)
    elif last is not None:
        writer.end(last)
    if ended is not None:
        raise ended


def _shown(batch: Calls, attaching: Attaching) -> Sequence[Call]:
    """The calls of a batch, without values if the user wants them hidden."""
    if not attaching.redact:
        return batch.calls
    from memtui.verbs.redaction import redacted_call

    return tuple(map(redacted_call, batch.calls))


class _CallWriter:
    """Writes calls as they come; ``expr`` is the text of the expression, "" without one."""

    def __init__(self, entered: Target, expr: str) -> None:
        self._output = Output()
        self._entered = entered
        self._expr = expr

    def begin(self, watching: StartedWatch) -> None:
        """What is watched, before the first call."""
        self._entered.describe(self._output)
        self._output.line(f"{watching.flavour} {watching.target}, watched by {watching.method}")
        self._output.line()
        self._output.flush()

    def write(self, calls: Sequence[Call]) -> None:
        """These calls."""
        for call in calls:
            self._write_one(call)
        if calls:
            self._output.flush()

    def _write_one(self, call: Call) -> None:
        from memtui.verbs.watched import UNREADABLE, WHOLE_CALL

        output = self._output
        parts = [call.began, call.took, call.thread_name]
        if call.blocks is not None:
            parts.append(f"{counted(call.blocks, 'block', signed=True)}")
        output.heading("  ".join(parts))
        if call.error is not None:
            output.line(f"  raised {call.error}")
        if call.value.type == WHOLE_CALL:
            for child in call.value.children:
                write_tree(output, child.node, child.edge, 1)
        elif call.value.type == UNREADABLE:
            output.line(f"  {self._expr}: {call.value.preview}")
        else:
            write_tree(output, call.value, self._expr, 1)

    def end(self, calls: Calls) -> None:
        """How many there were, and what it cost."""
        from memtui.verbs.watched import counts_text

        _write_notes(calls)
        self._output.line()
        self._output.line(counts_text(calls))
        self._entered.price(self._output)


def _write_notes(calls: Calls) -> None:
    """Write to stderr what the user needs to understand the answer."""
    for each in calls.notes:
        note(each)


def _write_json(
    entered: Target, watching: StartedWatch, calls: Sequence[Call], last: Calls
) -> None:
    """Write the one document."""
    _write_notes(last)
    write_json(
        document(
            "watch",
            entered,
            target=watching.target,
            calls=[_call_json(call) for call in calls],
            flavour=watching.flavour,
            watched_by=watching.method,
            seen=last.seen,
            matched=last.matched,
            dropped=last.dropped,
            undecided=last.undecided,
            problem=last.problem,
            running=last.running,
            notes=list(last.notes),
        )
    )


def _call_json(call: Call) -> dict[str, Any]:
    """One call."""
    return {
        "at": instant(call.at),
        "duration_ms": round(call.duration, 6),
        "thread": call.thread,
        "thread_id": call.thread_id,
        "value": node_json(call.value),
        "error": call.error,
        "blocks_delta": call.blocks,
    }
