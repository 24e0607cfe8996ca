"""A service as the certification's suite plays one: it knows the provider by its metadata and checks all it gets.

Its requests have the members that the suite's have and no others: no PKCE and no response mode unless asked for.
"""

import base64
import hashlib
import json
import re
import secrets
from collections import Counter
from dataclasses import dataclass
from html import unescape
from math import log2
from urllib.parse import parse_qs, urlencode, urlsplit

from components.town import BASE_URL, REDIRECT_URI, Login, Service
from joserfc import jwk, jws

SCOPES = ("openid", "name", "address", "birthdate", "gender", "profile", "offline_access")
GRANTS = ("authorization_code", "refresh_token")
FROM_ELSEWHERE = {"Origin": "https://suite.example", "Sec-Fetch-Site": "cross-site"}
"""What a browser says of a form on a page of the suite; it sends no cookies of ours along (SameSite=Lax)."""
SKEW = 300
"""How far the suite's clock may be off, in seconds."""
UNRESERVED = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")
"""Characters that an error description may have (RFC 6749, appendix A.8)."""
CARD = re.compile(r'rel="jpki-login" href="([^"]+)"')


@dataclass
class Answer:
    """What came of an authorization request.

    `sent`: the request; `members`: what the redirect URI received, empty where the browser stayed on `page`;
    `asked`: the pages on which the resident had to do something; `consent`: what the one that asks for it said.
    """

    sent: dict
    members: dict
    page: object
    asked: list
    consent: str

    @property
    def code(self):
        """The code; the answer must have one."""
        assert "error" not in self.members, self.members
        return self.members["code"]


class RelyingParty:
    """One registered service; `mode`: query or form_post, how it wants its answers.

    `signed_user_info`: it has registered that UserInfo is signed for it.
    """

    redirect_uri = REDIRECT_URI
    signed_user_info = False
    token_type = "bearer"

    def __init__(self, town, service: Service, mode: str = "query", *, secret_post: bool = False) -> None:
        self.town, self.service, self.mode, self.secret_post = town, service, mode, secret_post
        self.issuer = f"{BASE_URL}/t/{service.tenant_id}"
        self.metadata = self._fetch(f"{self.issuer}/.well-known/openid-configuration")
        self.browser = town.browser()

    def _fetch(self, url):
        found = self.town.get(self.town.browser(), url)
        assert (found.status_code, found.mimetype) == (200, "application/json")
        return found.json

    # The authorization endpoint

    def request(self, **changes) -> dict:
        """An authorization request; what a test sets to None is left out."""
        members = {
            "client_id": self.service.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": secrets.token_urlsafe(8)[:10],
            "nonce": secrets.token_urlsafe(8)[:10],
            "response_type": "code",
            "response_mode": None if self.mode == "query" else self.mode,
            **changes,
        }
        return {name: value for name, value in members.items() if value is not None}

    def ask(self, *, method="GET", resident="hanako", **changes) -> Answer:
        """Send the browser; the resident does what pages ask, until the service or a refusal is reached."""
        sent = self.request(**changes)
        endpoint = self.metadata["authorization_endpoint"]
        if method == "GET":
            page = self.town.get(self.browser, f"{endpoint}?{urlencode(sent)}")
        else:
            page = self.town.post(self.town.browser(), endpoint, data=sent, headers=FROM_ELSEWHERE)
        return self._followed(sent, page, resident)

    def _followed(self, sent, page, resident) -> Answer:
        asked, consent = [], ""
        while (onward := self._onward(page)) is not None:
            if onward.endswith("/consent"):
                asked.append("consent")
                consent = self.town.get(self.browser, onward).text
                page = self.town.consent(Login(self.browser, self.service, onward, "", "", "", ""), onward)
                continue
            card = CARD.search(page.text)
            if card:
                asked.append("card")
                login = Login(self.browser, self.service, onward, unescape(card[1]), "", "", "")
                onward = self.town.accept(login, resident)
            page = self.town.get(self.browser, onward)
        return Answer(sent, self._received(page), page, asked, consent)

    def _onward(self, page) -> str | None:
        """Where the browser goes on at the provider, or stands with a card; None when it has left or is stuck."""
        if page.status_code == 303:
            return page.headers["Location"] if page.headers["Location"].startswith(self.issuer + "/") else None
        return page.request.url if CARD.search(page.text) else None

    def _received(self, page) -> dict:
        """What the redirect URI receives by this answer, and by no other way than the wished one."""
        if page.status_code == 303:
            assert self.mode == "query"
            begins = self.redirect_uri + ("&" if "?" in self.redirect_uri else "?")
            assert page.headers["Location"].startswith(begins)
            query = page.headers["Location"].removeprefix(begins)
            return {name: value for name, [value] in parse_qs(query, strict_parsing=True).items()}
        form = re.search(r'<form id="form-post" method="post" action="([^"]+)">(.*?)</form>', page.text, re.S)
        if form is None:
            return {}
        assert (self.mode, page.status_code, unescape(form[1])) == ("form_post", 200, self.redirect_uri)
        fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[2])
        return {name: unescape(value) for name, value in fields}

    def ask_well(self, **options) -> Answer:
        """`ask`, with a code at its end: state and iss as they must be, and a code that nobody guesses."""
        answer = self.ask(**options)
        assert answer.members.keys() == {"code", "state", "iss"}, answer.members
        assert answer.members["state"] == answer.sent["state"]
        assert answer.members["iss"] == self.issuer
        assert len(answer.code) * 6 >= 128
        assert entropy(answer.code) >= 96
        return answer

    def ask_badly(self, **options) -> str:
        """`ask`, with an error at its end that the redirect URI receives; which."""
        answer = self.ask(**options)
        members = answer.members
        assert (
            {"error", "state", "iss"}
            <= members.keys()
            <= {"error", "state", "iss", "error_description", "error_uri"}
        )
        assert (members["state"], members["iss"]) == (answer.sent["state"], self.issuer)
        assert UNRESERVED.fullmatch(members.get("error_description", ""))
        assert urlsplit(members.get("error_uri", "https://")).scheme in ("http", "https")
        return members["error"]

    # The token endpoint

    def token_request(self, **form):
        """A request to the token endpoint, authenticated as the service is registered."""
        basic = None if self.secret_post else (self.service.client_id, self.service.client_secret)
        if self.secret_post:
            form |= {"client_id": self.service.client_id, "client_secret": self.service.client_secret}
        return self.town.post(self.town.browser(), self.metadata["token_endpoint"], data=form, auth=basic)

    def redeem(self, code, **more):
        """The request with a code."""
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        return self.token_request(**grant, **more)

    def tokens(self, answer: Answer, **more) -> dict:
        """What the token endpoint answers to a code; all of it checked. `claims`: those of the ID token."""
        tokens = self.checked(self.redeem(answer.code, **more))
        header, claims = self.verified(tokens["id_token"])
        self._check_claims(claims, answer.sent.get("nonce"))
        self._check_hashes(header, claims, tokens["access_token"], answer.code)
        assert self.user_info(tokens)["sub"] == claims["sub"]
        return {**tokens, "header": header, "claims": claims}

    def checked(self, response) -> dict:
        """A good token response (RFC 6749, section 5.1)."""
        assert (response.status_code, response.mimetype) == (200, "application/json"), response.text
        assert "no-store" in response.headers["Cache-Control"]
        tokens = response.json
        assert tokens["token_type"].lower() == self.token_type
        assert isinstance(tokens["expires_in"], int)
        assert tokens["expires_in"] > 0
        assert re.fullmatch(r"[\x20-\x7e]+", tokens["access_token"])
        assert entropy(tokens["access_token"]) >= 96
        return tokens

    def verified(self, token):
        """Header and claims of a JWS, by the published key of its `kid` alone."""
        keys = self._fetch(self.metadata["jwks_uri"])["keys"]
        header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
        [key] = [key for key in keys if key["kid"] == header["kid"]]
        read = jws.deserialize_compact(token, jwk.import_key(key), algorithms=[header["alg"]])
        assert key["alg"] == header["alg"]
        assert header["alg"] in self.metadata["id_token_signing_alg_values_supported"]
        return header, json.loads(read.payload)

    def _check_claims(self, claims, nonce):
        """OpenID Connect Core, sections 2 and 3.1.3.7."""
        now = self.town.clock().timestamp()
        assert (claims["iss"], claims["aud"]) == (self.issuer, self.service.client_id)
        assert claims["exp"] > now - SKEW
        assert claims["iat"] <= now + SKEW
        assert claims.get("auth_time", 0) <= now + SKEW
        assert claims.get("nonce") == nonce
        assert 0 < len(claims["sub"]) <= 255
        assert claims["sub"].isascii()
        assert isinstance(claims["acr"], str)
        assert all(isinstance(way, str) for way in claims["amr"])
        assert not {"name", "address", "birthdate", "gender"} & claims.keys()

    def _check_hashes(self, header, claims, access_token, code):
        """`at_hash` and `c_hash`, where they are there (section 3.3.2.11); all algorithms here hash by SHA-256."""
        for name, value in (("at_hash", access_token), ("c_hash", code)):
            half = hashlib.sha256(value.encode()).digest()[:16]
            assert claims.get(name, b64(half)) == b64(half)
        assert header["alg"] in ("RS256", "ES256", "PS256")

    def log_in(self, **options) -> dict:
        """A whole login: an answer as it must be, and tokens as they must be."""
        return self.tokens(self.ask_well(**options))

    # UserInfo

    def user_info(self, tokens, *, method="GET", in_body=False) -> dict:
        """UserInfo by one of its ways; a good answer with standard claims of the right types."""
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        options = {"data": {"access_token": tokens["access_token"]}} if in_body else {"headers": bearer}
        call = self.town.get if method == "GET" else self.town.post
        found = call(self.town.browser(), self.metadata["userinfo_endpoint"], **options)
        kind = "application/jwt" if self.signed_user_info else "application/json"
        assert (found.status_code, found.mimetype) == (200, kind), found.text
        return self.verified(found.text)[1] if self.signed_user_info else found.json


def b64(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def entropy(text: str) -> float:
    """Bits by the frequency of its characters (Shannon), as the suite measures."""
    counts = Counter(text).values()
    return -sum(count * log2(count / len(text)) for count in counts)


def unsigned(claims: dict) -> str:
    """A JWT of algorithm none."""
    header, payload = (b64(json.dumps(part).encode()) for part in ({"alg": "none"}, claims))
    return f"{header}.{payload}."
