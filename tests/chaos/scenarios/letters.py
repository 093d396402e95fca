"""dead-letters takes nothing for a while: tasks that need it wait and say so, the others go on."""

import json
import time

from tests.chaos.deployment import EXACTLY_ONCE, Deployment
from tests.chaos.scenario import Context, Figures
from tests.chaos.scenarios.kills import leave_one
from tests.chaos.traffic import endless
from tests.kafka.cluster import Worker, wait_for
from tests.kafka.refusing import Breakable

_PER_SECOND = 600
_GOES_ON_WITHIN_S = 60.0


def refused_letters(context: Context, amount: int) -> Figures:
    """So many times, while records come that must be dead-lettered."""
    with context.deploy(EXACTLY_ONCE) as deployment:
        deployment.feed(endless(context.seed), _PER_SECOND)
        worker = deployment.worker("w0").until_ready()
        letters = Breakable(deployment.bootstrap, f"{deployment.prefix}dead-letters")
        waited = [_refused(context, deployment, worker, letters) for _ in range(amount)]
        leave_one(deployment, [worker])
        return {**deployment.verdict("w0"), "times refused": amount, "s to go on at most": round(max(waited))}


def _refused(context: Context, deployment: Deployment, worker: Worker, letters: Breakable) -> float:
    """Once; returns how many seconds it took until nothing waited any more."""
    time.sleep(context.chance.random())
    letters.shrink()
    wait_for(lambda: _waiting(worker) > 0, "no task waits")
    status, body = worker.get("/readyz")
    assert status == 503 and "waits: " in json.loads(body)["reason"], body
    before = len(deployment.records("video-status-changes"))
    wait_for(lambda: len(deployment.records("video-status-changes")) > before, "the others do not go on")
    letters.widen()
    mended = time.monotonic()
    wait_for(lambda: _waiting(worker) == 0, "tasks wait for ever", _GOES_ON_WITHIN_S)
    return time.monotonic() - mended


def _waiting(worker: Worker) -> int:
    return int(worker.metric("link_status_tasks_waiting"))
