"""What everybody may read and keep for a while; and the key set, published so (RFC 7517)."""

from flask import Flask, Response, request

from idp.custody.ring import JWKS_SECONDS
from idp.keys.ring_keys import SigningKey
from idp.store.signing_keys import CURRENT, NEXT, RETIRED
from idp.tenants.tenancy import SIGNING_ALGS, Tenant
from idp.web.web import current_tenant, json_answer

_ORDER = (CURRENT, NEXT, RETIRED)


def mount(app: Flask) -> None:
    """Add the route of the key set."""
    app.add_url_rule("/jwks", "jwks", lambda: published(public_keys(current_tenant())), methods=["GET"])


def published(body: dict[str, object]) -> Response:
    """A JSON answer that may be kept as long as a key set, with its ETag; 304 for whoever has it (RFC 9110)."""
    response = json_answer(body)
    del response.headers["Vary"]
    response.headers["Cache-Control"] = f"public, max-age={JWKS_SECONDS}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.add_etag()
    response.make_conditional(request)
    return response


def public_keys(tenant: Tenant) -> dict[str, object]:
    """The JWK set, public halves only: the whole ring of what signs, and what requests are encrypted to now.

    Keys that sign come first, RS256 before the others: some libraries try the first key alone.
    """
    signing = [key.key for key in sorted(tenant.signing_keys, key=_rank)]
    opening = [key.key for key in tenant.request_keys if key.state == CURRENT]
    return {"keys": [key.as_dict(private=False) for key in (*signing, *opening)]}


def _rank(key: SigningKey) -> tuple[int, int, int, str]:
    return _ORDER.index(key.state), SIGNING_ALGS.index(key.alg), -key.since, key.kid
