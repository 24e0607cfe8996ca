"""A service of the strictest profile as the certification's suite plays one: PAR, PKCE, and keys for everything.

It pushes what the suite pushes, beside the reference it sends the members that OpenID Connect Core wants outside,
and it answers a demand for a nonce as the suite does: by the same request again.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass, replace
from urllib.parse import urlencode, urlsplit

from components.assertions import TYPE, jwks
from components.dpop import new_key
from components.hop import FAPI2, handed_over
from components.jose import signed
from components.mtls import Shown
from components.relying_party import SCOPES, Answer, RelyingParty, b64, entropy
from components.town import BASE_URL, REDIRECT_URI, Town
from joserfc.jwk import ECKey, RSAKey

MORE = "?dummy1=lorem&dummy2=ipsum"
"""What the redirect URI of the second service of a plan has beside the first one's."""
OUTSIDE = ("response_type", "client_id", "scope", "redirect_uri")
"""Members that stand beside the reference as well (OpenID Connect Core, section 6.1)."""
Key = ECKey | RSAKey


@dataclass(frozen=True)
class Way:
    """A combination that is certified. `by`: key or mtls, how the service authenticates; `bound`: dpop or mtls.

    `messages`: its requests are signed, and the answers to them.
    """

    by: str
    bound: str
    messages: bool = False

    @property
    def certificate_everywhere(self) -> bool:
        """Whether it shows its certificate wherever it calls, else only where a token is bound to it."""
        return self.by == "mtls"


WAYS = {
    "key-dpop": Way("key", "dpop"),
    "key-mtls": Way("key", "mtls"),
    "mtls-dpop": Way("mtls", "dpop"),
    "mtls-mtls": Way("mtls", "mtls"),
    "signed": Way("key", "dpop", messages=True),
}


@dataclass(frozen=True)
class Credentials:
    """What a service of the plans has: a key of its own, with the algorithm it signs by, and a certificate."""

    key: Key
    alg: str
    shown: Shown


class FapiParty(RelyingParty):
    """One registered service. `second`: the other one of the plan, with the longer redirect URI."""

    def __init__(self, town: Town, way: Way, held: Credentials, service) -> None:
        super().__init__(town, service)
        self.way, self.held = way, held
        self.token_type = "dpop" if way.bound == "dpop" else "bearer"
        self.proof_key = new_key()
        self.nonce: str | None = None
        self.verifier = secrets.token_urlsafe(48)

    # What it sends

    def request(self, **changes) -> dict:
        """What it pushes: an authorization request with PKCE; what a test sets to None is left out."""
        challenge = b64(hashlib.sha256(self.verifier.encode()).digest())
        pkce = {"code_challenge": challenge, "code_challenge_method": "S256"}
        jarm = {"response_mode": "jwt"} if self.way.messages else {}
        return super().request(**{**pkce, **jarm, **changes})

    def jwt(self, header: dict | None = None, key: Key | None = None, **claims) -> str:
        """A JWT by its key, or by that one."""
        head = {"alg": self.held.alg, "kid": self.held.key.kid, **(header or {})}
        stated = {name: value for name, value in claims.items() if value is not None}
        return signed(head, json.dumps(stated).encode(), key or self.held.key)

    def moment(self) -> int:
        """The town's time."""
        return int(self.town.clock().timestamp())

    def assertion(self, header: dict | None = None, key: Key | None = None, **changes) -> str:
        """A client assertion of one minute that is right but for what a test changes."""
        who, now = self.service.client_id, self.moment()
        right = {"iss": who, "sub": who, "aud": self.issuer, "jti": secrets.token_hex(10), "iat": now}
        return self.jwt(header, key, **{**right, "exp": now + 60, **changes})

    def authentication(self, **changes) -> dict:
        """The members by which it authenticates beside its certificate."""
        if self.way.by == "mtls":
            return {"client_id": self.service.client_id}
        return {"client_assertion_type": TYPE, "client_assertion": self.assertion(**changes)}

    def request_object(self, request: dict, header: dict | None = None, key: Key | None = None, **changes) -> str:
        """The request, signed: with both times, within an hour (Message Signing, section 5.3.1)."""
        now = self.moment()
        dated = {"iss": self.service.client_id, "aud": self.issuer, "nbf": now, "exp": now + 300}
        return self.jwt(header, key, **{**request, **dated, **changes})

    def proof(self, url: str, method: str, *, header: dict | None = None, key: Key | None = None, **claims) -> str:
        """A proof that is right but for what a test changes; a member of None is left out."""
        shown = key or self.proof_key
        public = {name: shown.as_dict(private=False).get(name) for name in ("kty", "crv", "x", "y", "n", "e")}
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": {name: one for name, one in public.items() if one}}
        right = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": url, "iat": self.moment()}
        said = {name: one for name, one in {**right, "nonce": self.nonce, **claims}.items() if one is not None}
        head = {name: one for name, one in {**head, **(header or {})}.items() if one is not None}
        return signed(head, json.dumps(said).encode(), shown)

    def endpoint(self, name: str) -> str:
        """Its address: the one for certificates where it shows its own (RFC 8705, section 5)."""
        certified = "mtls" in (self.way.by, self.way.bound)
        places = self.metadata["mtls_endpoint_aliases"] if certified else self.metadata
        return places[name]

    def call(self, name: str, *, method="POST", proving=True, certificate=True, key=None, proof=None, **options):
        """A request to that endpoint; where a nonce is asked for, the very same again but for its proof.

        `proving`: with a proof, by its key or by that one; `certificate`: with its own. `proof`: changes to the
        proof's members.
        """
        url, headers = self.endpoint(name), options.pop("headers", {})
        if certificate:
            headers = headers | handed_over(self.held.shown)
        place = {"path": urlsplit(url).path, "base_url": BASE_URL + "/", "method": method}

        def send():
            shown = {"DPoP": self.proof(url, method, key=key, **(proof or {}))} if proving else {}
            return self.town.browser().open(**place, headers=headers | shown, **options)

        answer = send()
        if "DPoP-Nonce" in answer.headers:
            self.nonce = answer.headers["DPoP-Nonce"]
        if proving and answer.status_code in (400, 401) and (answer.json or {}).get("error") == "use_dpop_nonce":
            answer = send()
        return answer

    # Pushing, and the browser's half

    def push(self, request: dict, *, bound=False, authentication=None, form=None, **how):
        """Push a request. `bound`: with a proof, which binds the code; `form`: members beside it, or changes."""
        told = {"request": self.request_object(request)} if self.way.messages else request
        who = {"client_id": self.service.client_id} if self.way.messages else {}
        proven = self.authentication() if authentication is None else authentication
        data = {**told, **who, **proven, **(form or {})}
        data = {name: value for name, value in data.items() if value is not None}
        with_certificate = self.way.certificate_everywhere
        return self.call(
            "pushed_authorization_request_endpoint", data=data, proving=bound, certificate=with_certificate, **how
        )

    def pushed(self, request: dict, **how) -> str:
        """The reference of a request that was pushed well."""
        answer = self.push(request, **how)
        assert (answer.status_code, answer.mimetype) == (201, "application/json"), answer.text
        assert 5 <= answer.json["expires_in"] < 365 * 86400
        assert entropy(answer.json["request_uri"]) >= 96
        return answer.json["request_uri"]

    def ask(self, *, resident="hanako", outside=None, how=None, **changes) -> Answer:
        """Push, then send the browser; the resident does what pages ask."""
        sent = self.request(**changes)
        return self.send(sent, self.pushed(sent, **(how or {})), outside, resident)

    def send(self, sent: dict, request_uri: str, outside: dict | None = None, resident="hanako") -> Answer:
        """The browser's half. `outside`: what stands beside the reference instead of the usual."""
        usual = {name: sent[name] for name in OUTSIDE if name in sent}
        beside = {**usual, "request_uri": request_uri, **(outside or {})}
        query = urlencode({name: value for name, value in beside.items() if value is not None})
        page = self.town.get(self.browser, f"{self.metadata['authorization_endpoint']}?{query}")
        return self._followed(sent, page, resident)

    def _received(self, page) -> dict:
        """What arrives; in a JWT where messages are signed (JARM, section 2.4)."""
        members = super()._received(page)
        if not self.way.messages or not members:
            return members
        assert members.keys() == {"response"}
        header, claims = self.verified(members["response"])
        assert header["alg"] in ("ES256", "PS256", "EdDSA")
        assert claims.pop("aud") == self.service.client_id
        assert 0 < claims.pop("exp") - self.moment() <= 600
        claims.pop("iat", None)
        return claims

    # Tokens

    def token_request(self, *, authentication=None, how=None, **form):
        """A request to the token endpoint, authenticated, with what its token shall be bound to."""
        proven = self.authentication() if authentication is None else authentication
        data = {name: value for name, value in {**form, **proven}.items() if value is not None}
        return self.call("token_endpoint", data=data, **{**self._binding(), **(how or {})})

    def redeem(self, code, **more):
        """The request with a code and its verifier."""
        return super().redeem(code, **{"code_verifier": self.verifier, **more})

    def tokens(self, answer: Answer, **more) -> dict:
        """All of it checked; never by RS256."""
        tokens = super().tokens(answer, **more)
        assert tokens["header"]["alg"] in ("ES256", "PS256", "EdDSA")
        return tokens

    def user_info(self, tokens, **how) -> dict:
        """UserInfo as it must be."""
        found = self.resource(tokens["access_token"], **how)
        assert (found.status_code, found.mimetype) == (200, "application/json"), found.text
        return found.json

    def resource(self, token: str, *, scheme=None, proof=None, headers=None, **how):
        """UserInfo, which is what is protected here, with a token and what it is bound to."""
        scheme = scheme or ("DPoP" if self.way.bound == "dpop" else "Bearer")
        said = {"ath": self.hash_of(token), **(proof or {})}
        shown = {"Authorization": f"{scheme} {token}", **(headers or {})}
        how = {**self._binding(), **how}
        return self.call("userinfo_endpoint", method="GET", headers=shown, proof=said, **how)

    @staticmethod
    def hash_of(token: str) -> str:
        """`ath` of an access token."""
        return b64(hashlib.sha256(token.encode()).digest())

    def _binding(self) -> dict:
        """What it shows where tokens are given and taken."""
        certified = self.way.bound == "mtls" or self.way.certificate_everywhere
        return {"proving": self.way.bound == "dpop", "certificate": certified}


def fapi_party(town: Town, name: str, way: Way, held: Credentials, *, second=False) -> FapiParty:
    """Register a service of that way, and be it."""
    redirect_uri = REDIRECT_URI + (MORE if second else "")
    proves = {"dpop_bound_access_tokens": True} if way.bound == "dpop" else {}
    wishes = {**FAPI2, **proves, "scopes": SCOPES, "redirect_uris": (redirect_uri,)}
    if way.by == "key":
        signing = {"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": held.alg}
        wishes |= {**signing, "jwks": jwks(held.key)}
    else:
        wishes |= {"jwks": jwks(held.shown.key)}
    if way.messages:
        wishes |= {"require_signed_request_object": True, "authorization_signed_response_alg": "ES256"}
    made = FapiParty(town, way, held, town.register("aoba", name, **wishes))
    made.redirect_uri = redirect_uri
    return made


def again(party: FapiParty) -> FapiParty:
    """The same service with a browser that nobody has used, another proof key and no nonce."""
    made = FapiParty(party.town, party.way, party.held, replace(party.service))
    made.redirect_uri = party.redirect_uri
    return made
