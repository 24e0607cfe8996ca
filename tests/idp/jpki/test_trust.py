"""Trust anchors: what may serve as one, and which of them issued a certificate."""

import hashlib

import pytest
from components import resigned
from components.forgery import elliptic_key, new_key
from components.hierarchy import DAY, NOW, anchor_of
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from connectors.ports import CertificateKind
from connectors.sandbox import names
from idp.errors import Reason, Refusal
from idp.jpki.certificate import parse
from idp.jpki.trust import AnchorRefused, choose_issuer, read_anchor

NAME = names.authority(CertificateKind.USER)


def root(key, *, name=NAME, signing_key=None, key_id=None, ca=True, with_key_id=True, with_constraints=True):
    """A self-issued certificate with deviations."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(9)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
    )
    if with_key_id:
        own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        chosen = own if key_id is None else x509.SubjectKeyIdentifier(key_id)
        builder = builder.add_extension(chosen, critical=False)
    if with_constraints:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    return builder.sign(signing_key or key, hashes.SHA256()).public_bytes(Encoding.DER)


def organisations(*values):
    """A name with these O attributes and no other."""
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, value) for value in values])


def unreadable_key(der):
    """The key's algorithm becomes one that nobody knows."""
    return der.replace(bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d010163"))


def edited(h, edit):
    """A good root, changed and signed again."""
    return resigned.certificate(h.user.certificate.public_bytes(Encoding.DER), h.user.key, edit)


NO_ANCHOR = {
    "not DER": lambda _h: b"anchor",
    "an end-entity certificate": lambda h: h.der(),
    "of the right name, signed by another key": lambda h: root(h.stranger_key, signing_key=h.user.key),
    "a key that nobody can read": lambda h: unreadable_key(root(h.stranger_key)),
    "version 2": lambda h: edited(h, lambda tbs: tbs.__setitem__("version", "v2")),
    "an extension twice": lambda h: edited(h, lambda tbs: tbs["extensions"].append(tbs["extensions"][0])),
    "no subject key identifier": lambda h: root(h.stranger_key, with_key_id=False),
    "no basicConstraints": lambda h: root(h.stranger_key, with_constraints=False),
    "no certification authority": lambda h: root(h.stranger_key, ca=False),
    "RSA-3072": lambda _h: root(new_key(3072)),
    "an elliptic curve": lambda _h: root(elliptic_key()),
    "no organisation": lambda h: root(
        h.stranger_key, name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    ),
    "two organisations": lambda h: root(h.stranger_key, name=organisations("JPKI", "JPKI-TEST")),
}


@pytest.mark.parametrize("name", NO_ANCHOR)
def test_what_cannot_serve_as_an_anchor(hierarchy, name):
    """An operator who configures it is told so, instead of trusting it."""
    with pytest.raises(AnchorRefused):
        read_anchor(CertificateKind.USER, NO_ANCHOR[name](hierarchy))


@pytest.mark.parametrize("name", ["user", "newer", "signature"])
def test_an_anchor_is_read_whole(hierarchy, name):
    """Kind, identifiers and organisation are those of the certificate."""
    authority = getattr(hierarchy, name)
    anchor = anchor_of(authority)
    spki = authority.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert (authority.kind, authority.key_id, hashlib.sha256(spki).digest(), "JPKI-TEST") == (
        anchor.kind,
        anchor.key_id,
        anchor.spki_sha256,
        anchor.organisation,
    )


@pytest.mark.parametrize("name", ["user", "newer", "signature"])
def test_each_generation_finds_its_own_certificates(hierarchy, name):
    """Generations share one name: the key decides, in whatever order the anchors stand."""
    authority = getattr(hierarchy, name)
    leaf = parse(hierarchy.der(issuer=authority))
    for anchors in (hierarchy.anchors, hierarchy.anchors[::-1]):
        chosen = choose_issuer(leaf, anchors)
        assert (authority.kind, authority.key_id) == (chosen.kind, chosen.key_id)


def without_key_identifier(tbs):
    """Drop the last extension, which is the authority key identifier."""
    assert tbs["extensions"][-1]["extn_id"].native == "authority_key_identifier"
    tbs["extensions"] = list(tbs["extensions"])[:-1]


UNTRUSTED = {
    "a stranger under the CA's name and key identifier": lambda h: h.der(signing_key=h.stranger_key),
    "the key identifier of another generation": lambda h: h.der(issuer=h.newer, signing_key=h.user.key),
    "the other kind's CA under this name": lambda h: h.der(signing_key=h.signature.key),
    "another issuer name": lambda h: h.der(issuer_name=organisations("JPKI-TEST")),
    "no authority key identifier": lambda h: resigned.certificate(h.der(), h.user.key, without_key_identifier),
    "outer algorithm unlike the inner": lambda h: resigned.certificate(
        h.der(), h.user.key, resigned.unchanged, outer="sha512_rsa"
    ),
    "SHA-1": lambda h: resigned.certificate(
        h.der(), h.user.key, lambda tbs: tbs["signature"].__setitem__("algorithm", "sha1_rsa"), outer="sha1_rsa"
    ),
    "one bit of the signature": lambda h: h.der()[:-1] + bytes([h.der()[-1] ^ 1]),
}


@pytest.mark.parametrize("name", UNTRUSTED)
def test_no_anchor_issued_it(hierarchy, name):
    """Neither name nor key identifier is proof: the signature must hold."""
    with pytest.raises(Refusal) as refused:
        choose_issuer(parse(UNTRUSTED[name](hierarchy)), hierarchy.anchors)
    assert refused.value.reason == Reason.CERTIFICATE_UNTRUSTED


def test_without_anchors_nothing_is_trusted(hierarchy):
    """An environment without configuration lets nobody in."""
    with pytest.raises(Refusal) as refused:
        choose_issuer(parse(hierarchy.der()), ())
    assert refused.value.reason == Reason.CERTIFICATE_UNTRUSTED


def test_an_anchor_of_the_same_key_identifier_does_not_hide_the_issuer(hierarchy):
    """An identifier that two anchors share is tried on both: a colliding one cannot shut residents out."""
    colliding = read_anchor(CertificateKind.USER, root(new_key(), key_id=hierarchy.user.key_id))
    chosen = choose_issuer(parse(hierarchy.der()), (colliding, hierarchy.anchor))
    assert hierarchy.anchor.spki_sha256 == chosen.spki_sha256


def test_two_readings_of_one_certificate_are_one_anchor(hierarchy):
    """What is remembered under an anchor outlives a change of configuration and serves every tenant of it."""
    first, second = hierarchy.anchor, hierarchy.anchor
    assert first is not second
    assert (first == second, hash(first)) == (True, hash(second))


def test_anchors_differ_by_certificate_and_by_kind(hierarchy):
    """Another generation is another anchor, and so is the same certificate trusted for another kind."""
    der = hierarchy.user.certificate.public_bytes(Encoding.DER)
    assert hierarchy.anchor != anchor_of(hierarchy.newer)
    assert hierarchy.anchor != read_anchor(CertificateKind.SIGNATURE, der)
    assert hierarchy.anchor != hierarchy.anchor.certificate


def test_an_anchors_names_in_ocsp(hierarchy):
    """SHA-1 of the name and of the key's BIT STRING, as every responder computes them."""
    anchor, key = hierarchy.anchor, hierarchy.user.key.public_key()
    name = hierarchy.user.certificate.subject.public_bytes()
    bits = key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    assert (anchor.name_hash, anchor.key_hash) == (hashlib.sha1(name).digest(), hashlib.sha1(bits).digest())
