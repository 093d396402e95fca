"""The facets that a creator's videos share, and who links the product."""

from itertools import permutations

import pytest

from streams.domain.facets import Application, Invite, Stock
from streams.domain.product import Product
from tests.domain.build import application, fact, invite, stock


@pytest.mark.parametrize("order", permutations(range(3)))
def test_the_last_decision_stands_whatever_comes_first(order: tuple[int, ...]) -> None:
    decisions = [
        Application(fact(1, "a"), True),
        Application(fact(2, "a"), True),
        Application(fact(2, "b"), False),
    ]
    product = Product()
    stood = [product.decide(decisions[number]) for number in order]
    assert product.application == decisions[2]
    assert stood == [number >= max(order[: place + 1]) for place, number in enumerate(order)]


@pytest.mark.parametrize("order", permutations(range(3)))
def test_the_last_invite_stands_whatever_comes_first(order: tuple[int, ...]) -> None:
    invites = [Invite(fact(at), 100 - at, False) for at in range(3)]
    product = Product()
    for number in order:
        product.invite_until(invites[number])
    assert product.invite == invites[2]


@pytest.mark.parametrize("order", permutations(range(3)))
def test_the_last_stock_stands_whatever_comes_first(order: tuple[int, ...]) -> None:
    levels = [Stock(fact(at), at) for at in range(3)]
    product = Product(videos=["v1"])
    for number in order:
        product.stock_up(levels[number])
    assert product.stock == levels[2]


def test_the_same_facts_again_do_not_stand() -> None:
    product = Product(application(True), invite(False), stock(1), ["v1"])
    assert not product.decide(application(True))
    assert not product.invite_until(invite(False))
    assert not product.stock_up(stock(1))


@pytest.mark.parametrize(
    ("before", "deadline", "expires"),
    [
        (None, 50, False),
        (invite(False, expires_at=50), 50, True),
        (invite(False, expires_at=60), 50, False),
        (invite(True, expires_at=50), 50, False),
    ],
    ids=["no invite", "its deadline", "renewed since", "expired before"],
)
def test_an_invite_expires_by_its_own_deadline_once(
    before: Invite | None, deadline: int, expires: bool
) -> None:
    product = Product(invite=before)
    assert product.expire_invite(deadline) is expires
    if expires:
        assert product.invite == invite(True, expires_at=50)
    else:
        assert product.invite == before


def test_a_stale_answer_about_stock_is_dropped() -> None:
    product = Product()
    assert not product.stock_up(stock(0))
    assert product.stock is None


def test_stock_is_forgotten_with_the_last_video() -> None:
    product = Product()
    product.link("v1")
    product.link("v2")
    product.link("v1")
    assert product.videos == ["v1", "v2"]
    product.stock_up(stock(0))
    assert not product.unlink("v1")
    assert not product.unlink("v1")
    assert product.stock == stock(0)
    assert product.unlink("v2")
    assert product == Product()


@pytest.mark.parametrize(
    ("product", "forgotten"),
    [
        (Product(), True),
        (Product(application=application(True)), False),
        (Product(invite=invite(True)), False),
        (Product(stock=stock(1)), False),
        (Product(videos=["v1"]), False),
    ],
)
def test_a_product_is_forgotten_when_nothing_is_known(product: Product, forgotten: bool) -> None:
    assert product.forgotten is forgotten
