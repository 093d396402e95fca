"""An Apache Kafka that lets in only whom it knows, and lets them do only what ACLs allow."""

from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from demo.brokers.kafka import RealKafka, free_ports
from tests.kafka.certificates import Authority

USER = "link-status"
PASSWORD = "c0rrect-h0rse"
OPERATOR = "link-status-operator"

PROPERTIES = """\
listener.security.protocol.map=\
PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_SSL,OPEN:SASL_PLAINTEXT,MUTUAL:SSL,EXPIRED:SASL_SSL
listeners={listeners},CONTROLLER://127.0.0.1:{controller}
advertised.listeners={listeners}
controller.quorum.voters=1@127.0.0.1:{controller}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
# Whoever comes without a name is this test itself.
super.users=User:ANONYMOUS
connections.max.reauth.ms={session_ms}
sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512,PLAIN
ssl.keystore.type=PEM
ssl.keystore.location={broker}
ssl.truststore.type=PEM
ssl.truststore.location={authority}
listener.name.mutual.ssl.client.auth=required
listener.name.mutual.ssl.principal.mapping.rules=RULE:^CN=([^,]+).*$/$1/
listener.name.expired.ssl.keystore.type=PEM
listener.name.expired.ssl.keystore.location={expired}
"""
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"


class Doors(NamedTuple):
    """The addresses of one broker, by who is let in there."""

    plaintext: str
    """Anyone, as a superuser."""
    sasl: str
    """Name and password, encrypted."""
    open: str
    """Name and password, not encrypted."""
    mutual: str
    """Certificates that the authority signed."""
    expired: str
    """Nobody who looks at the broker's certificate there."""


class SecuredKafka(RealKafka):
    """One broker with all of these doors; USER and OPERATOR have PASSWORD.

    Who is let in must come anew after `session_ms`, if that is not 0.
    """

    def __init__(self, directory: Path, session_ms: int = 0) -> None:
        self.authority = Authority(directory, "authority")
        *ports, controller = free_ports(6)
        self.doors = Doors(*(f"127.0.0.1:{port}" for port in ports))
        names = ("PLAINTEXT", "SASL", "OPEN", "MUTUAL", "EXPIRED")
        listeners = ",".join(f"{name}://{door}" for name, door in zip(names, self.doors, strict=True))
        text = PROPERTIES.format(
            listeners=listeners,
            controller=controller,
            broker=self.authority.issue("broker"),
            expired=self.authority.issue("expired", ends_in=-timedelta(hours=1)),
            authority=self.authority.file,
            session_ms=session_ms,
        )
        super().__init__(dict(line.split("=", 1) for line in text.splitlines() if line[0] != "#") | _logins())
        self.bootstrap = self.doors.plaintext

    def format_options(self) -> list[str]:
        return [
            f"--add-scram={mechanism}=[name={name},password={PASSWORD}]"
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
            for name in (USER, OPERATOR)
        ]


def _logins() -> dict[str, str]:
    plain = f'{PLAIN} username="{USER}" password="{PASSWORD}" user_{USER}="{PASSWORD}";'
    return {
        f"listener.name.{door}.{mechanism}.sasl.jaas.config": login
        for door in ("sasl", "open", "expired")
        for mechanism, login in (("scram-sha-256", SCRAM), ("scram-sha-512", SCRAM), ("plain", plain))
    }


def by_scram(broker: SecuredKafka, name: str = USER, **settings: str) -> dict[str, str]:
    """Settings of who comes with a name and PASSWORD."""
    given = {
        "BOOTSTRAP_SERVERS": broker.doors.sasl,
        "SECURITY_PROTOCOL": "SASL_SSL",
        "SASL_MECHANISM": "SCRAM-SHA-512",
        "SASL_USERNAME": name,
        "SASL_PASSWORD": "" if "SASL_PASSWORD_FILE" in settings else PASSWORD,
        "SSL_CAFILE": str(broker.authority.file),
    }
    return environment(**given | settings)


def by_certificate(broker: SecuredKafka, certificate: Path, **settings: str) -> dict[str, str]:
    """Settings of who comes with a certificate (and its key)."""
    return environment(
        BOOTSTRAP_SERVERS=broker.doors.mutual,
        SECURITY_PROTOCOL="SSL",
        SSL_CAFILE=str(broker.authority.file),
        SSL_CERTFILE=str(certificate),
        **settings,
    )


def environment(**settings: str) -> dict[str, str]:
    """Settings by their names in the environment."""
    return {f"LINK_STATUS_{name}": value for name, value in settings.items()}
