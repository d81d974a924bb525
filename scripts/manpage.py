"""Prints the man page, made from ``memtui --help`` and the help of each command."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING

import click

from memtui import __version__
from memtui.cli.command import memtui

if TYPE_CHECKING:
    from collections.abc import Iterator


def roff(text: str) -> str:
    """``text`` as roff takes it literally."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(
        "\\&" + line if line[:1] in {".", "'"} else line for line in escaped.split("\n")
    )


def paragraphs(text: str) -> Iterator[str]:
    """The paragraphs of a help text; those that click does not rewrap keep their lines."""
    for block in inspect.cleandoc(text).split("\n\n"):
        if block.startswith("\b\n"):
            yield from (".nf", roff(block[2:]), ".fi", ".PP")
        else:
            yield from (roff(" ".join(block.split())), ".PP")


def option(param: click.Option) -> Iterator[str]:
    """One option: its names, its value, what it does."""
    names = ", ".join([*param.opts, *param.secondary_opts])
    value = ""
    if isinstance(param.type, click.Choice):
        value = " " + "|".join(param.type.choices)
    elif not param.is_flag:
        value = f" {param.metavar or 'VALUE'}"
    default = ""
    if param.show_default and not param.is_flag:
        default = f" [default: {param.default}]"
    yield from (".TP", f"\\fB{roff(names)}\\fR{roff(value)}", roff((param.help or "") + default))


def command(name: str, found: click.Command) -> Iterator[str]:
    """What one command does, and its options."""
    arguments = [p.metavar or p.name.upper() for p in found.params if isinstance(p, click.Argument)]
    yield ".SS " + roff(" ".join(filter(None, ("memtui", name, *arguments))))
    yield from paragraphs(found.help or "")
    for param in found.params:
        if isinstance(param, click.Option) and not param.hidden:
            yield from option(param)
    yield ".PP"
    yield from paragraphs(found.epilog or "")


def page() -> Iterator[str]:
    """The whole page."""
    context = click.Context(memtui, info_name="memtui")
    yield '.\\" Made by scripts/manpage.py; do not edit.'
    yield f'.TH MEMTUI 1 "" "memtui {__version__}" "User Commands"'
    about, *more = memtui.help.split("\n\n")
    yield from (".SH NAME", "memtui \\- " + roff(about[:1].lower() + about[1:].rstrip(".")))
    yield from (".SH SYNOPSIS", "\\fBmemtui\\fR [\\fIPID\\fR | \\fICOMMAND\\fR ...]")
    yield ".SH DESCRIPTION"
    yield from paragraphs("\n\n".join(more))
    yield from paragraphs(memtui.epilog or "")
    yield ".SH COMMANDS"
    yield from command("", memtui.get_command(context, "dashboard"))
    for name in memtui.list_commands(context):
        if name != "dashboard":
            yield from command(name, memtui.get_command(context, name))


sys.stdout.write("\n".join(page()) + "\n")
