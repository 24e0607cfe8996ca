"""What a certificate's extensions say: parsed once for all that an authority issues alike, and for no holder."""

import pytest
from components.forgery import new_key
from components.hierarchy import NOW
from components.status import unrecognized
from cryptography import x509

from idp.jpki import extensions
from idp.jpki.certificate import parse
from idp.jpki.profile import SANDBOX
from idp.jpki.verify import certificate

HOLDER = x509.SubjectAlternativeName([x509.DNSName("holder.invalid")]), False


def key_id(key, critical=False):
    """The subject key identifier of that key."""
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical


def said(hierarchy, *extra):
    """What a certificate of the profile says, with these extensions beside its own."""
    return parse(hierarchy.der(extra=extra)).said


def verified(hierarchy, der):
    """What that certificate says, once it is verified."""
    read = parse(der)
    certificate(read, anchors=hierarchy.anchors, profile=SANDBOX, kind=None, now=NOW)
    return read.said


def test_verified_certificates_of_one_authority_say_the_same(hierarchy):
    """Of another serial number and another key, whose identifier stands among the extensions."""
    stranger = hierarchy.stranger_key
    one = verified(hierarchy, hierarchy.der(extra=[key_id(hierarchy.card_key)]))
    other = parse(hierarchy.der(key=stranger, serial=2, extra=[key_id(stranger)])).said
    assert other == one
    assert parse(hierarchy.der(extra=[key_id(new_key())])).said is other


def test_no_more_is_remembered_than_that_many(hierarchy, monkeypatch):
    """The next one makes room for all."""
    monkeypatch.setattr(extensions, "_MOST_REMEMBERED", 1)
    monkeypatch.setattr(extensions, "_known", {})
    bare, with_id = hierarchy.der(), hierarchy.der(extra=[key_id(hierarchy.card_key)])
    one = verified(hierarchy, bare)
    assert parse(bare).said is one
    other = verified(hierarchy, with_id)
    assert parse(with_id).said is other
    assert parse(bare).said is not one


def test_what_a_stranger_sends_is_not_remembered(hierarchy):
    """However often it is read: the memory is for what an authority has signed."""
    first, again = (parse(hierarchy.der(policy="1.2.3.4.5")).said for _ in range(2))
    assert first == again
    assert first is not again


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


def test_octets_like_a_key_identifiers_inside_of_another_extension_make_a_difference(hierarchy):
    """They are an authority's words there, and as many of them as there are: what differs in them is told."""
    names = [
        x509.OtherName(x509.ObjectIdentifier("1.2.3"), bytes.fromhex("301d0603551d0e04160414") + 20 * octet)
        for octet in (b"a", b"b")
    ]
    for name in names:
        extra = [(x509.IssuerAlternativeName([name]), False), key_id(hierarchy.card_key)]
        read = verified(hierarchy, hierarchy.der(extra=extra)).find(x509.IssuerAlternativeName)
        assert list(read) == [name]


def test_a_critical_key_identifier_is_told(hierarchy):
    """It is critical like any other, though its value is nobody's concern."""
    assert x509.SubjectKeyIdentifier in said(hierarchy, key_id(new_key(), critical=True)).critical
