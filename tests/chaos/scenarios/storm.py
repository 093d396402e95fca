"""A storm: copies, reordering, a week of lateness, facts before their links, records astray, rubbish."""

from tests.chaos.deployment import EXACTLY_ONCE
from tests.chaos.scenario import Context, Figures
from tests.chaos.traffic import STORM, traffic


def storm(context: Context, amount: int) -> Figures:
    """`amount` facts, 30% of them twice, 30% reordered."""
    with context.deploy(EXACTLY_ONCE, LINK_STATUS_BATCH_MAX_RECORDS="20000") as deployment:
        worker = deployment.worker("w0")
        deployment.feed(traffic(context.seed, amount, STORM, creators=max(40, amount // 100)))
        deployment.settled()
        worker.stop()
        figures = deployment.verdict("w0")
        return {**figures, "astray": len(deployment.records("events-by-creator"))}
