"""A login proof from its bytes to a verdict: each rule of the profile, its reason, and the order of the steps."""

import datetime as dt
import hashlib

import pytest
from components import resigned
from components.forgery import elliptic_key, new_key
from components.hierarchy import DAY, NOW, SERIAL, anchor_of, found_authority
from components.status import unrecognized
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from connectors.ports import CertificateKind
from idp.errors import Reason, Refusal
from idp.jpki.certificate import parse
from idp.jpki.profile import PRODUCTION, SANDBOX, Device
from idp.jpki.proof import Challenge
from idp.jpki.verify import UnverifiedProof, verify

CHALLENGE = Challenge("https://id.example/t/aoba", "https://id.example", "AAECAwQFBgcICQoLDA0ODw", bytes(32))
SECOND = dt.timedelta(seconds=1)
CARD, PHONE = "1.2.392.200149.8.5.1.0.30", "1.2.392.200149.8.5.1.0.50"


def signed(key, *, hash_algorithm=None, pad=None, message=None):
    """A card's signature over M."""
    return key.sign(message or CHALLENGE.message(), pad or padding.PKCS1v15(), hash_algorithm or hashes.SHA256())


def proof(der, signature, algorithm="RS256"):
    """What an authenticator sent."""
    return UnverifiedProof(parse(der), algorithm, signature)


def judged(hierarchy, sent, *, profile=SANDBOX, now=NOW, anchors=None):
    """The verdict of the whole verification."""
    return verify(sent, CHALLENGE, anchors=anchors or hierarchy.anchors, profile=profile, now=now)


def refusal(hierarchy, sent, **circumstances):
    """The reason of the refusal that must come."""
    with pytest.raises(Refusal) as refused:
        judged(hierarchy, sent, **circumstances)
    return refused.value.reason


@pytest.mark.parametrize(("policy", "device"), [(CARD, Device.CARD), (PHONE, Device.PHONE)])
@pytest.mark.parametrize("generation", ["user", "newer"])
def test_a_good_proof_is_verified(hierarchy, policy, device, generation):
    """Kind, device, generation, serial number and key are those of the certificate."""
    authority = getattr(hierarchy, generation)
    sent = proof(hierarchy.der(policy=policy, issuer=authority), signed(hierarchy.card_key))
    verified = judged(hierarchy, sent)
    spki = hierarchy.card_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert (device, SERIAL, hashlib.sha256(spki).digest()) == (
        verified.device,
        verified.serial,
        verified.public_key_sha256,
    )
    name = verified.name
    assert (CertificateKind.USER, authority.key_id, SERIAL) == (name.kind, name.issuer_key_id, name.serial)


def policies(*oids):
    """A critical certificatePolicies of several policies."""
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(o), None) for o in oids]), True


OUT_OF_PROFILE = {
    "no keyUsage": {"usage": None},
    "keyUsage not critical": {"usage_critical": False},
    "keyUsage of a signature certificate": {"usage": ("digital_signature", "content_commitment")},
    "keyUsage without digitalSignature": {"usage": ("key_encipherment",)},
    "no extKeyUsage": {"purposes": None},
    "server authentication": {"purposes": (ExtendedKeyUsageOID.SERVER_AUTH,)},
    "any purpose": {"purposes": (ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)},
    "client and server authentication": {
        "purposes": (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH)
    },
    "no policy": {"policy": None},
    "policy not critical": {"policy_critical": False},
    "policy of a signature certificate": {"policy": "1.2.392.200149.8.5.1.0.20"},
    "policy of another environment": {"policy": "1.2.392.200149.8.5.1.3.30"},
    "two policies, both accepted": {"policy": None, "extra": (policies(CARD, PHONE),)},
    "an accepted policy and any policy": {"policy": None, "extra": (policies(CARD, "2.5.29.32.0"),)},
    "a certification authority": {"extra": ((x509.BasicConstraints(ca=True, path_length=None), True),)},
    "no certification authority, but it says so": {
        "extra": ((x509.BasicConstraints(ca=False, path_length=None), True),)
    },
    "unknown critical extension": {"extra": (unrecognized("1.2.3.4", b"\5\0", critical=True),)},
}


@pytest.mark.parametrize("name", OUT_OF_PROFILE)
def test_the_ca_signed_it_and_the_profile_refuses(hierarchy, name):
    """Trust in the CA is trust in its user certificates alone."""
    sent = proof(hierarchy.der(**OUT_OF_PROFILE[name]), signed(hierarchy.card_key))
    assert refusal(hierarchy, sent) == Reason.CERTIFICATE_UNTRUSTED


def test_an_unknown_extension_that_is_not_critical_is_let_be(hierarchy):
    """The counterpart: it is criticality that refuses."""
    sent = proof(hierarchy.der(extra=(unrecognized("1.2.3.4", b"\5\0"),)), signed(hierarchy.card_key))
    assert judged(hierarchy, sent).device == Device.CARD


def test_a_test_certificate_is_nobody_in_production(hierarchy):
    """Even under a trusted anchor and with production's policy, the issuer's organisation tells it apart."""
    (oid,) = PRODUCTION.rules[CertificateKind.USER].policies
    sent = proof(hierarchy.der(policy=oid), signed(hierarchy.card_key))
    assert refusal(hierarchy, sent, profile=PRODUCTION) == Reason.CERTIFICATE_UNTRUSTED


ALGORITHMS = {
    "none": lambda h: proof(h.der(), b"", "none"),
    "the next card's name": lambda h: proof(h.der(), signed(h.card_key), "ES384"),
    "lower case": lambda h: proof(h.der(), signed(h.card_key), "rs256"),
    "RSA-PSS": lambda h: proof(h.der(), signed(h.card_key), "PS256"),
    "an elliptic curve": lambda h: proof(h.der(key=elliptic_key()), b""),
    "RSA-3072": lambda h: by_key(h, new_key(3072)),
    "RSA-1024": lambda h: by_key(h, new_key(1024)),
    "exponent 3": lambda h: by_key(h, new_key(exponent=3)),
    "a key of an algorithm that nobody knows": lambda h: proof(unreadable_key(h.der()), signed(h.card_key)),
    "a key that is no sequence": lambda h: proof(without_key(h.der()), signed(h.card_key)),
}


def by_key(hierarchy, key):
    """A proof that this key signed, certified by the CA."""
    return proof(hierarchy.der(key=key), signed(key))


def unreadable_key(der):
    """The key's algorithm becomes one that nobody knows."""
    return der.replace(bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d010163"))


def without_key(der):
    """The subjectPublicKey holds a SET where RSAPublicKey has a SEQUENCE."""
    begin = bytes.fromhex("0382010f00")
    assert der.count(begin + b"\x30") == 1
    return der.replace(begin + b"\x30", begin + b"\x31")


@pytest.mark.parametrize("name", ALGORITHMS)
def test_another_algorithm_or_key_is_refused(hierarchy, name):
    """RS256 by RSA-2048 with e = 65537, and nothing that could be mistaken for it."""
    assert refusal(hierarchy, ALGORITHMS[name](hierarchy)) == Reason.ALGORITHM_REFUSED


SIGNATURES = {
    "empty": lambda _h: b"",
    "one bit": lambda h: bytes([signed(h.card_key)[0] ^ 1]) + signed(h.card_key)[1:],
    "one byte more": lambda h: signed(h.card_key) + b"\0",
    "another key's": lambda h: signed(h.stranger_key),
    "over another message": lambda h: signed(h.card_key, message=CHALLENGE.message()[:-1] + b"?"),
    "SHA-1": lambda h: signed(h.card_key, hash_algorithm=hashes.SHA1()),
    "SHA-512": lambda h: signed(h.card_key, hash_algorithm=hashes.SHA512()),
    "RSA-PSS": lambda h: signed(h.card_key, pad=padding.PSS(padding.MGF1(hashes.SHA256()), 32)),
    "larger than the modulus": lambda _h: b"\xff" * 256,
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_the_signature_must_be_the_cards(hierarchy, name):
    """RSASSA-PKCS1-v1_5 with SHA-256 over M, bit for bit."""
    sent = proof(hierarchy.der(), SIGNATURES[name](hierarchy))
    assert refusal(hierarchy, sent) == Reason.SIGNATURE_INVALID


TIMES = {
    "the second before": (-DAY - SECOND, Reason.CERTIFICATE_NOT_YET_VALID),
    "the first second": (-DAY, None),
    "the last second": (300 * DAY, None),
    "half a second after": (300 * DAY + SECOND / 2, Reason.CERTIFICATE_EXPIRED),
    "the second after": (300 * DAY + SECOND, Reason.CERTIFICATE_EXPIRED),
}


@pytest.mark.parametrize("name", TIMES)
def test_the_certificates_own_time(hierarchy, name):
    """Both ends belong to it (RFC 5280 section 4.1.2.5)."""
    offset, reason = TIMES[name]
    sent = proof(hierarchy.der(), signed(hierarchy.card_key))
    if reason is None:
        assert judged(hierarchy, sent, now=NOW + offset).device == Device.CARD
    else:
        assert reason == refusal(hierarchy, sent, now=NOW + offset)


ANCHOR_TIMES = {
    "ended a second ago": (-900 * DAY, -SECOND, NOW, False),
    # The gate counts whole seconds; the last rule of all knows better.
    "ended half a second ago": (-900 * DAY, 0 * DAY, NOW + SECOND / 2, False),
    "ends now": (-900 * DAY, 0 * DAY, NOW, True),
    "begins now": (0 * DAY, 900 * DAY, NOW, True),
    "begins in a second": (SECOND, 900 * DAY, NOW, False),
}


@pytest.mark.parametrize("name", ANCHOR_TIMES)
def test_the_anchors_own_time(hierarchy, name):
    """A generation that has ended vouches for nobody, though its certificates have not."""
    begin, end, now, accepted = ANCHOR_TIMES[name]
    user = hierarchy.user
    authority = found_authority(user.kind, 2, user.key, user.responder_key, lifetime=(NOW + begin, NOW + end))
    sent = proof(hierarchy.der(issuer=authority), signed(hierarchy.card_key))
    anchors = (anchor_of(authority),)
    if accepted:
        assert judged(hierarchy, sent, now=now, anchors=anchors).device == Device.CARD
    else:
        assert refusal(hierarchy, sent, now=now, anchors=anchors) == Reason.CERTIFICATE_UNTRUSTED


def without_key_identifier(tbs):
    """Drop the last extension, which is the authority key identifier."""
    assert tbs["extensions"][-1]["extn_id"].native == "authority_key_identifier"
    tbs["extensions"] = list(tbs["extensions"])[:-1]


NO_ISSUER = {
    "signed by a stranger under our key identifier": lambda h: h.der(signing_key=h.stranger_key),
    "signed by us under another key identifier": lambda h: h.der(issuer=h.newer, signing_key=h.user.key),
    "signed by us without key identifier": lambda h: resigned.certificate(
        h.der(), h.user.key, without_key_identifier
    ),
}


@pytest.mark.parametrize("name", NO_ISSUER)
def test_key_identifier_and_signature_must_name_one_anchor(hierarchy, name):
    """The verification chooses its anchor by both, though either would find one."""
    sent = proof(NO_ISSUER[name](hierarchy), signed(hierarchy.card_key))
    assert refusal(hierarchy, sent) == Reason.CERTIFICATE_UNTRUSTED


def test_a_signature_certificate_is_told_apart(hierarchy):
    """A known CA of the other kind gives its own reason, so that the page can say which card function to use."""
    sent = proof(hierarchy.der(issuer=hierarchy.signature), signed(hierarchy.card_key))
    assert refusal(hierarchy, sent) == Reason.CERTIFICATE_WRONG_KIND


def test_an_issuer_name_is_no_proof_of_its_organisation(hierarchy):
    """Our root's key signs under another name: the anchor's name is compared, and nobody gets in."""
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "JPKI")])
    sent = proof(hierarchy.der(issuer_name=name), signed(hierarchy.card_key))
    assert refusal(hierarchy, sent, profile=PRODUCTION) == Reason.CERTIFICATE_UNTRUSTED


def unreadable_subject(der):
    """The subject's C has a string type that does not exist."""
    country = bytes.fromhex("060355040613024a50")
    subject = der.index(country, der.index(country) + 1)  # the first is the issuer's
    return der[: subject + 5] + b"\x0b" + der[subject + 6 :]


@pytest.mark.parametrize("signer", ["stranger_key", "user"])
def test_a_subject_that_nobody_can_read_is_untrusted(hierarchy, signer):
    """Whoever signed it: the gate reads it when it words its refusal, and fails at that."""
    key = hierarchy.user.key if signer == "user" else hierarchy.stranger_key
    der = resigned.certificate(unreadable_subject(hierarchy.der(policy_critical=False)), key, resigned.unchanged)
    assert refusal(hierarchy, proof(der, signed(hierarchy.card_key))) == Reason.CERTIFICATE_UNTRUSTED


ORDER = {
    "algorithm before trust": (
        lambda h: proof(h.der(signing_key=h.stranger_key), signed(h.card_key), "none"),
        Reason.ALGORITHM_REFUSED,
    ),
    "trust before signature": (
        lambda h: proof(h.der(signing_key=h.stranger_key), b""),
        Reason.CERTIFICATE_UNTRUSTED,
    ),
    "signature before kind": (lambda h: proof(h.der(issuer=h.signature), b""), Reason.SIGNATURE_INVALID),
    "signature before time": (
        lambda h: proof(h.der(lifetime=-SECOND), b""),
        Reason.SIGNATURE_INVALID,
    ),
    "profile before time": (
        lambda h: proof(h.der(lifetime=-SECOND, policy=None), signed(h.card_key)),
        Reason.CERTIFICATE_UNTRUSTED,
    ),
    "gate before time": (
        lambda h: proof(
            h.der(lifetime=-SECOND, extra=(unrecognized("1.2.3.4", b"\5\0", critical=True),)), signed(h.card_key)
        ),
        Reason.CERTIFICATE_UNTRUSTED,
    ),
}


@pytest.mark.parametrize("name", ORDER)
def test_the_first_step_that_fails_names_the_reason(hierarchy, name):
    """Nothing is told of a certificate whose holder proved nothing."""
    scenario, reason = ORDER[name]
    assert reason == refusal(hierarchy, scenario(hierarchy))


def test_the_outer_algorithm_must_be_the_inner(hierarchy):
    """RFC 5280 section 4.1.1.2: a certificate of two algorithms is refused, though each signature would hold."""
    der = resigned.certificate(hierarchy.der(), hierarchy.user.key, resigned.unchanged, outer="sha512_rsa")
    assert refusal(hierarchy, proof(der, signed(hierarchy.card_key))) == Reason.CERTIFICATE_UNTRUSTED
