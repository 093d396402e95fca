"""Who may see what: a creator their own videos, an operator all, nobody else anything."""

import asyncio
import itertools
import json
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from streams.web.access import LEEWAY_S, Access
from streams.web.keyring import Jwks, WrongKeys
from streams.web.routes import ROUTES
from streams.web.routing import Scope
from tests.support.events import decided, posted, stocked
from tests.support.simulation import Simulation
from tests.web.site import Answer, Site, on_loop, sites
from tests.web.tokens import GUARDED, OPERATOR, bearer, signed, token

CREATORS = ("c1", "c2", "nobody")
VIDEOS = ("mine", "theirs", "none")
PRODUCTS = ("p1", "p2", "none")
FACT = {"type": "moderation_verdict", "video_id": "theirs", "verdict": "approved"}


# What means something in a path, and ids that are near to the real ones.
_ids = st.text(min_size=1, max_size=20) | st.sampled_from(
    ["c2", "c2/", "c1/../c2", "c1/videos/../../c2", "c2\0theirs", "..", ".", "%2e%2e", "C2", "c2 ", "*"]
)


def guarded(access: Access, test: Callable[[Site], Awaitable[None]]) -> None:
    """Run a test on a site with two creators, c1 and c2, each with a video."""

    async def run() -> None:
        site = Site(Simulation(), access)
        async with sites(site):
            site.tell(
                posted("mine", "p1", creator="c1", title="secret of c1"),
                posted("theirs", "p1", "p2", creator="c2", title="secret of c2"),
                decided("p2", "rejected", creator="c2"),
                stocked("p1", 0),
            )
            await test(site)

    on_loop(run())


def paths(creator: str, video: str, product: str) -> list[tuple[str, str, bytes | None]]:
    """Every route of the API for these ids."""
    body = json.dumps({"facts": [FACT | {"video_id": video}]}).encode()
    filled = []
    for route in ROUTES:
        path = route.path
        for name, text in (("creator_id", creator), ("video_id", video), ("product_id", product)):
            path = path.replace("{" + name + "}", quote(text, safe=""))
        query = f"?creator={quote(creator, safe='')}" if route.scope is Scope.HERE else ""
        filled.append((route.method, path + query, body if route.body else None))
    return filled


def test_another_creators_video_is_404_in_every_route() -> None:
    async def check(site: Site) -> None:
        for creator, video, product in itertools.product(CREATORS, VIDEOS, PRODUCTS):
            for method, path, body in paths(creator, video, product):
                await _check_one(site, creator, video, method, path, body)

    guarded(GUARDED, check)


async def _check_one(
    site: Site, creator: str, video: str, method: str, path: str, body: bytes | None
) -> None:
    answer = await first_bytes(site, method, path, body, bearer("c1"))
    assert b"secret of c2" not in answer.body
    if path.startswith("/v1/products/"):
        assert answer.status == 403
    elif creator != "c1" or (("/videos/" in path or "what-if" in path) and video != "mine"):
        assert answer.status == 404, path
        assert "c2" not in answer.body.decode() and "theirs" not in answer.body.decode()
    elif "/explain" not in path:
        assert answer.status == 200, path


async def first_bytes(
    site: Site, method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> Answer:
    """The answer; of a stream that is open only its head."""
    if path.endswith("/events"):
        async with site.events(path, **headers) as events:
            content = b"" if events.answer.status == 200 else await events.answer.read()
            return Answer(events.answer.status, dict(events.answer.headers), content)
    return await site.request(method, path, body, headers)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(_ids, _ids), max_size=5))
def test_whatever_the_ids_are_nothing_of_others_comes_back(ids: list[tuple[str, str]]) -> None:
    async def check(site: Site) -> None:
        for creator, video in ids:
            for method, path, body in paths(creator, video, "p2"):
                answer = await first_bytes(site, method, path, body, bearer("c1"))
                assert answer.status in (400, 403, 404), path
                assert b"secret of c2" not in answer.body

    guarded(GUARDED, check)


def test_every_route_that_is_served_is_of_the_api_or_tells_of_no_creator() -> None:
    async def check(site: Site) -> None:
        served = {route.resource.canonical for route in site.routes if route.resource is not None}
        api = {route.path for route in ROUTES}
        opened = {path for path in served if not path.startswith("/v1/")}
        assert served - opened == api
        assert opened == {
            *(
                "/",
                "/page.css",
                "/page.js",
                "/basics.js",
                "/details.js",
                "/sse.js",
                "/icon.svg",
                "/texts.json",
            ),
            *("/metrics", "/livez", "/readyz", "/openapi.json"),
        }
        for path in opened:
            answer = await site.get(path)
            assert answer.status == 200
            assert not re.search(rb"secret of|theirs", answer.body)

    guarded(GUARDED, check)


def test_operators_see_all() -> None:
    async def check(site: Site) -> None:
        for method, path, body in paths("c2", "theirs", "p2"):
            assert (await first_bytes(site, method, path, body, OPERATOR)).status == 200, path

    guarded(GUARDED, check)


def test_a_stream_ends_with_its_token() -> None:
    async def check(site: Site) -> None:
        path, now = "/v1/creators/c1/events", int(time.time())
        async with site.events(path, **bearer("c1", exp=now + 1 - LEEWAY_S)) as events:
            assert (await events.next()).kind == "ready"
            with pytest.raises(EOFError):
                await events.next()
        assert (await site.get(path, **bearer("c1", exp=now - 1 - LEEWAY_S))).status == 401
        async with site.events(path, **bearer("c1", exp=2**62)) as events:
            assert (await events.next()).kind == "ready"

    guarded(GUARDED, check)


RSA = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
EC = ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True)
ED = OKPKey.generate_key("Ed25519", {"use": "sig"}, auto_kid=True)

BAD = {
    "none": "",
    "no scheme": token(),
    "another scheme": f"Basic {token()}",
    "no token": "Bearer",
    "no JWT": "Bearer x.y.z",
    "another secret": f"Bearer {token()[:-4]}AAAA",
    "expired": f"Bearer {token(exp=1)}",
    "no end": f"Bearer {token(exp=None)}",
    "not yet": f"Bearer {token(nbf=4_000_000_000)}",
    "no subject": f"Bearer {token(None)}",
    "a subject that is no string": f"Bearer {token(7)}",
    "an end that is no number": f"Bearer {token(exp='tomorrow')}",
    "not signed": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJjMSIsImV4cCI6NDAwMDAwMDAwMH0.",
    "an asymmetric key": f"Bearer {token(key=RSA, alg='RS256')}",
}


@pytest.mark.parametrize("given_", BAD.values(), ids=BAD.keys())
def test_without_a_valid_token_nothing(given_: str) -> None:
    async def check(site: Site) -> None:
        for method, path, body in paths("c1", "mine", "p1"):
            answer = await site.request(method, path, body, {"Authorization": given_} if given_ else {})
            assert answer.status == 401, path
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert answer.headers["Content-Type"] == "application/problem+json"

    guarded(GUARDED, check)


@pytest.mark.parametrize(
    "scope", ["link-status:operated", "xlink-status:operate", "", ["link-status:operate"]]
)
def test_no_other_scope_makes_an_operator(scope: Any) -> None:
    async def check(site: Site) -> None:
        assert (await site.get("/v1/creators/c2/videos", **bearer("c1", scope=scope))).status == 404
        answer = await site.get("/v1/products/p1/links", **bearer("c1", scope=scope))
        assert answer.status == 403
        assert "insufficient_scope" in answer.headers["WWW-Authenticate"]

    guarded(GUARDED, check)


def test_issuer_and_audience() -> None:
    access = Access(GUARDED._keyring, "https://id.example", "link-status")

    async def check(site: Site) -> None:
        path = "/v1/creators/c1/videos"
        right = {"iss": "https://id.example", "aud": ["other", "link-status"]}
        assert (await site.get(path, **bearer(**right))).status == 200
        for wrong in ({"iss": None}, {"aud": None}, {"iss": "https://other.example"}, {"aud": "other"}):
            assert (await site.get(path, **bearer(**{**right, **wrong}))).status == 401

    guarded(access, check)


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (RSA, "PS256"), (EC, "ES256"), (ED, "Ed25519")])
def test_public_keys_in_a_file(key: Any, alg: str, tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(KeySet([RSA, EC, ED]).as_dict(private=False)))

    async def check(site: Site) -> None:
        path = "/v1/creators/c1/videos"
        assert (await site.get(path, **bearer(key=key, alg=alg))).status == 200
        assert (await site.get(path, **bearer())).status == 401
        other = RSAKey.generate_key(2048, auto_kid=True)
        assert (await site.get(path, **bearer(key=other, alg="RS256"))).status == 401

    guarded(Access(Jwks(str(file))), check)


@pytest.mark.parametrize("content", ["", "{}", '{"keys":[]}', '{"keys":[{"kty":"oct","k":"AAAA"}]}', "[1]"])
def test_what_is_no_jwks(content: str, tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(content)
    with pytest.raises(WrongKeys, match=re.escape(str(file))):
        asyncio.run(Jwks(str(file)).keys())
    with pytest.raises(WrongKeys):
        asyncio.run(Jwks(str(tmp_path / "missing")).keys())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xffs3cret", "not UTF-8 JSON"),
        (b"-----BEGIN s3cret", "not UTF-8 JSON"),
        (b'["s3cret"]', "no object with a list of keys"),
        (b'{"keys":{"s3cret":1}}', "no object with a list of keys"),
        (b'{"keys":["s3cret"]}', "a key cannot be read"),
        (b'{"keys":[{"kty":"RSA","n":"s3cret"}]}', "a key cannot be read"),
    ],
)
def test_why_it_is_no_jwks_holds_nothing_of_the_file(content: bytes, why: str, tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(content)
    with pytest.raises(WrongKeys, match=why) as wrong:
        asyncio.run(Jwks(str(file)).keys())
    assert "s3cret" not in str(wrong.value) and "s3cret" not in repr(wrong.value.__cause__)


def test_keys_that_rotate_and_an_issuer_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(KeySet([RSA]).as_dict(private=False)))
    keyring = Jwks(str(file))

    async def check(site: Site) -> None:
        path = "/v1/creators/c1/videos"
        assert (await site.get(path, **bearer(key=RSA, alg="RS256"))).status == 200
        monkeypatch.setattr("streams.web.keyring._FRESH_S", 0.0)
        file.unlink()
        assert (await site.get(path, **bearer(key=RSA, alg="RS256"))).status == 200
        file.write_text(json.dumps(KeySet([EC]).as_dict(private=False)))
        assert (await site.get(path, **bearer(key=EC, alg="ES256"))).status == 200
        assert (await site.get(path, **bearer(key=RSA, alg="RS256"))).status == 401

    guarded(Access(keyring), check)


def test_open_is_open_to_this_machine_alone() -> None:
    async def check(site: Site) -> None:
        for host in ("127.0.0.1:1", "localhost", "[::1]:6066"):
            assert (await site.get("/v1/creators/c2/videos", Host=host)).status == 200
        for host in ("evil.example", "127.0.0.1.evil.example", "10.0.0.1"):
            assert (await site.get("/v1/creators/c2/videos", Host=host)).status == 421

    guarded(Access(None), check)


@pytest.mark.parametrize(
    ("head", "claims"),
    [
        ('{"alg":"HS256","crit":[[]]}', "{}"),
        ('{"alg":"HS256","typ":' + "[" * 3000 + "]" * 3000 + "}", "{}"),
        ('{"alg":"HS256"}', "[" * 3000),
        ('{"alg":"HS256"}', '{"sub":"c1","exp":"' + "9" * 400 + '"}'),
    ],
)
def test_tokens_of_a_shape_that_nobody_expects(head: str, claims: str) -> None:
    async def check(site: Site) -> None:
        answer = await site.get("/v1/creators/c1/videos", Authorization=f"Bearer {signed(head, claims)}")
        assert answer.status == 401

    guarded(GUARDED, check)


def test_a_token_without_end_is_good_for_streams_too() -> None:
    async def check(site: Site) -> None:
        given = signed('{"alg":"HS256"}', '{"sub":"c1","exp":' + "9" * 400 + "}")
        async with site.events("/v1/creators/c1/events", Authorization=f"Bearer {given}") as events:
            assert (await events.next()).kind == "ready"

    guarded(GUARDED, check)


def test_a_password_in_the_address_of_keys_is_not_told() -> None:
    with pytest.raises(WrongKeys) as told:
        asyncio.run(Jwks("http://user:s3cret@127.0.0.1:9/keys").keys())
    assert "user" in str(told.value) and "s3cret" not in str(told.value)
