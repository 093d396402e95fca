"""What stands under a video's title in "Video > Manage" (wording: CONTRACT.md, from the seed)."""

from streams.domain.status import Counts


def labels(counts: Counts) -> list[str]:
    """The status labels of a video; empty when all its links are approved."""
    return [
        label(number, kind)
        for number, kind in ((counts.need_attention, "attention"), (counts.in_review, "review"))
        if number
    ]


def label(number: int, kind: str) -> str:
    """One label with the plural right."""
    links = "product link" if number == 1 else "product links"
    if kind == "review":
        return f"{number} {links} in review"
    return f"{number} {links} need{'s' if number == 1 else ''} attention"
