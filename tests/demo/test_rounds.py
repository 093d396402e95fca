"""A round is the story again, of somebody else."""

from datetime import UTC, datetime

import msgspec.json
import pytest
from joserfc import jwk, jwt
from pydantic import SecretStr

from demo.facts import CREATOR, Broken, Fact
from demo.produce import invitation
from demo.rounds import creator, of_round
from demo.story import STORY
from schemas.decode import decode
from streams.settings import Settings

FACTS = [fact for scene in STORY for fact in scene.facts]
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def said(fact: Fact) -> str:
    return fact.record("e-1", NOW).decode("utf-8", "replace")


@pytest.mark.parametrize("fact", [fact for fact in FACTS if not isinstance(fact, Broken)])
def test_a_fact_is_the_same_of_other_ids(fact: Fact) -> None:
    again = of_round(fact, "r7")
    decode(fact.topic, said(again).encode())
    assert said(again).replace("-r7", "") == said(fact)
    event = msgspec.json.decode(said(again))
    assert again.key in (event.get("creator_id"), event["product_id"] if fact.topic == "inventory" else None)
    ids = [event.get(name) for name in ("creator_id", "video_id", "product_id")]
    ids += [link["product_id"] for link in event.get("links", [])]
    assert all(identity is None or identity.endswith("-r7") for identity in ids)


def test_what_is_broken_stays_broken() -> None:
    [broken] = [fact for fact in FACTS if isinstance(fact, Broken)]
    assert said(of_round(broken, "r7")) == said(broken)


def test_it_says_whose_list_to_look_at_and_with_which_token() -> None:
    secret = "known-to-all-and-for-this-machine-only"
    address, token = invitation(Settings(auth_secret=SecretStr(secret)), "r7").splitlines()
    assert creator("r7") == f"{CREATOR}-r7"
    assert address.startswith(f"Video > Manage of {CREATOR}-r7: http://127.0.0.1:6066/")
    told = jwt.decode(token.split()[-1], jwk.OctKey.import_key(secret))
    assert told.claims["sub"] == f"{CREATOR}-r7"


def test_no_token_where_none_is_asked_for() -> None:
    assert len(invitation(Settings(), "r7").splitlines()) == 1
