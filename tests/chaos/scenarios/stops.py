"""Workers that come and go as they should: SIGTERM under load, and a storm of rebalances."""

import time

from tests.chaos.deployment import EXACTLY_ONCE
from tests.chaos.scenario import Context, Figures
from tests.chaos.scenarios.kills import leave_one
from tests.chaos.traffic import endless

_PER_SECOND = 600
_STOPPED_WITHIN_S = 10.0
_MOST_WORKERS = 4


def stops(context: Context, amount: int) -> Figures:
    """One worker, stopped and started again under load: exactly once, nothing is repeated."""
    slowest = 0.0
    with context.deploy(EXACTLY_ONCE) as deployment:
        deployment.feed(endless(context.seed), _PER_SECOND)
        for _ in range(amount):
            worker = deployment.worker("w0")
            deployment.at_work(worker)
            time.sleep(context.chance.random())
            slowest = max(slowest, worker.stop())
        assert slowest < _STOPPED_WITHIN_S, f"stopping took {slowest:.1f} s"
        leave_one(deployment, [deployment.worker("w0").until_ready()])
        return {**deployment.verdict("w0"), "ms to stop at most": round(slowest * 1000)}


def rebalances(context: Context, amount: int) -> Figures:
    """Every few seconds a worker joins or leaves, the first one never."""
    chance = context.chance
    with context.deploy(EXACTLY_ONCE) as deployment:
        deployment.feed(endless(context.seed), _PER_SECOND)
        workers = [deployment.worker("w0").until_ready()]
        for number in range(1, amount + 1):
            if len(workers) == _MOST_WORKERS or (len(workers) > 2 and chance.random() < 0.5):
                leaving = workers.pop(chance.randrange(1, len(workers)))
                deployment.alive(leaving)
                leaving.stop()
            else:
                workers.append(deployment.worker(f"w{number}"))
            time.sleep(1 + chance.random() * 2)
        leave_one(deployment, workers)
        return {**deployment.verdict("w0"), "joined or left": amount}
