"""Verified claims as a service sees them: requests, logins at a counter, the schemas that answers must meet."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from components.town import BASE_URL, id_token_claims
from jsonschema import Draft202012Validator

from idp.oidc.authorization.claims_request import Asked
from idp.oidc.claims import attribute_claims
from idp.oidc.claims.vouching import Login
from idp.sources.record import Read, Source

SCHEMAS = Path(__file__).parent.parent / "vectors" / "identity_assurance"
SCOPES = ("openid", "name", "birthdate", "gender")
ANY = {"trust_framework": None}
READ = {"name": "髙橋　花子", "birthdate": "19850615", "gender": "2"}
AT = 1_764_143_520
"""A login's acceptance, 2025-11-26 07:52:00 UTC."""
QUARTER = "2025-11-26T07:45:00Z"
WITH_PIN = Login(AT, ("hwk", "sc", "pin", "mfa"))
HELD_OVER = Login(AT, ("kazashi",))


def validator(name):
    """The schema of that name, itself checked."""
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


ANSWER, METADATA = validator("verified_claims"), validator("metadata")


def request(verification=ANY, *names, **claims):
    """A request for verified claims."""
    return {"verification": verification, "claims": {**dict.fromkeys(names), **claims}}


def told(request, source=Source.TERMINAL, values=READ, login=WITH_PIN):
    """What UserInfo says of verified claims, which meets the schema."""
    claims = attribute_claims.of(Read(source, values), ("openid",), Asked(verified=request), login)
    if "verified_claims" in claims:
        ANSWER.validate(claims)
    return claims.get("verified_claims")


def asking(verified, place="userinfo"):
    """The `claims` parameter."""
    return json.dumps({place: {"verified_claims": verified}})


def answers(town, service, login, answer):
    """UserInfo and the ID token after an accepted proof; both meet the schema."""
    location = town.get(login.browser, answer.json["return_url"]).headers["Location"]
    if location.endswith("/consent"):
        location = town.consent(login, location).headers["Location"]
    tokens = town.redeem(parse_qs(urlsplit(location).query)["code"][0], login).json
    both = town.userinfo(service, tokens["access_token"]).json, id_token_claims(tokens["id_token"])
    for claims in both:
        if "verified_claims" in claims:
            ANSWER.validate(claims)
    return both


def at_counter(window, service, claims, mode="pin"):
    """UserInfo and ID token of a whole login at a counter with that `claims` parameter."""
    town = window.town
    login = town.begin(service, scope="openid", claims=claims)
    return answers(town, service, login, window.prove(login, mode))


def metadata(town, tenant_id="aoba"):
    """What discovery says there."""
    return town.get(town.browser(), f"{BASE_URL}/t/{tenant_id}/.well-known/openid-configuration").json
