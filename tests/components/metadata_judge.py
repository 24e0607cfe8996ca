"""A judge of provider metadata, field by field, and of the key set behind it; written from specifications alone.

OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2, and where a field comes from another document, its own:
RFC 8705, 9101, 9126, 9207, 9449, 9728, JARM, the three logout documents, Identity Assurance.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from joserfc import jwk
from joserfc.errors import JoseError

Judgement = Iterator[str]
Check = Callable[[object], Judgement]
LOOPBACK = ("localhost", "127.0.0.1")
ASYMMETRIC = {f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)} | {"EdDSA", "Ed25519"}
METHODS = {
    "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "tls_client_auth",
    "self_signed_tls_client_auth", "none",
}  # fmt: skip
MODES = {"query", "fragment", "form_post", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt"}
TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-[a-z0-9]{5,8})*")
"""A language tag in its canonical form (RFC 5646, 2.1.1): language, script, region, variants."""
BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


class Judge:
    """`loopback`: whether http is taken at this computer's own addresses, as in a sandbox."""

    def __init__(self, *, loopback: bool) -> None:
        self._loopback = loopback

    def url(self, value: object, *, bare: bool = False) -> Judgement:
        """An https URL without user and fragment; `bare`: without query as well."""
        parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
        secure = parts.scheme == "https" or (
            self._loopback and parts.scheme == "http" and parts.hostname in LOOPBACK
        )
        if not secure or not parts.hostname:
            yield "no https URL"
        if "#" in str(value) or "@" in parts.netloc or (bare and "?" in str(value)):
            yield "a URL with a part that it must not have"

    def issuer(self, value: object) -> Judgement:
        """Discovery 1.0 section 3: neither query nor fragment."""
        yield from self.url(value, bare=True)

    def aliases(self, value: object) -> Judgement:
        """RFC 8705 section 5: endpoints by their names."""
        if not isinstance(value, dict) or not value:
            yield "no object with members"
            return
        for name, url in value.items():
            yield from (f"{name}: {fault}" for fault in self.url(url))
            if not name.endswith("_endpoint"):
                yield f"{name}: no endpoint"

    def document(self, found: Mapping[str, object], fetched_from: str) -> list[str]:
        """What is wrong with a document."""
        fields = self._fields()
        wrong = [f"{name}: missing" for name in REQUIRED if name not in found]
        wrong += [f"{name}: nobody's field" for name in found if name not in fields]
        for name, value in found.items():
            wrong += [f"{name}: {fault}" for fault in fields.get(name, _anything)(value)]
        return wrong or list(_together(found, fetched_from))

    def _fields(self) -> dict[str, Check]:
        urls = dict.fromkeys(URLS, self.url)
        return {"issuer": self.issuer, "mtls_endpoint_aliases": self.aliases, **urls, **FIELDS}


def _anything(_value: object) -> Judgement:
    yield from ()


def _flag(value: object) -> Judgement:
    if not isinstance(value, bool):
        yield "no boolean"


def _strings(value: object) -> Judgement:
    """A list that says something, nothing of it twice (Discovery section 4.2: empty ones are left out)."""
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        yield "no list of words"
    elif len(set(value)) < len(value):
        yield "something twice"


def _of(words: set[str], *needed: str) -> Check:
    """A list of these words, among them the needed ones."""

    def check(value: object) -> Judgement:
        yield from _strings(value)
        named = set(value) if isinstance(value, list) else set()
        yield from (f"nobody's word: {word}" for word in sorted(named - words))
        yield from (f"without {word}" for word in needed if word not in named)

    return check


def _with(*needed: str) -> Check:
    """A list of any words, among them the needed ones."""

    def check(value: object) -> Judgement:
        yield from _strings(value)
        yield from (f"without {word}" for word in needed if not isinstance(value, list) or word not in value)

    return check


def _tags(value: object) -> Judgement:
    yield from _strings(value)
    for tag in value if isinstance(value, list) else ():
        if not TAG.fullmatch(str(tag)):
            yield f"no canonical language tag: {tag}"


REQUIRED = (
    "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported",
    "subject_types_supported", "id_token_signing_alg_values_supported",
)  # fmt: skip
ENDPOINTS = ("token_endpoint", "introspection_endpoint", "revocation_endpoint")
ENCRYPTED = ("userinfo", "id_token", "request_object", "authorization", "introspection")
URLS = (
    *ENDPOINTS, "authorization_endpoint", "userinfo_endpoint", "jwks_uri", "registration_endpoint",
    "end_session_endpoint", "check_session_iframe", "pushed_authorization_request_endpoint", "op_policy_uri",
    "op_tos_uri", "service_documentation",
)  # fmt: skip
FLAGS = (
    "claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported",
    "require_request_uri_registration", "require_signed_request_object", "require_pushed_authorization_requests",
    "authorization_response_iss_parameter_supported", "tls_client_certificate_bound_access_tokens",
    "backchannel_logout_supported", "backchannel_logout_session_supported", "frontchannel_logout_supported",
    "frontchannel_logout_session_supported", "verified_claims_supported",
)  # fmt: skip
WORDS = (
    "acr_values_supported", "claims_supported", "protected_resources", "claims_in_verified_claims_supported",
    "trust_frameworks_supported", "evidence_supported", "documents_supported", "documents_methods_supported",
    "documents_check_methods_supported", "electronic_records_supported",
    *(f"{what}_encryption_{kind}_values_supported" for what in ENCRYPTED for kind in ("alg", "enc")),
)  # fmt: skip
FIELDS: dict[str, Check] = {
    **dict.fromkeys(FLAGS, _flag),
    **dict.fromkeys(WORDS, _strings),
    "scopes_supported": _with("openid"),
    "response_types_supported": _of({"code"}, "code"),
    "response_modes_supported": _of(MODES),
    "grant_types_supported": _with("authorization_code"),
    "subject_types_supported": _of({"pairwise", "public"}),
    "id_token_signing_alg_values_supported": _of(ASYMMETRIC, "RS256"),
    "userinfo_signing_alg_values_supported": _of(ASYMMETRIC, "RS256"),
    "request_object_signing_alg_values_supported": _of(ASYMMETRIC, "RS256"),
    "authorization_signing_alg_values_supported": _of(ASYMMETRIC),
    "introspection_signing_alg_values_supported": _of(ASYMMETRIC),
    "dpop_signing_alg_values_supported": _of(ASYMMETRIC),
    **{f"{endpoint}_auth_methods_supported": _of(METHODS) for endpoint in ENDPOINTS},
    **{f"{endpoint}_auth_signing_alg_values_supported": _of(ASYMMETRIC) for endpoint in ENDPOINTS},
    "display_values_supported": _of({"page", "popup", "touch", "wap"}),
    "claim_types_supported": _of({"normal", "aggregated", "distributed"}, "normal"),
    "claims_locales_supported": _tags,
    "ui_locales_supported": _tags,
    "code_challenge_methods_supported": _of({"S256"}, "S256"),
    "prompt_values_supported": _of({"none", "login", "consent", "select_account", "create"}),
}


def _together(found: Mapping[str, object], fetched_from: str) -> Judgement:
    """What one field says of another."""
    issuer = str(found["issuer"])
    parts = urlsplit(issuer)
    names = ("openid-configuration", "oauth-authorization-server")
    homes = {f"{issuer}/.well-known/{name}" for name in names}
    homes |= {f"{parts.scheme}://{parts.netloc}/.well-known/{name}{parts.path}" for name in names}
    if fetched_from not in homes:
        yield "issuer: not the one of this address"
    for endpoint in ENDPOINTS:
        methods = found.get(f"{endpoint}_auth_methods_supported", [])
        by_key = isinstance(methods, list) and "private_key_jwt" in methods
        if by_key != (f"{endpoint}_auth_signing_alg_values_supported" in found):
            yield f"{endpoint}_auth_signing_alg_values_supported: there if and only if somebody signs"
        if f"{endpoint}_auth_methods_supported" in found and endpoint not in found:
            yield f"{endpoint}: missing"
    for name in ("userinfo", "id_token", "request_object", "authorization", "introspection"):
        if (f"{name}_encryption_alg_values_supported" in found) != (
            f"{name}_encryption_enc_values_supported" in found
        ):
            yield f"{name}_encryption: one list without the other"
    for way in ("backchannel", "frontchannel"):
        if found.get(f"{way}_logout_session_supported") and not found.get(f"{way}_logout_supported"):
            yield f"{way}_logout_supported: false, yet its sessions are"
    if found.get("verified_claims_supported") and "trust_frameworks_supported" not in found:
        yield "trust_frameworks_supported: missing"
    if found.get("request_uri_parameter_supported") is not False and not found.get("request_parameter_supported"):
        yield "request_uri_parameter_supported: true where it is not said, and nothing by value"
    aliases = found.get("mtls_endpoint_aliases", {})
    if isinstance(aliases, dict):
        yield from (f"mtls_endpoint_aliases: no {name} without it" for name in aliases if name not in found)


def faults_of_keys(found: Mapping[str, object]) -> list[str]:
    """What is wrong with a key set (RFC 7517, RFC 7518): every key public, named, whole and strong enough."""
    keys = found.get("keys")
    if not isinstance(keys, list) or not keys:
        return ["keys: none"]
    wrong = ["kid: one twice"] if len({key.get("kid") for key in keys}) < len(keys) else []
    for key in keys:
        wrong += [f"{key.get('kid')}: {fault}" for fault in _key(key)]
    return wrong


def _key(key: Mapping[str, str]) -> Judgement:
    needed = ("kid", "kty", "use") if key.get("use") == "enc" else ("kid", "kty", "use", "alg")
    yield from (f"{name}: missing" for name in needed if not key.get(name))
    if key.get("kty") == "oct" or {"d", "p", "q", "dp", "dq", "qi", "oth", "k"} & key.keys():
        yield "not public"
        return
    members: Sequence[str] = [name for name in ("n", "e", "x", "y") if name in key]
    if not all(BASE64URL.fullmatch(key[name]) for name in members):
        yield "not in base64url"
        return
    if key["kty"] == "RSA" and len(key["n"]) * 6 < 2048:
        yield "short"
        return
    try:
        jwk.import_key(dict(key))
    except (JoseError, ValueError):
        yield "no key"
