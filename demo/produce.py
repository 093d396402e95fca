"""`python -m demo.produce`: the story's facts, round after round, for a deployment to look at.

Sends to the broker and topics that LINK_STATUS_* names, until SIGTERM; nothing is expected in return. With
DEMO_ROUNDS=1 it ends after one round. Exit codes: 0 told to stop, or done; 1 the broker takes no records;
2 a setting is wrong.
"""

import itertools
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime

from joserfc import jwk, jwt

from demo import rounds
from demo.brokers.reached import configuration
from demo.failed import Failed
from demo.kafka_io import Upstream
from demo.story import STORY, Scene
from streams.settings import Settings, WrongSetting

# Seconds from one scene to the next; the deadline of an invite is 4 seconds away.
_PAUSE_S = 5.0
_TOKEN_S = 24 * 3600


def main() -> int:
    """Send until told to stop; returns the exit code."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        _send(Settings.load(), int(os.environ.get("DEMO_ROUNDS", 0)), stop)
    except WrongSetting as wrong:
        print(wrong, file=sys.stderr)
        return 2
    except Failed as failure:
        print(f"demo: {failure}", file=sys.stderr)
        return 1
    return 0


def _send(settings: Settings, most: int, stop: threading.Event) -> None:
    for number in itertools.count(1):
        # Ids of videos are never used again, not even after a restart.
        run = datetime.now(UTC).strftime("%m%d-%H%M%S")
        print(invitation(settings, run), flush=True)
        upstream = Upstream(configuration(settings), settings.topic_prefix, f"demo-{run}")
        for scene in STORY:
            _play(upstream, scene, run)
            if stop.wait(_PAUSE_S):
                return
        if number == most:
            return


def _play(upstream: Upstream, scene: Scene, run: str) -> None:
    print(f"  {scene.caption}", flush=True)
    upstream.send(rounds.of_round(fact, run) for fact in scene.facts)


def invitation(settings: Settings, run: str) -> str:
    """Where to look at the round, and with which token (for a day), if the workers ask for one."""
    creator = rounds.creator(run)
    lines = [f"Video > Manage of {creator}: http://127.0.0.1:{settings.web_port}/"]
    if settings.auth_secret is not None:
        key = jwk.OctKey.import_key(settings.auth_secret.get_secret_value())
        claims = {"sub": creator, "exp": int(time.time()) + _TOKEN_S}
        lines.append(f"with the token {jwt.encode({'alg': 'HS256'}, claims, key)}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
