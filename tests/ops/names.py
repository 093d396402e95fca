"""The metrics that rules and dashboard speak of."""

import re

from streams.metrics import declarations


def undeclared(text: str) -> set[str]:
    """The names of our metrics in `text` that no declaration has."""
    named = re.findall(r"\b(?:link_status|kafka_consumergroup)_\w+", text)
    found = {re.sub(r"_(bucket|count|sum)$", "", name) for name in named}
    return found - {metric.name for metric in declarations.ALL}
