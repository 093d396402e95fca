"""What an operator can set: the environment, or a `.env` file, under names that begin with `LINK_STATUS_`."""

import os
import re
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from streams import setting_sources
from streams.loopback import is_loopback
from streams.setting_forms import InstanceId
from streams.setting_groups import Brokers, Contract, Web, Work
from streams.topics import Topics

ENV_PREFIX = "LINK_STATUS_"
SECRETS = frozenset(ENV_PREFIX + name for name in ("AUTH_SECRET", "SASL_PASSWORD", "SSL_KEY_PASSWORD"))
MASK = "********"


def variable(field: str) -> str:
    """The name in the environment of a field of `Settings`."""
    return ENV_PREFIX + field.upper()


class WrongSetting(Exception):
    """A setting makes no sense. Its text names each such setting and says why."""


# The first group is the last base: pydantic takes their fields from the end.
class Settings(Web, Work, Brokers, Contract):
    """The settings of one process. Each field is `LINK_STATUS_<FIELD>` in the environment.

    Make one with `load()`.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_file=".env",
        extra="ignore",  # other programs' names; ours are judged by load()
        frozen=True,
    )

    session_timeout_ms: int = Field(10_000, ge=1_000, le=1_800_000)
    """Milliseconds after which the partitions of a worker that died go to the others."""

    stall_timeout_ms: int = Field(120_000, ge=1_000, le=86_400_000)
    """Milliseconds without a finished batch, while records wait and brokers answer, until /livez fails; so it
    does when a restoration stands still for as long, and for two minutes."""

    group_instance_id: InstanceId = ""
    """A name that this worker keeps over restarts and no other has (static membership, KIP-345): while it is
    away for less than the session timeout, its partitions wait for it and nobody rebalances. Empty: none.
    """

    tracing: Literal["off", "on"] = "off"
    """Whether spans are made for OpenTelemetry, which the environment sets up (OTEL_*)."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe messages that are logged."""

    log_format: Literal["console", "json"] = "console"
    """How they are written to stderr: for people, or one JSON object a line."""

    def topics(self) -> Topics:
        """The declared topics under these prefixes. Raises WrongDeclaration."""
        return Topics.load(self.topic_prefix, source_prefix=self.source_prefix)

    @property
    def consumer_group(self) -> str:
        """The consumer group of all workers that share the work."""
        return f"{self.topic_prefix}link-status"

    def check_access(self) -> None:
        """Raise WrongSetting where a worker would let in everyone, or could not tell whom."""
        if self.auth_jwks is not None and self.auth_secret is not None:
            raise WrongSetting(f"{ENV_PREFIX}AUTH_SECRET: {ENV_PREFIX}AUTH_JWKS is set, too; one is needed")
        if self.auth_jwks is None and self.auth_secret is None and not is_loopback(self.web_host):
            raise WrongSetting(
                f"{ENV_PREFIX}WEB_HOST={self.web_host}: others could read all videos there; "
                f"set {ENV_PREFIX}AUTH_JWKS or {ENV_PREFIX}AUTH_SECRET"
            )

    def make_data_dir(self) -> None:
        """Make the directory of the state, unless it is there. Raises WrongSetting where it cannot be made or
        written.
        """
        given = f"{ENV_PREFIX}DATA_DIR={self.data_dir}"
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise WrongSetting(f"{given}: this is no directory") from None
        except OSError as error:
            raise WrongSetting(f"{given}: cannot be made: {(error.strerror or str(error)).lower()}") from None
        if not os.access(self.data_dir, os.R_OK | os.W_OK | os.X_OK):
            raise WrongSetting(f"{given}: cannot be written to")

    @classmethod
    def load(cls) -> Self:
        """Read the environment and `.env`; raise WrongSetting if anything there makes no sense."""
        if unread := list(setting_sources.unread(cls)):
            raise WrongSetting("\n".join(unread))
        wrong = list(setting_sources.unknown(cls))
        try:
            settings = cls()
        except ValidationError as error:
            raise WrongSetting("\n".join([*wrong, *_explain(error)])) from None
        if wrong:
            raise WrongSetting("\n".join(wrong))
        return settings


def masked(value: object) -> str:
    """A setting's value fit to be shown: no secret, and no password in an address."""
    if isinstance(value, SecretStr):
        return MASK
    return "" if value is None else re.sub(r"(://[^/:@\s]*:)[^/\s]*@", rf"\1{MASK}@", str(value))


def _explain(error: ValidationError) -> list[str]:
    lines = []
    for detail in error.errors():
        reason = detail["msg"].removeprefix("Value error, ")
        name = variable(str(detail["loc"][0]))
        given = "..." if name in SECRETS else re.sub(r"(?s)^(\w+://)?.*@", r"\1...@", str(detail["input"]))
        lines.append(f"{name}={given}: {reason[:1].lower()}{reason[1:]}")
    return lines
