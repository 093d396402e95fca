"""What an operator can set: the environment, or a `.env` file, under names that begin with `LINK_STATUS_`."""

import re
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from streams import setting_sources
from streams.loopback import is_loopback
from streams.topics import Topics

ENV_PREFIX = "LINK_STATUS_"
SECRETS = frozenset(ENV_PREFIX + name for name in ("AUTH_SECRET", "SASL_PASSWORD", "SSL_KEY_PASSWORD"))
MASK = "********"

MEBIBYTE = 1024 * 1024


class WrongSetting(Exception):
    """A setting makes no sense. Its text names each such setting and says why."""


class Form(NamedTuple):
    """What is allowed, in words, where types and bounds do not say it; for docs/settings.md."""

    words: str


def _host_ports(text: str) -> str:
    servers = [server.strip() for server in text.split(",")]
    for server in servers:
        host, _, port = server.rpartition(":")
        if not host or re.search(r"[\s/@]", host) or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(f"{server!r} is not host:port (several are separated by commas)")
    return ",".join(servers)


def valid_prefix(text: str) -> str:
    """A prefix of topics' names. Raises ValueError."""
    # Kafka allows 249 characters for a topic's name; ours need the rest.
    if not re.fullmatch(r"[a-zA-Z0-9._-]{0,200}", text):
        raise ValueError(f"{text!r} is not at most 200 of the characters a-z A-Z 0-9 . _ -")
    return text


def _source_prefix(text: str | None) -> str | None:
    return None if text is None else valid_prefix(text)


def _instance_id(text: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9._-]{0,249}", text):
        raise ValueError(f"{text!r} is not at most 249 of the characters a-z A-Z 0-9 . _ -")
    return text


def _registry(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s,?#]", text)):
        raise ValueError("not the http(s):// address of a schema registry")
    return text.rstrip("/")


def _url(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(r"https?://[^\s/?#@]+/?", text):
        raise ValueError("not http://host:port or https://host:port")
    return text


def _jwks(text: str | None) -> str | None:
    if text is not None and text.startswith("http://") and not is_loopback(urlsplit(text).hostname or ""):
        raise ValueError("keys that come by http can be replaced on their way; use https")
    return text


def _secret(secret: SecretStr | None) -> SecretStr | None:
    if secret is not None and len(secret.get_secret_value().encode()) < 32:
        raise ValueError("shorter than 32 bytes, which can be guessed")
    return secret


def _given(text: str | None) -> str | None:
    # What compose files hand on of a variable that is not set.
    return text or None


OptionalText = Annotated[str | None, BeforeValidator(_given)]
OptionalPath = Annotated[Path | None, BeforeValidator(_given)]
OptionalSecret = Annotated[SecretStr | None, BeforeValidator(_given)]


class Settings(BaseSettings):
    """The settings of one process. Each field is `LINK_STATUS_<FIELD>` in the environment.

    The names and defaults up to `processing_guarantee` are CONTRACT.md's, as is that of `max_record_bytes`.
    Make one with `load()`.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_file=".env",
        extra="ignore",  # other programs' names; ours are judged by load()
        frozen=True,
        use_attribute_docstrings=True,
    )

    bootstrap_servers: Annotated[str, AfterValidator(_host_ports), Form("host:port, …")] = "127.0.0.1:9092"
    """Where to find the brokers: host:port, several separated by commas."""

    topic_prefix: Annotated[str, AfterValidator(valid_prefix), Form("at most 200 of a-z A-Z 0-9 . _ -")] = ""
    """Goes before every topic name and the consumer group."""

    source_prefix: Annotated[str | None, AfterValidator(_source_prefix), Form("as TOPIC_PREFIX")] = None
    """Goes before the names of the sources instead: a deployment beside another one reads what that reads."""

    data_dir: Path = Path(".link-status-data")
    """Where the state is kept. One worker at a time."""

    web_host: str = Field("127.0.0.1", min_length=1)
    """The address on which the web is served. Any but a loopback address needs authentication."""

    web_port: int = Field(6066, ge=0, le=65535)
    """The port of the same; 0 takes any that is free."""

    processing_guarantee: Literal["exactly_once", "at_least_once"] = "exactly_once"
    """Whether outputs, state and offsets of a batch are one transaction, or may be repeated after a crash."""

    max_record_bytes: int = Field(262_144, ge=1)
    """The largest value of an input record in bytes; a larger one is dead-lettered."""

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """How the brokers are spoken to: encrypted or not, with a name and password or not (docs/security.md)."""

    sasl_mechanism: Annotated[
        Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] | None, BeforeValidator(_given)
    ] = None
    """How name and password are proved."""

    sasl_username: OptionalText = None
    """The name by which the brokers know link status."""

    sasl_password: OptionalSecret = None
    """Its password."""

    sasl_password_file: OptionalPath = None
    """Instead of it, a file with the password in its first line."""

    ssl_cafile: OptionalPath = None
    """The certificates (PEM) of those who sign the brokers' certificates; by default the system's."""

    ssl_certfile: OptionalPath = None
    """The certificate (PEM, with those in between) by which the brokers know link status."""

    ssl_keyfile: OptionalPath = None
    """Its key (PEM); by default it is in the same file."""

    ssl_key_password: OptionalSecret = None
    """The password of the key, if it has one."""

    schema_registry_url: Annotated[str, AfterValidator(_registry), Form("http:// or https:// address")] = ""
    """Where the schemas of the sinks are registered, as in http://user:password@host:8081; their values then
    carry the registry's frame. Empty: no registry, and plain JSON."""

    dead_letter_limit: float = Field(0.5, ge=0, le=1)
    """The share of a topic's records of a minute above which, as dead letters, no more input is taken; 1 is
    never."""

    dead_letter_minimum: int = Field(100, ge=1)
    """How many dead letters of a topic there must be within a minute for that."""

    batch_max_records: int = Field(5_000, ge=1)
    """The most records of a partition that are processed at a time."""

    batch_interval_ms: int = Field(0, ge=0, le=10_000)
    """Milliseconds from one batch of a step's partition to its next, unless there is a lot to do. With 0 each
    record is processed as it comes, which keeps broker and worker busy with commits; a tenth of a second or
    more spares both, folds what came meanwhile together, and tells it later by as much.
    """

    commit_interval_ms: int = Field(200, ge=1)
    """Milliseconds between commits of offsets, at least once."""

    state_cache_objects: int = Field(200_000, ge=0)
    """How many decoded objects are kept in memory, over all tables."""

    block_cache_bytes: int = Field(64 * MEBIBYTE, ge=MEBIBYTE)
    """The block cache that all RocksDB databases share, in bytes."""

    write_buffer_bytes: int = Field(64 * MEBIBYTE, ge=MEBIBYTE)
    """The memory for writes that all RocksDB databases share, in bytes."""

    web_url: Annotated[str | None, AfterValidator(_url), Form("http(s)://host:port")] = None
    """Where the other workers reach this one's web; by default its host (name) and port."""

    web_max_connections: int = Field(10_000, ge=1)
    """The most connections at a time."""

    web_max_streams: int = Field(5_000, ge=1)
    """The most event streams among them."""

    auth_jwks: Annotated[str | None, AfterValidator(_jwks), Form("path, or https:// address")] = None
    """The public keys that tokens are checked with: a JWKS file, or its URL."""

    auth_secret: Annotated[SecretStr | None, AfterValidator(_secret), Form("at least 32 bytes")] = None
    """Instead of these, a secret that is shared with the issuer of tokens: at least 32 bytes."""

    auth_issuer: str | None = None
    """The issuer (`iss`) that tokens must name."""

    auth_audience: str | None = None
    """The audience (`aud`) that tokens must name."""

    session_timeout_ms: int = Field(10_000, ge=1_000, le=1_800_000)
    """Milliseconds after which the partitions of a worker that died go to the others."""

    stall_timeout_ms: int = Field(120_000, ge=1_000)
    """Milliseconds without a finished batch, while records wait and brokers answer, until /livez fails."""

    group_instance_id: Annotated[
        str, AfterValidator(_instance_id), Form("at most 249 of a-z A-Z 0-9 . _ -")
    ] = ""
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

    @classmethod
    def load(cls) -> Self:
        """Read the environment and `.env`; raise WrongSetting if anything there makes no sense."""
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
        name = ENV_PREFIX + str(detail["loc"][0]).upper()
        given = "..." if name in SECRETS else re.sub(r"[^/]*@", "...@", str(detail["input"]))
        lines.append(f"{name}={given}: {reason[:1].lower()}{reason[1:]}")
    return lines
