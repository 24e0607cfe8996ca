"""What is kept of a request for verified claims between a login and its answers: as much as they depend on. Pure.

It travels inside the code, and that in a URL. An element or claim that nobody here can tell, and that has to be
nothing in particular, is left out of every answer (OpenID Connect for Identity Assurance 1.0, section 5.7): that
it was asked for need not be remembered.
"""

from collections.abc import Iterator, Mapping

from idp.items import ITEMS
from idp.oidc.authorization.verified_request import CONSTRAINTS
from idp.oidc.claims.verified_answer import constrains
from idp.oidc.claims.vouching import ELEMENTS
from idp.strict_json import Json


def kept(request: Json) -> Json:
    """That part of a well-formed request; None where no answer comes of it whoever vouches."""
    if isinstance(request, list):
        return [alternative for one in request if (alternative := _alternative(one)) is not None] or None
    return _alternative(request)


def _alternative(request: Json) -> Json:
    told = {name: _claim(asked) for name, asked in _members(request, "claims").items() if name in ITEMS}
    verification = dict(_members(request, "verification"))
    return {"verification": _element(verification), "claims": told} if told else None


def _claim(asked: Json) -> Json:
    return dict(_constraints(asked)) or None


def _element(asked: Json) -> Json:
    """An element with the conditions on it, and those of its members that can be told or hold conditions."""
    if isinstance(asked, list):
        return [_element(entry) for entry in asked]
    if not isinstance(asked, dict):
        return None
    members = {
        name: _element(inner) if name in ELEMENTS else inner
        for name, inner in asked.items()
        if name not in CONSTRAINTS and (name in ELEMENTS or constrains(inner))
    }
    return {**dict(_constraints(asked)), **members} or None


def _constraints(asked: Json) -> Iterator[tuple[str, Json]]:
    members = asked if isinstance(asked, dict) else {}
    return ((name, value) for name, value in members.items() if name in CONSTRAINTS)


def _members(request: Json, name: str) -> Mapping[str, Json]:
    members = request.get(name) if isinstance(request, dict) else None
    return members if isinstance(members, dict) else {}
