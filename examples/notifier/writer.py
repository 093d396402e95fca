"""Messages in the language and time zone of who gets them."""

from collections.abc import Mapping

from examples.notifier import text
from examples.notifier.digest import Item
from examples.notifier.messages import Message, message_id
from examples.notifier.recipients import NOBODY, Recipient, known_locale


class Writer:
    """What a recipient does not say, the defaults do."""

    def __init__(self, recipients: Mapping[str, Recipient], locale: str, timezone: str) -> None:
        self._recipients = recipients
        self._locale = locale
        self._timezone = timezone

    def write(self, creator_id: str, items: tuple[Item, ...], now: int) -> Message:
        """The message that tells a creator `items`."""
        to = self._recipients.get(creator_id, NOBODY)
        locale = known_locale(to.locale or self._locale)
        timezone = to.timezone or self._timezone
        subject, body = text.subject(items, locale), text.body(items, locale, timezone)
        return Message(message_id(creator_id, items), creator_id, now, locale, subject, body, items)
