"""inventory: units available of a product."""

from typing import Literal

from schemas.base import Count, Fact, Id


class InventoryLevel(Fact):
    """So many units of a product are available."""

    type: Literal["inventory_level"]
    product_id: Id
    available: Count
    """Units left; at 0 the links of the product need attention."""
