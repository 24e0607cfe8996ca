"""Applications that are signed in a login: pushed by their digest, signed, told in the ID token."""

import hashlib
import json
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

from components.signing import opened
from components.town import BASE_URL, REDIRECT_URI, b64url, id_token_claims

DIGEST = b64url(hashlib.sha256("名義変更の申請書".encode()).digest())


def claims(digest=DIGEST, alg="sha-256", **more):
    """The `claims` parameter that hands an application over."""
    return json.dumps({"id_token": {"signed_application": {"value": {"digest": digest, "alg": alg}, **more}}})


def push(town, service, **parameters):
    """What the service is answered to a request that it pushes."""
    form = {
        "response_type": "code",
        "client_id": service.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid",
        "state": "s",
        "procedure": "transfer",
        "claims": claims(),
        **parameters,
    }
    url, auth = f"{BASE_URL}/t/{service.tenant_id}/par", (service.client_id, service.client_secret)
    sent = {name: value for name, value in form.items() if value is not None}
    return town.post(town.browser(), url, data=sent, auth=auth)


def begun(town, service, browser=None, **parameters):
    """A login whose card page stands open, by a pushed request."""
    login = town.begin(service, browser, request_uri=push(town, service, **parameters).json["request_uri"])
    login.verifier, login.state = None, "s"
    return login


def at_statement(town, service, resident="hanako", **parameters):
    """The same after the card, where the application is to be signed."""
    login = begun(town, service, **parameters)
    return opened(town, login, town.get(login.browser, town.accept(login, resident)).headers["Location"])


def ended(town, login, location):
    """The parameters by which the service is answered, from wherever the login goes on after the signature."""
    while urlsplit(location).path.startswith("/t/"):
        if location.endswith("/consent"):
            location = town.consent(login, location).headers["Location"]
        else:
            location = town.get(login.browser, location).headers["Location"]
    return SimpleNamespace(**{name: value for name, [value] in parse_qs(urlsplit(location).query).items()})


def tokens(town, login, location):
    """The token endpoint's answer at the end of such a login."""
    return town.redeem(ended(town, login, location).code, login).json


def told(town, login, location):
    """The ID token's claims at the end of such a login."""
    return id_token_claims(tokens(town, login, location)["id_token"])
