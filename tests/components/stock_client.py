"""A login with stock software: Authlib's client for OIDC, joserfc for the token, `idp-card` for the card."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import requests
from authlib.integrations.requests_client import OAuth2Session
from components.virtual_reader import await_condition
from joserfc import jwk, jwt

IDP_CARD = Path(sys.executable).with_name("idp-card")
FOREIGN_REDIRECT = ":8901/callback"
SCOPE = "openid jpki_status"


@dataclass
class SignedIn:
    """What the service received. `consent`: the page on which the resident was asked, empty where nobody was."""

    claims: dict
    userinfo: dict
    consent: str = ""


class CardRefused(Exception):
    """idp-card was refused; `answer` is its JSON."""

    def __init__(self, answer: dict) -> None:
        super().__init__(str(answer))
        self.answer = answer


def use_card(link: str, resident: dict, folder: Path) -> dict:
    """`idp-card login` as a person would use it; its JSON answer. Raises CardRefused."""
    pin = folder / "pin"
    pin.write_text(resident["auth_pin"])
    command = [
        IDP_CARD,
        "login",
        link,
        "--dev",
        "--no-open",
        "--json",
        "--card",
        resident["card"],
        "--pin-file",
        pin,
    ]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    answer = json.loads(result.stdout or result.stderr)
    if result.returncode != 0:
        raise CardRefused(answer)
    return answer


def at_tray(tray: str, device: str = "card"):
    """The card tray at this address in the place of `use_card`: no program, only HTTP. `device`: card or phone."""

    def use(link: str, resident: dict, _folder: Path) -> dict:
        form = {"pin": resident["auth_pin"], "device": device}
        address = f"{tray}/card/{resident['id']}"
        page = requests.post(address, params={"link": link}, data=form, timeout=60).text
        return {"return_url": unescape(re.search(r'id="go-on" href="([^"]+)"', page)[1])}

    return use


def begin(tenant: dict, service: dict, browser: requests.Session, *, scope: str = SCOPE, **more):
    """Authorize; the client, the metadata, the verifier, the card page. `more`: further parameters."""
    metadata = requests.get(tenant["issuer"] + "/.well-known/openid-configuration", timeout=10).json()
    client = OAuth2Session(
        service["client_id"],
        service["client_secret"],
        token_endpoint_auth_method=service["token_endpoint_auth_method"],
        scope=scope,
        redirect_uri=next(uri for uri in service["redirect_uris"] if uri.endswith(FOREIGN_REDIRECT)),
        code_challenge_method="S256",
    )
    verifier, nonce = "v" * 50, "n-0S6_WzA2Mj"
    url, _ = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce, **more
    )
    return client, metadata, verifier, browser.get(url, timeout=20)


def link_of(page: requests.Response) -> str:
    """LINK of a card page."""
    return unescape(re.search(r'<link rel="jpki-login" href="([^"]+)"', page.text)[1])


def follow(browser: requests.Session, url: str) -> str:
    """Follow the browser's way from the return link to the service, consenting where asked."""
    answer = browser.get(url, allow_redirects=False, timeout=20)
    for _ in range(6):
        location = answer.headers.get("Location")
        if location and FOREIGN_REDIRECT in location:
            return location
        if location:
            answer = browser.get(urljoin(answer.url, location), allow_redirects=False, timeout=20)
            continue
        form = re.search(r'<form id="consent".*?</form>', answer.text, re.S)[0]
        fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form))
        action = unescape(re.search(r'action="([^"]+)"', form)[1])
        answer = browser.post(action, {**fields, "decision": "allow"}, allow_redirects=False, timeout=20)
    raise AssertionError("the login did not end at the service")


def await_known(issuer: str, client_id: str, redirect_uri: str) -> None:
    """Wait until a running server has heard of a service that a command just registered: it looks every second."""
    query = {"client_id": client_id, "redirect_uri": redirect_uri, "response_type": "code"}

    def known() -> bool:
        answer = requests.get(f"{issuer}/authorize", query, allow_redirects=False, timeout=20)
        return answer.headers.get("Location", "").startswith(redirect_uri)

    await_condition(known, 30.0)


def sign_in(
    tenant: dict, service: dict, resident: dict, folder: Path, use=use_card, *, scope: str = SCOPE
) -> SignedIn:
    """The whole login; the ID token is verified as any client library does. `use`: as `use_card`."""
    browser, asked = requests.Session(), [""]
    browser.hooks["response"].append(
        lambda answer, **_: asked.append(answer.text) if 'id="consent"' in answer.text else None
    )
    client, metadata, verifier, page = begin(tenant, service, browser, scope=scope)
    answer = use(link_of(page), resident, folder)
    callback = follow(browser, answer["return_url"])
    token = client.fetch_token(
        metadata["token_endpoint"], authorization_response=callback, code_verifier=verifier, timeout=20
    )
    keys = jwk.KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())
    alg = service["id_token_signed_response_alg"]
    claims = jwt.decode(token["id_token"], keys, algorithms=[alg]).claims
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": tenant["issuer"]},
        aud={"essential": True, "value": service["client_id"]},
        nonce={"essential": True, "value": "n-0S6_WzA2Mj"},
    )
    registry.validate(claims)
    return SignedIn(claims, client.get(metadata["userinfo_endpoint"], timeout=10).json(), asked[-1])
