"""Mails messages. `Message-ID` is made of the message's id, so that a repetition can be told as one.

A server that took a mail and could not say so any more gets it again. Many mailboxes drop a second mail
with the same Message-ID, but no standard makes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

import aiosmtplib

from examples.notifier.messages import Message, NotDelivered
from examples.notifier.recipients import NOBODY, Recipient

Tls = Literal["starttls", "tls", "none"]


@dataclass(frozen=True)
class Server:
    """Where mail goes, and from whom."""

    host: str
    port: int
    tls: Tls
    sender: str
    timeout_s: float
    user: str | None = None
    password: str | None = None


class Smtp:
    """One connection a mail: they are few, and a kept one would be timed out by the server."""

    def __init__(self, server: Server, recipients: Mapping[str, Recipient]) -> None:
        self._server = server
        self._recipients = recipients

    async def send(self, message: Message) -> None:
        """Mail; raises NotDelivered, also where the creator has no address."""
        address = self._recipients.get(message.creator_id, NOBODY).email
        if address is None:
            raise NotDelivered(f"creator {message.creator_id} has no email address")
        server = self._server
        try:
            await aiosmtplib.send(
                mail(message, server.sender, address),
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                use_tls=server.tls == "tls",
                start_tls=server.tls == "starttls",
                timeout=server.timeout_s,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotDelivered(f"the mail server: {error!r}") from None

    async def close(self) -> None:
        """Nothing is kept open."""


def mail(message: Message, sender: str, address: str) -> EmailMessage:
    """The mail: the same bytes at every attempt."""
    domain = sender.rpartition("@")[2].rstrip(">")
    letter = EmailMessage()
    letter["From"] = sender
    letter["To"] = address
    letter["Subject"] = message.subject
    letter["Date"] = format_datetime(datetime.fromtimestamp(message.created_at / 1000, UTC))
    letter["Message-ID"] = f"<{message.id}@{domain}>"
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies, please
    letter.set_content(message.text)
    letter["Content-Language"] = message.locale.replace("_", "-")
    return letter
