"""The stand-in for J-LIS's tie of user and signature certificates."""

from typing import Any

import pytest

from connectors.sandbox.state import Slot


def form(sandbox: Any, resident: str, slot: Slot) -> dict[str, str]:
    """The newest certificate in that place, as J-LIS is asked about it."""
    return {
        "kind": str(slot.kind),
        "issuer_key_id": sandbox.issuer(resident, slot).key_id.hex(),
        "serial": f"{sandbox.world.state.current(resident, slot).serial:x}",
    }


def tied(sandbox: Any, resident: str, slot: Slot) -> tuple[str, list[dict[str, str]]]:
    """The answer about the newest certificate in that place, and what it names."""
    answer = sandbox.client.post("/ties", json=form(sandbox, resident, slot)).json
    return answer["answer"], answer["certificates"]


def test_the_two_certificates_of_a_card_name_each_other(untouched: Any) -> None:
    """Whichever is asked about."""
    user, signature = (form(untouched, "hanako", slot) for slot in (Slot.AUTH, Slot.SIGN))
    assert tied(untouched, "hanako", Slot.AUTH) == ("tied", [signature])
    assert tied(untouched, "hanako", Slot.SIGN) == ("tied", [user])


def test_a_child_has_none(untouched: Any) -> None:
    """That is an answer of its own, and no failure."""
    child = next(p.id for p in untouched.world.state.people if p.sign_pin is None)
    assert tied(untouched, child, Slot.AUTH) == ("none", [])


def test_a_phone_is_tied_to_its_own_signature_certificate(untouched: Any) -> None:
    """Card and phone each have a pair."""
    assert tied(untouched, "midori", Slot.PHONE) == ("tied", [form(untouched, "midori", Slot.PHONE_SIGN)])


def test_after_a_move_the_old_one_is_named_until_a_new_one_stands_before_it(sandbox: Any) -> None:
    """The newest comes first; whether it is revoked is asked elsewhere."""
    old = form(sandbox, "hanako", Slot.SIGN)
    sandbox.control(do="move", resident="hanako")
    assert tied(sandbox, "hanako", Slot.AUTH) == ("tied", [old])
    sandbox.control(do="renew", resident="hanako", certificate="sign")
    assert tied(sandbox, "hanako", Slot.AUTH) == ("tied", [form(sandbox, "hanako", Slot.SIGN), old])


def test_a_certificate_without_papers_is_tied_to_none(sandbox: Any) -> None:
    """Nothing is found of it, and it is found of no other."""
    sandbox.control(do="unlink", resident="hanako", certificate="sign")
    assert tied(sandbox, "hanako", Slot.SIGN) == ("unobtainable", [])
    assert tied(sandbox, "hanako", Slot.AUTH) == ("unobtainable", [])


@pytest.mark.parametrize(("change", "status"), [({"serial": "7f"}, 404), ({"serial": 17}, 400)])
def test_nobody_is_made_up(untouched: Any, change: dict[str, object], status: int) -> None:
    """A certificate that was never issued is 404, another form 400."""
    asked = {**form(untouched, "hanako", Slot.AUTH), **change}
    assert untouched.client.post("/ties", json=asked).status_code == status


def test_the_service_can_be_down(sandbox: Any) -> None:
    """As the linkage service is."""
    sandbox.control(do="lineage", mode="down")
    assert sandbox.client.post("/ties", json=form(sandbox, "hanako", Slot.AUTH)).status_code == 503
