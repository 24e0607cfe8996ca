"""What may be registered about request objects (RFC 9101, OpenID Connect Registration section 2). Pure."""

import re
from dataclasses import replace

from idp.registration.texts import require_short, require_url
from idp.registration.wishes import NewService, NotAllowed
from idp.services import client_keys
from idp.services.client_keys import KeysRefused
from idp.services.client_policies import ENCRYPTION_ENCS, ClientPolicy
from idp.services.request_encryption import REQUEST_ALGS

MAX_URIS = 20
URI_CHARACTERS = 512
"""RFC 9101 section 5.2."""
_FRAGMENT = re.compile(r"[A-Za-z0-9_-]*")


def complete(new: NewService) -> NewService:
    """The wish with what is meant where it states nothing about its request objects."""
    alg, enc = new.request_object_encryption_alg or None, new.request_object_encryption_enc or None
    return replace(
        new,
        request_object_signing_alg=new.request_object_signing_alg or None,
        request_object_encryption_alg=alg,
        request_object_encryption_enc=ENCRYPTION_ENCS[0] if alg and enc is None else enc,
    )


def require(new: NewService, policy: ClientPolicy, *, sandbox: bool) -> None:
    """Raise NotAllowed unless a service of that profile can make its requests so. `new` is complete."""
    _require_uris(new, policy, sandbox=sandbox)
    _require_signature(new, policy)
    alg, enc = new.request_object_encryption_alg, new.request_object_encryption_enc
    if alg not in (None, *REQUEST_ALGS):
        raise NotAllowed(f"request_object_encryption_alg is one of {', '.join(REQUEST_ALGS)}")
    if enc not in (None, *ENCRYPTION_ENCS):
        raise NotAllowed(f"request_object_encryption_enc is one of {', '.join(ENCRYPTION_ENCS)}")
    if enc is not None and alg is None:
        raise NotAllowed("request_object_encryption_enc goes with request_object_encryption_alg")


def _require_uris(new: NewService, policy: ClientPolicy, *, sandbox: bool) -> None:
    if not new.request_uris:
        return
    if policy.pushed_only:
        raise NotAllowed(
            f"a service of the profile {policy.name} pushes its requests and registers no request_uris"
        )
    if len(new.request_uris) > MAX_URIS:
        raise NotAllowed(f"a service registers at most {MAX_URIS} request_uris")
    for uri in new.request_uris:
        place, _, fragment = uri.partition("#")
        require_short(URI_CHARACTERS, uri)
        require_url("a request URI", place, loopback_http=sandbox)
        if not _FRAGMENT.fullmatch(fragment):
            raise NotAllowed("the fragment of a request URI is a SHA-256 in base64url")


def _require_signature(new: NewService, policy: ClientPolicy) -> None:
    alg, asks = new.request_object_signing_alg, new.request_uris or new.require_signed_request_object
    if (alg or asks) and new.jwks is None and new.jwks_uri is None:
        raise NotAllowed("request objects are signed: they need the service's keys, jwks or jwks_uri")
    if alg is None:
        return
    if alg not in policy.client_algs:
        allowed = ", ".join(policy.client_algs)
        raise NotAllowed(f"request_object_signing_alg is one of {allowed} in the profile {policy.name}")
    try:
        keys = () if new.jwks is None else client_keys.read(new.jwks)
    except KeysRefused as error:
        raise NotAllowed(f"jwks: {error}") from error
    if keys and not client_keys.for_alg(keys, alg):
        raise NotAllowed(f"none of the service's keys signs by {alg}: state request_object_signing_alg")
