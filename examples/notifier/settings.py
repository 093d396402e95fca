"""What can be set: the environment, or a `.env` file, under names that begin with `NOTIFIER_`."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource, SettingsConfigDict

from examples.notifier.brokers import BrokerSettings
from examples.notifier.channels.smtp import Tls
from examples.notifier.channels.webhook import key_of
from examples.notifier.recipients import known_locale, known_timezone, mail_addresses
from examples.notifier.refused import ENV_PREFIX, WrongSetting, wrong
from examples.notifier.rules import DAY, HOUR, MINUTE, SECOND, Rules

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an https:// address expected")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("https expected: what is told about a creator is nobody else's to read")
    return text


def _secret(text: SecretStr) -> SecretStr:
    key_of(text.get_secret_value())
    return text


def _sender(text: str) -> str:
    found = mail_addresses(text)
    if len(found) != 1 or "." not in found[0].domain:
        raise ValueError(f"{text!r} is no address, such as Links <links@shop.example>")
    return text


class Settings(BrokerSettings):
    """Each field is `NOTIFIER_<FIELD>` in the environment. Make one with `load()`."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_file=".env", extra="ignore", frozen=True, allow_inf_nan=False
    )

    topic_prefix: str = Field("", pattern=r"^[a-zA-Z0-9._-]{0,200}$")
    """What goes before the names of the topics."""
    state_file: Path = Path("notifier.sqlite3")
    """The notifier's own state. One process at a time."""

    outage_wait_hours: float = Field(48, ge=0, le=24 * 365)
    """An issue that recovers by itself (out of stock) is told after so long."""
    outage_limit: int = Field(4, ge=1, le=1000)
    """So many of them are told of a link ..."""
    outage_window_days: float = Field(14, gt=0, le=365)
    """... in so many days."""
    digest_minutes: float = Field(60, ge=0, le=60 * 24 * 7)
    """What is not urgent waits until so long after the creator's last message."""
    gather_seconds: float = Field(2, ge=0, le=3600)
    """What is urgent waits so long for what else comes of the same event."""

    locale: Annotated[str, AfterValidator(known_locale)] = "en"
    """The language of creators whose own is not known."""
    timezone: Annotated[str, AfterValidator(known_timezone)] = "UTC"
    """The time zone of creators whose own is not known."""
    recipients: Path | None = None
    """A JSON file: `{"c7": {"locale": "zh_CN", "timezone": "Asia/Shanghai", "email": "…"}}`."""

    channel: Literal["console", "webhook", "smtp"] = "console"
    """How creators are told."""
    channel_timeout_seconds: float = Field(10, gt=0, le=300)
    """How long one attempt may take."""
    give_up_hours: float = Field(72, gt=0, le=24 * 30)
    """A message that cannot be delivered for so long is set aside."""
    webhook_url: Annotated[str, AfterValidator(_url)] | None = None
    webhook_secret: Annotated[SecretStr, AfterValidator(_secret)] | None = None
    """`whsec_` and 24 to 64 bytes in base64."""
    smtp_host: str | None = Field(None, min_length=1)
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_tls: Tls = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: Annotated[str, AfterValidator(_sender)] | None = None

    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def rules(self) -> Rules:
        """The figures of damping and digests."""
        return Rules(
            round(self.outage_wait_hours * HOUR),
            self.outage_limit,
            round(self.outage_window_days * DAY),
            round(self.digest_minutes * MINUTE),
            round(self.gather_seconds * SECOND),
        )

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if self.outage_window_days * DAY <= self.outage_wait_hours * HOUR:
            raise wrong(
                "outage_window_days",
                "longer than the wait of outages expected, else it limits nothing",
            )
        needed = {
            "webhook": ("webhook_url", "webhook_secret"),
            "smtp": ("smtp_host", "smtp_from", "recipients"),
        }
        for name in needed.get(self.channel, ()):
            if getattr(self, name) is None:
                raise wrong(name, f"the channel {self.channel} needs it")
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise wrong("smtp_password", "user and password are given together or not at all")
        if self.smtp_password and self.smtp_tls == "none" and self.smtp_host not in LOOPBACK:
            raise wrong("smtp_tls", "a password is not sent in the clear")
        return self

    @classmethod
    def load(cls) -> Self:
        """Read the environment and `.env`; raise WrongSetting if anything there makes no sense."""
        nonsense = _unknown(cls)
        try:
            settings = cls()
        except ValidationError as error:
            raise WrongSetting("\n".join([*nonsense, *_explain(error)])) from None
        if nonsense:
            raise WrongSetting("\n".join(nonsense))
        return settings


def _unknown(settings: type[Settings]) -> list[str]:
    known = {f"{ENV_PREFIX}{field.upper()}" for field in settings.model_fields}
    sources = (EnvSettingsSource(settings), DotEnvSettingsSource(settings))
    given = {name.upper() for source in sources for name in source.env_vars}
    return [f"{name}: no such setting" for name in sorted(given - known) if name.startswith(ENV_PREFIX)]


def _explain(error: ValidationError) -> list[str]:
    lines = []
    for detail in error.errors():
        reason = detail["msg"].removeprefix("Value error, ")
        # A secret is never repeated, not even a wrong one.
        lines.append(f"{ENV_PREFIX}{str(detail['loc'][0]).upper()}: {reason}" if detail["loc"] else reason)
    return lines
