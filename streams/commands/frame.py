"""What all commands share: settings, plain words instead of tracebacks, exit codes, forms of output."""

import codecs
import errno
import io
import json
import logging
import os
import re
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any, TypeVar

import click
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams import admin, loading, logs, provision, terminated
from streams.authorization import NotAuthorized
from streams.printable import printable as printable
from streams.reading import NoTopic
from streams.refusals import NotLetIn
from streams.replay.workers import WorkerEnded
from streams.runtime.connection import FORBIDDEN
from streams.schema_registry import RegistryRefused
from streams.security import connection
from streams.settings import Settings, WrongSetting
from streams.topics import Topics, WrongDeclaration

T = TypeVar("T")

log = logging.getLogger(__name__)

EXIT_REFUSED = 1
EXIT_WRONG_SETTING = 2
EXIT_DIFFERS = 3
EXIT_UNSETTLED = 4
EXIT_TERMINATED = 143  # 128 + SIGTERM, as a shell reports it
EXIT_CODES = {
    0: "done; a worker: stopped by SIGTERM",
    EXIT_REFUSED: "refused by the broker, a wrong topic, nothing there, or something was left undone",
    EXIT_WRONG_SETTING: "a wrong setting, declaration or usage",
    EXIT_DIFFERS: "something is not as it should be: audit, replay, topics check",
    EXIT_UNSETTLED: "some could not be decided: audit, replay",
    EXIT_TERMINATED: "SIGTERM came before it was done",
}

MISTAKES = (WrongSetting, WrongDeclaration)
REFUSALS = (
    NotLetIn,
    NotAuthorized,
    admin.Refused,
    provision.WrongTopic,
    NoTopic,
    RegistryRefused,
    WorkerEnded,
    KafkaError,
)

# What an argument has in place of bytes that its locale cannot read.
_TORN = re.compile("[\udc80-\udcff]")

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


class Id(click.ParamType):
    """An id, as events have it."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, context: click.Context | None) -> str:
        try:
            return os.fsencode(value).decode()
        except UnicodeError:  # what was typed is not in UTF-8
            if _TORN.search(value):
                self.fail(f"'{printable(value)}' is no text", param, context)
            return value


class Commands(click.Group):
    """Commands by their names, in sections by title; each is imported when it is asked for.

    Says what went wrong in plain words instead of a traceback.
    """

    def __init__(
        self,
        *arguments: Any,
        sections: Mapping[str, Sequence[str]] = MappingProxyType({}),
        **named: Any,
    ) -> None:
        super().__init__(*arguments, **named)
        self._sections = sections

    def main(self, *arguments: Any, **named: Any) -> Any:
        """As click's, which tells of a full disk behind stdout by a traceback."""
        make_do_with_streams()
        try:
            return super().main(*arguments, **named)
        except OSError as error:
            if error.errno != errno.ENOSPC or error.filename is not None:
                raise
            _tell(error)
            # What stdout still holds would be tried again at exit, and told by a traceback.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(EXIT_REFUSED) from None

    def list_commands(self, context: click.Context) -> list[str]:
        """All names, in the order of a day's work."""
        return [name for names in self._sections.values() for name in names]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of that name, or None where there is none."""
        if name in self.list_commands(context) and name not in self.commands:
            variable = name.replace("-", "_")
            with loading.more():
                self.add_command(getattr(import_module(f"streams.commands.{variable}"), variable))
        return super().get_command(context, name)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """What there is, in the order of a day's work."""
        for title, names in self._sections.items():
            commands = [self.get_command(context, name) for name in names]
            with formatter.section(title):
                formatter.write_dl(
                    [(each.name or "", each.get_short_help_str(100)) for each in commands if each]
                )

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """What scripts hold on to."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in EXIT_CODES.items()])
        formatter.write_paragraph()
        formatter.write_text("link-status COMMAND --help tells more of each.")

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (*MISTAKES, *REFUSALS) as error:
            _tell(error)
            context.exit(EXIT_WRONG_SETTING if isinstance(error, MISTAKES) else EXIT_REFUSED)


def make_do_with_streams() -> None:
    """What is closed is taken for empty or thrown away; what stdout's locale does not have is escaped."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


def _tell(error: Exception) -> None:
    said = str(NotAuthorized([str(error)]) if isinstance(error, FORBIDDEN) else error)
    if logs.for_programs():
        log.critical("%s", said)
        return
    for line in said.splitlines():
        click.echo(f"link-status: {printable(line)}", err=True)


def load() -> tuple[Settings, Topics]:
    """The settings and the topics under their prefix; raises WrongSetting or WrongDeclaration."""
    settings = Settings.load()
    logs.configure(settings.log_level, settings.log_format)
    return settings, settings.topics()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do `work`; SIGTERM ends the process with its exit code."""
    try:
        return terminated.run(work)
    except terminated.Terminated:
        raise SystemExit(EXIT_TERMINATED) from None


def with_admin(work: Callable[[AIOKafkaAdminClient, Topics], Awaitable[T]]) -> T:
    """Do `work` with a client for administration, as soon as there is a broker."""
    settings, declared = load()
    return run(admin.when_there(connection(settings), lambda client: work(client, declared)))


def as_line(body: Mapping[str, object]) -> str:
    """One object for programs."""
    return in_json(json.dumps(body, ensure_ascii=False))


def in_json(text: str) -> str:
    """JSON as stdout can hold it."""
    if codecs.lookup(sys.stdout.encoding or "utf-8").name in ("utf-8", "ascii"):  # click writes both as UTF-8
        return text
    return json.dumps(json.loads(text))
