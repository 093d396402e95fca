"""Who may see what: bearer JWTs whose `sub` is the creator, a scope for operators; open on loopback only."""

from http import HTTPStatus
from typing import Any, NamedTuple

from aiohttp import web
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError

from streams.loopback import is_loopback
from streams.web.keyring import Keyring, WrongKeys
from streams.web.problems import Problem, not_found, unavailable

OPERATOR_SCOPE = "link-status:operate"
LEEWAY_S = 30
# The end of 9999: a token that claims more is good for as long.
_LATEST_S = 253_402_300_799


class Principal(NamedTuple):
    """Who asks: a creator, an operator, or both. An operator sees every creator's videos.

    Known to be so until a time in epoch seconds; None: for ever.
    """

    creator_id: str | None
    operator: bool
    until: float | None = None

    def see_creator(self, creator_id: str) -> None:
        """Raise 404 if the creator is another one: whether there is one is not told."""
        if not self.operator and self.creator_id != creator_id:
            raise not_found("creator or video")

    def see_operations(self) -> None:
        """Raise 403 for anyone but operators."""
        if not self.operator:
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "insufficient-scope",
                f"this needs the scope {OPERATOR_SCOPE}",
                {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{OPERATOR_SCOPE}"'},
            )


ANYONE = Principal(None, operator=True)


class Access:
    """Finds out who asks. Without keys everything is open, to this machine alone."""

    def __init__(
        self, keyring: Keyring | None, issuer: str | None = None, audience: str | None = None
    ) -> None:
        self._keyring = keyring
        required: dict[str, Any] = {"exp": {"essential": True}, "sub": {"essential": True}}
        for name, value in (("iss", issuer), ("aud", audience)):
            if value is not None:
                required[name] = {"essential": True, "value": value}
        self._claims = jwt.JWTClaimsRegistry(leeway=LEEWAY_S, **required)

    @property
    def open(self) -> bool:
        """Whether nobody has to say who they are."""
        return self._keyring is None

    async def principal(self, request: web.Request) -> Principal:
        """Who asks. Raises 401 without a valid token, 421 for what a foreign page made a browser ask, 503
        without keys.
        """
        if self._keyring is None:
            _on_this_machine(request)
            return ANYONE
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthorized("a bearer token is needed", "")
        try:
            decoded = await _decoded(token.strip(), self._keyring)
            self._claims.validate(decoded.claims)
        except WrongKeys as error:
            raise unavailable("no-keys", "what tokens are checked with cannot be had", 10) from error
        except (JoseError, ValueError, TypeError, RecursionError) as error:  # joserfc trusts its shape
            raise _unauthorized("the token is not valid", ' error="invalid_token"') from error
        scopes = decoded.claims.get("scope", "")
        operator = isinstance(scopes, str) and OPERATOR_SCOPE in scopes.split()
        return Principal(decoded.claims["sub"], operator, min(_LATEST_S, decoded.claims["exp"]) + LEEWAY_S)


async def _decoded(token: str, keyring: Keyring) -> jwt.Token:
    try:
        return jwt.decode(token, await keyring.keys(), keyring.algorithms)
    except InvalidKeyIdError:
        return jwt.decode(token, await keyring.keys(newer=True), keyring.algorithms)


def _on_this_machine(request: web.Request) -> None:
    # A page elsewhere can have its own name resolve to 127.0.0.1 (DNS rebinding); its name gives it away.
    if not is_loopback(_host(request)):
        raise Problem(
            HTTPStatus.MISDIRECTED_REQUEST,
            "misdirected",
            "without authentication only loopback names are served",
        )


def _host(request: web.Request) -> str:
    try:
        return request.url.host or ""
    except ValueError:  # the Host header is none
        return ""


def _unauthorized(detail: str, error: str) -> Problem:
    return Problem(HTTPStatus.UNAUTHORIZED, "unauthorized", detail, {"WWW-Authenticate": f"Bearer{error}"})
