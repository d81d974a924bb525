"""The options that verbs have in common, each group packed into one record."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from memtui.cli.typed import remember_pid
from memtui.model.errors import ReadOnly, UsageError
from memtui.present.matching import matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from click.shell_completion import CompletionItem

# The same as memtui.attach.choose.METHODS, which would take long to import.
METHODS = ("remote-exec", "ptrace", "cooperative", "pyrasite")
ATTACH_TIMEOUT_S = 10.0
# A hundred days in seconds; clocks and timers overflow a good deal later.
_MOST = 1e7
# A longer number is a typing mistake, and Python refuses to convert some of them.
_DIGITS = 100
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Attaching:
    """How to attach, and which values to show.

    ``timeout`` in seconds holds for attaching and for each answer.  With ``redact`` values of the
    program are not shown: texts and numbers, keys of dicts, arguments of the command line.
    """

    method: str | None
    timeout: float | None
    read_only: bool
    redact: bool = False

    @property
    def attach_timeout(self) -> float:
        """Seconds that attaching may take."""
        return ATTACH_TIMEOUT_S if self.timeout is None else self.timeout


@dataclass(frozen=True, slots=True)
class Listing:
    """Which rows to show, and in which order.  A ``limit`` of 0 shows all."""

    limit: int
    sort: str
    descending: bool
    glob: str | None
    mine: bool = False

    @property
    def wanted(self) -> str | None:
        """Which rows are wanted, in the words of the command line; None for all."""
        return " ".join(filter(None, (self.glob, "--mine" if self.mine else ""))) or None

    def matching(
        self,
        rows: Iterable[_Row],
        name: Callable[[_Row], str],
        owns: Callable[[str], bool] | None = None,
    ) -> list[_Row]:
        """The rows whose name matches the filter, all of them without one; of ``owns`` only what it accepts."""
        passes = matcher(self.glob or "")
        return [row for row in rows if passes(name(row)) and (owns is None or owns(name(row)))]

    def arranged(self, rows: Iterable[_Row], **keys: Callable[[_Row], Any]) -> list[_Row]:
        """``rows`` in the chosen order, cut at the limit; ``keys`` has a key for each order."""
        name = keys["name"]
        # Rows that are equal in figures are in the order of their names, whichever way it goes.
        ordered = sorted(rows, key=name)
        ordered.sort(key=keys[self.sort], reverse=self.descending)
        return ordered[: self.limit] if self.limit else ordered


def json_option(verb: Callable[..., None]) -> Callable[..., None]:
    """Add ``--json``, handed in as ``as_json``."""
    return click.option(
        "--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else there."
    )(verb)


def untracked_option(verb: Callable[..., None]) -> Callable[..., None]:
    """Add ``--untracked/--no-untracked``."""
    return click.option(
        "--untracked/--no-untracked",
        default=False,
        show_default=True,
        help="Estimate what the collector does not track as well: texts, numbers, arrays, buffers.",
    )(verb)


class Whole(click.IntRange):
    """A whole number within a range."""

    name = "whole number"


class Finite(click.FloatRange):
    """A finite number, of seconds for example: nan and inf are refused."""

    name = "number"

    def __init__(self, min: float, *, min_open: bool = False) -> None:  # noqa: A002 (click's name)
        super().__init__(min=min, max=_MOST, min_open=min_open)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Raises click.BadParameter for what is out of range."""
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        return number

    def _describe_range(self) -> str:
        """Leave out the upper end: nobody comes near it."""
        return f"x>{self.min:g}" if self.min_open else f"x>={self.min:g}"


def read_pid(ctx: click.Context, _param: click.Parameter, word: str | None) -> int | None:
    """The PID in ``word``, None if it is missing; raises UsageError if it is not a number from 1 on."""
    if word is None:
        return None
    if word.isascii() and word.isdecimal() and len(word) < _DIGITS and int(word) > 0:
        remember_pid(int(word))
        return int(word)
    where = "" if ctx.info_name in {None, "dashboard"} else f"{ctx.info_name}: "
    raise UsageError(
        f"{where}{word} is not a PID",
        "a PID is a number from 1 on",
        hint="memtui ps lists the Python processes and their PIDs",
    )


def pid_argument(verb: Callable[..., None]) -> Callable[..., None]:
    """Add the PID."""
    return click.argument("pid", callback=read_pid, metavar="PID", shell_complete=complete_pid)(
        verb
    )


def complete_pid(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """For a shell: the PIDs of Python processes."""
    from memtui.cli.completion import python_pids

    return python_pids(ctx, param, incomplete)


def complete_file(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """For a shell: the names of files."""
    from memtui.cli.completion import files

    return files(ctx, param, incomplete)


def examples(*lines: str) -> str:
    """The end of a help text: command lines to start from."""
    return "\b\nExamples:\n" + "\n".join(f"  memtui {line}".rstrip() for line in lines)


def interval_option(verb: Callable[..., None]) -> Callable[..., None]:
    """Add the dashboard's ``--interval``."""
    return click.option(
        "--interval",
        type=Finite(min=0.2),
        default=2.0,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait between two counts, at least.",
    )(verb)


def attaching_options(verb: Callable[..., None]) -> Callable[..., None]:
    """Add ``--method``, ``--timeout`` and ``--read-only``, handed in as ``attaching``."""

    @functools.wraps(verb)
    def packed(
        *args: Any, method: str | None, timeout: float | None, read_only: bool, **rest: Any
    ) -> None:
        verb(*args, attaching=Attaching(method, timeout, read_only), **rest)

    for option in reversed(
        (
            click.option(
                "--method", type=click.Choice(METHODS), help="How to get in; the first that works."
            ),
            click.option(
                "--timeout",
                type=Finite(min=0, min_open=True),
                metavar="SECONDS",
                help=f"For attaching ({ATTACH_TIMEOUT_S:.0f} s if not given) and for each answer.",
            ),
            click.option(
                "--read-only", is_flag=True, help="Refuse every command that changes the target."
            ),
        )
    ):
        packed = option(packed)
    return packed


def redact_option(*, default: bool = False) -> Callable[..., Callable[..., None]]:
    """Add ``--redact/--no-redact`` to the result of ``attaching_options``, which must come above."""

    def decorate(verb: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(verb)
        def packed(*args: Any, attaching: Attaching, redact: bool, **rest: Any) -> None:
            verb(*args, attaching=replace(attaching, redact=redact), **rest)

        return click.option(
            "--redact/--no-redact",
            default=default,
            show_default=True,
            help="Withhold values: texts, numbers, keys of dicts, names given to threads, arguments of "
            "the command line.",
        )(packed)

    return decorate


def asking_options(*, redact: bool = False) -> Callable[..., Callable[..., None]]:
    """Add what every question has: how to get in, ``--redact`` (the default is ``redact``), ``--json``."""

    def decorate(verb: Callable[..., None]) -> Callable[..., None]:
        return attaching_options(redact_option(default=redact)(json_option(verb)))

    return decorate


def depth_option(default: int, what: str) -> Callable[..., Callable[..., None]]:
    """Add ``-x``, how many levels to show of ``what``."""
    return click.option(
        "-x",
        "depth",
        type=Whole(0, 6),
        metavar="N",
        default=default,
        show_default=True,
        help=f"How many levels of {what}.",
    )


_MINE = click.option(
    "--mine",
    is_flag=True,
    help="Only types of the program's own modules: no library, no standard library.",
)


def listing_options(
    *, sorts: tuple[str, ...] = ("size", "count", "name"), limit: int = 20, types: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add ``-n``/``--limit``, ``--sort``, ``--order`` and ``--filter``, handed in as ``listing``.

    Rows that are ``types`` can be limited to the program's own with ``--mine``.
    """

    def decorate(verb: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(verb)
        def packed(
            *args: Any,
            limit: int,
            sort: str,
            order: str | None,
            glob: str | None,
            mine: bool = False,
            **rest: Any,
        ) -> None:
            descending = order == "descending" if order else sort != "name"
            verb(*args, listing=Listing(limit, sort, descending, glob, mine), **rest)

        for option in reversed(
            (
                click.option(
                    "-n",
                    "--limit",
                    type=Whole(min=0),
                    metavar="N",
                    default=limit,
                    show_default=True,
                    help="How many rows; 0 is all.",
                ),
                click.option(
                    "--sort", type=click.Choice(sorts), default=sorts[0], show_default=True
                ),
                click.option(
                    "--order",
                    type=click.Choice(("descending", "ascending")),
                    help="Descending unless sorted by name.",
                ),
                click.option(
                    "--filter",
                    "glob",
                    metavar="GLOB[,GLOB][,!GLOB]",
                    help="Only names that match, as shop.*; ! leaves out what matches.",
                ),
                *((_MINE,) if types else ()),
            )
        ):
            packed = option(packed)
        return packed

    return decorate


def check_may_change(verb: str, attaching: Attaching, why: str) -> None:
    """Raise ReadOnly with ``--read-only`` before anything is done, for a verb that changes the target."""
    if attaching.read_only:
        raise ReadOnly(f"{verb} is refused", f"{why} changes the target, and this is --read-only")
