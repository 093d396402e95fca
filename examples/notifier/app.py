"""The notifier as a whole: one task reads, one delivers, and both share the state file."""

import asyncio

from examples.notifier.channels import Channel
from examples.notifier.channels.console import Console
from examples.notifier.channels.smtp import Server, Smtp
from examples.notifier.channels.webhook import Webhook
from examples.notifier.clock import Clock
from examples.notifier.delivery import Delivery
from examples.notifier.desk import Desk
from examples.notifier.feed import Feed
from examples.notifier.intake import Intake
from examples.notifier.outbox import Outbox
from examples.notifier.recipients import Recipient, load
from examples.notifier.rules import HOUR
from examples.notifier.settings import Settings
from examples.notifier.state import State
from examples.notifier.writer import Writer


async def run(settings: Settings, clock: Clock) -> None:
    """Tell creators what happens until cancelled. Raises WrongRecipients or WrongState."""
    recipients = load(settings.recipients)
    state = State(settings.state_file, f"{settings.topic_prefix}video-status-changes")
    channel = open_channel(settings, recipients)
    try:
        outbox = Outbox(state)
        writer = Writer(recipients, settings.locale, settings.timezone)
        intake = Intake(state, settings.rules)
        desk = Desk(state, settings.rules, writer)
        delivery = Delivery(outbox, channel, round(settings.give_up_hours * HOUR), clock)
        feed = Feed(settings.brokers, settings.topic_prefix, state, intake, desk, clock)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(feed.listen(delivery.look))
            tasks.create_task(delivery.run())
    finally:
        await channel.close()
        state.close()


def open_channel(settings: Settings, recipients: dict[str, Recipient]) -> Channel:
    """The channel that is set."""
    timeout_s = settings.channel_timeout_seconds
    if settings.channel == "webhook":
        assert settings.webhook_url and settings.webhook_secret
        return Webhook(settings.webhook_url, settings.webhook_secret.get_secret_value(), timeout_s)
    if settings.channel == "smtp":
        assert settings.smtp_host and settings.smtp_from
        password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
        server = Server(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_tls,
            settings.smtp_from,
            timeout_s,
            settings.smtp_user,
            password,
        )
        return Smtp(server, recipients)
    return Console()
