"""The command `link-status`: a table of its commands.

Exit codes: 0 done, or a worker stopped by SIGTERM; 1 the broker refused, a topic is wrong, the operator said
no, or something was left undone; 2 a wrong setting, declaration or usage; 143 SIGTERM came before a command
was done. `audit` has two more.
"""

import click

from streams.commands.audit import audit
from streams.commands.dead_letters import dead_letters
from streams.commands.frame import Commands
from streams.commands.topics import topics
from streams.commands.worker import worker


@click.group(cls=Commands)
@click.version_option(package_name="product-link-status", message="%(prog)s %(version)s")
def main() -> None:
    """Tell creators at once what happens to the product links of their videos.

    Settings come from the environment (LINK_STATUS_...) or from .env in the working directory.
    """


for command in (worker, topics, dead_letters, audit):
    main.add_command(command)


if __name__ == "__main__":
    main()
