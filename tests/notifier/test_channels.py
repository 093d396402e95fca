"""Channels against servers on loopback."""

import asyncio
import base64
import json
import socket
from collections.abc import Awaitable, Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from examples import notifier
from examples.notifier.channels.console import Console
from examples.notifier.channels.smtp import Server, Smtp
from examples.notifier.channels.webhook import Webhook
from examples.notifier.digest import Item
from examples.notifier.messages import Message, NotDelivered
from examples.notifier.recipients import Recipient
from examples.notifier.settings import Settings

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
ITEM = Item("restored", "v1", "p1", "approved", 3, 1_795_424_400_000)
MESSAGE = Message("ab12", "c7", 1_795_424_400_000, "zh_Hans_CN", "1 个商品链接已恢复", "v1\n- p1\n", (ITEM,))


class Receiver:
    """A webhook that keeps what it gets, and answers as told."""

    def __init__(self, status: int = 204, after_s: float = 0) -> None:
        self.status = status
        self.after_s = after_s
        self.got: list[tuple[dict[str, str], bytes]] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        await asyncio.sleep(self.after_s)
        return web.Response(status=self.status, headers={"location": "/elsewhere"})

    def run(self, do: Callable[[str], Awaitable[None]]) -> None:
        """Serve while `do` runs with the address."""
        asyncio.run(self._run(do))

    async def _run(self, do: Callable[[str], Awaitable[None]]) -> None:
        app = web.Application()
        app.router.add_post("/hook", self.handle)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        try:
            await do(f"http://{host}:{port}/hook")
        finally:
            await runner.cleanup()


async def post(url: str, times: int = 1, timeout_s: float = 10) -> None:
    channel = Webhook(url, SECRET, timeout_s)
    try:
        for _ in range(times):
            await channel.send(MESSAGE)
    finally:
        await channel.close()


def test_a_webhook_is_signed_as_the_standard_says_and_repeats_under_its_id() -> None:
    receiver = Receiver()
    receiver.run(lambda url: post(url, times=2))
    assert len(receiver.got) == 2
    for headers, body in receiver.got:
        found = Verifier(SECRET).verify(body, {name.lower(): value for name, value in headers.items()})
        assert found == json.loads(body)
        assert headers["webhook-id"] == "ab12"
    assert receiver.got[0][1] == receiver.got[1][1]
    body = json.loads(receiver.got[0][1])
    assert (body["creator_id"], body["subject"]) == ("c7", MESSAGE.subject)
    assert body["items"][0]["kind"] == "restored"


def test_a_body_that_was_tampered_with_is_not_verified() -> None:
    receiver = Receiver()
    receiver.run(post)
    headers, body = receiver.got[0]
    with pytest.raises(WebhookVerificationError):
        Verifier(SECRET).verify(body.replace(b"c7", b"c8"), {k.lower(): v for k, v in headers.items()})


def test_the_readme_tells_of_every_field_and_setting() -> None:
    readme = Path(notifier.__file__).with_name("README.md").read_text()
    for field in Message.__struct_fields__:
        assert f"`{field}`" in readme
    for field in Item.__struct_fields__:
        assert f"`items[].{field}`" in readme
    for field in Settings.model_fields:
        assert (
            f"`NOTIFIER_{field.upper()}`" in readme or f"`_{field.upper().removeprefix('SMTP_')}`" in readme
        ), field


@pytest.mark.parametrize("status", [302, 400, 409, 410, 429, 500, 503])
def test_an_answer_other_than_2xx_is_no_delivery(status: int) -> None:
    receiver = Receiver(status)
    with pytest.raises(NotDelivered, match=f"answered {status}"):
        receiver.run(post)
    assert len(receiver.got) == 1, "a redirection was followed"


def test_no_answer_in_time_is_no_delivery() -> None:
    with pytest.raises(NotDelivered, match="TimeoutError"):
        Receiver(after_s=1).run(lambda url: post(url, timeout_s=0.1))


def test_nobody_there_is_no_delivery() -> None:
    with pytest.raises(NotDelivered, match="ClientConnectorError"):
        asyncio.run(post("http://127.0.0.1:9/hook"))


class Mailbox:
    """Keeps mails, and answers as told."""

    def __init__(self) -> None:
        self.answer = "250 OK"
        self.mails: list[EmailMessage] = []
        self.to: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.to += envelope.rcpt_tos
        return self.answer


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=free)
    controller.start()
    yield free
    controller.stop()


def smtp(port: int, recipients: dict[str, Recipient] | None = None) -> Smtp:
    if recipients is None:
        recipients = {"c7": Recipient(email="c7@x.example")}
    return Smtp(Server("127.0.0.1", port, "none", "Links <links@shop.example>", 5), recipients)


def test_a_mail_has_the_same_message_id_at_every_attempt(port: int, mailbox: Mailbox) -> None:
    for _ in range(2):
        asyncio.run(smtp(port).send(MESSAGE))
    assert [mail["Message-ID"] for mail in mailbox.mails] == ["<ab12@shop.example>"] * 2
    mail = mailbox.mails[0]
    assert mailbox.mails[1].as_bytes() == mail.as_bytes()
    assert (mail["Subject"], mail["From"]) == (MESSAGE.subject, "Links <links@shop.example>")
    assert (mail["Content-Language"], mail["Auto-Submitted"]) == ("zh-Hans-CN", "auto-generated")
    assert mail.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert mailbox.to == ["c7@x.example"] * 2


def test_a_mail_that_is_refused_is_no_delivery(port: int, mailbox: Mailbox) -> None:
    mailbox.answer = "451 later"
    with pytest.raises(NotDelivered, match="451"):
        asyncio.run(smtp(port).send(MESSAGE))


def test_a_creator_without_an_address_is_no_delivery(port: int) -> None:
    with pytest.raises(NotDelivered, match="c7 has no email address"):
        asyncio.run(smtp(port, {}).send(MESSAGE))


def test_no_mail_server_is_no_delivery() -> None:
    with pytest.raises(NotDelivered, match="the mail server"):
        asyncio.run(smtp(9).send(MESSAGE))


def test_a_server_without_tls_gets_no_mail(port: int, mailbox: Mailbox) -> None:
    server = Server("127.0.0.1", port, "starttls", "links@shop.example", 5)
    with pytest.raises(NotDelivered, match="STARTTLS"):
        asyncio.run(Smtp(server, {"c7": Recipient(email="c7@x.example")}).send(MESSAGE))
    assert mailbox.mails == []


def test_the_console(capfd: pytest.CaptureFixture[str]) -> None:
    asyncio.run(Console().send(MESSAGE))
    assert capfd.readouterr().out == f"ab12 c7: {MESSAGE.subject}\nv1\n- p1\n\n"
