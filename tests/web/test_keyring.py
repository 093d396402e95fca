"""Keys behind a URL: an issuer that answers late, in pieces, with something else, or not at all."""

import asyncio
import gc
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from joserfc.jwk import ECKey, KeySet, RSAKey
from multidict import CIMultiDict

from streams import serving
from streams.settings import Settings, WrongSetting
from streams.web import keyring
from streams.web.access import Access
from streams.web.keyring import Jwks, KeysAway, WrongKeys, key_set
from tests.support.simulation import Simulation
from tests.web.site import Site, on_loop, sites
from tests.web.tokens import bearer

FIRST = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
NEXT = ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True)
PATH = "/v1/creators/c1/videos"
UNREADABLE: list[dict[str, Any]] = [
    {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA", "kid": "later"},
    {"kty": "EC", "crv": "brainpoolP256r1", "x": "AA", "y": "AA", "kid": "rare"},
    {"kty": "RSA", "e": "AQAB", "kid": "torn"},
]


def jwks(*keys: RSAKey | ECKey) -> bytes:
    return json.dumps(KeySet(list(keys)).as_dict(private=False)).encode()


class Issuer:
    """Who has the keys: `answer` says how they are told."""

    def __init__(self) -> None:
        self.document = jwks(FIRST)
        self.status = 200
        self.headers = CIMultiDict[str]()
        self.pieces = 1
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.asked = 0
        self.url = ""

    @asynccontextmanager
    async def served(self) -> AsyncIterator["Issuer"]:
        """Serve them."""
        app = web.Application()
        app.router.add_get("/keys", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/keys"
        try:
            yield self
        finally:
            self.may_answer.set()
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        await self.may_answer.wait()
        answer = web.StreamResponse(status=self.status, headers=self.headers)
        await answer.prepare(request)
        length = len(self.document) // self.pieces + 1
        for begin in range(0, len(self.document), length):
            await answer.write(self.document[begin : begin + length])
            await asyncio.sleep(0.02)
        return answer


def issuing(test: Callable[[Issuer], Awaitable[None]]) -> None:
    async def run() -> None:
        async with asyncio.timeout(30), Issuer().served() as issuer:
            await test(issuer)

    on_loop(run())


def test_keys_that_come_in_pieces() -> None:
    async def check(issuer: Issuer) -> None:
        issuer.pieces = 5
        assert len((await Jwks(issuer.url).keys()).keys) == 1

    issuing(check)


def test_an_answer_without_end_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "_LARGEST_BYTES", 1_000)

    async def check(issuer: Issuer) -> None:
        issuer.document = b" " * 2_000 + issuer.document
        with pytest.raises(WrongKeys, match="more than 1000 bytes"):
            await Jwks(issuer.url).keys()

    issuing(check)


def test_keys_are_not_taken_from_where_they_could_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    async def check(issuer: Issuer) -> None:
        async with Issuer().served() as other:
            issuer.status, issuer.headers["Location"] = 302, other.url
            assert await Jwks(issuer.url).keys(), "over loopback nobody can"
            monkeypatch.setattr("streams.setting_forms.is_loopback", lambda host: False)
            with pytest.raises(WrongKeys, match="use https"):
                await Jwks(issuer.url).keys()

    issuing(check)


@pytest.mark.parametrize("status", [404, 403])
def test_an_address_without_keys_is_wrong(status: int) -> None:
    async def check(issuer: Issuer) -> None:
        issuer.status = status
        with pytest.raises(WrongSetting, match=f"LINK_STATUS_AUTH_JWKS={issuer.url}: HTTP status {status}"):
            await serving._keyring(Settings(auth_jwks=issuer.url))

    issuing(check)


def test_keys_that_cannot_be_read_are_left_out() -> None:
    told = json.loads(jwks(FIRST, NEXT))
    for each in UNREADABLE:
        mixed = json.dumps({"keys": [each, *told["keys"]]}).encode()
        assert [key.kid for key in key_set(mixed).keys] == [FIRST.kid, NEXT.kid]
        with pytest.raises(WrongKeys):
            key_set(json.dumps({"keys": [each]}).encode())


def test_a_secret_among_public_keys_and_what_is_nested_too_deep_are_refused() -> None:
    told = json.loads(jwks(FIRST))
    for wrong in (json.dumps({"keys": [{"kty": "oct", "k": "A" * 43}, *told["keys"]]}), "[" * 100_000):
        with pytest.raises(WrongKeys):
            key_set(wrong.encode())


def test_an_issuer_that_hangs_holds_up_nobody_whose_key_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    async def check(issuer: Issuer) -> None:
        site = Site(Simulation(), Access(Jwks(issuer.url)))
        async with sites(site):
            known = bearer(key=FIRST, alg="RS256")
            assert (await site.get(PATH, **known)).status == 200
            monkeypatch.setattr(keyring, "_FRESH_S", 0.0)
            issuer.may_answer.clear()
            begun = time.monotonic()
            assert (await site.get(PATH, **known)).status == 200
            assert time.monotonic() - begun < keyring._TIMEOUT_S / 2

    issuing(check)


def test_a_key_that_was_withdrawn_while_nobody_asked_is_good_for_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keyring, "_FRESH_S", 0.01)

    async def check(issuer: Issuer) -> None:
        keys = Jwks(issuer.url)
        await keys.keys()
        issuer.document, asked = jwks(NEXT), issuer.asked
        while issuer.asked < asked + 3:  # the second one was told all of it, at the least
            await asyncio.sleep(0.01)
        assert [key.kid for key in (await keys.keys()).keys] == [NEXT.kid]

    issuing(check)


def test_an_issuer_that_stays_away_while_nobody_asks_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(keyring, "_FRESH_S", 0.01)

    async def check(issuer: Issuer) -> None:
        issuer.status = 503
        keys = Jwks(issuer.url)
        with pytest.raises(KeysAway):
            await keys.keys()
        while issuer.asked < 3:
            await asyncio.sleep(0.01)
        gc.collect()  # which tells of failures that nobody looked at

    issuing(check)
    assert {record.levelname for record in caplog.records if "keys at" in record.message} == {"WARNING"}
    assert "never retrieved" not in caplog.text


def test_a_key_that_is_not_known_yet_is_looked_for_but_not_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def check(issuer: Issuer) -> None:
        keys = Jwks(issuer.url)
        site = Site(Simulation(), Access(keys))
        async with sites(site):
            assert (await site.get(PATH, **bearer(key=FIRST, alg="RS256"))).status == 200
            due = keys._next
            issuer.document = jwks(FIRST, NEXT)
            new = bearer(key=NEXT, alg="ES256")
            for _ in range(3):
                assert (await site.get(PATH, **new)).status == 401
            assert issuer.asked == 1, "anyone can make up a key"
            monkeypatch.setattr(keyring, "_AGAIN_S", 0.0)
            assert (await site.get(PATH, **new)).status == 200
            begun = keys._begun_at
            assert (await site.get(PATH, **bearer(key=FIRST, alg="RS256"))).status == 200
            assert (issuer.asked, keys._begun_at) == (2, begun)
            assert due is not None and due.cancelled(), "they would be read ever more often"

    issuing(check)


@pytest.mark.parametrize("status", [429, 500])
def test_an_issuer_that_is_away_at_start_holds_up_only_the_web(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    async def check(issuer: Issuer) -> None:
        issuer.status = status
        keys = await serving._keyring(Settings(auth_jwks=issuer.url))
        assert isinstance(keys, Jwks)
        with pytest.raises(KeysAway, match=f"HTTP status {status}"):
            await keys.keys()
        assert issuer.asked == 1
        site = Site(Simulation(), Access(keys))
        async with sites(site):
            known = bearer(key=FIRST, alg="RS256")
            answer = await site.get(PATH, **known)
            assert (answer.status, answer.json["type"]) == (503, "urn:link-status:problem:no-keys")
            assert (await site.get("/livez")).status == 200
            monkeypatch.setattr(keyring, "_AGAIN_S", 0.0)
            issuer.status = 200
            assert (await site.get(PATH, **known)).status == 200

    issuing(check)


def test_what_is_no_http_is_not_told() -> None:
    async def check() -> None:
        async def answer(asked: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asked.readuntil(b"\r\n\r\n")
            writer.write(b"s3cret\n\n")
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        with pytest.raises(KeysAway) as away:
            await Jwks(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys").keys()
        assert "s3cret" not in str(away.value)
        server.close()

    on_loop(check())


def test_a_client_that_goes_takes_the_keys_from_nobody() -> None:
    async def check(issuer: Issuer) -> None:
        issuer.may_answer.clear()
        keys = Jwks(issuer.url)
        gone, stays = asyncio.create_task(keys.keys()), asyncio.create_task(keys.keys())
        await asyncio.sleep(0.1)
        gone.cancel()
        issuer.may_answer.set()
        assert await stays
        assert issuer.asked == 1

    issuing(check)
