"""Why brokers do not let us in. aiokafka logs it and says of every reason that there is no broker, so that a
wrong password would be waited out like a restart.
"""

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from typing import Any

from aiokafka.conn import collect_hosts
from aiokafka.errors import (
    AuthenticationFailedError,
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from streams.runtime import sockets
from streams.runtime.connection import Connection

Address = tuple[str, int]
"""Host and port."""

_TIMEOUT_MS = 10_000
# OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH; _CERT_NOT_YET_VALID, _CERT_HAS_EXPIRED.
_OTHER_NAME = (62, 64)
_OUT_OF_DATE = (9, 10)


class NotLetIn(Exception):
    """A broker refuses us, or shows what we must refuse. Its text names setting, broker and reason."""


async def start(client: Any, connection: Connection) -> None:
    """Start one of aiokafka's clients, which is to be stopped even if this fails.

    Raises KafkaConnectionError without a broker, NotLetIn where one refuses us.
    """
    try:
        await client.start()
    except KafkaConnectionError:
        if doubt := await explain(connection):
            raise KafkaConnectionError(doubt) from None
        raise


async def explain(connection: Connection, others: Iterable[Address] = ()) -> str:
    """Knock at the bootstrap servers, and at `others`, after no client could do its work.

    Raises NotLetIn when one of them refuses. Else what to think of it, for a log: they may come back.
    """
    doubt = ""
    # In their order, so that of several who refuse us the same one is named each time.
    servers = collect_hosts(connection.bootstrap_servers, randomize=False)
    bootstrap = [(host, port) for host, port, _ in servers]
    for address in dict.fromkeys([*bootstrap, *others]):
        try:
            await _knock(connection, address)
        except (OSError, KafkaError, TimeoutError) as error:
            doubt = _judge(_causes(error), connection, _host_port(address)) or doubt
    return doubt


async def _knock(connection: Connection, address: Address) -> None:
    door = sockets.Connection(*address, request_timeout_ms=_TIMEOUT_MS, **connection.security)
    try:
        await door.connect()
        # With TLS 1.3 a broker that does not take our certificate says so after the handshake.
        await door.send(MetadataRequest([]))
    finally:
        closed = door.close()
        if door._protocol is not None:  # else nobody was there
            await asyncio.wait({closed})


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _judge(causes: Iterable[BaseException], connection: Connection, broker: str) -> str:
    """A doubt, or none. Raises NotLetIn."""
    doubt = ""
    for cause in causes:
        refusal = _refusal(cause, connection, broker)
        if refusal is not None:
            raise NotLetIn(refusal) from None
        if isinstance(cause, (EOFError, ConnectionResetError, ssl.SSLEOFError)):
            doubt = f"{broker} hangs up; if that lasts, it wants another than {_protocol(connection)}"
    return doubt


def _refusal(error: BaseException, connection: Connection, broker: str) -> str | None:
    if isinstance(error, ssl.SSLError):
        return _tls_refusal(error, connection, broker)
    name, mechanism = (connection.security.get(each) for each in ("sasl_plain_username", "sasl_mechanism"))
    if isinstance(error, (SaslAuthenticationFailed, AuthenticationFailedError)):
        said = error.args[0] if error.args else "no reason given"
        return f"LINK_STATUS_SASL_PASSWORD: {broker} does not let in LINK_STATUS_SASL_USERNAME={name}: {said}"
    if isinstance(error, UnsupportedSaslMechanismError):
        return f"LINK_STATUS_SASL_MECHANISM={mechanism}: {broker} does not offer it"
    if isinstance(error, IllegalSaslStateError):
        return f"{_protocol(connection)}: {broker} has no SASL on this port"
    return None


def _tls_refusal(error: ssl.SSLError, connection: Connection, broker: str) -> str | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _not_verified(error, broker)
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return None  # as when a broker goes down
    if "ALERT" in (error.reason or ""):
        return f"LINK_STATUS_SSL_CERTFILE: {broker} wants a certificate that it trusts ({error.reason})"
    return f"{_protocol(connection)}: {broker} does not speak TLS on this port ({error.reason})"


def _not_verified(error: ssl.SSLCertVerificationError, broker: str) -> str:
    said = error.verify_message
    if error.verify_code in _OTHER_NAME:
        return f"LINK_STATUS_BOOTSTRAP_SERVERS: the certificate of {broker} is another one's: {said}"
    if error.verify_code in _OUT_OF_DATE:
        return f"LINK_STATUS_SSL_CAFILE: the certificate of {broker}, or its signer's, is out of date: {said}"
    return f"LINK_STATUS_SSL_CAFILE: the certificate of {broker} is signed by nobody in there: {said}"


def _protocol(connection: Connection) -> str:
    return f"LINK_STATUS_SECURITY_PROTOCOL={connection.security.get('security_protocol', 'PLAINTEXT')}"


def _host_port(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
