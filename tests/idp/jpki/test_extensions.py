"""What a certificate's extensions say: parsed once for all that an authority issues alike, and for no holder."""

import pytest
from components.forgery import new_key
from components.status import unrecognized
from cryptography import x509

from idp.jpki.certificate import parse

HOLDER = x509.SubjectAlternativeName([x509.DNSName("holder.invalid")]), False


def key_id(key, critical=False):
    """The subject key identifier of that key."""
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical


def said(hierarchy, *extra):
    """What a certificate of the profile says, with these extensions beside its own."""
    return parse(hierarchy.der(extra=extra)).said


def test_certificates_of_one_authority_say_the_same(hierarchy):
    """Of another serial number and another key, whose identifier stands among the extensions."""
    stranger = hierarchy.stranger_key
    one = said(hierarchy, key_id(hierarchy.card_key))
    other = parse(hierarchy.der(key=stranger, serial=2, extra=[key_id(stranger)])).said
    assert other is one


def test_one_word_makes_a_difference(hierarchy):
    """Another policy or another criticality: each is parsed by itself."""
    said(hierarchy)
    (policy,) = parse(hierarchy.der(policy="1.2.3")).find(x509.CertificatePolicies)
    assert policy.policy_identifier.dotted_string == "1.2.3"
    assert parse(hierarchy.der(policy_critical=False)).said.critical == {x509.KeyUsage}
    assert said(hierarchy).critical == {x509.KeyUsage, x509.CertificatePolicies}


@pytest.mark.parametrize(
    "extra",
    [
        lambda _hierarchy: HOLDER,
        lambda _hierarchy: unrecognized("1.2.3.4", b"\x05\x00"),
        lambda hierarchy: key_id(hierarchy.card_key, critical=True),
        lambda _hierarchy: (x509.SubjectKeyIdentifier(b"of the holder's own choice"), False),
        lambda _hierarchy: (x509.IssuerAlternativeName([x509.DNSName("a" * 60 + ".invalid")] * 30), False),
    ],
    ids=["a name", "an unknown one", "a critical key identifier", "another key identifier", "very long"],
)
def test_what_may_name_a_holder_is_not_remembered(hierarchy, extra):
    """The same certificate read twice is parsed twice; so is one that is longer than any authority's words."""
    first, again = (said(hierarchy, extra(hierarchy)) for _ in range(2))
    assert first == again
    assert first is not again


def test_a_critical_key_identifier_is_told(hierarchy):
    """It is critical like any other, though its value is nobody's concern."""
    assert x509.SubjectKeyIdentifier in said(hierarchy, key_id(new_key(), critical=True)).critical
