"""From settings to a connection: which of them go together, and what is read from files."""

import logging
import ssl
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from streams.runtime.connection import Connection
from streams.settings import ENV_PREFIX, Settings, WrongSetting, variable

log = logging.getLogger(__name__)

PROTOCOL = f"{ENV_PREFIX}SECURITY_PROTOCOL"


def connection(settings: Settings) -> Connection:
    """How these settings reach the brokers. Raises WrongSetting where they do not go together, or name a file
    that is not there or not what it should be.
    """
    protocol = settings.security_protocol
    security: dict[str, Any] = {"security_protocol": protocol}
    if protocol.startswith("SASL_"):
        security |= _sasl(settings)
    else:
        _none_of(settings, "sasl_")
    if protocol.endswith("SSL"):
        security["ssl_context"] = _ssl_context(settings)
    else:
        _none_of(settings, "ssl_")
    return Connection(settings.bootstrap_servers, security)


def _none_of(settings: Settings, prefix: str) -> None:
    for name in type(settings).model_fields:
        if name.startswith(prefix) and getattr(settings, name) is not None:
            protocol = settings.security_protocol
            raise WrongSetting(f"{variable(name)}: {PROTOCOL}={protocol} has no use for it")


def _sasl(settings: Settings) -> dict[str, Any]:
    for name in ("sasl_mechanism", "sasl_username"):
        if getattr(settings, name) is None:
            raise WrongSetting(f"{variable(name)}: {PROTOCOL}={settings.security_protocol} needs it")
    _warn(settings)
    return {
        "sasl_mechanism": settings.sasl_mechanism,
        "sasl_plain_username": settings.sasl_username,
        "sasl_plain_password": _password(settings),
    }


def _warn(settings: Settings) -> None:
    if (settings.security_protocol, settings.sasl_mechanism) == ("SASL_PLAINTEXT", "PLAIN"):
        log.warning("%s=SASL_PLAINTEXT: the password is sent in the clear", PROTOCOL)


def _password(settings: Settings) -> str:
    given, file = settings.sasl_password, settings.sasl_password_file
    if given is not None and file is not None:
        raise WrongSetting(
            f"{variable('sasl_password_file')}: {variable('sasl_password')} is set, too; one is needed"
        )
    if given is None and file is None:
        wanted = f"{variable('sasl_password')} or {variable('sasl_password_file')}"
        raise WrongSetting(f"{wanted}: {PROTOCOL}={settings.security_protocol} needs one of them")
    if given is not None:
        return given.get_secret_value()
    assert file is not None
    return _first_line("sasl_password_file", file)


def _first_line(field: str, file: Path) -> str:
    # Editors, and most ways to write a secret into a file, end it with a newline.
    line = _text(field, file).partition("\n")[0].rstrip("\r")
    if not line:
        raise WrongSetting(f"{variable(field)}={file}: its first line is empty")
    return line


def _ssl_context(settings: Settings) -> ssl.SSLContext:
    """Verifies the brokers' certificates and host names, always."""
    if settings.ssl_cafile is not None:
        _text("ssl_cafile", settings.ssl_cafile)
        _certificates("ssl_cafile", settings.ssl_cafile)
    context = ssl.create_default_context(cafile=settings.ssl_cafile)
    if settings.ssl_certfile is not None:
        _load_own(context, settings, settings.ssl_certfile)
        return context
    for name in ("ssl_keyfile", "ssl_key_password"):
        if getattr(settings, name) is not None:
            raise WrongSetting(f"{variable(name)}: a key is of no use without {variable('ssl_certfile')}")
    return context


def _load_own(context: ssl.SSLContext, settings: Settings, certfile: Path) -> None:
    keyfile = settings.ssl_keyfile or certfile
    _text("ssl_certfile", certfile)
    key = _text("ssl_keyfile", keyfile)
    _certificates("ssl_certfile", certfile)
    # Without a password OpenSSL would ask for one on the terminal.
    password = settings.ssl_key_password or SecretStr("")
    try:
        context.load_cert_chain(certfile, keyfile, password.get_secret_value)
    except ssl.SSLError as error:
        at = f"{variable('ssl_keyfile')}={keyfile}"
        if "KEY_VALUES_MISMATCH" in str(error):
            raise WrongSetting(f"{at}: not the key of {variable('ssl_certfile')}={certfile}") from None
        if "ENCRYPTED" in key:
            raise WrongSetting(f"{variable('ssl_key_password')}: does not open {at}") from None
        raise WrongSetting(f"{at}: holds no key in PEM") from None


def _certificates(field: str, file: Path) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except ssl.SSLError:
        raise WrongSetting(f"{variable(field)}={file}: holds no certificates in PEM") from None


def _text(field: str, file: Path) -> str:
    try:
        return file.read_text()
    except OSError as error:
        raise WrongSetting(
            f"{variable(field)}={file}: {(error.strerror or 'cannot be read').lower()}"
        ) from None
    except UnicodeDecodeError:
        raise WrongSetting(f"{variable(field)}={file}: not a text in UTF-8") from None
