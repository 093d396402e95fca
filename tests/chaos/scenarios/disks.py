"""The disk of the state directory is full: the worker says so and ends; with room again it goes on."""

import resource
import time

from tests.chaos.deployment import EXACTLY_ONCE
from tests.chaos.scenario import Context, Figures
from tests.chaos.scenarios.kills import leave_one
from tests.chaos.traffic import endless

_PER_SECOND = 800
_ENDS_WITHIN_S = 30.0


def full_disks(context: Context, amount: int) -> Figures:
    """No file may grow beyond a size (RLIMIT_FSIZE, which needs no root): writes fail as on a full disk."""
    with context.deploy(EXACTLY_ONCE) as deployment:
        deployment.feed(endless(context.seed), _PER_SECOND)
        for _ in range(amount):
            worker = deployment.worker("w0")
            deployment.at_work(worker)
            limit = context.chance.choice((0, 30_000, 100_000))
            _, most = resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, (limit, most))
            code = worker.process.wait(_ENDS_WITHIN_S)
            assert code not in (0, None), "a worker that cannot write ends as if all were well"
            time.sleep(context.chance.random())
        leave_one(deployment, [deployment.worker("w0").until_ready()])
        return {**deployment.verdict("w0"), "times full": amount}
