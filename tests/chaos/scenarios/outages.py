"""The broker dies, hangs, is restarted, refuses what is produced; it is waited for, and nothing is lost."""

import time
from collections.abc import Callable

from demo.brokers.kafka import RealKafka
from tests.chaos.deployment import Deployment
from tests.chaos.scenario import Context, Figures
from tests.chaos.scenarios.kills import disorder, leave_one
from tests.chaos.traffic import endless
from tests.kafka.refusing import Breakable

_PER_SECOND = 400
_HANG_S = 60.0
_REFUSED_S = 4.0
_STOPPED_WITHIN_S = 10.0


def outages(guarantee: str, first: int) -> Callable[[Context, int], Figures]:
    """The scenario: so many outages, of each kind in turn, beginning with the `first`."""

    def run(context: Context, amount: int) -> Figures:
        kinds = [_KINDS[(first + number) % len(_KINDS)] for number in range(amount)]
        with context.own_broker() as broker, context.deploy(guarantee, broker) as deployment:
            deployment.feed(endless(context.seed, disorder(guarantee)), _PER_SECOND)
            worker = deployment.worker("w0").until_ready()
            for kind in kinds:
                time.sleep(context.chance.random() * 2)
                kind(broker, deployment)
            leave_one(deployment, [worker])
            figures = {**deployment.verdict("w0"), "outages": amount}
            return {**figures, "s to stop without a broker": _stop_alone(deployment, broker)}

    return run


def _killed(broker: RealKafka, deployment: Deployment) -> None:
    broker.kill()
    broker.start()


def _hangs(broker: RealKafka, deployment: Deployment) -> None:
    broker.pause()
    time.sleep(_HANG_S)
    broker.resume()


def _refuses(broker: RealKafka, deployment: Deployment) -> None:
    """For a while the topic of changes takes nothing: every batch that has one fails."""
    changes = Breakable(deployment.bootstrap, f"{deployment.prefix}video-status-changes")
    changes.shrink()
    time.sleep(_REFUSED_S)
    changes.widen()


def _restarted(broker: RealKafka, deployment: Deployment) -> None:
    broker.restart()


_KINDS = (_killed, _hangs, _refuses, _restarted)


def _stop_alone(deployment: Deployment, broker: RealKafka) -> int:
    worker = deployment.worker("w0").until_ready()
    broker.kill()
    took = worker.stop()
    assert took < _STOPPED_WITHIN_S, f"stopping took {took:.1f} s"
    return round(took)
