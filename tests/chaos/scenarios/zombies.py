"""A worker that hangs past its session and goes on: what it still wants to write is fenced off."""

import re
import signal
import time

from tests.chaos.deployment import EXACTLY_ONCE, TASKS
from tests.chaos.scenario import Context, Figures
from tests.chaos.scenarios.kills import leave_one
from tests.chaos.traffic import endless
from tests.kafka.cluster import Worker, wait_for

_PER_SECOND = 1_500
_TASKS = "link_status_tasks"
_AT_MOST = 6
_REFUSED = re.compile("Fenced|does not count this worker in")


def zombies(context: Context, amount: int) -> Figures:
    """One of two workers hangs while it processes, again and again; the other one takes over."""
    with context.deploy(EXACTLY_ONCE) as deployment:
        deployment.feed(endless(context.seed), _PER_SECOND)
        heir, zombie = deployment.worker("w0"), deployment.worker("w1")
        pauses = sum(_until_fenced(context, heir, zombie) for _ in range(amount))
        leave_one(deployment, [heir, zombie])
        fenced = _fenced(zombie)
        return {**deployment.verdict("w0"), "pauses": pauses, "times fenced": fenced}


def _until_fenced(context: Context, heir: Worker, zombie: Worker) -> int:
    """Pause it until it had something in hand when it hung; returns how many pauses that took."""
    before = _fenced(zombie)
    for pauses in range(1, _AT_MOST + 1):
        _pause(context, heir, zombie)
        if _fenced(zombie) > before:
            return pauses
    raise AssertionError(f"it wrote nothing after any of {_AT_MOST} pauses: nothing was to be fenced")


def _pause(context: Context, heir: Worker, zombie: Worker) -> None:
    """Once, from work shared to work shared again."""
    _shared(heir, zombie)
    time.sleep(context.chance.random())
    zombie.process.send_signal(signal.SIGSTOP)
    wait_for(lambda: heir.metric(_TASKS) == TASKS, "nobody takes over")
    time.sleep(context.chance.random())
    zombie.process.send_signal(signal.SIGCONT)
    _shared(heir, zombie)


def _shared(heir: Worker, zombie: Worker) -> None:
    wait_for(lambda: heir.metric(_TASKS) == zombie.metric(_TASKS) == TASKS // 2, "work is not shared")


def _fenced(zombie: Worker) -> int:
    return len(_REFUSED.findall(zombie.log.read_text()))
