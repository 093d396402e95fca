"""`make demo`: the whole thing on one machine, from a broker to the list that a creator sees.

BROKER=kafka runs it on Apache Kafka instead of the embedded broker. With DEMO_EXIT=1, or where stdout is no
terminal, the story is played once and the final list printed. Exit codes: 0 played, 1 something failed,
128 + the signal if interrupted before the end.
"""

import os
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import NoReturn

from demo.brokers.embedded import Embedded
from demo.brokers.jars import NoKafka
from demo.brokers.kafka import RealKafka
from demo.facts import CREATOR
from demo.failed import Failed
from demo.processes import LinkStatus

# The mock cluster knows no transactions' isolation, so nothing is gained by exactly once there.
BROKERS = {"embedded": (Embedded, {"PROCESSING_GUARANTEE": "at_least_once"}), "kafka": (RealKafka, {})}
APPLIED_WITHIN_S = 60
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """One of `SIGNALS` came; its argument says which."""


def main() -> int:
    """Run the demo; returns the exit code."""
    # Nothing was done so far but to start Python and import, which takes as long as it takes CPU time.
    started = time.monotonic() - time.process_time()
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    try:
        _run(started)
    except Interrupted as interrupted:
        return 128 + int(interrupted.args[0])
    except (Failed, NoKafka) as failure:
        print(f"demo: {failure}", file=sys.stderr)
        return 1
    return 0


def _run(started: float) -> None:
    name = os.environ.get("BROKER", "embedded")
    if name not in BROKERS:
        raise Failed(f"BROKER={name} is none of {', '.join(BROKERS)}")
    kind, settings = BROKERS[name]
    print(f"Starting broker ({name}) and worker", flush=True)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="link-status-demo-")))
        broker = stack.enter_context(kind())
        link_status = LinkStatus(directory, broker.bootstrap, settings)
        print(f"Video > Manage in a browser: {link_status.web}/?creator={CREATOR}", flush=True)
        with link_status.start("topics", "apply") as applying:
            # Half a second of imports passes while the process works.
            from demo import play

            applying.finish(APPLIED_WITHIN_S)
        worker = stack.enter_context(link_status.start("worker"))
        play.run(broker.bootstrap, link_status.web, worker, started, live=_live())


def _live() -> bool:
    return sys.stdout.isatty() and os.environ.get("DEMO_EXIT") != "1"


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    # All is being stopped already, and soon is.
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise Interrupted(number)


if __name__ == "__main__":
    sys.exit(main())
