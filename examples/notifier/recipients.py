"""Who a creator is: language, time zone, address. From a JSON file; a real service asks another."""

import zoneinfo
from collections.abc import Sequence
from email.errors import InvalidHeaderDefect
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

from babel import Locale, UnknownLocaleError
from msgspec import DecodeError, Struct, ValidationError, json

from examples.notifier.refused import ENV_PREFIX


class Recipient(Struct, frozen=True, forbid_unknown_fields=True):
    """Fields that are absent take the settings' defaults; without an address no mail can be sent."""

    locale: str | None = None
    timezone: str | None = None
    email: str | None = None


class WrongRecipients(Exception):
    """The file of recipients makes no sense; its text names the setting, the creator and the field."""


NOBODY = Recipient()


def load(path: Path | None) -> dict[str, Recipient]:
    """Recipients by creator; raises WrongRecipients."""
    if path is None:
        return {}
    where = f"{ENV_PREFIX}RECIPIENTS={path}"
    try:
        found = json.decode(path.read_bytes(), type=dict[str, Recipient])
    except (OSError, DecodeError, ValidationError) as error:
        raise WrongRecipients(f"{where}: {error}") from None
    for creator_id, recipient in found.items():
        _check(f"{where}: {creator_id}", recipient)
    return found


def known_locale(text: str) -> str:
    """The locale as Babel writes it (`zh_CN`), from `zh-CN` too; raises ValueError."""
    try:
        return str(Locale.parse(text.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        raise ValueError(f"{text!r} is no locale, such as en or zh_CN") from None


def known_timezone(text: str) -> str:
    """The name of a time zone; raises ValueError."""
    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{text!r} is no time zone, such as UTC or Asia/Shanghai") from None
    return text


def mail_addresses(text: str) -> Sequence[Address]:
    """The addresses, named or not, that mail can be made with; none where a part of `text` is none."""
    letter = EmailMessage()
    try:
        letter["To"] = text
    except Exception:  # of any kind: the parser trips over what is no address
        return ()
    header = letter["To"]
    wrong = any(isinstance(defect, InvalidHeaderDefect) for defect in header.defects)
    whole = all(each.username and each.domain for each in header.addresses)
    return header.addresses if whole and not wrong and text.isprintable() else ()


def _check(where: str, recipient: Recipient) -> None:
    try:
        if recipient.locale is not None:
            known_locale(recipient.locale)
        if recipient.timezone is not None:
            known_timezone(recipient.timezone)
    except ValueError as error:
        raise WrongRecipients(f"{where}: {error}") from None
    if recipient.email is not None and not mail_addresses(recipient.email):
        raise WrongRecipients(f"{where}: email: {recipient.email!r} is no address")
