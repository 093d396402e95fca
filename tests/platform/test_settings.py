"""Settings come from the environment or .env; what makes no sense is refused, naming setting and reason."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from streams.settings import ENV_PREFIX, Settings, WrongSetting
from tests.support.environment import loader

Load = Callable[..., Settings]
HUGE = "9" * 23


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Settings from an environment that holds only what is given."""
    return loader(Settings.load, ENV_PREFIX, tmp_path, monkeypatch)


def test_the_defaults_are_those_of_the_contract(load: Load) -> None:
    settings = load()
    assert settings.bootstrap_servers == "127.0.0.1:9092"
    assert settings.topic_prefix == ""
    assert (settings.web_host, settings.web_port) == ("127.0.0.1", 6066)
    assert settings.max_record_bytes == 262144


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:8081", "https://user:password@host/apis/ccompat/v7"])
def test_a_schema_registry_is_optional(load: Load, url: str) -> None:
    assert load().schema_registry_url == ""
    assert load(SCHEMA_REGISTRY_URL=url).schema_registry_url == url
    assert load(SCHEMA_REGISTRY_URL=f"{url}/" if url else "").schema_registry_url == url


def test_the_environment_sets_them(load: Load) -> None:
    settings = load(
        BOOTSTRAP_SERVERS="a:1, b.example:9092,[::1]:9092,[fe80::1%eth0]:9092",
        WEB_PORT="0",
        DATA_DIR="/var/lib/x",
    )
    assert settings.bootstrap_servers == "a:1,b.example:9092,[::1]:9092,[fe80::1%eth0]:9092"
    assert settings.web_port == 0
    assert settings.data_dir == Path("/var/lib/x")


def test_the_env_file_sets_them_and_the_environment_goes_before_it(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LINK_STATUS_WEB_PORT=7000\nLINK_STATUS_LOG_LEVEL=debug\nOTHER=1\n")
    settings = load(WEB_PORT="7001")
    assert (settings.web_port, settings.log_level) == (7001, "debug")


def test_a_state_directory_is_made(load: Load, tmp_path: Path) -> None:
    load(DATA_DIR=str(tmp_path / "a" / "b")).make_data_dir()
    assert (tmp_path / "a" / "b").is_dir()


def test_one_that_cannot_be_written_to_is_refused(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A right that is not there says nothing to root, who may run the tests.
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(WrongSetting, match=f"LINK_STATUS_DATA_DIR={tmp_path}: cannot be written to"):
        load(DATA_DIR=str(tmp_path)).make_data_dir()


def test_the_prefix_goes_before_the_consumer_group(load: Load) -> None:
    assert load(TOPIC_PREFIX="shop-eu.").consumer_group == "shop-eu.link-status"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("BOOTSTRAP_SERVERS", "", "'' is not host:port"),
        ("GROUP_INSTANCE_ID", "a b", "'a b' is not at most 249 of the characters"),
        ("BOOTSTRAP_SERVERS", "kafka", "'kafka' is not host:port"),
        ("BOOTSTRAP_SERVERS", "a:1,b:x", "'b:x' is not host:port"),
        ("BOOTSTRAP_SERVERS", "a:1,", "'' is not host:port"),
        ("BOOTSTRAP_SERVERS", "a:0", "'a:0' is not host:port"),
        ("BOOTSTRAP_SERVERS", "a:65536", "'a:65536' is not host:port"),
        ("BOOTSTRAP_SERVERS", "PLAINTEXT://a:9092", "is not host:port"),
        ("BOOTSTRAP_SERVERS", "a:9092;b:9092", "'a:9092;b:9092' is not host:port"),
        ("BOOTSTRAP_SERVERS", "::1:9092", "'::1:9092' is not host:port"),
        ("BOOTSTRAP_SERVERS", "[a]b:9092", "'[a]b:9092' is not host:port"),
        ("BOOTSTRAP_SERVERS", "a:\u0669\u0660\u0669\u0662", "is not host:port"),
        ("TOPIC_PREFIX", "a/b", "'a/b' is not at most 200 of the characters a-z"),
        ("TOPIC_PREFIX", "x\n", "is not at most 200 of the characters a-z"),
        ("TOPIC_PREFIX", "x" * 201, "is not at most 200"),
        ("DATA_DIR", "", "no directory is named"),
        ("WEB_HOST", "", "neither an IP address nor the name of a host"),
        ("WEB_HOST", "127.0.0.300", "neither an IP address nor the name of a host"),
        ("WEB_HOST", "worker 1", "neither an IP address nor the name of a host"),
        ("WEB_PORT", "-1", "input should be greater than or equal to 0"),
        ("WEB_PORT", "65536", "input should be less than or equal to 65535"),
        ("WEB_PORT", "http", "input should be a valid integer"),
        ("PROCESSING_GUARANTEE", "at_most_once", "input should be 'exactly_once' or 'at_least_once'"),
        ("MAX_RECORD_BYTES", "0", "input should be greater than or equal to 1"),
        ("MAX_RECORD_BYTES", "2147483648", "input should be less than or equal to 2147483647"),
        ("SCHEMA_REGISTRY_URL", "registry:8081", "not the http(s):// address of a schema registry"),
        ("SCHEMA_REGISTRY_URL", "http://", "not the http(s):// address of a schema registry"),
        ("SCHEMA_REGISTRY_URL", "mock://x", "not the http(s):// address of a schema registry"),
        ("SCHEMA_REGISTRY_URL", "http://a b", "not the http(s):// address of a schema registry"),
        ("DEAD_LETTER_LIMIT", "-0.1", "input should be greater than or equal to 0"),
        ("DEAD_LETTER_LIMIT", "1.1", "input should be less than or equal to 1"),
        ("DEAD_LETTER_LIMIT", "nan", "input should be"),
        ("DEAD_LETTER_LIMIT", "10%", "input should be a valid number"),
        ("DEAD_LETTER_MINIMUM", "0", "input should be greater than or equal to 1"),
        ("SCHEMA_REGISTRY_URL", "http://h:x1", "its host or port (1 to 65535) cannot be read"),
        ("SCHEMA_REGISTRY_URL", "http://h:99999", "its host or port (1 to 65535) cannot be read"),
        ("SCHEMA_REGISTRY_URL", "http://[h", "its host or port (1 to 65535) cannot be read"),
        ("BATCH_MAX_RECORDS", HUGE, "input should be less than or equal to 1000000"),
        ("BLOCK_CACHE_BYTES", HUGE, "input should be less than or equal to 1099511627776"),
        ("WRITE_BUFFER_BYTES", HUGE, "input should be less than or equal to 1099511627776"),
        ("COMMIT_INTERVAL_MS", HUGE, "input should be less than or equal to 60000"),
        ("STALL_TIMEOUT_MS", HUGE, "input should be less than or equal to 86400000"),
        ("BATCH_MAX_RECORDS", "0", "input should be greater than or equal to 1"),
        ("COMMIT_INTERVAL_MS", "0.5", "input should be a valid integer"),
        ("BLOCK_CACHE_BYTES", "64", "input should be greater than or equal to 1048576"),
        ("SESSION_TIMEOUT_MS", "10", "input should be greater than or equal to 1000"),
        ("LOG_LEVEL", "loud", "input should be 'debug', 'info', 'warning' or 'error'"),
    ],
)
def test_nonsense_is_refused_naming_the_setting(load: Load, name: str, value: str, reason: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        load(**{name: value})
    assert str(refused.value).startswith(f"LINK_STATUS_{name}={value}: ")
    assert reason in str(refused.value)


@pytest.mark.parametrize("name", ["WEB_URL", "AUTH_JWKS", "AUTH_SECRET", "AUTH_ISSUER", "AUTH_AUDIENCE"])
def test_what_is_empty_is_not_set(load: Load, name: str) -> None:
    assert getattr(load(**{name: ""}), name.lower()) is None


def test_the_example_can_be_uncommented(load: Load) -> None:
    example = Path(__file__).parents[2] / ".env.example"
    Path(".env").write_text(re.sub("^#LINK", "LINK", example.read_text(), flags=re.MULTILINE))
    load().check_access()


@pytest.mark.parametrize("where", ["https://id.example/jwks", "http://127.0.0.1:8080/jwks", "keys.json"])
def test_where_keys_may_be(load: Load, where: str) -> None:
    assert load(AUTH_JWKS=where).auth_jwks == where


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("WEB_URL", "worker-1:6066", "not http://host:port"),
        ("WEB_URL", "http://a/path", "not http://host:port"),
        ("WEB_URL", "http://a:99999", "its host or port"),
        ("WEB_URL", "http://:80", "not http://host:port"),
        ("AUTH_JWKS", "http://id.example/jwks", "use https"),
        ("AUTH_JWKS", "https://", "without a host"),
        ("AUTH_JWKS", "https://a:x", "its host or port"),
        ("WEB_MAX_CONNECTIONS", "0", "greater than or equal to 1"),
        ("WEB_MAX_STREAMS", "0", "greater than or equal to 1"),
    ],
)
def test_nonsense_about_the_web_is_refused(load: Load, name: str, value: str, reason: str) -> None:
    with pytest.raises(WrongSetting, match=f"LINK_STATUS_{name}={value}: .*{reason}"):
        load(**{name: value})


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("SECURITY_PROTOCOL", "TLS", "input should be 'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT' or 'SASL_SSL'"),
        ("SASL_MECHANISM", "GSSAPI", "input should be 'SCRAM-SHA-512', 'SCRAM-SHA-256' or 'PLAIN'"),
        ("LOG_FORMAT", "xml", "input should be 'console' or 'json'"),
    ],
)
def test_nonsense_about_security_and_logs_is_refused(load: Load, name: str, value: str, reason: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        load(**{name: value})
    assert str(refused.value) == f"LINK_STATUS_{name}={value}: {reason}"


def test_passwords_are_told_nowhere(load: Load) -> None:
    settings = load(SASL_PASSWORD="s3cret", SSL_KEY_PASSWORD="s3cret")
    assert "s3cret" not in repr(settings) + settings.model_dump_json()
    with pytest.raises(WrongSetting, match=r"SCHEMA_REGISTRY_URL=ftp://\.\.\.@registry: ") as refused:
        load(SCHEMA_REGISTRY_URL="ftp://user:s3cret@registry")
    assert "s3cret" not in str(refused.value)


def test_a_secret_that_can_be_guessed_is_refused_and_not_told(load: Load) -> None:
    with pytest.raises(WrongSetting, match=r"AUTH_SECRET=\.\.\.: shorter than 32 bytes") as refused:
        load(AUTH_SECRET="hunter2")
    assert "hunter2" not in str(refused.value)
    assert "x" * 32 not in repr(load(AUTH_SECRET="x" * 32))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "worker-1", "127.example"])
def test_who_lets_others_in_needs_authentication(load: Load, host: str) -> None:
    with pytest.raises(WrongSetting, match=f"LINK_STATUS_WEB_HOST={host}: .*LINK_STATUS_AUTH_JWKS"):
        load(WEB_HOST=host).check_access()
    load(WEB_HOST=host, AUTH_JWKS="keys.json").check_access()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST"])
def test_loopback_needs_none(load: Load, host: str) -> None:
    load(WEB_HOST=host).check_access()


def test_one_kind_of_key_is_enough(load: Load) -> None:
    with pytest.raises(WrongSetting, match="LINK_STATUS_AUTH_SECRET: LINK_STATUS_AUTH_JWKS is set, too"):
        load(AUTH_JWKS="keys.json", AUTH_SECRET="x" * 32).check_access()


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("WEBPORT", "WEB_PORT"),
        ("BOOTSTRAP_SERVER", "BOOTSTRAP_SERVERS"),
        ("KAFKA_BOOTSTRAP_SERVERS", "BOOTSTRAP_SERVERS"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("PROCESSING_GARANTEE", "PROCESSING_GUARANTEE"),
        ("PORT", "WEB_PORT"),
    ],
)
def test_a_name_that_is_no_setting_is_refused_with_the_nearest(load: Load, name: str, nearest: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        load(**{name: "1"})
    told = f"there is no such setting (environment); did you mean LINK_STATUS_{nearest}?"
    assert str(refused.value) == f"LINK_STATUS_{name}: {told}"


def test_a_name_that_is_near_to_none_is_told_where_they_are(load: Load) -> None:
    with pytest.raises(WrongSetting, match="link-status config show"):
        load(XYZZY="1")


def test_only_our_names_are_judged(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("NOTIFIER_CHANNEL=console\nLINKSTATUS_X=1\nPORT=1\n")
    monkeypatch.setenv("link_status_web_port", "7000")
    assert load().web_port == 7000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SERVICE_HOST", "10.0.0.1"),
        ("SERVICE_PORT_HTTP", "6066"),
        ("PORT", "tcp://10.0.0.1:6066"),
        ("PORT_6066_TCP_ADDR", "10.0.0.1"),
        ("API_SERVICE_HOST", "10.0.0.1"),
    ],
)
def test_what_kubernetes_sets_for_a_service_is_passed_over(load: Load, name: str, value: str) -> None:
    load(**{name: value})


def test_the_sources_may_be_those_of_another_deployment(load: Load) -> None:
    topics = load(TOPIC_PREFIX="new.", SOURCE_PREFIX="").topics()
    assert (topics.full_name("moderation"), topics.full_name("video-status")) == (
        "moderation",
        "new.video-status",
    )
    assert load(TOPIC_PREFIX="x", SOURCE_PREFIX="y").consumer_group == "xlink-status"
    with pytest.raises(WrongSetting, match="LINK_STATUS_SOURCE_PREFIX=a b: "):
        load(SOURCE_PREFIX="a b")


@pytest.mark.parametrize(
    "url", ["http://me:hunter2@a?b", "http://me:hunter2@a:x1", "http://me:hunter2/3@a:80", "me:hunter2/3@a"]
)
def test_a_password_in_a_wrong_address_is_not_told(load: Load, url: str) -> None:
    with pytest.raises(WrongSetting, match="LINK_STATUS_SCHEMA_REGISTRY_URL=") as refused:
        load(SCHEMA_REGISTRY_URL=url)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"A=1\n\nLINK_STATUS_WEB_PORT: 7001\n", ".env, line 3: not NAME=value, or a quote is not closed"),
        (b"A='1\n", ".env, line 1: not NAME=value, or a quote is not closed"),
        (b"LINK_STATUS_WEB_PORT=7001\nexport LINK_STATUS_WEB_PORT\n", ".env, line 2: not NAME=value"),
        (b"A=\xff\n", ".env: not UTF-8"),
    ],
)
def test_an_env_file_that_cannot_be_read_is_refused(
    load: Load, tmp_path: Path, content: bytes, why: str
) -> None:
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(WrongSetting) as refused:
        load()
    assert str(refused.value) == why


def test_an_env_file_may_hold_all_that_dotenv_knows(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# no\n\nexport LINK_STATUS_WEB_PORT='7001' # a\nOTHER\n\n")
    assert load().web_port == 7001


def test_every_wrong_setting_is_named(load: Load) -> None:
    with pytest.raises(WrongSetting) as refused:
        load(WEB_PORT="x", LOG_LEVEL="x", WEB_HOTS="x")
    assert len(str(refused.value).splitlines()) == 3


def test_they_do_not_change_under_a_worker(load: Load) -> None:
    with pytest.raises(ValidationError):
        load().web_port = 1  # type: ignore[misc]
