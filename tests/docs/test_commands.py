"""docs/commands.md lists the commands and exit codes that there are."""

import re
from collections.abc import Iterator

import click

from streams.cli import main
from streams.commands.frame import EXIT_CODES
from tests.docs.blocks import DOCS

PAGE = (DOCS / "commands.md").read_text()


def commands(group: click.Group, *before: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)
        else:
            assert command is not None
            yield " ".join((*before, name)), command


def test_every_command_is_listed() -> None:
    listed = " ".join(re.findall(r"^\| (`[^|]*) \|", PAGE, re.MULTILINE))
    listed = listed.replace("`, `show`, `redrive`", "` `dead-letters show` `dead-letters redrive`")
    named = {" ".join(re.match(r"[a-z -]*", each)[0].split()) for each in re.findall(r"`([^`]*)`", listed)}  # type: ignore[index]
    assert named == {name for name, _ in commands(main)}


def test_every_exit_code_is_listed() -> None:
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)] == list(EXIT_CODES)


def test_every_command_but_the_worker_prints_json_and_says_what_it_does() -> None:
    for name, command in commands(main):
        assert command.help, name
        assert len(command.get_short_help_str(100)) < 100, name
        if name != "worker":
            assert "--json" in [option for each in command.params for option in each.opts], name
