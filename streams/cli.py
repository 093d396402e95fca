"""The command `link-status`: a table of its commands."""

import click

from streams import loading
from streams.commands.frame import Commands

loading.done()

_SECTIONS = {
    "Run": ("topics", "worker"),
    "Look": ("status", "explain", "watch"),
    "Check": ("config", "doctor", "audit", "replay"),
    "Repair": ("dead-letters",),
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
