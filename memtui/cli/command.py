"""From argv to an exit code: finds the verb, runs it, says in two lines what went wrong."""

from __future__ import annotations

import importlib
import os
import pkgutil
import shlex
import sys
import traceback
from difflib import get_close_matches
from typing import TYPE_CHECKING, NoReturn

import click

from memtui import __version__
from memtui.cli import streams, verbs
from memtui.cli.options import examples
from memtui.cli.output import plain
from memtui.cli.typed import CommandLine, hint_of
from memtui.model.again import Again
from memtui.model.errors import Cancelled, MemtuiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from click.shell_completion import CompletionItem

_DASHBOARD = "dashboard"
# memtui.cli.completion has it too, which would take long to import.
_COMPLETE = "_MEMTUI_COMPLETE"
_HELP = ("-h", "--help", "--version")
# The options before a verb that take the word behind them along.
_WITH_VALUE = (
    *("--method", "--timeout", "--limit", "--sort", "--order", "--filter", "--interval"),
    "--interpreter",
)


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

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands, and the PIDs that open the dashboard."""
        found = super().shell_complete(ctx, incomplete)
        if incomplete.startswith("-"):
            return found
        from memtui.cli.completion import python_pids

        return [*found, *python_pids(ctx, None, incomplete)]

    def resolve_command(  # noqa: D102 (click's interface)
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if self.get_command(ctx, args[0]) is None:
            self._refuse(ctx, args[0])
        return super().resolve_command(ctx, args)

    def _refuse(self, ctx: click.Context, word: str) -> NoReturn:
        shown = [name for name in self.list_commands(ctx) if name != _DASHBOARD]
        near = get_close_matches(word, shown, n=1)
        raise UsageError(
            f"no such command: {word}",
            f"the commands are {', '.join(shown)}",
            hint="did you mean"
            if near
            else "to open a process give its PID: memtui 4213; memtui --help says more",
            again=Again(swap=(word, near[0])) if near else None,
        )


@click.group(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="See what grows in a running Python process, and who holds it.\n\n"
    "memtui alone lists the Python processes and opens the one you pick; memtui PID opens that one.",
    epilog=examples("", "4213", "summary 4213 --json", "report 4213 -o incident.md")
    + "\n\nmemtui COMMAND --help has the options of a command, memtui PID --help has those of the dashboard."
    "\n\nExit codes: 0 done, 1 failed, 2 usage, 3 no such process or not Python, 4 not permitted, "
    "5 unsupported, 6 refused to protect the target (no memory, --read-only), 130 interrupted.",
    subcommand_metavar="[PID | COMMAND …]",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda ctx, _, asked: _show_version(ctx) if asked else None,
    help="Show the versions of memtui, of its Python and of the system.",
)
def memtui() -> None:
    """Only holds the verbs."""


def _show_version(ctx: click.Context) -> NoReturn:
    import platform

    python = f"{platform.python_implementation()} {platform.python_version()}"
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    click.echo(f"memtui {__version__} · {python} · {system}")
    ctx.exit()


def run(argv: Sequence[str]) -> int:
    """Run one command line; the exit code.  Never raises, never prints a traceback."""
    streams.prepare()
    asked, line = os.environ.get(_COMPLETE), CommandLine(tuple(argv))
    code = _guarded(lambda: _complete(asked) if asked else _invoke(line), line)
    # The rest of the buffer is written here, where a failure can still be reported.
    return _guarded(sys.stdout.flush, line) or code


def _complete(asked: str) -> None:
    """Answer a shell that completes what is typed."""
    from memtui.cli.completion import answer

    for line in answer(memtui, _verb_first, asked):
        click.echo(line)


def _invoke(line: CommandLine) -> None:
    """Do what ``click.Command.main`` does, but leave errors and broken pipes to us."""
    with memtui.make_context("memtui", _verb_first(line.words), obj=line) as context:
        memtui.invoke(context)


def _guarded(work: Callable[[], object], line: CommandLine) -> int:
    try:
        work()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except BrokenPipeError:
        # The reader (head, less) stopped reading early: that is not a failure.
        streams.drop(sys.stdout)
    except BaseException as error:  # noqa: BLE001 (the last door: two lines, not a traceback)
        return _tell(_as_ours(error), line)
    return 0


def _as_ours(error: BaseException) -> MemtuiError:
    """Any exception as an error with a hint and an exit code."""
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

    Without a verb (nothing, a PID, only options) the verb is the dashboard.
    """
    words = list(argv)
    place = 0
    while place < len(words) and words[place].startswith("-") and words[place] != "--":
        if words[place] in _HELP:
            return words
        place += 2 if words[place] in _WITH_VALUE else 1
    if place >= len(words) or words[place].isdecimal():
        _check_order(words, place)
        return [_DASHBOARD, *words]
    return [words[place], *words[:place], *words[place + 1 :]]


def _check_order(words: list[str], place: int) -> None:
    """Raise UsageError for a verb that comes after the PID."""
    if len(words) > place + 1 and words[place + 1] in _names():
        pid, verb = words[place : place + 2]
        raise UsageError(
            "a PID alone opens the dashboard",
            f"the command {verb} comes before the PID",
            hint=shlex.join(["memtui", *words[:place], verb, pid, *words[place + 2 :]]),
        )


def _tell(error: MemtuiError, line: CommandLine) -> int:
    why = " ".join(plain(str(error)).split())
    hint = " ".join(plain(hint_of(error, line)).split())
    pointer = [plain(line) for line in error.pointer.splitlines()]
    streams.tell(*pointer, f"memtui: {why}", f"hint: {hint}")
    return error.exit_code


def _usage(error: click.ClickException) -> MemtuiError:
    """What click says, in our two lines."""
    path = "memtui"
    context = getattr(error, "ctx", None)
    if context is not None and context.info_name not in (_DASHBOARD, None):
        path = context.command_path
    suggests = isinstance(error, click.NoSuchOption) and error.possibilities
    said = error.message if suggests else error.format_message()
    message = " ".join(said.split()).rstrip(".")
    where = path.removeprefix("memtui").strip() or "command line"
    hint, again = f"{path} --help shows its options", None
    if path == "memtui":
        hint = "memtui PID --help shows the dashboard's options, memtui --help the commands"
    if isinstance(error, click.NoSuchOption) and error.possibilities:
        hint += "; did you mean"
        near = get_close_matches(error.option_name, error.possibilities, n=1, cutoff=0)
        again = Again(swap=(error.option_name, near[0]))
    return UsageError(where, message[:1].lower() + message[1:], hint=hint, again=again)
