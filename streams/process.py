"""What a worker asks of its process: open files, and garbage that is looked for by the clock."""

import asyncio
import gc
import itertools
import resource

# Everything else waits meanwhile, while it walks over what came since the last time and is still there: 10 to
# 20 ms, 0.2 s while partitions catch up. Seldom, since most of what comes goes by itself.
_COLLECT_S = 10.0
# What was in use when it came by, as a step is until a rebalance, is found by a walk over all there is, which
# takes 0.1 s beside 120,000 objects of state.
_ALL_EACH = 60
_YOUNG, _ALL = 0, 2  # generations
_OWN_FILES = 4_096


def take_files(connections: int) -> None:
    """As many open files as may be: each connection is one, and RocksDB keeps its own open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OWN_FILES
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def tame_garbage_collector() -> None:
    """From now on garbage is looked for by `collect_garbage` alone (why: docs/decisions/035)."""
    # Records and state hold no cycles. Left alone, the collector takes 40% of a fold, walking over objects
    # that live as long as their batch; by the clock it finds what little others leave.
    gc.freeze()
    gc.disable()


async def collect_garbage() -> None:
    """Look for garbage now and then, until cancelled."""
    for turn in itertools.count(1):
        await asyncio.sleep(_COLLECT_S)
        gc.collect(_ALL if turn % _ALL_EACH == 0 else _YOUNG)
