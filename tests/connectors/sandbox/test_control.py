"""The control endpoint: what each instruction does."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.x509 import ReasonFlags, load_der_x509_certificate

from connectors.card.softcard import CertificateAbsent, PinBlocked, SoftwareCard
from connectors.ports import CertificateKind
from connectors.sandbox.state import CrlMode, OcspMode, Slot

USER, SIGNATURE = CertificateKind.USER, CertificateKind.SIGNATURE
HOLD, SUPERSEDED = ReasonFlags.certificate_hold, ReasonFlags.superseded
ENDED, CHANGED = ReasonFlags.cessation_of_operation, ReasonFlags.affiliation_changed


def told(sandbox: Any, **instruction: object) -> None:
    response = sandbox.control(**instruction)
    assert (response.status_code, response.mimetype, response.data) == (200, "application/json", b"{}")


def reasons(sandbox: Any, resident: str) -> dict[Slot, ReasonFlags | None]:
    """Why what each place holds now is revoked, None where it is not; empty places are left out."""
    held = {slot: sandbox.world.state.current(resident, slot) for slot in Slot}
    return {slot: c.revocation.reason if c.revocation else None for slot, c in held.items() if c}


def card_serials(card: SoftwareCard) -> list[int]:

    return [load_der_x509_certificate(card.certificate(kind)).serial_number for kind in (USER, SIGNATURE)]


@pytest.mark.parametrize(
    ("certificate", "slot"),
    [
        ({}, Slot.AUTH),
        ({"certificate": "auth"}, Slot.AUTH),
        ({"certificate": "sign"}, Slot.SIGN),
        ({"certificate": "phone"}, Slot.PHONE),
    ],
)
def test_revoke_ends_one_certificate(sandbox: Any, certificate: dict[str, str], slot: Slot) -> None:
    """The named certificate is revoked (the user certificate by default), the others stay."""
    told(sandbox, do="revoke", resident="midori", **certificate)
    assert {**dict.fromkeys(Slot), slot: ENDED} == reasons(sandbox, "midori")


@pytest.mark.parametrize(
    ("certificate", "slot"), [("auth", Slot.AUTH), ("sign", Slot.SIGN), ("phone", Slot.PHONE)]
)
def test_renew_replaces_one_certificate(sandbox: Any, certificate: str, slot: Slot) -> None:
    """A new key and serial number stand in the place; the old certificate is superseded."""
    old, other = sandbox.certificate("midori", slot), reasons(sandbox, "midori")
    told(sandbox, do="renew", resident="midori", certificate=certificate)
    new = sandbox.certificate("midori", slot)
    replaced = sandbox.world.state.find(slot.kind, 3, old.serial_number)
    assert new.serial_number > old.serial_number
    assert new.public_key() != old.public_key()
    assert replaced.revocation.reason is SUPERSEDED
    assert other == reasons(sandbox, "midori")


def test_a_renewed_certificate_is_on_the_card(sandbox: Any) -> None:
    """The card file holds the new user certificate, which signs under the same PIN, and the old signature one."""
    told(sandbox, do="renew", resident="hanako")
    card = SoftwareCard.load(sandbox.files("hanako").card)
    expected = [sandbox.certificate("hanako", slot).serial_number for slot in (Slot.AUTH, Slot.SIGN)]
    assert expected == card_serials(card)
    assert len(card.sign(USER, "1234", b"message")) == 256


def test_a_renewed_card_has_all_its_tries(sandbox: Any) -> None:
    """Renewal at the counter unblocks a blocked card."""
    card = SoftwareCard.load(sandbox.files("alex").card)
    with pytest.raises(PinBlocked):
        card.sign(USER, "1234", b"message")
    told(sandbox, do="renew", resident="alex")
    assert card.tries_left(USER) == 3


def test_move_revokes_the_signature_certificates(sandbox: Any) -> None:
    """Card's and phone's signature certificates are revoked (affiliationChanged), the user ones stay valid."""
    told(sandbox, do="move", resident="midori")
    expected = {Slot.AUTH: None, Slot.SIGN: CHANGED, Slot.PHONE: None, Slot.PHONE_SIGN: CHANGED}
    assert expected == reasons(sandbox, "midori")


def test_a_certificate_after_a_move_names_the_new_municipality(sandbox: Any) -> None:
    """Renewed after a move, certificates carry the new city's names, code and address."""
    told(sandbox, do="move", resident="hanako")
    told(sandbox, do="renew", resident="hanako")
    told(sandbox, do="renew", resident="hanako", certificate="sign")
    subjects = [sandbox.certificate("hanako", slot).subject.rfc4514_string() for slot in (Slot.AUTH, Slot.SIGN)]
    assert "99002003A" in subjects[0]
    assert "L=Wakaba-shi" in subjects[1]


def test_add_phone_issues_both_certificates(sandbox: Any) -> None:
    """A new phone has certificates of both kinds, ending with the card's, in a card file of its own."""
    told(sandbox, do="add-phone", resident="hanako")
    assert dict.fromkeys(Slot) == reasons(sandbox, "hanako")
    phone = SoftwareCard.load(sandbox.files("hanako").phone_card)
    assert [sandbox.certificate("hanako", slot).serial_number for slot in (Slot.PHONE, Slot.PHONE_SIGN)] == (
        card_serials(phone)
    )
    assert (phone.device, phone.tries_left(USER)) == ("phone", 3)
    (resident,) = [r for r in sandbox.world.residents() if r.id == "hanako"]
    assert sandbox.files("hanako").certificate(Slot.PHONE) == resident.phone_certificate


def test_a_second_phone_supersedes_the_first(sandbox: Any) -> None:
    """One phone per person: the earlier one's certificates are revoked."""
    old = {slot: sandbox.certificate("midori", slot).serial_number for slot in (Slot.PHONE, Slot.PHONE_SIGN)}
    told(sandbox, do="add-phone", resident="midori")
    revocations = [sandbox.world.state.find(slot.kind, 3, serial).revocation for slot, serial in old.items()]
    assert [r.reason for r in revocations] == [SUPERSEDED, SUPERSEDED]
    assert dict.fromkeys(Slot) == reasons(sandbox, "midori")


@pytest.mark.parametrize("resident", ["sora", "jun"])
def test_a_phone_has_no_signature_certificate_without_the_cards(sandbox: Any, resident: str) -> None:
    """A child, or somebody whose signature certificate is revoked, gets a user certificate only."""
    told(sandbox, do="add-phone", resident=resident)
    assert {Slot.PHONE} == set(reasons(sandbox, resident)) - {Slot.AUTH, Slot.SIGN}
    assert not sandbox.files(resident).certificate(Slot.PHONE_SIGN).exists()


def test_an_old_phones_signature_certificate_does_not_come_along(sandbox: Any) -> None:
    """When the new phone gets none, the old phone's is superseded, and its key is not on the new phone."""
    told(sandbox, do="revoke", resident="midori", certificate="sign")
    told(sandbox, do="add-phone", resident="midori")
    assert reasons(sandbox, "midori")[Slot.PHONE_SIGN] is SUPERSEDED
    assert not sandbox.files("midori").key(Slot.PHONE_SIGN).exists()
    with pytest.raises(CertificateAbsent):
        SoftwareCard.load(sandbox.files("midori").phone_card).certificate(SIGNATURE)


@pytest.mark.parametrize(("verb", "reason"), [("lose", HOLD), ("die", ENDED)])
def test_lose_and_die_end_everything(sandbox: Any, verb: str, reason: ReasonFlags) -> None:
    """Every certificate of the resident is revoked, card's and phone's; nobody else's is."""
    before = reasons(sandbox, "hanako")
    told(sandbox, do=verb, resident="midori")
    assert dict.fromkeys(Slot, reason) == reasons(sandbox, "midori")
    assert before == reasons(sandbox, "hanako")


def test_an_earlier_revocation_keeps_its_reason(sandbox: Any) -> None:
    """A hold is not turned into another reason, and moving after it changes nothing."""
    told(sandbox, do="lose", resident="hanako")
    told(sandbox, do="die", resident="hanako")
    told(sandbox, do="revoke", resident="hanako")
    assert reasons(sandbox, "hanako") == {Slot.AUTH: HOLD, Slot.SIGN: HOLD}


def test_revoking_twice_is_no_error(sandbox: Any) -> None:
    """The second revocation is answered 200 and moves nothing."""
    told(sandbox, do="revoke", resident="hanako")
    before = sandbox.world.state
    told(sandbox, do="revoke", resident="hanako")
    assert before == sandbox.world.state


def test_clock_is_an_offset_from_real_time(sandbox: Any) -> None:
    """Offsets are absolute, in milliseconds: the second instruction does not add to the first."""
    told(sandbox, do="clock", seconds=3600)
    told(sandbox, do="clock", seconds=-90.0005)
    assert sandbox.clock.offset == -90.0


def test_moving_the_clock_publishes_what_was_due(sandbox: Any, founded: datetime) -> None:
    """Two days later both sources show the revocation, without anybody having asked meanwhile."""
    told(sandbox, do="revoke", resident="hanako")
    assert sandbox.move_to(founded + timedelta(days=2)).status_code == 200
    revocation = sandbox.world.state.current("hanako", Slot.AUTH).revocation
    assert (revocation.in_ocsp, revocation.in_crl) == (True, True)


def test_moving_the_clock_leaves_a_source_that_is_down_or_stale(sandbox: Any, founded: datetime) -> None:
    """Neither a responder that is down nor a stale list publishes when the clock moves."""
    told(sandbox, do="revoke", resident="hanako")
    told(sandbox, do="ocsp", mode="down")
    told(sandbox, do="crl", mode="stale")
    sandbox.move_to(founded + timedelta(days=2))
    revocation = sandbox.world.state.current("hanako", Slot.AUTH).revocation
    assert (revocation.in_ocsp, revocation.in_crl) == (False, False)


@pytest.mark.parametrize("mode", ["down", "garbage", "up"])
def test_ocsp_mode(sandbox: Any, mode: str) -> None:
    """The responder is in the mode it was told."""
    told(sandbox, do="ocsp", mode=mode)
    assert OcspMode(mode) is sandbox.world.state.ocsp_mode


@pytest.mark.parametrize("mode", ["stale", "fresh"])
def test_crl_mode(sandbox: Any, mode: str) -> None:
    """The lists are in the mode they were told."""
    told(sandbox, do="crl", mode=mode)
    assert CrlMode(mode) is sandbox.world.state.crl_mode


@pytest.mark.parametrize("seconds", [-1_576_800_000, 1_576_800_000])
def test_the_world_goes_on_at_the_ends_of_time(sandbox: Any, seconds: int) -> None:
    """At the greatest offsets, fifty years either way, every verb still has an answer and lists are published."""
    told(sandbox, do="clock", seconds=seconds)
    for verb in ("renew", "move", "add-phone", "revoke", "lose", "die"):
        assert sandbox.control(do=verb, resident="hanako").status_code in (200, 409)
    told(sandbox, do="tick")
    authority = sandbox.authority(USER)
    assert sandbox.client.get(f"/crl/user/{authority.key_id.hex()}.crl").status_code == 200
