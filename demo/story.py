"""A day of a creator, in scenes that cover all that the tool can show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from demo.facts import (
    Fact,
    approved_by_seller,
    broken,
    deleted,
    invite_ends,
    moderated,
    posted,
    rejected_by_seller,
    stocked,
)

Labels = tuple[str, ...]

REPLACED_LINK = posted("desk", "My desk setup", "softbox", "desk-lamp")


@dataclass(frozen=True)
class Scene:
    """What happens, and what the list then shows: the next scene begins when it does."""

    caption: str
    facts: tuple[Fact, ...] = ()
    shows: Mapping[str, Labels | None] = field(default_factory=lambda: MappingProxyType({}))
    """The status labels of videos by id; None for one that is not in the list any more."""

    dead_letters: int = 0
    """How many records were refused in all, by the end of the scene."""


def _attention(number: int) -> str:
    return "1 product link needs attention" if number == 1 else f"{number} product links need attention"


def _review(number: int) -> str:
    return "1 product link in review" if number == 1 else f"{number} product links in review"


STORY = (
    Scene(
        'Mira posts "My desk setup" with a ring light and a desk lamp',
        (posted("desk", "My desk setup", "ring-light", "desk-lamp"),),
        {"desk": (_review(2),)},
    ),
    Scene(
        "She posts three more; the running shoes need no approval by their seller",
        (
            posted("skin", "Morning skincare", "serum", "sunscreen"),
            posted("run", "My first 5k", "water-bottle", not_required=("running-shoes",)),
            posted("haul", "Haul of the week", "tote-bag"),
        ),
        {"skin": (_review(2),), "run": (_review(2),), "haul": (_review(1),)},
    ),
    Scene(
        "Sellers approve her applications; moderation has not looked yet, so nothing changes",
        tuple(approved_by_seller(product) for product in ("desk-lamp", "serum", "sunscreen", "water-bottle")),
    ),
    Scene(
        'Moderation approves "My first 5k": all is well, so there is no status under it',
        (moderated("run", "approved"),),
        {"run": ()},
    ),
    Scene(
        'It approves "My desk setup" and "Morning skincare" too; the ring light waits for its seller',
        (moderated("desk", "approved"), moderated("skin", "approved")),
        {"desk": (_review(1),), "skin": ()},
    ),
    Scene(
        "The seller of the ring light rejects the application",
        (rejected_by_seller("ring-light", "audience", name="Lumen Lights", email="partners@lumen.example"),),
        {"desk": (_attention(1),)},
    ),
    Scene(
        "Mira tries to swap the ring light: links of a posted video stand, the attempt is a dead letter",
        (REPLACED_LINK,),
        dead_letters=1,
    ),
    Scene(
        "She uploads the video again, with a softbox instead",
        (posted("desk-2", "My desk setup, again", "softbox", "desk-lamp"),),
        {"desk-2": (_review(2),)},
    ),
    Scene(
        'Someone reports "Morning skincare": moderation finds a violation in the whole video',
        (moderated("skin", "violation"),),
        {"skin": (_attention(2),)},
    ),
    Scene(
        "Looking closer, only what it says of the sunscreen is one: the serum's link is back",
        (moderated("skin", "approved"), moderated("skin", "violation", "sunscreen")),
        {"skin": (_attention(1),)},
    ),
    Scene(
        "The water bottle and the running shoes are sold out",
        (stocked("water-bottle", 0), stocked("running-shoes", 0)),
        {"run": (_attention(2),)},
    ),
    Scene(
        "The water bottle is in stock again: its link comes back by itself",
        (stocked("water-bottle", 250),),
        {"run": (_attention(1),)},
    ),
    Scene(
        "Mira's invites for the desk lamp and the serum end in 4 seconds",
        (invite_ends("desk-lamp", seconds=4), invite_ends("serum", seconds=4)),
    ),
    Scene("The serum's is renewed in time", (invite_ends("serum", days=30),)),
    Scene(
        "The deadline passes: the desk lamp has left her showcase, the serum has not",
        shows={"desk": (_attention(2),), "desk-2": (_attention(1), _review(1)), "skin": (_attention(1),)},
    ),
    Scene(
        "The desk lamp's invite is renewed as well, late: its links come back",
        (invite_ends("desk-lamp", days=30),),
        {"desk": (_attention(1),), "desk-2": (_review(2),)},
    ),
    Scene(
        "News comes late: the water bottle's invite ended yesterday",
        (invite_ends("water-bottle", days=-1),),
        {"run": (_attention(2),)},
    ),
    Scene('Mira deletes "Haul of the week"', (deleted("haul"),), {"haul": None}),
    Scene(
        "A system upstream sends half a record: another dead letter, and nothing waits for it",
        (broken("seller-decisions/invalid_json--cut-off.json"),),
        dead_letters=2,
    ),
)


def titles(story: tuple[Scene, ...] = STORY) -> Mapping[str, str]:
    """The titles of all videos posted in the story, by video id."""
    events = [fact.fields for scene in story for fact in scene.facts]
    return {str(e["video_id"]): str(e["title"]) for e in events if e.get("type") == "video_posted"}
