"""A worker that hangs past its session and goes on: what it still wants to write is fenced off."""

import signal
import time

from tests.chaos.deployment import EXACTLY_ONCE, TASKS
from tests.chaos.scenario import Context, Figures
from tests.chaos.scenarios.kills import leave_one
from tests.chaos.traffic import traffic
from tests.kafka.cluster import wait_for

_PER_SECOND = 800
_EVENTS_PER_PAUSE = 16_000
_TASKS = "link_status_tasks"


def zombies(context: Context, amount: int) -> Figures:
    """One of two workers hangs while it processes, again and again; the other one takes over."""
    with context.deploy(EXACTLY_ONCE) as deployment:
        deployment.feed(traffic(context.seed, _EVENTS_PER_PAUSE * amount), _PER_SECOND)
        heir, zombie = deployment.worker("w0"), deployment.worker("w1")
        for _ in range(amount):
            wait_for(lambda: heir.metric(_TASKS) == zombie.metric(_TASKS) == TASKS // 2, "work is not shared")
            time.sleep(context.chance.random())
            zombie.process.send_signal(signal.SIGSTOP)
            wait_for(lambda: heir.metric(_TASKS) == TASKS, "nobody takes over")
            time.sleep(context.chance.random())
            zombie.process.send_signal(signal.SIGCONT)
        wait_for(lambda: zombie.metric(_TASKS) == TASKS // 2, "the zombie does not join again")
        leave_one(deployment, [heir, zombie])
        fenced = zombie.log.read_text().count("CommitFailed") + zombie.log.read_text().count("Fenced")
        return {**deployment.verdict("w0"), "pauses": amount, "transactions fenced": fenced}
