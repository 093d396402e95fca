"""Settings about encryption and identity that do not go together are refused, without asking any broker."""

import ssl
from pathlib import Path

import pytest

from streams.security import connection
from streams.settings import Settings, WrongSetting
from tests.kafka.certificates import Authority

SASL = {
    "security_protocol": "SASL_PLAINTEXT",
    "sasl_mechanism": "SCRAM-SHA-512",
    "sasl_username": "link-status",
    "sasl_password": "s3cret",
}
TLS = {"security_protocol": "SSL"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "authority")


def settings(**given: object) -> Settings:
    return Settings.model_validate({name: str(value) for name, value in given.items()})


def refused(**given: object) -> str:
    """Why; it never tells a secret."""
    with pytest.raises(WrongSetting) as wrong:
        connection(settings(**given))
    assert "s3cret" not in str(wrong.value)
    return str(wrong.value)


def test_by_default_there_is_neither() -> None:
    assert connection(settings()).arguments == {
        "bootstrap_servers": "127.0.0.1:9092",
        "security_protocol": "PLAINTEXT",
    }


def test_what_is_set_to_nothing_is_not_set() -> None:
    nothing = dict.fromkeys(
        (name for name in Settings.model_fields if name.startswith(("sasl_", "ssl_"))), ""
    )
    assert connection(settings(**nothing)) == connection(settings())


def test_a_name_and_a_password() -> None:
    reached = connection(settings(**SASL))
    assert reached.arguments["sasl_plain_password"] == "s3cret"
    assert "s3cret" not in repr(reached)


def test_a_password_in_the_clear_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    connection(settings(**SASL))
    assert caplog.text == ""
    connection(settings(**SASL | {"sasl_mechanism": "PLAIN"}))
    assert "the password is sent in the clear" in caplog.text
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize("text", ["s3cret", "s3cret\n", "s3cret\r\nwhat it is for\n"])
def test_a_password_in_a_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "password"
    file.write_text(text, newline="")
    reached = connection(settings(**SASL | {"sasl_password": "", "sasl_password_file": file}))
    assert reached.arguments["sasl_plain_password"] == "s3cret"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (
            {"sasl_username": "a"},
            "LINK_STATUS_SASL_USERNAME: LINK_STATUS_SECURITY_PROTOCOL=PLAINTEXT has no use",
        ),
        (
            TLS | {"sasl_password": "s3cret"},
            "LINK_STATUS_SASL_PASSWORD: LINK_STATUS_SECURITY_PROTOCOL=SSL has no",
        ),
        (
            {"ssl_cafile": "ca.pem"},
            "LINK_STATUS_SSL_CAFILE: LINK_STATUS_SECURITY_PROTOCOL=PLAINTEXT has no use",
        ),
        (
            SASL | {"ssl_certfile": "c.pem"},
            "LINK_STATUS_SSL_CERTFILE: LINK_STATUS_SECURITY_PROTOCOL=SASL_PLAINTEXT",
        ),
        (
            SASL | {"sasl_mechanism": ""},
            "LINK_STATUS_SASL_MECHANISM: LINK_STATUS_SECURITY_PROTOCOL=SASL_PLAINTEXT needs",
        ),
        (
            SASL | {"sasl_username": ""},
            "LINK_STATUS_SASL_USERNAME: LINK_STATUS_SECURITY_PROTOCOL=SASL_PLAINTEXT needs",
        ),
        (SASL | {"sasl_password": ""}, "LINK_STATUS_SASL_PASSWORD or LINK_STATUS_SASL_PASSWORD_FILE: "),
        (
            SASL | {"sasl_password_file": "f"},
            "LINK_STATUS_SASL_PASSWORD_FILE: LINK_STATUS_SASL_PASSWORD is set, too",
        ),
        (
            TLS | {"ssl_keyfile": "key.pem"},
            "LINK_STATUS_SSL_KEYFILE: a key is of no use without LINK_STATUS_SSL_CERTFILE",
        ),
        (TLS | {"ssl_key_password": "s3cret"}, "LINK_STATUS_SSL_KEY_PASSWORD: a key is of no use without"),
        (TLS | {"ssl_cafile": "/none.pem"}, "LINK_STATUS_SSL_CAFILE=/none.pem: no such file"),
        (TLS | {"ssl_certfile": "/none.pem"}, "LINK_STATUS_SSL_CERTFILE=/none.pem: no such file"),
        (
            SASL | {"sasl_password": "", "sasl_password_file": "/none"},
            "LINK_STATUS_SASL_PASSWORD_FILE=/none: no such",
        ),
    ],
)
def test_what_does_not_go_together_is_named(given: dict[str, str], why: str) -> None:
    assert refused(**given).startswith(why)


def test_an_empty_password_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("\ns3cret\n")
    why = refused(**SASL | {"sasl_password": "", "sasl_password_file": file})
    assert why == f"LINK_STATUS_SASL_PASSWORD_FILE={file}: its first line is empty"


def test_brokers_and_their_names_are_always_verified(authority: Authority) -> None:
    context = connection(settings(**TLS, ssl_cafile=authority.file)).arguments["ssl_context"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_key_with_a_password(authority: Authority) -> None:
    certificate = authority.issue("locked", password="s3cret")
    own = TLS | {"ssl_certfile": certificate}
    closed = f"LINK_STATUS_SSL_KEY_PASSWORD: does not open LINK_STATUS_SSL_KEYFILE={certificate}"
    assert refused(**own) == refused(**own, ssl_key_password="s3cret-not") == closed
    connection(settings(**own, ssl_key_password="s3cret"))


def test_files_that_are_not_what_they_should_be(authority: Authority, tmp_path: Path) -> None:
    text = tmp_path / "text.pem"
    text.write_text("no PEM")
    der = tmp_path / "binary.der"
    der.write_bytes(b"\x30\x82\xff")
    own, other = authority.issue("own"), authority.issue("other")
    assert refused(**TLS, ssl_cafile=text).startswith(f"LINK_STATUS_SSL_CAFILE={text}: holds no certificates")
    assert refused(**TLS, ssl_cafile=der).endswith("not a text in UTF-8")
    assert (
        refused(**TLS, ssl_certfile=text) == f"LINK_STATUS_SSL_CERTFILE={text}: holds no certificates in PEM"
    )
    assert refused(**TLS, ssl_certfile=own, ssl_keyfile=text) == (
        f"LINK_STATUS_SSL_KEYFILE={text}: holds no key in PEM"
    )
    assert refused(**TLS, ssl_certfile=own, ssl_keyfile=other) == (
        f"LINK_STATUS_SSL_KEYFILE={other}: not the key of LINK_STATUS_SSL_CERTFILE={own}"
    )
