"""Moments as operators write them: RFC 3339, epoch milliseconds, or how long ago."""

import re
import time
from typing import Any

import click

from schemas.timestamps import to_millis

FORMS = "RFC 3339, epoch milliseconds, or 15m, 2h, 7d ago"
"""What is taken, for helps."""

_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class Moment(click.ParamType):
    """A moment, in epoch milliseconds."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        ago = re.fullmatch(r"(\d+)([smhd])", value)
        if ago:
            return max(0, time.time_ns() // 1_000_000 - int(ago[1]) * _UNITS_MS[ago[2]])
        try:
            return to_millis(int(value) if value.isdecimal() else value)
        except ValueError:
            self.fail(
                f"{value!r} is none of 15m (ago; s, m, h, d), RFC 3339 with zone, epoch milliseconds",
                param,
                context,
            )
