"""Certificates of either kind without a proof: the rules of each kind, and the reason when one is broken."""

from datetime import date

import pytest
from components.forgery import new_key
from components.hierarchy import DAY, NOW, SERIAL
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from vectors import jpki_raw as raw

from connectors.ports import CertificateKind
from connectors.sandbox import basic4
from idp.errors import Reason, Refusal
from idp.jpki.certificate import parse
from idp.jpki.profile import PRODUCTION, SANDBOX, Device
from idp.jpki.verify import certificate

USER, SIGNATURE = CertificateKind.USER, CertificateKind.SIGNATURE
HOLDER = basic4.Basic4("青葉 太郎", "見本県青葉市一丁目", date(1980, 2, 17), "1").extension()
CARD, PHONE = "1.2.392.200149.8.5.1.0.20", "1.2.392.200149.8.5.1.0.40"
DIGITAL_SIGNATURE = ("digital_signature", "content_commitment")


def signature_der(hierarchy, **deviation):
    """A signature certificate in profile but for the deviations."""
    names = {"extra": ((HOLDER, False), *deviation.pop("beside", ()))}
    form = {"issuer": hierarchy.signature, "policy": CARD, "usage": DIGITAL_SIGNATURE, "purposes": None}
    return hierarchy.der(**{**form, **names, **deviation})


def judged(hierarchy, der, kind=SIGNATURE, *, profile=SANDBOX, now=NOW):
    """The verification that asks for no proof."""
    return certificate(parse(der), anchors=hierarchy.anchors, profile=profile, kind=kind, now=now)


def refusal(hierarchy, der, *arguments, **circumstances):
    """The reason of the refusal that must come."""
    with pytest.raises(Refusal) as refused:
        judged(hierarchy, der, *arguments, **circumstances)
    return refused.value.reason


@pytest.mark.parametrize(("policy", "device"), [(CARD, Device.CARD), (PHONE, Device.PHONE)])
def test_a_signature_certificate_is_verified(hierarchy, policy, device):
    """Kind, device and name as J-LIS has it."""
    verified = judged(hierarchy, signature_der(hierarchy, policy=policy))
    name = verified.name
    assert (verified.kind, verified.device) == (SIGNATURE, device)
    assert (name.kind, name.issuer_key_id, name.serial) == (SIGNATURE, hierarchy.signature.key_id, SERIAL)
    assert verified.crl_point is None


def test_a_user_certificate_is_verified_without_proof(hierarchy):
    """The same rules as at a login, but for the holder's signature."""
    verified = judged(hierarchy, hierarchy.der(), USER)
    assert (verified.kind, verified.device, verified.serial) == (USER, Device.CARD, SERIAL)


@pytest.mark.parametrize(("make", "kind"), [(signature_der, SIGNATURE), (lambda h: h.der(), USER)])
def test_whoever_asks_for_any_kind_is_told_which(hierarchy, make, kind):
    """None stands for both kinds, each by its own rules."""
    assert judged(hierarchy, make(hierarchy), None).kind == kind


@pytest.mark.parametrize(("make", "asked"), [(signature_der, USER), (lambda h: h.der(), SIGNATURE)])
def test_the_other_kind_is_told_apart(hierarchy, make, asked):
    """In profile, and not what was asked for."""
    assert refusal(hierarchy, make(hierarchy), asked) == Reason.CERTIFICATE_WRONG_KIND


def without(oid):
    """The Basic 4 with one of them left out, among names of other types."""
    kept = [name for name in HOLDER if name.type_id != oid]
    return x509.SubjectAlternativeName([x509.RFC822Name("taro@example.jp"), *kept]), False


OUT_OF_PROFILE = {
    "keyUsage of a user certificate": {"usage": ("digital_signature",)},
    "keyUsage nonRepudiation alone": {"usage": ("content_commitment",)},
    "keyUsage not critical": {"usage_critical": False},
    "keyUsage missing": {"usage": None},
    "client authentication": {"purposes": (ExtendedKeyUsageOID.CLIENT_AUTH,)},
    "policy of a user certificate": {"policy": "1.2.392.200149.8.5.1.0.30"},
    "policy of another environment": {"policy": "1.2.392.200149.8.5.1.1.20"},
    "policy not critical": {"policy_critical": False},
    "no policy": {"policy": None},
    "no subjectAltName": {"extra": ()},
    "subjectAltName critical": {"extra": ((HOLDER, True),)},
    "no name": {"extra": (without(basic4.NAME),)},
    "no address": {"extra": (without(basic4.ADDRESS),)},
    "no date of birth": {"extra": (without(basic4.BIRTH),)},
    "no gender": {"extra": (without(basic4.GENDER),)},
    "an authority": {"beside": ((x509.BasicConstraints(ca=True, path_length=None), False),)},
    "constraints on names": {
        "beside": ((x509.NameConstraints([x509.DNSName("a.example")], None), False),),
    },
    "signed by a stranger": {"signing_key": new_key()},
    "a user certificate of the signature authority": {
        "usage": ("digital_signature",),
        "purposes": (ExtendedKeyUsageOID.CLIENT_AUTH,),
    },
}


@pytest.mark.parametrize("name", OUT_OF_PROFILE)
def test_the_signature_authority_signed_it_and_the_profile_refuses(hierarchy, name):
    """Each rule of the kind, broken alone."""
    der = signature_der(hierarchy, **OUT_OF_PROFILE[name])
    assert refusal(hierarchy, der) == Reason.CERTIFICATE_UNTRUSTED


@pytest.mark.parametrize("oid", [basic4.NAME_SUBSTITUTES, basic4.ADDRESS_SUBSTITUTES])
def test_flags_decide_nothing(hierarchy, oid):
    """Which characters were substituted is a remark: nobody is sent away for want of it."""
    der = signature_der(hierarchy, extra=(without(oid),))
    assert judged(hierarchy, der).kind == SIGNATURE


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (NOW - 2 * DAY, Reason.CERTIFICATE_NOT_YET_VALID),
        (NOW + 301 * DAY, Reason.CERTIFICATE_EXPIRED),
    ],
)
def test_its_time_counts(hierarchy, now, reason):
    """An expired certificate is told as such, as at a login."""
    assert refusal(hierarchy, signature_der(hierarchy), now=now) == reason


def test_a_test_certificate_is_nobody_in_production(hierarchy):
    """Production's own policy under a test authority: the organisation tells."""
    (oid, *_phone) = PRODUCTION.rules[SIGNATURE].policies
    der = signature_der(hierarchy, policy=oid)
    assert refusal(hierarchy, der, profile=PRODUCTION) == Reason.CERTIFICATE_UNTRUSTED


def test_a_key_of_no_enabled_row_is_refused_first(hierarchy):
    """Before anybody looks for an issuer."""
    der = signature_der(hierarchy, key=new_key(3072), signing_key=hierarchy.stranger_key)
    assert refusal(hierarchy, der) == Reason.ALGORITHM_REFUSED


def test_the_gate_speaks_before_the_time(hierarchy):
    """A validity that ends before it begins passes our own rules but for time; the gate refuses it first."""
    order = raw.Order(
        hierarchy.user, hierarchy.card_key, serial=SERIAL, begin=NOW + DAY, end=NOW - DAY, common_name="x"
    )
    assert refusal(hierarchy, order.build(), USER) == Reason.CERTIFICATE_UNTRUSTED
