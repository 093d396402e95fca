"""Workers killed (SIGKILL) under load."""

import time
from collections.abc import Callable

from tests.chaos.deployment import AT_LEAST_ONCE, TASKS, Deployment
from tests.chaos.scenario import Context, Figures
from tests.chaos.traffic import TIDY, USUAL, Disorder, endless
from tests.kafka.cluster import Worker, wait_for

PER_SECOND = 600


def disorder(guarantee: str) -> Disorder:
    """What upstream does: at least once without misrouted records (README, reliability)."""
    return TIDY if guarantee == AT_LEAST_ONCE else USUAL


def kills(guarantee: str, workers: int) -> Callable[[Context, int], Figures]:
    """The scenario with so many workers, of which one after the other is killed and started again."""

    def run(context: Context, amount: int) -> Figures:
        with context.deploy(guarantee) as deployment:
            running = killed(context, deployment, workers, amount)
            leave_one(deployment, running)
            return {**deployment.verdict("w0"), "kills": amount}

    return run


def killed(context: Context, deployment: Deployment, workers: int, times: int) -> list[Worker]:
    """Workers `w0`, `w1`, … under load, after as many kills."""
    chance = context.chance
    deployment.feed(endless(context.seed, disorder(deployment.guarantee)), PER_SECOND)
    running = [deployment.worker(f"w{number}") for number in range(workers)]
    for _ in range(times):
        victim = chance.randrange(workers)
        deployment.at_work(running[victim])
        time.sleep(chance.random())
        running[victim].kill()
        running[victim] = deployment.worker(f"w{victim}")
    return running


def leave_one(deployment: Deployment, running: list[Worker]) -> None:
    """The load ends; all workers but the first stop; that one takes everything over and works it off."""
    deployment.enough()
    first, *others = running
    for worker in others:
        worker.until_ready().stop()
    wait_for(lambda: first.metric("link_status_tasks") == TASKS, "the last worker does not take over")
    deployment.settled()
    first.stop()


def state_lost(guarantee: str) -> Callable[[Context, int], Figures]:
    """Killed, then every state directory deleted: what is restored is the same, byte for byte."""

    def run(context: Context, amount: int) -> Figures:
        with context.deploy(guarantee) as deployment:
            leave_one(deployment, killed(context, deployment, 1, 1))
            before = deployment.tables("w0")
            for _ in range(amount):
                deployment.forget("w0")
                deployment.worker("w0").until_ready().stop()
                assert deployment.tables("w0") == before, "the restored state is another"
            figures = deployment.verdict("w0")
        return {**figures, "entries": sum(map(len, before.values())), "restorations": amount}

    return run
