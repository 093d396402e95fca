"""What a setting may look like, where its type does not say it. A check raises ValueError with the reason."""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

from streams.loopback import is_loopback


class Form(NamedTuple):
    """What is allowed, in words, where types and bounds do not say it; for docs/settings.md."""

    words: str


# Without brackets an IPv6 address would have its port read as a part of it.
_HOST_PORT = re.compile(r"(?:\[[^\s/@;\[\]]+\]|[^\s/@:;\[\]]+):([0-9]{1,5})")


def _host_ports(text: str) -> str:
    servers = [server.strip() for server in text.split(",")]
    for server in servers:
        found = _HOST_PORT.fullmatch(server)
        if found is None or not 0 < int(found[1]) < 65536:
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


def _directory(text: object) -> object:
    # Path makes the working directory of it.
    if text == "":
        raise ValueError("no directory is named")
    return text


def _host(text: str) -> str:
    try:
        ip_address(text)
    except ValueError:
        # A last label of digits makes it an address to everyone who resolves it, and this one is none.
        if not re.fullmatch(r"([\w-]{1,63}\.)*[\w-]{1,63}", text) or text.rpartition(".")[2].isdecimal():
            raise ValueError("neither an IP address nor the name of a host") from None
    return text


def _address(text: str) -> SplitResult:
    """An address in its parts."""
    try:
        parts = urlsplit(text)
        sound = parts.port != 0
    except ValueError:  # its text may hold part of a password
        sound = False
    if not sound:
        raise ValueError("its host or port (1 to 65535) cannot be read")
    return parts


def _registry(text: str) -> str:
    parts = _address(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s,?#]", text)):
        raise ValueError("not the http(s):// address of a schema registry")
    return text.rstrip("/")


def _url(text: str | None) -> str | None:
    if text is not None and not (re.fullmatch(r"https?://[^\s/?#@]+/?", text) and _address(text).hostname):
        raise ValueError("not http://host:port or https://host:port")
    return text


def is_address(where: str) -> bool:
    """Whether it is one, and no path."""
    return where.startswith(("https://", "http://"))


def valid_keys(text: str | None) -> str | None:
    """Where a JWKS is. Raises ValueError for an address from which it could not be trusted."""
    if text is None or not is_address(text):
        return text
    host = _address(text).hostname
    if not host:
        raise ValueError("an address without a host")
    if text.startswith("http://") and not is_loopback(host):
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
OptionalPrefix = Annotated[str | None, AfterValidator(_source_prefix), Form("as TOPIC_PREFIX")]

Directory = Annotated[Path, BeforeValidator(_directory), Form("path, not empty")]
Host = Annotated[str, AfterValidator(_host), Form("IP address, or name of a host")]
HostPorts = Annotated[str, AfterValidator(_host_ports), Form("host:port, …")]
Prefix = Annotated[str, AfterValidator(valid_prefix), Form("at most 200 of a-z A-Z 0-9 . _ -")]
InstanceId = Annotated[str, AfterValidator(_instance_id), Form("at most 249 of a-z A-Z 0-9 . _ -")]
RegistryUrl = Annotated[str, AfterValidator(_registry), Form("http:// or https:// address")]
Mechanism = Annotated[Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] | None, BeforeValidator(_given)]
OwnUrl = Annotated[str | None, BeforeValidator(_given), AfterValidator(_url), Form("http(s)://host:port")]
Keys = Annotated[
    str | None, BeforeValidator(_given), AfterValidator(valid_keys), Form("path, or https:// address")
]
Secret = Annotated[
    SecretStr | None, BeforeValidator(_given), AfterValidator(_secret), Form("at least 32 bytes")
]
