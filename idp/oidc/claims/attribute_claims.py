"""The Basic 4 as claims: which a request asks for, and how an answer tells them. Pure.

OpenID Connect Core sections 5.1 and 5.4; OpenID Connect for Identity Assurance 1.0 for those that somebody vouches
for. By scope they leave through UserInfo alone, never in an ID token; in it only what `claims` asks for there.
"""

from collections.abc import Collection, Iterator, Mapping

from idp.items import ADDRESS, ITEMS
from idp.login import attributes
from idp.oidc.authorization.claims_request import Asked, ClaimsRequest
from idp.oidc.claims import verified_answer, vouching
from idp.sources.normal import Form, whole_date
from idp.sources.record import Read, Source, Told
from idp.strict_json import Json
from idp.tenants.tenancy import PROFILE, Client

_OF_PROFILE = tuple(item for item in ITEMS if item != ADDRESS)
"""What the scope `profile` stands for: an address has a scope of its own (OpenID Connect Core section 5.4)."""
_READINGS = (Source.SELF, Source.TERMINAL)
"""Sources that read a card."""
_AGES: Mapping[str, bool] = {"true": True, "false": False}
_GENDERS: Mapping[str, str] = {"1": "male", "2": "female"}
"""The two that OpenID Connect Core defines. What 3 and 9 mean is nowhere agreed: nothing is claimed then."""


def asked_by(client: Client, scopes: Collection[str], claims: ClaimsRequest) -> attributes.Asked:
    """What of the card is to be read for a request: never more than the client is registered for one by one."""
    may_have, unread = client.items, _unread(client)
    if not may_have:
        return attributes.Asked(unread=unread)
    places = (claims.userinfo, claims.id_token)
    requests = [request for place in places for request in _verified_requests(place)]
    verified = {name for request in requests for name in _members(request, "claims")}
    plain = _plain(scopes, claims.userinfo) | _plain((), claims.id_token)
    signed = [
        asked
        for request in requests
        if _is_by(request, vouching.SIGNATURE_FRAMEWORK, vouching.SIGNATURE_RECORD)
        for asked in _of(request, may_have)
    ]
    latest = any(
        _is_by(request, vouching.LATEST_FRAMEWORK, vouching.LATEST_RECORD) and _of(request, may_have)
        for request in requests
    )
    asks = not (plain | verified).isdisjoint(may_have)
    by = _registered(client, signed=bool(signed), latest=latest, asks=asks)
    return attributes.Asked(
        plain=tuple(name for name in may_have if name in plain),
        verified=tuple(name for name in may_have if name in verified),
        by_signature=by is Source.SIGNATURE,
        required=by is Source.SIGNATURE and any(map(_is_essential, signed)),
        by_latest=by is Source.LATEST,
        unread=unread,
    )


def _unread(client: Client) -> tuple[Source, ...]:
    """The readings of a card that the service does not take: none where it names no source."""
    if not client.attribute_sources:
        return ()
    return tuple(source for source in _READINGS if not _takes(client, source))


def _registered(client: Client, *, signed: bool, latest: bool, asks: bool) -> Source | None:
    """Whose word is asked for beside a card's: what the request names, as far as the service takes it.

    A service that takes nobody's reading of a card asks for the first of the others with its scopes already.
    """
    for source, asked in ((Source.SIGNATURE, signed), (Source.LATEST, latest)):
        if asked and _takes(client, source):
            return source
    if not asks or _takes(client, Source.SELF):
        return None
    return next((Source(name) for name in client.attribute_sources if name not in _READINGS), None)


def _is_essential(asked: Json) -> bool:
    return isinstance(asked, dict) and asked.get("essential") is True


def _takes(client: Client, source: Source) -> bool:
    return not client.attribute_sources or source in client.attribute_sources


def of(read: Read, scopes: Collection[str], place: Asked, login: vouching.Login) -> dict[str, object]:
    """The claims of what a resident let go: plain ones, and verified ones where somebody vouches for them.

    `scopes`: those whose claims belong to that answer, none for an ID token; `place`: what `claims` asks of it.
    What the card leaves open is left out.
    """
    told = {one.item: claim for one in read if (claim := _claim(one)) is not None}
    plain = _plain(scopes, place)
    claims: dict[str, object] = {name: claim for name, claim in told.items() if name in plain}
    verified = list(_verified(told, place, vouching.facts(read.source, login), login.accepted_at))
    if not verified:
        return claims
    return claims | {"verified_claims": verified if isinstance(place.verified, list) else verified[0]}


def _plain(scopes: Collection[str], place: Asked) -> set[str]:
    of_profile = _OF_PROFILE if PROFILE in scopes else ()
    return {item for item in ITEMS if item in scopes or item in of_profile or item in place.claims}


def _verified(
    told: Mapping[str, Json], place: Asked, facts: Mapping[str, vouching.Fact], asked_at: int
) -> Iterator[dict[str, object]]:
    """The answers to those requests whose conditions hold: unmet ones are left out, never an error.

    `asked_at`: to when an age counts, which is when the login was accepted.
    """
    for request in _verified_requests(place):
        wanted = _members(request, "claims")
        claims = {
            name: claim
            for name, claim in told.items()
            if name in wanted and verified_answer.is_met(wanted[name], claim)
        }
        asked = _members(request, "verification")
        verification = verified_answer.verification(asked, facts, asked_at=asked_at) if facts else None
        if claims and verification:
            yield {"verification": verification, "claims": claims}


def _verified_requests(place: Asked) -> list[Mapping[str, Json]]:
    """The request for verified claims as alternatives; only objects, as `claims_request` has made sure."""
    alternatives = place.verified if isinstance(place.verified, list) else [place.verified]
    return [alternative for alternative in alternatives if isinstance(alternative, dict)]


def _of(request: Mapping[str, Json], names: Collection[str]) -> list[Json]:
    """How the claims of these names are asked for."""
    return [asked for name, asked in _members(request, "claims").items() if name in names]


def _is_by(request: Mapping[str, Json], named: str, record: str) -> bool:
    """Whether a source is named: by its framework, or by the record that is its evidence."""
    verification = _members(request, "verification")
    evidence = verification.get("evidence")
    entries = evidence if isinstance(evidence, list) else []
    records = [_members(entry, "record").get("type") for entry in entries if isinstance(entry, dict)]
    framework = verification.get("trust_framework")
    return _names(framework, named) or any(_names(kind, record) for kind in records)


def _names(asked: Json, value: str) -> bool:
    """Whether an element has to be that value, or may be it among others that are named."""
    if not isinstance(asked, dict):
        return False
    values = asked.get("values")
    return asked.get("value") == value or (isinstance(values, list) and value in values)


def _members(request: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    members = request.get(name)
    return members if isinstance(members, dict) else {}


def _claim(one: Told) -> Json:
    """The claim of an item, None where it leaves open what is asked."""
    value = one.value
    if one.form is Form.DATE:
        day = whole_date(value)
        return day.isoformat() if day else None
    if one.form is Form.YES_NO:
        return _AGES.get(value)
    if one.form is Form.GENDER:
        return _GENDERS.get(value)
    if one.item == ADDRESS:
        return {"formatted": value} if value else None
    return value or None
