"""The settings by which brokers are reached, and who we are to them."""

import ssl
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

from examples.notifier.refused import ENV_PREFIX, wrong


class BrokerSettings(BaseSettings):
    """As those of link status (docs/security.md), under this service's prefix."""

    bootstrap_servers: str = Field("127.0.0.1:9092", pattern=r"^[^\s,/@]+:\d+(,[^\s,/@]+:\d+)*$")
    """Where to find the brokers: host:port, several separated by commas."""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """Encrypted or not, with a name and password or not."""
    sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] | None = None
    sasl_username: str | None = Field(None, min_length=1)
    sasl_password: SecretStr | None = None
    sasl_password_file: Path | None = None
    """Instead of the password, a file with it in its first line."""
    ssl_cafile: Path | None = None
    """The certificates of those who sign the brokers'; by default the system's."""
    ssl_certfile: Path | None = None
    ssl_keyfile: Path | None = None
    """The key of our certificate; by default it is in the same file."""
    ssl_key_password: SecretStr | None = None

    @property
    def brokers(self) -> dict[str, Any]:
        """The arguments of every aiokafka client."""
        sasl = {
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.sasl_username,
            "sasl_plain_password": self._password(),
        }
        return {
            "bootstrap_servers": self.bootstrap_servers,
            "security_protocol": self.security_protocol,
            **(sasl if self.security_protocol.startswith("SASL") else {}),
            **({"ssl_context": self._tls()} if self.security_protocol.endswith("SSL") else {}),
        }

    @model_validator(mode="after")
    def _fit_protocol(self) -> Self:
        sasl, tls = self.security_protocol.startswith("SASL"), self.security_protocol.endswith("SSL")
        of = f"{ENV_PREFIX}SECURITY_PROTOCOL={self.security_protocol}"
        for name in BrokerSettings.model_fields:
            if getattr(self, name) is not None and (
                (name.startswith("sasl_") and not sasl) or (name.startswith("ssl_") and not tls)
            ):
                raise wrong(name, f"{of} has no use for it")
        for name in ("sasl_mechanism", "sasl_username") if sasl else ():
            if getattr(self, name) is None:
                raise wrong(name, f"{of} needs it")
        if sasl and (self.sasl_password is None) == (self.sasl_password_file is None):
            raise wrong("sasl_password", f"{of} needs this or {ENV_PREFIX}SASL_PASSWORD_FILE, one of them")
        self.brokers  # noqa: B018 (files are read at start, where a wrong one is named)
        return self

    def _password(self) -> str | None:
        if self.sasl_password_file is None:
            return None if self.sasl_password is None else self.sasl_password.get_secret_value()
        try:
            return self.sasl_password_file.read_text().partition("\n")[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise wrong("sasl_password_file", f"cannot be read: {error}") from None

    def _tls(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ssl_cafile)
        except OSError as error:
            raise wrong("ssl_cafile", f"no certificates in PEM: {error}") from None
        password = self.ssl_key_password or SecretStr("")
        if self.ssl_certfile is not None:
            try:
                context.load_cert_chain(self.ssl_certfile, self.ssl_keyfile, password.get_secret_value)
            except OSError as error:
                raise wrong("ssl_certfile", f"no certificate with its key: {error}") from None
        return context
