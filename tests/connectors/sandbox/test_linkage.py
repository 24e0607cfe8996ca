"""The stand-in for J-LIS's linkage of certificates."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.ports import CertificateKind
from connectors.sandbox import linkage
from connectors.sandbox.state import Slot

KEY_ID = "a" * 40


def question(sandbox: Any, resident: str, slot: Slot = Slot.AUTH) -> dict[str, str]:
    serial = sandbox.world.state.current(resident, slot).serial
    return {
        "kind": str(slot.kind),
        "issuer_key_id": sandbox.issuer(resident, slot).key_id.hex(),
        "serial": f"{serial:x}",
    }


@pytest.mark.parametrize(
    ("resident", "slot"), [("hanako", Slot.AUTH), ("hanako", Slot.SIGN), ("ichiro", Slot.AUTH)]
)
def test_a_first_certificate_is_linked_to_no_other(untouched: Any, resident: str, slot: Slot) -> None:
    """A certificate without predecessor is the person's first."""
    response = untouched.client.post("/lineage", json=question(untouched, resident, slot))
    assert (response.status_code, response.json) == (200, {"answer": "first", "certificates": []})


@pytest.mark.parametrize("change", [{"serial": "7f"}, {"issuer_key_id": KEY_ID}, {"kind": "signature"}])
def test_a_certificate_never_issued_is_404(untouched: Any, change: dict[str, str]) -> None:
    """Another serial number, generation or kind is another certificate, which nobody has issued."""
    response = untouched.client.post("/lineage", json={**question(untouched, "hanako"), **change})
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")


def test_a_serial_number_of_another_generation_is_404(untouched: Any) -> None:
    """The same name and number under the older key was never issued."""
    older = untouched.authority(CertificateKind.USER, 2).key_id.hex()
    asked = {**question(untouched, "hanako"), "issuer_key_id": older}
    assert untouched.client.post("/lineage", json=asked).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b"[" * 60_000,
        b'{"kind":"user","issuer_key_id":"%s"}' % KEY_ID.encode(),
        b'{"kind":"card","issuer_key_id":"%s","serial":"1"}' % KEY_ID.encode(),
        b'{"kind":"user","issuer_key_id":"%s","serial":"01"}' % KEY_ID.encode(),
        b'{"kind":"user","issuer_key_id":"%s","serial":"AB"}' % KEY_ID.encode(),
        b'{"kind":"user","issuer_key_id":"%s","serial":"1\\n"}' % KEY_ID.encode(),
        b'{"kind":"user","issuer_key_id":"%s","serial":17}' % KEY_ID.encode(),
        b'{"kind":"user","issuer_key_id":"%s","serial":"1"}' % KEY_ID.upper().encode(),
    ],
    ids=lambda body: repr(body[:60]),
)
def test_another_form_is_400(untouched: Any, body: bytes) -> None:
    """Whatever is not the published form is refused without being repeated."""
    response = untouched.client.post("/lineage", data=body, content_type="application/json")
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    assert response.get_json(force=True)["title"] == "not a certificate of the stand-in form"


def linked(sandbox: Any, resident: str, slot: Slot = Slot.AUTH) -> tuple[str, set[str]]:
    """The answer about the newest certificate in that place, and the serials that it names."""
    answer = sandbox.client.post("/lineage", json=question(sandbox, resident, slot)).json
    return answer["answer"], {certificate["serial"] for certificate in answer["certificates"]}


def serials(sandbox: Any, resident: str, *slots: Slot) -> set[str]:
    """All serials that were ever issued for those places of a resident."""
    issued = sandbox.world.state.certificates
    return {f"{c.serial:x}" for c in issued if c.resident == resident and c.slot in slots}


def test_a_renewed_certificate_names_those_before_it(sandbox: Any) -> None:
    """After several renewals the newest names all of its line, and no signature certificate."""
    for _ in range(2):
        assert sandbox.control(do="renew", resident="hanako").status_code == 200
    answer, named = linked(sandbox, "hanako")
    newest = {question(sandbox, "hanako")["serial"]}
    assert (answer, len(named)) == ("linked", 2)
    assert named | newest == serials(sandbox, "hanako", Slot.AUTH)


def test_card_and_phone_name_each_other(sandbox: Any) -> None:
    """A phone enrolled with the card is of the card's line, whichever is asked about."""
    sandbox.control(do="add-phone", resident="hanako")
    card, phone = linked(sandbox, "hanako"), linked(sandbox, "hanako", Slot.PHONE)
    assert card == ("linked", {question(sandbox, "hanako", Slot.PHONE)["serial"]})
    assert phone == ("linked", {question(sandbox, "hanako")["serial"]})


def test_a_card_made_anew_after_a_loss_is_linked_to_the_lost_one(sandbox: Any) -> None:
    """Losing a card does not lose the papers."""
    sandbox.control(do="lose", resident="hanako")
    sandbox.control(do="renew", resident="hanako")
    answer, named = linked(sandbox, "hanako")
    assert (answer, len(named)) == ("linked", 1)


def test_a_move_changes_no_link(sandbox: Any) -> None:
    """The user certificate stays, and with it its line."""
    sandbox.control(do="move", resident="hanako")
    assert linked(sandbox, "hanako") == ("first", set())


def test_after_many_years_the_link_cannot_be_obtained(sandbox: Any) -> None:
    """Papers are thrown away five years after the end; what follows the gap is linked among itself."""
    end = sandbox.world.state.current("saburo", Slot.AUTH).not_after  # of somebody who has had no card for long
    sandbox.move_to(end + linkage.KEPT + timedelta(days=1))
    sandbox.control(do="renew", resident="saburo")
    assert linked(sandbox, "saburo") == ("unobtainable", set())
    before = question(sandbox, "saburo")["serial"]
    sandbox.control(do="renew", resident="saburo")
    assert linked(sandbox, "saburo") == ("unobtainable", {before})


def test_a_certificate_without_papers_is_linked_to_none(sandbox: Any) -> None:
    """Nothing is found of a phone whose papers are lost, and it is not found of the card."""
    sandbox.control(do="renew", resident="midori")
    sandbox.control(do="unlink", resident="midori", certificate="phone")
    assert linked(sandbox, "midori", Slot.PHONE) == ("unobtainable", set())
    answer, named = linked(sandbox, "midori")
    assert (answer, len(named)) == ("linked", 1)


def test_twins_are_two_people(sandbox: Any) -> None:
    """Same address, same date of birth: links follow cards and never particulars."""
    twins = [person for person in sandbox.world.state.people if person.id in ("hanako", "yoko")]
    born = replace(twins[1].basic4, birth=twins[0].basic4.birth, address=twins[0].basic4.address)
    twin = replace(twins[1], basic4=born)
    sandbox.world.change(lambda s: replace(s, people=tuple(twin if p.id == "yoko" else p for p in s.people)))
    assert linked(sandbox, "hanako") == ("first", set())
    assert linked(sandbox, "yoko")[1].isdisjoint(serials(sandbox, "hanako", Slot.AUTH))


def test_the_service_can_be_down_or_find_nothing(sandbox: Any) -> None:
    """Two ways in which it is of no use, and back."""
    asked = question(sandbox, "yoko")
    sandbox.control(do="lineage", mode="down")
    assert sandbox.client.post("/lineage", json=asked).status_code == 503
    sandbox.control(do="lineage", mode="unobtainable")
    assert linked(sandbox, "yoko") == ("unobtainable", set())
    assert sandbox.client.post("/lineage", json={**asked, "serial": "7f"}).status_code == 404
    sandbox.control(do="lineage", mode="up")
    assert linked(sandbox, "yoko")[0] == "linked"


def test_no_ca_issues_after_its_end(sandbox: Any) -> None:
    """A root lives ten years: a renewal after that waits for the next generation."""
    sandbox.move_to(datetime(2036, 1, 1, tzinfo=UTC))
    assert sandbox.control(do="renew", resident="hanako").status_code == 409


def test_before_a_generation_was_founded_the_one_before_it_issues(sandbox: Any) -> None:
    """Ten years back it is the first generation's time."""
    sandbox.move_to(datetime(2017, 1, 1, tzinfo=UTC))
    sandbox.control(do="renew", resident="hanako")
    assert sandbox.world.state.current("hanako", Slot.AUTH).generation == 1
