"""What a shell completes: commands, options, PIDs of Python processes, files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem, ShellComplete, get_completion_class

from memtui.model.errors import MemtuiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import click

#: By this variable a shell asks: ``bash_complete``, and what is typed in others.
VARIABLE = "_MEMTUI_COMPLETE"


def source(shell: str, group: click.Command) -> str:
    """The script that teaches ``shell`` to ask."""
    # Not by the class's own method, which starts bash to ask for its version.
    return ShellComplete.source(_completer(shell, group))


def answer(
    group: click.Command, in_order: Callable[[Sequence[str]], list[str]], asked: str
) -> list[str]:
    """The lines for a shell that asked; ``in_order`` puts a command in front of its options."""
    completer = _completer(asked.partition("_")[0], group)
    words, incomplete = completer.get_completion_args()
    try:
        found = completer.get_completions(in_order(words) if words else [], incomplete)
    except MemtuiError:
        return []
    return [completer.format_completion(each) for each in found]


def _completer(shell: str, group: click.Command) -> ShellComplete:
    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(
            f"completion: {shell} is not supported", hint="memtui completion bash, zsh or fish"
        )
    return kind(group, {}, "memtui", VARIABLE)


def python_pids(
    _ctx: click.Context, _param: click.Parameter | None, incomplete: str
) -> list[CompletionItem]:
    """The PIDs of Python processes, each with what it runs."""
    import asyncio

    from memtui.attach.discover import candidates

    return [
        CompletionItem(str(each.process.pid), help=each.process.command or each.process.name)
        for each in asyncio.run(candidates())
        if str(each.process.pid).startswith(incomplete)
    ]


def files(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Leave the names of files to the shell."""
    return [CompletionItem(incomplete, type="file")]
