"""A schema registry, where there is one: the schemas of the sinks are registered at start, once.

Nothing is asked of it afterwards, so a registry that goes away later holds up nothing.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from schemas.export import value_schema
from schemas.registry import TOPICS
from streams.settings import ENV_PREFIX, WrongSetting
from streams.topics import Topics
from streams.wire_format import frame

if TYPE_CHECKING:
    from confluent_kafka.schema_registry import AsyncSchemaRegistryClient, Schema

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 5.0
REQUEST_TIMEOUT_S = 10.0
NOT_FOUND = 404
BUSY = 429
SERVER_ERROR = 500
# Of a subject, of a version of it, of a schema. Source: Confluent, "Schema Registry API Reference", "Errors".
_UNKNOWN_CODES = (40401, 40402, 40403)
_LONGEST_REASON = 200


class RegistryRefused(Exception):
    """The registry does not take a schema. Its text names the subject and the reason."""


class _Away(Exception):
    """The registry does not answer, or not now."""


async def frames(url: str, topics: Topics) -> dict[str, bytes]:
    """What stands before each value of a sink, by full topic name; registers their schemas if need be.

    Waits for a registry that is away; cancel to give up. Raises RegistryRefused, and WrongSetting where the
    client is not installed.
    """
    client = _client(url)
    try:
        return {
            topics.full_name(name): frame(
                await _when_there(client, f"{topics.full_name(name)}-value", schema)
            )
            for name, schema in _published()
        }
    finally:
        await client.aclose()


async def refusal(url: str, topics: Topics) -> str | None:
    """Why it cannot be read just now; None where it can. Registers nothing. Raises WrongSetting."""
    client = _client(url)
    try:
        for name, schema in _published():
            await _known(client, f"{topics.full_name(name)}-value", schema, by_code=True)
    except (_Away, RegistryRefused) as error:
        return str(error)
    finally:
        await client.aclose()
    return None


def _published() -> Iterable[tuple[str, str]]:
    return (
        (name, json.dumps(value_schema(name), ensure_ascii=False))
        for name, topic in TOPICS.items()
        if topic.published
    )


def _client(url: str) -> "AsyncSchemaRegistryClient":
    try:
        from confluent_kafka.schema_registry import AsyncSchemaRegistryClient
    except ImportError as error:
        raise WrongSetting(
            f"{ENV_PREFIX}SCHEMA_REGISTRY_URL: the client is not installed "
            f"(pip install 'product-link-status[schema-registry]'): {error}"
        ) from None
    return AsyncSchemaRegistryClient({**_address(url), "max.retries": 0, "timeout": REQUEST_TIMEOUT_S})


def _address(url: str) -> dict[str, str]:
    # HTTP clients log addresses, so the password goes beside it.
    parts = urlsplit(url)
    credentials, _, host = parts.netloc.rpartition("@")
    bare = {"url": parts._replace(netloc=host).geturl()}
    return bare | {"basic.auth.user.info": unquote(credentials)} if credentials else bare


async def _when_there(client: "AsyncSchemaRegistryClient", subject: str, schema: str) -> int:
    pause = FIRST_PAUSE_S
    while True:
        try:
            return await _id(client, subject, schema)
        except _Away as error:
            log.warning("the schema registry does not answer (%s); waiting", error)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)


async def _id(client: "AsyncSchemaRegistryClient", subject: str, text: str) -> int:
    """The id of a schema under a subject, which is looked up before it is registered: reading may be all that
    we are allowed. Raises RegistryRefused and _Away.
    """
    known = await _known(client, subject, text)
    if known is not None:
        return known
    with _plainly(subject):
        return await client.register_schema(subject, _schema(text))


async def _known(
    client: "AsyncSchemaRegistryClient", subject: str, text: str, by_code: bool = False
) -> int | None:
    """The same, if it is there. Any web server may say that it is not, `by_code` only a schema registry."""
    from confluent_kafka.schema_registry.error import SchemaRegistryError

    with _plainly(subject):
        try:
            return (await client.lookup_schema(subject, _schema(text))).schema_id
        except SchemaRegistryError as error:
            if error.http_status_code != NOT_FOUND or (by_code and error.error_code not in _UNKNOWN_CODES):
                raise
            return None


def _schema(text: str) -> "Schema":
    from confluent_kafka.schema_registry import Schema

    return Schema(text, "JSON")


@contextlib.contextmanager
def _plainly(subject: str) -> Iterator[None]:
    """What the client raises, as RegistryRefused and _Away."""
    from confluent_kafka.schema_registry.error import SchemaRegistryError
    from httpx2 import TransportError

    try:
        yield
    except TransportError as error:
        raise _Away(f"{type(error).__name__}: {error}") from None
    except SchemaRegistryError as error:
        said = str(error.error_message or "no reason")[:_LONGEST_REASON]  # or the page of a proxy
        reason = f"HTTP status {error.http_status_code}: {said}"
        if error.http_status_code == BUSY or error.http_status_code >= SERVER_ERROR:
            raise _Away(reason) from None
        raise RegistryRefused(f"the schema registry refused subject {subject}: {reason}") from None
    except (AttributeError, LookupError, TypeError, ValueError):  # it takes any answer apart
        raise RegistryRefused(f"no schema registry: what answers for subject {subject} is another") from None
