"""Registering resources: what can be one, and what of it is written down."""

import pytest
from components.acting import CARE, acting, resource
from components.assertions import jwks
from components.refreshing import audited
from components.town import BASE_URL
from joserfc.jwk import ECKey

from idp.registration import NotAllowed

KEY = ECKey.generate_key("P-256", {"kid": "ec"})
CANNOT_BE = {
    "http elsewhere": ({"identifier": "http://care.aoba.example"}, "is https"),
    "no URL": ({"identifier": "care"}, "is https"),
    "a fragment": ({"identifier": CARE + "#x"}, "without fragment"),
    "a query": ({"identifier": CARE + "?x=1"}, "no query"),
    "the provider": ({"identifier": f"{BASE_URL}/t/aoba"}, "no address of this provider"),
    "an endpoint": ({"identifier": f"{BASE_URL}/t/aoba/userinfo"}, "no address of this provider"),
    "endless": ({"identifier": CARE + "x" * 255}, "more than 255"),
    "no name": ({"name_ja": ""}, "a name in Japanese"),
    "a name that turns round": ({"name_ja": "保育\u202e"}, "direction character"),
    "a scope of ours": ({"scopes": ("openid",)}, "the provider's own"),
    "a scope with a blank": ({"scopes": ("care read",)}, "printable characters"),
    "a scope twice": ({"scopes": ("care", "care")}, "each once"),
    "too many scopes": ({"scopes": tuple(f"s{n}" for n in range(21))}, "at most 20"),
    "an algorithm of nobody's": ({"signing_alg": "HS256"}, "one of RS256"),
}


@pytest.fixture(scope="module")
def owner(shared_town):
    """Who would run it."""
    return acting(shared_town, "owner")


@pytest.mark.parametrize("name", CANNOT_BE)
def test_what_can_be_no_resource_is_refused(shared_town, owner, name):
    """In one sentence; nothing is written."""
    wishes, sentence = CANNOT_BE[name]
    with pytest.raises(NotAllowed, match=sentence):
        resource(shared_town, owner, **wishes)
    assert shared_town.product.directory.tenant("aoba").resources == {}


def test_who_may_ask_is_of_the_sector_and_takes_its_algorithm(shared_town, owner):
    """Another sector's service never, whoever wishes it; nor one whose profile forbids the signature."""
    with pytest.raises(NotAllowed, match="another sector"):
        resource(shared_town, owner, callers=[shared_town.library])
    strict = {"profile": "fapi2", "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks(KEY)}
    caller = acting(shared_town, "strict", **strict, require_pkce=None, id_token_signed_response_alg="ES256")
    with pytest.raises(NotAllowed, match="ES256, PS256, EdDSA"):
        resource(shared_town, owner, callers=[caller], signing_alg="RS256")


def test_it_is_known_at_once_written_down_and_forgotten(aoba):
    """One of each identifier at a tenant; another tenant has its own."""
    owner = acting(aoba, "owner")
    made = resource(aoba, owner)
    registry = aoba.product.resources
    assert aoba.product.directory.tenant("aoba").resources == {CARE: made}
    with pytest.raises(NotAllowed, match="there is a resource"):
        resource(aoba, owner)
    assert resource(aoba, aoba.parking, tenant_id="wakaba", identifier=CARE).mark != made.mark
    registry.remove(aoba.product.directory.tenant("aoba"), CARE)
    with pytest.raises(NotAllowed, match="no such resource"):
        registry.remove(aoba.product.directory.tenant("aoba"), CARE)
    assert (audited(aoba, "resource.created"), audited(aoba, "resource.removed")) == (1, 1)
