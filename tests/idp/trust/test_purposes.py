"""The table of purposes, and what may be stated over it: everything else is refused with a sentence."""

import json

import pytest

from idp.jpki.path.policy import Revocation
from idp.trust.purposes import (
    PURPOSES,
    PolicyRefused,
    PurposePolicy,
    Required,
    from_values,
    path_policy,
    read_policy,
    values_of,
    write_policy,
)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_no_purpose_accepts_anything_by_itself(purpose):
    """An explicit policy is required and none is accepted, a signature is what the leaf is for, lists speak."""
    row = PURPOSES[purpose]
    policy = path_policy(purpose, row.default)
    assert (policy.explicit_policy, policy.user_policies) == (True, frozenset())
    assert policy.key_usage == {"digital_signature"}
    assert (policy.revocation, row.default.revocation) == (Revocation.CRL, Required.CRL)
    assert not policy.weak_ok
    assert row.title


def test_only_the_bridge_maps_policies():
    """RFC 5280 section 4.2.1.5, for LGPKI."""
    mapping = [name for name, row in PURPOSES.items() if not row.fixed.inhibit_mapping]
    assert mapping == ["lgpki"]


def test_depth_is_the_tables_or_less():
    """A registration authority below its root; a few above a private one; a bridge on the way."""
    depths = {name: row.default.max_depth for name, row in PURPOSES.items()}
    assert depths == {"commercial-registration": 1, "accredited": 2, "lgpki": 4, "timestamp": 3}


STATED = {
    "user_policies": ["1.2.3"],
    "extended_key_usages": ["1.3.6.1.5.5.7.3.2"],
    "max_depth": 1,
    "revocation": "crl-or-ocsp",
    "responders": ["http://ocsp.example/a", "https://[2001:db8::1]:8443/"],
}


def test_what_is_stated_is_read_again():
    """Through JSON and back; what is left out is the default's."""
    policy = from_values("lgpki", STATED)
    assert policy == PurposePolicy(
        ("1.2.3",), ("1.3.6.1.5.5.7.3.2",), 1, Required.EITHER, tuple(STATED["responders"])
    )
    assert read_policy("lgpki", write_policy(policy)) == policy
    assert values_of(policy) == STATED
    assert read_policy("lgpki", "{}") == PURPOSES["lgpki"].default


@pytest.mark.parametrize(
    "change",
    [
        {"user_policies": "1.2.3"},
        {"user_policies": [1]},
        {"user_policies": ["1"]},
        {"user_policies": ["any"]},
        {"user_policies": [f"1.2.{number}" for number in range(17)]},
        {"extended_key_usages": ["clientAuth"]},
        {"max_depth": -1},
        {"max_depth": 5},
        {"max_depth": True},
        {"max_depth": "1"},
        {"revocation": "off"},
        {"revocation": None},
        {"revocation": "ocsp", "responders": []},
        {"responders": ["ftp://a.example"]},
        {"responders": ["http://"]},
        {"responders": ["http://user@a.example"]},
        {"responders": ["http://a.example/?q"]},
        {"responders": ["http://a.example/#f"]},
        {"responders": ["http://a.example:x/"]},
        {"responders": ["http://a.example:0/"]},
        {"responders": ["http://[::1"]},
        {"responders": ["http://a b.example/"]},
        {"responders": [f"http://{number}.example" for number in range(5)]},
        {"weak_ok": True},
        {"inhibit_mapping": False},
    ],
    ids=str,
)
def test_what_cannot_be_kept_is_refused(change):
    """Wrong types, wrong forms, too many, and whatever nobody may state."""
    with pytest.raises(PolicyRefused):
        from_values("lgpki", STATED | change)


@pytest.mark.parametrize(
    "text", ["", "[]", "1", "null", "{", "[" * 50_000, json.dumps(["user_policies"])], ids=range(7)
)
def test_a_stored_text_that_is_no_policy_is_refused(text):
    """Somebody wrote into the database."""
    with pytest.raises(PolicyRefused):
        read_policy("lgpki", text)


def test_an_unknown_purpose_is_refused():
    """JPKI's own are not among them."""
    for name in ("jpki-user", "", "LGPKI"):
        with pytest.raises(PolicyRefused, match="a purpose is one of"):
            from_values(name, {})
