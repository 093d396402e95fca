"""How the demo's clients, which are librdkafka's, reach the brokers that LINK_STATUS_* names."""

from streams.security import connection
from streams.settings import Settings


def configuration(settings: Settings) -> dict[str, str]:
    """For every client. Raises WrongSetting where settings do not go together, or name a wrong file."""
    security = connection(settings).security
    key_password = settings.ssl_key_password
    given = {
        "bootstrap.servers": settings.bootstrap_servers,
        "security.protocol": settings.security_protocol,
        "sasl.mechanism": settings.sasl_mechanism,
        "sasl.username": settings.sasl_username,
        "sasl.password": security.get("sasl_plain_password"),
        "ssl.ca.location": settings.ssl_cafile,
        "ssl.certificate.location": settings.ssl_certfile,
        "ssl.key.location": settings.ssl_keyfile or settings.ssl_certfile,
        "ssl.key.password": key_password and key_password.get_secret_value(),
    }
    return {name: str(value) for name, value in given.items() if value is not None}
