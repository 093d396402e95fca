"""Where settings come from: the names that are set, those among them that nothing reads, and who wins."""

import difflib
import re
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Final, NamedTuple

from dotenv.parser import Original, parse_stream
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource

ENVIRONMENT: Final = "environment"
FILE: Final = ".env"
DEFAULT: Final = "default"

_SIMILAR = 0.5

# A Service `link-status` gives each container variables that begin as ours do. Source: Kubernetes, "Service",
# "Environment variables".
_OF_KUBERNETES = re.compile(r"(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)")
_ADDRESS_OF_KUBERNETES = re.compile(r"(tcp|udp|sctp)://")


class Given(NamedTuple):
    """A source, and the settings in it that begin with our prefix, by their names in capitals."""

    source: str
    values: Mapping[str, str]


def given(settings: type[BaseSettings]) -> list[Given]:
    """What is set where; a source goes before those after it."""
    prefix = settings.model_config["env_prefix"]
    sources = {ENVIRONMENT: EnvSettingsSource(settings), FILE: DotEnvSettingsSource(settings)}
    return [
        Given(
            label,
            {name.upper(): value or "" for name, value in source.env_vars.items() if _ours(name, prefix)},
        )
        for label, source in sources.items()
    ]


def names(settings: type[BaseSettings]) -> dict[str, str]:
    """The name in the environment of each field."""
    prefix = settings.model_config["env_prefix"]
    return {field: f"{prefix}{field.upper()}" for field in settings.model_fields}


def origin(name: str, sources: list[Given]) -> str:
    """Which source a setting is from."""
    return next((source for source, values in sources if name in values), DEFAULT)


def unknown(settings: type[BaseSettings]) -> Iterator[str]:
    """A line for each name with our prefix that is no setting; with the one that is nearest to it."""
    prefix = settings.model_config["env_prefix"]
    fields = [field.upper() for field in settings.model_fields]
    for source, values in given(settings):
        for name, value in sorted(values.items()):
            word = name.removeprefix(prefix)
            if word not in fields and not _of_kubernetes(word, value):
                yield f"{name}: there is no such setting ({source}){_nearest(word, fields, prefix)}"


def unread(settings: type[BaseSettings]) -> Iterator[str]:
    """A line for each one in the file that cannot be read, which its parser would pass over; or why all of it
    cannot be.
    """
    path = Path(str(settings.model_config["env_file"]))
    prefix = settings.model_config["env_prefix"]
    if not path.is_file():
        return
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        yield f"{path}: {error.strerror if isinstance(error, OSError) else 'not UTF-8'}"
        return
    for each in parse_stream(StringIO(text)):
        if each.error:
            yield f"{path}, line {_line(each.original)}: not NAME=value, or a quote is not closed"
        elif each.key is not None and each.value is None and _ours(each.key, prefix):
            # It would take back the value that an earlier line gives.
            yield f"{path}, line {_line(each.original)}: not NAME=value"


def _line(original: Original) -> int:
    """Where it begins, which is after the empty lines before it."""
    text = original.string
    return original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _ours(name: str, prefix: str) -> bool:
    return name.upper().startswith(prefix)


def _of_kubernetes(word: str, value: str) -> bool:
    return bool(_OF_KUBERNETES.fullmatch(word) or _ADDRESS_OF_KUBERNETES.match(value))


def _nearest(word: str, fields: list[str], prefix: str) -> str:
    near = difflib.get_close_matches(word, fields, 1, _SIMILAR)
    return f"; did you mean {prefix}{near[0]}?" if near else "; `link-status config show` lists all"
