"""What tests take of an environment that changes while they read it."""

import os
from collections.abc import Iterator

import pytest

from streams.settings import Settings
from tests.support import environment


class Changing(dict[str, str]):
    """A name goes as soon as somebody has heard of it."""

    def __iter__(self) -> Iterator[str]:
        names = list(super().__iter__())
        self.pop("GOING", None)
        return iter(names)


def test_a_name_that_goes_meanwhile_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", Changing(STAYING="1", GOING="1"))
        inherited = environment.inherited()
    assert inherited == {"STAYING": "1"}


def test_settings_that_are_given_alone_do_not_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", None)
        settings = environment.only(bootstrap_servers="b:1", sasl_password="s3cret")
    assert isinstance(settings, Settings)
    assert (settings.bootstrap_servers, settings.session_timeout_ms) == ("b:1", 10_000)
    assert settings.sasl_password is not None and settings.sasl_password.get_secret_value() == "s3cret"
