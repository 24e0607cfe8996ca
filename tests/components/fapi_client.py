"""A relying party of the strictest profile, written from the specifications: PAR, PKCE, and keys for everything.

It authenticates by an assertion (RFC 7523) or by its certificate (RFC 8705), and its tokens are bound to a DPoP
key (RFC 9449) or to that certificate.
"""

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from components.dpop import b64
from components.stock_client import SignedIn, follow, link_of, use_card
from joserfc import jwk, jwt

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALG = "ES256"


@dataclass
class FapiClient:
    """One service of a ready file. `verify`: as of `requests`; `certificate`: files of certificate and key.

    `dpop`: tokens are bound to a DPoP key, else to the certificate.
    """

    tenant: Mapping[str, Any]
    service: Mapping[str, Any]
    verify: str | bool = True
    certificate: tuple[str, str] | None = None
    dpop: bool = True
    proof_key: jwk.ECKey = field(default_factory=lambda: jwk.ECKey.generate_key("P-256"))
    nonce: str | None = None
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    asked_nonce: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def __post_init__(self) -> None:
        """Read what is published and what was handed out."""
        found = f"{self.tenant['issuer']}/.well-known/openid-configuration"
        self.metadata = self._session().get(found, timeout=20).json()
        self.key = jwk.ECKey.import_key(json.loads(Path(self.service["jwks_private_file"]).read_text())["keys"][0])

    def address(self, redirect_uri: str, scope: str = "openid", **more: str) -> str:
        """Push a request; where the browser is sent with its name."""
        request_uri = self.push(redirect_uri, scope, **more)["request_uri"]
        asked = {"client_id": self.service["client_id"], "request_uri": request_uri}
        return f"{self.metadata['authorization_endpoint']}?{urlencode(asked)}"

    def push(self, redirect_uri: str, scope: str = "openid", **more: str) -> dict[str, Any]:
        """Push a request; the answer."""
        form = {
            "response_type": "code",
            "redirect_uri": redirect_uri,
            "scope": scope,
            "state": secrets.token_urlsafe(16),
            "nonce": self.asked_nonce,
            "code_challenge": b64(hashlib.sha256(self.verifier.encode()).digest()),
            "code_challenge_method": "S256",
            **more,
        }
        pushed = self.post("pushed_authorization_request_endpoint", form)
        assert pushed.status_code == 201, pushed.text
        return dict(pushed.json())

    def redeem(self, callback: str) -> dict[str, Any]:
        """The token for the code of an answer, whose issuer is looked at (RFC 9207)."""
        heard = {name: values[0] for name, values in parse_qs(urlsplit(callback).query).items()}
        assert heard["iss"] == self.tenant["issuer"]
        registered = urlsplit(callback)._replace(query=urlencode({n: heard[n] for n in heard if n in DUMMY}))
        form = {
            "grant_type": "authorization_code",
            "code": heard["code"],
            "redirect_uri": registered.geturl(),
            "code_verifier": self.verifier,
        }
        answer = self.post("token_endpoint", form)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def claims(self, id_token: str) -> dict[str, Any]:
        """The ID token's, verified."""
        keys = jwk.KeySet.import_key_set(self._session().get(self.metadata["jwks_uri"], timeout=20).json())
        claims = jwt.decode(id_token, keys, algorithms=[ALG]).claims
        told = (claims["iss"], claims["aud"], claims["nonce"])
        assert told == (self.tenant["issuer"], self.service["client_id"], self.asked_nonce)
        return dict(claims)

    def userinfo(self, token: Mapping[str, Any]) -> requests.Response:
        """UserInfo, with the token and what it is bound to."""
        return self._answered(
            lambda url, proof: self._session().get(
                url,
                headers={"Authorization": f"{token['token_type']} {token['access_token']}", **proof},
                timeout=20,
            ),
            self.endpoint("userinfo_endpoint"),
            "GET",
            ath=b64(hashlib.sha256(token["access_token"].encode()).digest()),
        )

    def post(self, endpoint: str, form: Mapping[str, str]) -> requests.Response:
        """A form to one of the provider's endpoints, authenticated."""

        def send(url: str, proof: Mapping[str, str]) -> requests.Response:
            own = {"client_id": self.service["client_id"], **self._assertion()}
            return self._session().post(url, data={**form, **own}, headers=proof, timeout=20)

        return self._answered(send, self.endpoint(endpoint), "POST")

    def endpoint(self, name: str) -> str:
        """Where it is for this client (RFC 8705 section 5)."""
        aliases = self.metadata.get("mtls_endpoint_aliases", {}) if self.certificate else {}
        return str(aliases.get(name, self.metadata[name]))

    def _answered(self, send: Callable[..., requests.Response], url: str, method: str, **more: str):
        answer = send(url, self._proof(method, url, more))
        if "DPoP-Nonce" in answer.headers and answer.headers["DPoP-Nonce"] != self.nonce:
            self.nonce = answer.headers["DPoP-Nonce"]
            if not answer.ok:
                answer = send(url, self._proof(method, url, more))
        return answer

    def _proof(self, method: str, url: str, more: Mapping[str, str]) -> dict[str, str]:
        if not self.dpop:
            return {}
        claims = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": url, "iat": int(time.time()), **more}
        claims |= {"nonce": self.nonce} if self.nonce else {}
        public = self.proof_key.as_dict(private=False)
        header = {"typ": "dpop+jwt", "alg": ALG, "jwk": {name: public[name] for name in ("kty", "crv", "x", "y")}}
        return {"DPoP": jwt.encode(header, claims, self.proof_key, algorithms=[ALG])}

    def _assertion(self) -> dict[str, str]:
        if self.service["token_endpoint_auth_method"] != "private_key_jwt":
            return {}
        now, me = int(time.time()), self.service["client_id"]
        claims = {"iss": me, "sub": me, "aud": self.tenant["issuer"], "jti": secrets.token_urlsafe(16)}
        signed = jwt.encode({"alg": ALG, "kid": self.key.kid}, {**claims, "iat": now, "exp": now + 50}, self.key)
        return {"client_assertion_type": ASSERTION, "client_assertion": signed}

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.verify, session.trust_env = self.verify, False
        session.cert = self.certificate
        return session


DUMMY = ("dummy1", "dummy2")
"""What the conformance suite adds to a redirect URI, to see that it is compared exactly."""


def sign_in_strictly(tenant: dict, service: dict, resident: dict, folder: Path, use=use_card, **more) -> SignedIn:
    """The whole login at such a service, as `stock_client.sign_in`; `more`: members of the client."""
    client, browser = FapiClient(tenant, service, **more), requests.Session()
    redirect_uri = next(uri for uri in service["redirect_uris"] if uri.endswith(":8901/callback"))
    page = browser.get(client.address(redirect_uri, "openid jpki_status"), timeout=20)
    callback = follow(browser, use(link_of(page), resident, folder)["return_url"])
    token = client.redeem(callback)
    return SignedIn(client.claims(token["id_token"]), client.userinfo(token).json())
