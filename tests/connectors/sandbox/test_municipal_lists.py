"""The lists of single municipalities: which certificates stand in which, and under which name each is found."""

import hashlib
from typing import Any

import pytest
from cryptography import x509

from connectors.ports import CertificateKind
from connectors.sandbox import names
from connectors.sandbox.names import MUNICIPALITIES
from connectors.sandbox.state import Slot

USER, SIGNATURE = CertificateKind.USER, CertificateKind.SIGNATURE
ALL = [(kind, generation) for kind in CertificateKind for generation in (1, 2, 3)]


def point_in(certificate: x509.Certificate) -> x509.Name:
    """The directory name of a certificate's one distribution point."""
    (point,) = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    (name,) = point.full_name or ()
    value: x509.Name = name.value
    return value


def path(authority: Any, name: x509.Name) -> str:
    """Where the list of that distribution point is found."""
    return f"/crl/{authority.kind}/{authority.key_id.hex()}/{hashlib.sha256(name.public_bytes()).hexdigest()}.crl"


def read(sandbox: Any, authority: Any, name: x509.Name) -> x509.CertificateRevocationList:
    """That list."""
    response = sandbox.client.get(path(authority, name))
    assert (response.status_code, response.mimetype) == (200, "application/pkix-crl")
    return x509.load_der_x509_crl(response.data)


def serials(crl: x509.CertificateRevocationList) -> set[int]:
    """The serial numbers in a list."""
    return {entry.serial_number for entry in crl}


@pytest.mark.parametrize(("kind", "generation"), ALL)
def test_each_list_names_its_distribution_point(untouched: Any, kind: CertificateKind, generation: int) -> None:
    """A critical issuingDistributionPoint with that directory name alone, signed by that generation."""
    authority = untouched.authority(kind, generation)
    for municipality in MUNICIPALITIES.values():
        name = names.distribution_point_name(kind, municipality)
        crl = read(untouched, authority, name)
        extension = crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint)
        assert (extension.critical, extension.value.full_name) == (True, [x509.DirectoryName(name)])
        assert not extension.value.indirect_crl
        assert crl.is_signature_valid(authority.key.public_key())


@pytest.mark.parametrize(("kind", "generation"), ALL)
def test_together_they_are_the_whole(untouched: Any, kind: CertificateKind, generation: int) -> None:
    """Every revocation stands in exactly one municipality's list, as old and as numbered as the whole CA's."""
    authority = untouched.authority(kind, generation)
    whole = x509.load_der_x509_crl(untouched.client.get(f"/crl/{kind}/{authority.key_id.hex()}.crl").data)
    parts = [
        read(untouched, authority, names.distribution_point_name(kind, municipality))
        for municipality in MUNICIPALITIES.values()
    ]
    assert sum(len(serials(part)) for part in parts) == len(serials(whole))
    assert set().union(*map(serials, parts)) == serials(whole)
    assert {part.last_update_utc for part in parts} == {whole.last_update_utc}


def test_a_certificate_finds_its_own(sandbox: Any) -> None:
    """By the name that it carries, wherever its holder lives by now."""
    certificate = sandbox.certificate("hanako")
    assert sandbox.control(do="move", resident="hanako").status_code == 200
    sandbox.control(do="revoke", resident="hanako")
    sandbox.control(do="tick")
    crl = read(sandbox, sandbox.issuer("hanako"), point_in(certificate))
    assert certificate.serial_number in serials(crl)


def test_a_sandbox_of_before_knows_where_its_residents_live(sandbox: Any) -> None:
    """Certificates of which it was not remembered count as the present municipality's."""
    old = sandbox.world.state.current("shiro", Slot.AUTH)
    forgetful = type(old)(old.slot, old.resident, old.generation, old.serial, old.not_after, old.revocation)
    person = next(p for p in sandbox.world.state.people if p.id == "shiro")
    assert sandbox.world.state.municipality_of(forgetful) == person.municipality


def test_there_are_no_other_points(untouched: Any) -> None:
    """Another kind's name, capitals and anything else: 404."""
    authority = untouched.authority(USER)
    (municipality, *_) = MUNICIPALITIES.values()
    good = path(authority, names.distribution_point_name(USER, municipality))
    other = path(authority, names.distribution_point_name(SIGNATURE, municipality))
    stem, _, name = good.rpartition("/")
    for wrong in (other, f"{stem}/{name[:-4].upper()}.crl", f"{stem}/00.crl", f"{stem}/.crl"):
        assert untouched.client.get(wrong).status_code == 404
    assert untouched.client.get(good).status_code == 200
