"""The client of a service that needs the strictest profile (FAPI 2.0 Security Profile).

It pushes its requests (RFC 9126), authenticates by a key of its own (RFC 7523) and shows with every token that it
holds another one (RFC 9449). Few libraries speak all three yet, so it is written out here, with a JOSE library, as
an integrator would; a site calls it as it calls Authlib's client.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import redirect, request, session
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

ALG = "ES256"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 50
_SECONDS = 20
_KEPT = "pending"


class StrictClient:
    """The client of one service. `key`: by which it authenticates, with its `kid`; `now`: the time.

    `ca_file`: who vouches for the provider's certificate; None for the system's authorities.
    """

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        key: ECKey,
        scope: str,
        now: Callable[[], datetime],
        ca_file: str | None = None,
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._key = key
        self._scope = scope
        self._now = now
        self._verify = ca_file or True
        self._proof_key = ECKey.generate_key("P-256")
        self._nonce: str | None = None
        self._metadata: Mapping[str, Any] | None = None

    def load_server_metadata(self) -> Mapping[str, Any]:
        """The provider's metadata. Raises requests.RequestException."""
        if self._metadata is None:
            answer = self._send("GET", f"{self._issuer}/.well-known/openid-configuration")
            answer.raise_for_status()
            self._metadata = answer.json()
        return self._metadata

    def authorize_redirect(self, redirect_uri: str) -> Any:
        """Push the request, and send the browser with its name. Raises requests.RequestException."""
        kept = {
            "state": generate_token(32),
            "nonce": generate_token(32),
            "verifier": generate_token(64),
            "redirect_uri": redirect_uri,
        }
        pushed = self._post(
            "pushed_authorization_request_endpoint",
            {
                "response_type": "code",
                "redirect_uri": redirect_uri,
                "scope": self._scope,
                "state": kept["state"],
                "nonce": kept["nonce"],
                "code_challenge": create_s256_code_challenge(kept["verifier"]),
                "code_challenge_method": "S256",
            },
        )
        session[_KEPT] = kept
        asked = {"client_id": self._client_id, "request_uri": pushed["request_uri"]}
        return redirect(f"{self.load_server_metadata()['authorization_endpoint']}?{urlencode(asked)}", 303)

    def authorize_access_token(self) -> dict[str, Any]:
        """Redeem the code of the request at hand; the token, with the ID token's claims as `userinfo`.

        Raises OAuthError for an error of the provider, ValueError and joserfc's JoseError for an answer that is
        not to be believed, requests.RequestException.
        """
        kept = session.pop(_KEPT, None)
        if kept is None or request.args.get("state") != kept["state"] or request.args.get("iss") != self._issuer:
            raise ValueError("an answer to nothing that was asked here (RFC 9207)")
        if "error" in request.args:
            raise OAuthError(error=request.args["error"])
        token = self._post(
            "token_endpoint",
            {
                "grant_type": "authorization_code",
                "code": request.args.get("code", ""),
                "redirect_uri": kept["redirect_uri"],
                "code_verifier": kept["verifier"],
            },
        )
        if token.get("token_type", "").lower() != "dpop":
            raise ValueError("the access token is bound to no key")
        return {**token, "userinfo": self._claims(token["id_token"], kept["nonce"])}

    def userinfo(self, *, token: Mapping[str, Any]) -> dict[str, Any]:
        """What the resident agreed to tell. Raises requests.RequestException, ValueError."""
        url, access_token = self.load_server_metadata()["userinfo_endpoint"], token["access_token"]

        def ask() -> requests.Response:
            proof = self._proof("GET", url, ath=_hash(access_token))
            headers = {"Authorization": f"DPoP {access_token}", "DPoP": proof}
            return self._send("GET", url, headers=headers)

        return self._answer(ask)

    def _post(self, endpoint: str, form: Mapping[str, str]) -> dict[str, Any]:
        url = self.load_server_metadata()[endpoint]

        def ask() -> requests.Response:
            own = {"client_id": self._client_id, "client_assertion_type": _ASSERTION}
            data = {**form, **own, "client_assertion": self._assertion()}
            return self._send("POST", url, data=data, headers={"DPoP": self._proof("POST", url)})

        return self._answer(ask)

    def _answer(self, ask: Callable[[], requests.Response]) -> dict[str, Any]:
        """The answer's members; asked again, once, where the provider wants its nonce in the proof (section 8)."""
        answer = ask()
        wanted = "use_dpop_nonce" in answer.text + answer.headers.get("WWW-Authenticate", "")
        self._nonce = answer.headers.get("DPoP-Nonce", self._nonce)
        if not answer.ok and wanted:
            answer = ask()
            self._nonce = answer.headers.get("DPoP-Nonce", self._nonce)
        answer.raise_for_status()
        members: dict[str, Any] = answer.json()
        return members

    def _send(self, method: str, url: str, **more: Any) -> requests.Response:
        return requests.request(method, url, timeout=_SECONDS, verify=self._verify, **more)

    def _assertion(self) -> str:
        now = self._moment()
        claims = {"iss": self._client_id, "sub": self._client_id, "aud": self._issuer, "jti": generate_token(32)}
        claims |= {"iat": now, "exp": now + _ASSERTION_SECONDS}
        return jwt.encode({"alg": ALG, "kid": self._key.kid}, claims, self._key, algorithms=[ALG])

    def _proof(self, method: str, url: str, **more: str) -> str:
        claims = {"jti": generate_token(32), "htm": method, "htu": url, "iat": self._moment(), **more}
        if self._nonce is not None:
            claims["nonce"] = self._nonce
        public = self._proof_key.as_dict(private=False)
        public = {name: public[name] for name in ("kty", "crv", "x", "y")}
        header = {"typ": "dpop+jwt", "alg": ALG, "jwk": public}
        return jwt.encode(header, claims, self._proof_key, algorithms=[ALG])

    def _claims(self, id_token: str, nonce: str) -> dict[str, Any]:
        keys = self._send("GET", self.load_server_metadata()["jwks_uri"]).json()
        claims = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=[ALG]).claims
        jwt.JWTClaimsRegistry(
            now=self._moment,
            leeway=_ASSERTION_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client_id},
            nonce={"essential": True, "value": nonce},
            exp={"essential": True},
            sub={"essential": True},
        ).validate(claims)
        return claims

    def _moment(self) -> int:
        return int(self._now().timestamp())


def _hash(access_token: str) -> str:
    digest = hashlib.sha256(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
