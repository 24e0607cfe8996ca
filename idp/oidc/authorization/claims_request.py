"""The `claims` request parameter: claims that a service asks for one by one (OpenID Connect Core section 5.5).

Read strictly, kept only as far as we have an answer: a claim unknown to us is ignored, as section 5.5 asks, and
travels no further. Pure.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from idp import strict_json
from idp.login.application import Application
from idp.oidc.authorization import verified_request
from idp.oidc.claims import verified_kept
from idp.oidc.claims.act import CLAIM
from idp.strict_json import Json, Scalar
from idp.tenants.tenancy import Client

MAX_CHARACTERS = 4096
MAX_DEPTH = 16
"""Of nested objects and arrays: twice what a request for verified claims with its evidence needs."""
MAX_KEPT = 1536
"""Characters of what the answers shall hold: they travel inside the code, which travels in a URL.

Enough for everything that can be told of verified claims, in UserInfo and in the ID token at once.
"""
VERIFIED_CLAIMS = "verified_claims"
SIGNED_APPLICATION = "signed_application"


class ClaimsRefused(ValueError):
    """A `claims` parameter that is none; the sentence says why, without quoting it."""


@dataclass(frozen=True, slots=True)
class Individual:
    """One claim as it is asked for. `values`: it shall have one of them, the preferred first; empty for any."""

    essential: bool = False
    values: tuple[Scalar, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What one place shall hold: claims by name, and the request for verified claims as it was sent.

    `verified`: an object or an array of objects (OpenID Identity Assurance, section 6), None when none was asked;
    JSON, whose type goes round in a circle and so tells msgspec nothing.
    `application`: what is to be signed; the ID token's alone.
    """

    claims: Mapping[str, Individual] = field(default_factory=lambda: MappingProxyType({}))
    verified: Any = None
    application: Application | None = None

    def within(self, known: Collection[str]) -> "Asked":
        """As far as these claims go; verified claims and the application stay."""
        if not self.claims:
            return self
        claims = {name: asked for name, asked in self.claims.items() if name in known}
        return replace(self, claims=MappingProxyType(claims))


@dataclass(frozen=True, slots=True)
class ClaimsRequest:
    """A `claims` parameter that was read; without one, nothing is asked anywhere."""

    userinfo: Asked = field(default_factory=Asked)
    id_token: Asked = field(default_factory=Asked)

    def within(self, userinfo: Collection[str], id_token: Collection[str]) -> "ClaimsRequest":
        """As far as these claims go."""
        return ClaimsRequest(self.userinfo.within(userinfo), self.id_token.within(id_token))

    def wants_agent(self, client: Client) -> bool:
        """Whether only somebody who acts for another shall sign in: `act` is an essential claim, wherever.

        Only of a service that takes agents: nobody is locked out by what its request says.
        """
        if not client.agent_kinds:
            return False
        asked = (self.id_token.claims.get(CLAIM), self.userinfo.claims.get(CLAIM))
        return any(one is not None and one.essential for one in asked)

    def for_userinfo(self) -> str:
        """What the code and the access token carry: what UserInfo is asked for, empty for nothing."""
        return _kept(self.userinfo)

    def for_id_token(self, known: Collection[str]) -> str:
        """What the code carries of the ID token's: as far as these claims, and verified ones, are asked there."""
        return _kept(self.id_token.within(known))


NOTHING = ClaimsRequest()
"""Of a request without the parameter, as most are."""


def parse(unverified: str, *, userinfo: Collection[str], id_token: Collection[str]) -> ClaimsRequest:
    """A `claims` parameter, of whose claims those are kept that we know in that place.

    Raises ClaimsRefused: not one JSON object, a member twice, too long, too deep, text that is no Unicode; a place
    that is no object; a claim that is neither null nor an object with `essential` true or false, and `value` or
    `values` of scalars; verified claims that are asked for as nobody can ask (`verified_request`); an application
    whose `value` is not a digest and its algorithm; more asked than a code can carry.
    """
    members = _object(_json(unverified), "claims")
    request = ClaimsRequest(_place(members, "userinfo", userinfo), _place(members, "id_token", id_token))
    if len(request.for_userinfo()) + len(request.for_id_token(id_token)) > MAX_KEPT:
        raise ClaimsRefused("claims asks for more than we keep")
    return request


def read_kept(stored: str) -> Asked:
    """Undo `ClaimsRequest.for_userinfo` and `for_id_token`."""
    members = json.loads(stored) if stored else {}
    verified = members.pop(VERIFIED_CLAIMS, None)
    return Asked(MappingProxyType({name: Individual() for name in members}), verified)


def _kept(asked: Asked) -> str:
    """Essential or not, and with which value, makes no difference to a claim's answer: the names are enough.

    Of verified claims it does.
    """
    if not asked.claims and asked.verified is None:
        return ""  # as of most requests
    names: dict[str, Json] = dict.fromkeys(asked.claims)
    verified = verified_kept.kept(asked.verified)
    members = names if verified is None else names | {VERIFIED_CLAIMS: verified}
    return _text(members) if members else ""


def _json(unverified: str) -> Json:
    if len(unverified) > MAX_CHARACTERS:
        raise ClaimsRefused("claims is too long")
    try:
        read: Json = strict_json.parse(unverified.encode())
    except ValueError as error:
        raise ClaimsRefused("claims is not JSON without duplicate members") from error
    if _is_deeper(read, MAX_DEPTH):
        raise ClaimsRefused("claims is nested too deeply")
    return read


def _place(members: Mapping[str, Json], name: str, known: Collection[str]) -> Asked:
    if members.get(name) is None:
        return Asked()
    asked = _object(members[name], name)
    claims = {claim: _individual(request, claim) for claim, request in asked.items() if claim in known}
    return Asked(MappingProxyType(claims), _verified(asked), _application(asked) if name == "id_token" else None)


def _individual(request: Json, claim: str) -> Individual:
    if request is None:
        return Individual()
    members = _object(request, claim)
    essential = members.get("essential", False)
    if not isinstance(essential, bool):
        raise ClaimsRefused(f"{claim}: essential is neither true nor false")
    if "value" in members and "values" in members:
        raise ClaimsRefused(f"{claim}: value and values exclude each other")
    values = members["values"] if "values" in members else [members["value"]] if "value" in members else []
    if not isinstance(values, list) or ("values" in members and not values):
        raise ClaimsRefused(f"{claim}: values is not an array with something in it")
    return Individual(essential, tuple(_scalars(values, claim)))


def _scalars(values: Iterable[Json], claim: str) -> Iterable[Scalar]:
    for value in values:
        if not isinstance(value, Scalar):
            raise ClaimsRefused(f"{claim}: a value is neither text, number, true nor false")
        yield value


def _verified(asked: Mapping[str, Json]) -> Json:
    if VERIFIED_CLAIMS not in asked:
        return None
    request = asked[VERIFIED_CLAIMS]
    try:
        verified_request.check(request)
    except ValueError as error:
        raise ClaimsRefused(f"{VERIFIED_CLAIMS}: {error}") from error
    return request


def _application(asked: Mapping[str, Json]) -> Application | None:
    """What is to be signed; None where the claim is asked for without a value: there is nothing to sign then."""
    if asked.get(SIGNED_APPLICATION) is None:
        return None
    members = _object(asked[SIGNED_APPLICATION], SIGNED_APPLICATION)
    essential, value = members.get("essential", False), members.get("value")
    if members.keys() - {"essential", "value"} or not isinstance(essential, bool):
        raise ClaimsRefused(
            f"{SIGNED_APPLICATION}: essential, which is true or false, and value, and no other member"
        )
    if not isinstance(value, dict) or value.keys() != {"digest", "alg"}:
        raise ClaimsRefused(f"{SIGNED_APPLICATION}: value is not an object of digest and alg")
    digest, alg = value["digest"], value["alg"]
    if not isinstance(digest, str) or not isinstance(alg, str):
        raise ClaimsRefused(f"{SIGNED_APPLICATION}: digest and alg are texts")
    application = Application(digest, alg, essential)
    try:
        application.require()
    except ValueError as error:
        raise ClaimsRefused(f"{SIGNED_APPLICATION}: {error}") from error
    return application


def _object(value: Json, name: str) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise ClaimsRefused(f"{name} is not an object")
    return value


def _is_deeper(value: Json, limit: int) -> bool:
    """Whether more than `limit` objects and arrays stand one in another; looks no further than that."""
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return below is not None and (limit == 0 or any(_is_deeper(inner, limit - 1) for inner in below))


def _text(members: Mapping[str, Json]) -> str:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))
