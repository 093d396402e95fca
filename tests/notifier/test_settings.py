"""What makes no sense refuses to start, naming the setting."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from examples.notifier import recipients
from examples.notifier.recipients import Recipient, WrongRecipients
from examples.notifier.refused import ENV_PREFIX, WrongSetting
from examples.notifier.rules import DAY, HOUR, Rules
from examples.notifier.settings import Settings
from tests.support.environment import loader

Load = Callable[..., Settings]
SECRET = "whsec_" + "QUJD" * 10
WEBHOOK = {"CHANNEL": "webhook", "WEBHOOK_URL": "https://x.example/hook", "WEBHOOK_SECRET": SECRET}
SMTP = {
    "CHANNEL": "smtp",
    "SMTP_HOST": "mail.example",
    "SMTP_FROM": "links@x.example",
    "RECIPIENTS": "r.json",
}

FILE = {"SECURITY_PROTOCOL": "SASL_PLAINTEXT", "SASL_MECHANISM": "PLAIN", "SASL_USERNAME": "me"}
SASL = {**FILE, "SASL_PASSWORD": "c2hvcnQ"}


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Settings from an environment that holds only what is given."""
    return loader(Settings.load, ENV_PREFIX, tmp_path, monkeypatch)


def test_the_defaults_are_the_rules(load: Load) -> None:
    assert load().rules == Rules()
    assert Rules().outage_wait == 48 * HOUR
    assert (Rules().outage_limit, Rules().outage_window) == (4, 14 * DAY)


def test_a_password_may_be_in_a_file(load: Load, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("pässword \r\nsecond\n")
    brokers = load(**FILE, SASL_PASSWORD_FILE="password").brokers
    assert brokers["sasl_plain_password"] == "pässword "


def test_what_clients_are_made_with(load: Load) -> None:
    assert load(**SASL).brokers == {
        "bootstrap_servers": "127.0.0.1:9092",
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "me",
        "sasl_plain_password": "c2hvcnQ",
    }


@pytest.mark.parametrize("channel", [WEBHOOK, SMTP, {**WEBHOOK, "WEBHOOK_URL": "http://127.0.0.1:8080/"}])
def test_a_channel_with_all_it_needs(load: Load, channel: dict[str, str]) -> None:
    assert load(**channel).channel == channel["CHANNEL"]


@pytest.mark.parametrize(
    ("environment", "named", "why"),
    [
        ({"BOOTSTRAP_SERVERS": "kafka"}, "BOOTSTRAP_SERVERS", "pattern"),
        ({"SASL_USERNAME": "me"}, "SASL_USERNAME", "PLAINTEXT has no use for it"),
        ({**SASL, "SSL_CAFILE": "ca.pem"}, "SSL_CAFILE", "has no use for it"),
        ({**SASL, "SASL_USERNAME": ""}, "SASL_USERNAME", "at least 1 character"),
        ({**SASL, "SASL_PASSWORD_FILE": "password"}, "SASL_PASSWORD", "one of them"),
        ({"SECURITY_PROTOCOL": "SASL_SSL", "SASL_USERNAME": "me"}, "SASL_MECHANISM", "needs it"),
        ({**FILE, "SASL_PASSWORD_FILE": "none"}, "SASL_PASSWORD_FILE", "No such file"),
        ({"SECURITY_PROTOCOL": "SSL", "SSL_CAFILE": "none.pem"}, "SSL_CAFILE", "no certificates"),
        ({"SECURITY_PROTOCOL": "SSL", "SSL_CERTFILE": "none.pem"}, "SSL_CERTFILE", "no certificate"),
        ({"TOPIC_PREFIX": "a b"}, "TOPIC_PREFIX", "pattern"),
        ({"OUTAGE_WAIT_HOURS": "-1"}, "OUTAGE_WAIT_HOURS", "greater than or equal to 0"),
        ({"OUTAGE_WAIT_HOURS": "nan"}, "OUTAGE_WAIT_HOURS", "finite"),
        ({"OUTAGE_LIMIT": "0"}, "OUTAGE_LIMIT", "greater than or equal to 1"),
        ({"OUTAGE_WINDOW_DAYS": "2"}, "OUTAGE_WINDOW_DAYS", "longer than the wait"),
        ({"DIGEST_MINUTES": "soon"}, "DIGEST_MINUTES", "number"),
        ({"GATHER_SECONDS": "-2"}, "GATHER_SECONDS", "greater than or equal to 0"),
        ({"GIVE_UP_HOURS": "0"}, "GIVE_UP_HOURS", "greater than 0"),
        ({"LOCALE": "tlh_KX"}, "LOCALE", "no locale"),
        ({"TIMEZONE": "Mars/Olympus"}, "TIMEZONE", "no time zone"),
        ({"CHANNEL": "pigeon"}, "CHANNEL", "'console', 'webhook' or 'smtp'"),
        ({"CHANNEL": "webhook"}, "WEBHOOK_URL", "needs it"),
        ({**WEBHOOK, "WEBHOOK_URL": "ftp://x.example"}, "WEBHOOK_URL", "https://"),
        ({**WEBHOOK, "WEBHOOK_URL": "http://x.example"}, "WEBHOOK_URL", "https expected"),
        ({**WEBHOOK, "WEBHOOK_SECRET": "whsec_c2hvcnQ="}, "WEBHOOK_SECRET", "24 to 64 bytes"),
        ({**WEBHOOK, "WEBHOOK_SECRET": "QUJD" * 10}, "WEBHOOK_SECRET", "24 to 64 bytes"),
        ({"CHANNEL": "smtp"}, "SMTP_HOST", "needs it"),
        ({**SMTP, "SMTP_PORT": "0"}, "SMTP_PORT", "greater than or equal to 1"),
        ({**SMTP, "SMTP_FROM": "links"}, "SMTP_FROM", "no address"),
        ({**SMTP, "SMTP_FROM": "@x.example"}, "SMTP_FROM", "no address"),
        ({**SMTP, "SMTP_FROM": "links@x..example"}, "SMTP_FROM", "no address"),
        ({**SMTP, "SMTP_FROM": "Links <links@x.example"}, "SMTP_FROM", "no address"),
        ({**SMTP, "SMTP_FROM": "a@x.example, b@x.example"}, "SMTP_FROM", "no address"),
        ({**SMTP, "SMTP_USER": "me"}, "SMTP_PASSWORD", "together"),
        ({**SMTP, "SMTP_USER": "me", "SMTP_PASSWORD": "pw", "SMTP_TLS": "none"}, "SMTP_TLS", "in the clear"),
    ],
)
def test_what_makes_no_sense_is_refused(
    load: Load, environment: dict[str, str], named: str, why: str
) -> None:
    with pytest.raises(WrongSetting) as refused:
        load(**environment)
    assert f"NOTIFIER_{named}: " in str(refused.value)
    assert why in str(refused.value)
    assert "c2hvcnQ" not in str(refused.value), "a secret in a message"


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("[]", "Expected `object`"),
        ('{"c7": {"mail": "a@b.example"}}', "unknown field `mail`"),
        ('{"c7": {"locale": "xx_YY_ZZ"}}', "c7: 'xx_YY_ZZ' is no locale"),
        ('{"c7": {"timezone": "there"}}', "c7: 'there' is no time zone"),
        ('{"c7": {"email": "c7\\nBcc: all@x.example"}}', "c7: email"),
    ],
)
def test_wrong_recipients_are_refused(tmp_path: Path, file: str, named: str) -> None:
    path = tmp_path / "recipients.json"
    path.write_text(file)
    with pytest.raises(WrongRecipients, match=f"^NOTIFIER_RECIPIENTS=.*{named}"):
        recipients.load(path)


@pytest.mark.parametrize(
    "address", ["", "c7", "a@", "@", "@x.example", "a@[1", "a@b@x.example", "C7 <>", "c7:;", "c7@x example"]
)
def test_an_address_that_is_none_is_refused(tmp_path: Path, address: str) -> None:
    path = tmp_path / "recipients.json"
    path.write_text(json.dumps({"c7": {"email": address}}))
    with pytest.raises(WrongRecipients) as refused:
        recipients.load(path)
    assert str(refused.value) == f"NOTIFIER_RECIPIENTS={path}: c7: email: {address!r} is no address"


@pytest.mark.parametrize("address", ["c7@x.example", "C7 <c7@x.example>", "七@例.example", "c7@[127.0.0.1]"])
def test_any_address_that_can_be_mailed_to_is_taken(tmp_path: Path, address: str) -> None:
    path = tmp_path / "recipients.json"
    path.write_text(json.dumps({"c7": {"email": address}}))
    assert recipients.load(path)["c7"].email == address


def test_recipients(tmp_path: Path) -> None:
    path = tmp_path / "recipients.json"
    path.write_text('{"c7": {"locale": "zh-CN", "email": "c7@x.example"}}')
    assert recipients.load(path) == {"c7": Recipient("zh-CN", None, "c7@x.example")}
    with pytest.raises(WrongRecipients, match=r"NOTIFIER_RECIPIENTS=.*No such file"):
        recipients.load(tmp_path / "none.json")


def test_a_name_that_is_no_setting_is_refused(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NOTIFIER_LOKALE=en\nOTHER=1\n")
    with pytest.raises(WrongSetting) as refused:
        load(X="1", OUTAGE_LIMIT="0")
    lines = str(refused.value).splitlines()
    assert lines[:2] == ["NOTIFIER_LOKALE: no such setting", "NOTIFIER_X: no such setting"]
    assert lines[2].startswith("NOTIFIER_OUTAGE_LIMIT: ")


def test_the_command_says_it_in_one_line(tmp_path: Path) -> None:
    environment = {**os.environ, "NOTIFIER_OUTAGE_LIMIT": "0", "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-m", "examples.notifier"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "notifier: NOTIFIER_OUTAGE_LIMIT: Input should be greater than or equal to 1\n"
