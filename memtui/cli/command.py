"""From argv to an exit code: finds the verb, runs it, says in two lines what went wrong."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import traceback
from difflib import get_close_matches
from typing import TYPE_CHECKING, NoReturn

import click

from memtui import __version__
from memtui.cli import streams, verbs
from memtui.cli.options import examples
from memtui.cli.output import plain
from memtui.model.errors import Cancelled, MemtuiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_DASHBOARD = "dashboard"
_HELP = ("-h", "--help", "--version")
# The options before a verb that take the word behind them along.
_WITH_VALUE = ("--method", "--timeout", "--limit", "--sort", "--order", "--filter", "--interval")


class Verbs(click.Group):
    """The verbs: one module each in ``memtui.cli.verbs``, imported only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002, D102 (click's interface)
        return _names()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: D102
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"memtui.cli.verbs.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(  # noqa: D102 (click's interface)
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if self.get_command(ctx, args[0]) is None:
            self._refuse(ctx, args[0])
        return super().resolve_command(ctx, args)

    def _refuse(self, ctx: click.Context, word: str) -> NoReturn:
        shown = [name for name in self.list_commands(ctx) if name != _DASHBOARD]
        near = get_close_matches(word, shown, n=1)
        hint = f"did you mean memtui {near[0]}? " if near else ""
        raise UsageError(
            f"no such command: {word}",
            f"the commands are {', '.join(shown)}",
            hint=f"{hint}to open a process give its PID: memtui 4213; memtui --help tells more",
        )


@click.group(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="See what grows in a running Python process, and who holds it.\n\n"
    "memtui alone lists the Python processes and opens the one you pick; memtui PID opens that one.",
    epilog=examples("", "4213", "summary 4213 --json", "report 4213 -o incident.md")
    + "\n\nmemtui COMMAND --help has the options of a command, memtui PID --help those of the dashboard."
    "\n\nExit codes: 0 done, 1 failed, 2 usage, 3 no such process or not Python, 4 not permitted, "
    "5 unsupported, 6 refused to protect the target, 130 interrupted.",
    subcommand_metavar="[PID | COMMAND …]",
)
@click.version_option(__version__, message="memtui %(version)s")
def memtui() -> None:
    """Only holds the verbs."""


def run(argv: Sequence[str]) -> int:
    """Run one command line; the exit code.  Never raises, never prints a traceback."""
    streams.prepare()
    code = _guarded(lambda: _invoke(_verb_first(argv)))
    # What is still in the buffer is written here, where a failure can be told.
    return _guarded(sys.stdout.flush) or code


def _invoke(argv: list[str]) -> None:
    """What ``click.Command.main`` does, but for its own ideas about errors and broken pipes."""
    with memtui.make_context("memtui", argv) as context:
        memtui.invoke(context)


def _guarded(work: Callable[[], object]) -> int:
    try:
        work()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except BrokenPipeError:
        # Whoever read our answer had enough of it (head, less): that is no failure.
        streams.drop(sys.stdout)
    except BaseException as error:  # noqa: BLE001 (the last door: two lines, not a traceback)
        return _tell(_as_ours(error))
    return 0


def _as_ours(error: BaseException) -> MemtuiError:
    """Whatever was raised, as something that has a hint and an exit code."""
    if isinstance(error, MemtuiError):
        return error
    if isinstance(error, click.ClickException):
        return _usage(error)
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return Cancelled("interrupted", hint="nothing of memtui is left in the target")
    if os.environ.get("MEMTUI_TRACEBACK"):
        traceback.print_exception(error)
    if isinstance(error, OSError):
        streams.drop(sys.stdout)  # it may be what failed, and would again at exit
        return streams.system_refusal(error)
    return MemtuiError(
        "internal error",
        f"{type(error).__name__}: {error}",
        hint="this is a fault of memtui: report it with the output of MEMTUI_TRACEBACK=1 memtui …",
    )


def _names() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(verbs.__path__))


def _verb_first(argv: Sequence[str]) -> list[str]:
    """``argv`` with the verb in front: ``--read-only gc 1`` is ``gc --read-only 1``.

    Where there is no verb (nothing, a PID, options only) the verb is the dashboard.
    """
    words = list(argv)
    place = 0
    while place < len(words) and words[place].startswith("-") and words[place] != "--":
        if words[place] in _HELP:
            return words
        place += 2 if words[place] in _WITH_VALUE else 1
    if place >= len(words) or words[place].isdecimal():
        _check_order(words[place : place + 2])
        return [_DASHBOARD, *words]
    return [words[place], *words[:place], *words[place + 1 :]]


def _check_order(words: Sequence[str]) -> None:
    """Raise UsageError for a verb that stands behind the PID."""
    if len(words) > 1 and words[1] in _names():
        pid, verb = words
        raise UsageError(
            "a PID alone opens the dashboard",
            f"the command {verb} comes before the PID",
            hint=f"memtui {verb} {pid}",
        )


def _tell(error: MemtuiError) -> int:
    why = " ".join(plain(str(error)).split())
    hint = " ".join(plain(error.hint).split())
    pointer = [plain(line) for line in error.pointer.splitlines()]
    streams.tell(*pointer, f"memtui: {why}", f"hint: {hint}")
    return error.exit_code


def _usage(error: click.ClickException) -> MemtuiError:
    """What click says, in our two lines."""
    path = "memtui"
    context = getattr(error, "ctx", None)
    if context is not None and context.info_name not in (_DASHBOARD, None):
        path = context.command_path
    message = " ".join(error.format_message().split()).rstrip(".")
    where = path.removeprefix("memtui").strip() or "command line"
    hint = f"{path} --help shows its options"
    if path == "memtui":
        hint = "memtui PID --help shows the dashboard's options, memtui --help the commands"
    return UsageError(where, message[:1].lower() + message[1:], hint=hint)
