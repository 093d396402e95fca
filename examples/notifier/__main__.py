"""`python -m examples.notifier`: tell creators until SIGTERM. Exit code 2: a wrong setting."""

import asyncio
import contextlib
import logging
import signal
import sys

from examples.notifier.app import run
from examples.notifier.clock import Clock, wall
from examples.notifier.recipients import WrongRecipients
from examples.notifier.refused import WrongSetting
from examples.notifier.settings import Settings
from examples.notifier.state import WrongState


def main(clock: Clock = wall) -> None:
    """Run until SIGTERM or Ctrl-C."""
    try:
        settings = Settings.load()
        logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(message)s")
        with contextlib.suppress(asyncio.CancelledError, KeyboardInterrupt):
            asyncio.run(_until_sigterm(settings, clock))
    except (WrongSetting, WrongRecipients, WrongState) as error:
        print(f"notifier: {error}", file=sys.stderr)
        raise SystemExit(2) from None


async def _until_sigterm(settings: Settings, clock: Clock) -> None:
    task = asyncio.ensure_future(run(settings, clock))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await task


if __name__ == "__main__":
    main()
