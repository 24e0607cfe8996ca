"""What every way to J-LIS's latest-information service promises, and what the stand-in does of that."""

import hashlib
from dataclasses import replace

import pytest
from components.jobs import pass_time
from components.signatures import happens
from components.signing import pair
from components.town import town
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.errors import ConnectorError, Refused, Unreachable
from connectors.http import Outbound
from connectors.jlis.latest import LatestHttp
from connectors.jlis.unconfigured import NoLatest
from connectors.ports import CertificateName, Latest, LatestConsent
from connectors.sandbox.state import Slot

STATEMENT = "青葉市（見本）の「見本の図書館」に、変わった氏名と住所を伝えることに同意します。"
DAY = 24 * 3600


@pytest.fixture
def made(tmp_path, founded_world):
    """A town with the stand-in on a socket."""
    with town(tmp_path, founded_world) as running:
        yield running


@pytest.fixture
def source(made):
    """The way to it."""
    return LatestHttp(f"{made.jlis}/latest", Outbound([made.jlis]))


def name(made, resident="hanako", slot=Slot.SIGN) -> CertificateName:
    """The newest certificate in that place, as J-LIS names it."""
    issued = made.world.state.current(resident, slot)
    issuer = next(a for a in made.world.authorities if (a.kind, a.generation) == (slot.kind, issued.generation))
    return CertificateName(slot.kind, issuer.key_id, issued.serial)


def consent(made, resident="hanako", *, slot=Slot.SIGN, items=("name", "address"), **changes) -> LatestConsent:
    """A consent that this resident's card has signed."""
    certificate, key = pair(made, resident, slot)
    message = b"jpki-consent/1\x00" + bytes(128) + hashlib.sha256(STATEMENT.encode()).digest()
    signature = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    der = certificate.public_bytes(Encoding.DER)
    return replace(LatestConsent("aoba/library", items, STATEMENT, message, signature, der), **changes)


def test_after_a_move_nothing_is_told_before_there_is_a_new_certificate(made, source):
    """And then the items that were agreed to, with the certificate's name; nothing has changed since that one."""
    source.agree(consent(made))
    old = name(made)
    assert source.ask(old, "aoba/library") == Latest()
    before = made.particulars("hanako")
    happens(made, "move")
    assert source.ask(old, "aoba/library") == Latest()
    happens(made, "renew")
    found = source.ask(old, "aoba/library")
    assert (found.certificate, found.values.keys()) == (name(made), {"name", "address"})
    assert found.values["address"].encode() not in before
    assert source.ask(found.certificate, "aoba/library") == Latest()
    assert found.values["address"] not in repr(found)


def test_it_is_told_item_by_item_and_to_nobody_else(made, source):
    """Another service is refused, and so is another person; a later consent takes the place of an earlier one."""
    source.agree(consent(made))
    source.agree(consent(made, items=("birthdate",)))
    old = name(made)
    happens(made, "renew")
    assert source.ask(old, "aoba/library").values == {"birthdate": "19850615"}
    for certificate, service in ((old, "aoba/childcare"), (name(made, "midori"), "aoba/library")):
        with pytest.raises(Refused):
            source.ask(certificate, service)


def test_what_is_taken_back_is_over_at_once(made, source):
    """By the new certificate as by the old one; nothing to take back is no error."""
    source.agree(consent(made))
    old = name(made)
    happens(made, "renew")
    source.withdraw(name(made), "aoba/library")
    source.withdraw(old, "aoba/library")
    with pytest.raises(Refused):
        source.ask(old, "aoba/library")


def test_an_item_is_taken_back_alone(made, source):
    """What is left is told; the last one takes the consent with it."""
    source.agree(consent(made))
    old = name(made)
    source.withdraw(old, "aoba/library", ("address", "gender"))
    happens(made, "move")
    happens(made, "renew")
    assert source.ask(old, "aoba/library").values.keys() == {"name"}
    source.withdraw(old, "aoba/library", ("name",))
    with pytest.raises(Refused):
        source.ask(old, "aoba/library")


def test_a_consent_counts_for_ten_years(made, source):
    """Reckoned from the following day."""
    source.agree(consent(made))
    old = name(made)
    pass_time(made, 3650 * DAY)
    assert source.ask(old, "aoba/library") == Latest()
    pass_time(made, 5 * DAY)
    with pytest.raises(Refused):
        source.ask(old, "aoba/library")


@pytest.mark.parametrize(
    "fault",
    [
        {"signature": bytes(256)},
        {"message": b"jpki-consent/1\x00" + bytes(160)},
        {"statement": "別の文"},
        {"certificate": b"no certificate"},
    ],
    ids=lambda fault: next(iter(fault)),
)
def test_what_was_not_signed_is_no_consent(made, source, fault):
    """Another signature, message or statement, and what is no certificate."""
    with pytest.raises(Refused):
        source.agree(consent(made, **fault))
    with pytest.raises(Refused):
        source.ask(name(made), "aoba/library")


def test_only_a_good_signature_certificate_agrees(made, source):
    """Not the user certificate, nor one that was revoked."""
    with pytest.raises(Refused):
        source.agree(consent(made, slot=Slot.AUTH))
    signed = consent(made)
    happens(made, "move")
    with pytest.raises(Refused):
        source.agree(signed)


def test_a_consent_outlives_the_stand_ins_process(made, source):
    """It stands in the world's file."""
    source.agree(consent(made))
    reopened = type(made.world).open(made.folder / "world")
    assert [(one.resident, one.items) for one in reopened.state.latest] == [("hanako", ("name", "address"))]


def test_who_is_not_there_is_unreachable(made, source):
    """Down, and not configured: never an answer that nothing has changed."""
    made.control(do="lineage", mode="down")
    for way in (source, NoLatest()):
        for act in (
            lambda way=way: way.agree(consent(made)),
            lambda way=way: way.withdraw(name(made), "aoba/library"),
            lambda way=way: way.ask(name(made), "aoba/library"),
        ):
            with pytest.raises(ConnectorError) as raised:
                act()
            assert not isinstance(raised.value, Refused)
    with pytest.raises(Unreachable):
        NoLatest().ask(name(made), "aoba/library")
