"""``memtui completion``: the script that teaches a shell to complete memtui's commands."""

from __future__ import annotations

import click

from memtui.cli.options import examples
from memtui.cli.output import write_text


@click.command(
    "completion",
    short_help="the completion script of a shell",
    epilog=examples(
        "completion bash >~/.local/share/bash-completion/completions/memtui",
        "completion zsh >~/.zfunc/_memtui",
        "completion fish >~/.config/fish/completions/memtui.fish",
    ),
)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def command(*, shell: str) -> None:
    """Print the script that makes SHELL complete commands, options, and PIDs of Python processes."""
    from memtui.cli.completion import source

    group = click.get_current_context().find_root().command
    write_text(source(shell, group).strip())
