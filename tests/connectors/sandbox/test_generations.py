"""Three same-named generations of both CAs, their one counter, and verifiers that accept what they issued."""

from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from connectors.ports import CertificateKind
from connectors.sandbox.profile import POLICIES
from connectors.sandbox.state import Slot

KINDS = list(CertificateKind)
LIVE = [
    ("hanako", Slot.AUTH),
    ("hanako", Slot.SIGN),
    ("ichiro", Slot.AUTH),
    ("midori", Slot.PHONE),
    ("midori", Slot.PHONE_SIGN),
    ("sora", Slot.AUTH),
    ("kiyoshi", Slot.SIGN),
]


def generations(sandbox: Any, kind: CertificateKind) -> list[Any]:
    return [sandbox.authority(kind, generation) for generation in (1, 2, 3)]


@pytest.mark.parametrize("kind", KINDS)
def test_generations_share_a_name_and_nothing_else(untouched: Any, kind: CertificateKind) -> None:
    """One name in bytes; three keys, key identifiers and serial numbers, the first of which is 1."""
    three = generations(untouched, kind)
    assert len({a.certificate.subject.public_bytes() for a in three}) == 1
    assert len({a.key_id for a in three}) == 3
    assert len({a.key.public_key().public_numbers().n for a in three}) == 3
    serials = [a.certificate.serial_number for a in three]
    assert serials[0] == 1
    assert serials == sorted(set(serials))


@pytest.mark.parametrize("kind", KINDS)
def test_two_generations_are_live(untouched: Any, founded: datetime, kind: CertificateKind) -> None:
    """The first has ended; the second and third are inside their ten years."""
    live = [
        a.certificate.not_valid_before_utc <= founded <= a.certificate.not_valid_after_utc
        for a in generations(untouched, kind)
    ]
    assert live == [False, True, True]


@pytest.mark.parametrize("kind", KINDS)
def test_one_rising_counter_numbers_roots_and_certificates(untouched: Any, kind: CertificateKind) -> None:
    """Ordered by serial number, all that a CA has signed is in order of time, with gaps."""
    state = untouched.world.state
    places = [
        (p.id, slot) for p in state.people for slot in Slot if slot.kind is kind and state.current(p.id, slot)
    ]
    signed = [untouched.certificate(*place) for place in places]
    signed += [a.certificate for a in generations(untouched, kind)]
    signed.sort(key=lambda certificate: certificate.serial_number)
    times = [certificate.not_valid_before_utc for certificate in signed]
    serials = [certificate.serial_number for certificate in signed]
    assert times == sorted(times)
    assert min(b - a for a, b in pairwise(serials)) >= 2
    assert serials[-1] == state.last_serials[kind]


def test_the_two_cas_count_apart(untouched: Any) -> None:
    """A serial number alone does not tell a certificate: each CA has its own counter."""
    user, signature = (untouched.world.state.last_serials[kind] for kind in KINDS)
    assert user != signature


def test_a_certificate_comes_from_the_generation_of_its_time(untouched: Any) -> None:
    """An older certificate is of the second generation, a newer one of the third, by key identifier."""
    for resident, generation in (("saburo", 2), ("ichiro", 2), ("hanako", 3), ("yoko", 3)):
        aki = untouched.certificate(resident).extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
        assert untouched.authority(CertificateKind.USER, generation).key_id == aki.value.key_identifier


@pytest.mark.parametrize("kind", KINDS)
def test_roots_sign_themselves(untouched: Any, kind: CertificateKind) -> None:
    """Every root verifies under its own key and under no other generation's."""
    for root in generations(untouched, kind):
        signers = [a for a in generations(untouched, kind) if verifies(root.certificate, a.certificate)]
        assert [root] == signers


def verifies(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


@pytest.fixture(scope="module")
def all_roots(untouched: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All six roots in one PEM file."""
    path = tmp_path_factory.mktemp("roots") / "all.pem"
    path.write_bytes(b"".join(a.certificate.public_bytes(Encoding.PEM) for a in untouched.world.authorities))
    return path


@pytest.mark.parametrize(("resident", "slot"), LIVE)
def test_openssl_accepts_the_certificate_strictly(
    untouched: Any, all_roots: Path, founded: datetime, openssl: Any, resident: str, slot: Slot
) -> None:
    """`openssl verify -x509_strict`, with the policy compulsory, finds the right one of the same-named roots."""
    options = ["-x509_strict", "-attime", int(founded.timestamp()), "-CAfile", all_roots]
    options += ["-policy_check", "-explicit_policy", "-policy", POLICIES[slot.kind, slot.device].dotted_string]
    if slot.kind is CertificateKind.USER:
        options += ["-purpose", "sslclient"]
    answer = openssl("verify", *options, untouched.files(resident).certificate(slot))
    assert (answer.code, answer.text.split()[-1]) == (0, "OK")


def test_openssl_refuses_another_generations_root(untouched: Any, founded: datetime, openssl: Any) -> None:
    """The same name with another key is no issuer."""
    root = untouched.pem_of(untouched.authority(CertificateKind.USER, 2))
    leaf = untouched.files("hanako").certificate(Slot.AUTH)
    answer = openssl("verify", "-x509_strict", "-attime", int(founded.timestamp()), "-CAfile", root, leaf)
    assert answer.code != 0


def gate(root: x509.Certificate, moment: datetime) -> Any:
    """The strict client verifier that accepts a critical certificatePolicies, as JPKI needs it."""
    leaf = ExtensionPolicy.permit_all().require_present(x509.CertificatePolicies, Criticality.CRITICAL, None)
    authority = ExtensionPolicy.webpki_defaults_ca()
    builder = PolicyBuilder().store(Store([root])).time(moment).max_chain_depth(0)
    return builder.extension_policies(ca_policy=authority, ee_policy=leaf).build_client_verifier()


@pytest.mark.parametrize(("resident", "slot"), LIVE)
def test_the_gate_accepts_the_certificate(untouched: Any, founded: datetime, resident: str, slot: Slot) -> None:
    """cryptography's verifier builds the one-step chain to the generation that issued."""
    certificate = untouched.certificate(resident, slot)
    root = untouched.issuer(resident, slot).certificate
    assert [certificate, root] == gate(root, founded).verify(certificate, []).chain


@pytest.mark.parametrize("resident", ["saburo", "goro"])
def test_the_gate_refuses_a_certificate_outside_its_time(untouched: Any, founded: datetime, resident: str) -> None:
    """The expired and the future certificate are only that: the gate accepts them inside their time."""
    certificate, root = untouched.certificate(resident), untouched.issuer(resident).certificate
    with pytest.raises(VerificationError):
        gate(root, founded).verify(certificate, [])
    inside = certificate.not_valid_before_utc
    assert [certificate, root] == gate(root, inside).verify(certificate, []).chain
