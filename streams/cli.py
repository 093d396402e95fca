"""The command `link-status`: a table of its commands."""

import click

from streams import loading
from streams.commands.audit import audit
from streams.commands.config import config
from streams.commands.dead_letters import dead_letters
from streams.commands.doctor import doctor
from streams.commands.explain import explain
from streams.commands.frame import Commands
from streams.commands.replay import replay
from streams.commands.status import status
from streams.commands.topics import topics
from streams.commands.watch import watch
from streams.commands.worker import worker

loading.done()

_SECTIONS = {
    "Run": (topics, worker),
    "Look": (status, explain, watch),
    "Check": (config, doctor, audit, replay),
    "Repair": (dead_letters,),
}


@click.group(
    cls=Commands,
    sections=_SECTIONS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="product-link-status", message="%(prog)s %(version)s")
def main() -> None:
    """Tell creators at once what happens to the product links of their videos.

    Settings come from the environment (LINK_STATUS_...) or from .env in the working directory:
    `link-status config show` prints them all.
    """


if __name__ == "__main__":
    main()
