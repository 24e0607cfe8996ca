"""The revocation lists, as openssl and a strict reader see them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3
from cryptography import x509

from connectors.ports import CertificateKind
from connectors.sandbox.state import Slot

USER, SIGNATURE = CertificateKind.USER, CertificateKind.SIGNATURE
ALL = [(kind, generation) for kind in CertificateKind for generation in (1, 2, 3)]


def fetch(sandbox: Any, authority: Any) -> bytes:
    response = sandbox.client.get(f"/crl/{authority.kind}/{authority.key_id.hex()}.crl")
    assert (response.status_code, response.mimetype) == (200, "application/pkix-crl")
    body: bytes = response.data
    return body


def read(sandbox: Any, authority: Any) -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl(fetch(sandbox, authority))


def reasons(crl: x509.CertificateRevocationList) -> dict[int, str]:
    return {e.serial_number: e.extensions.get_extension_for_class(x509.CRLReason).value.reason.value for e in crl}


def number(crl: x509.CertificateRevocationList) -> int:
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


@pytest.mark.parametrize(("kind", "generation"), ALL)
def test_openssl_verifies_every_list(
    untouched: Any,
    serve: Callable[[Any], str],
    openssl: Any,
    tmp_path: Path,
    kind: CertificateKind,
    generation: int,
) -> None:
    """Each generation's list, fetched over HTTP, is signed by that generation and no other."""
    authority = untouched.authority(kind, generation)
    url = f"{serve(untouched.application)}/crl/{kind}/{authority.key_id.hex()}.crl"
    path = tmp_path / "list.crl"
    path.write_bytes(urllib3.PoolManager().request("GET", url).data)
    other = untouched.pem_of(untouched.authority(kind, generation % 3 + 1))
    words = ("crl", "-inform", "DER", "-in", path, "-noout", "-verify", "-CAfile")
    assert "verify OK" in openssl(*words, untouched.pem_of(authority)).text
    assert "verify OK" not in openssl(*words, other).text


@pytest.mark.parametrize(("resident", "expected"), [("hanako", "OK"), ("shiro", "certificate revoked")])
def test_openssl_checks_a_certificate_against_the_list(
    untouched: Any, openssl: Any, founded: datetime, tmp_path: Path, resident: str, expected: str
) -> None:
    """`openssl verify -crl_check` finds the list good for the certificate, and the revocation in it."""
    issuer = untouched.issuer(resident)
    path = tmp_path / "list.crl"
    path.write_bytes(fetch(untouched, issuer))
    answer = openssl(
        *("verify", "-x509_strict", "-crl_check", "-attime", int(founded.timestamp())),
        *("-CAfile", untouched.pem_of(issuer), "-CRLfile", path, untouched.files(resident).certificate(Slot.AUTH)),
    )
    assert expected in answer.text


def test_a_list_names_each_revocation_with_its_reason(untouched: Any) -> None:
    """The newest generation's lists hold the residents' past; the older one's the certificates replaced since."""
    hold = untouched.world.state.current("shiro", Slot.AUTH).serial
    moved = untouched.world.state.current("jun", Slot.SIGN).serial
    held = untouched.world.state.current("shiro", Slot.SIGN).serial
    old = next(c for c in untouched.world.state.certificates if c.resident == "yoko" and c.slot is Slot.AUTH)
    assert {hold: "certificateHold"} == reasons(read(untouched, untouched.authority(USER)))
    assert {held: "certificateHold", moved: "affiliationChanged"} == reasons(
        read(untouched, untouched.authority(SIGNATURE))
    )
    assert {old.serial: "superseded"} == reasons(read(untouched, untouched.authority(USER, 2)))
    assert reasons(read(untouched, untouched.authority(USER, 1))) == {}


@pytest.mark.parametrize(("kind", "generation"), ALL)
def test_extensions_of_a_list(untouched: Any, kind: CertificateKind, generation: int) -> None:
    """A whole list: authority key identifier in three parts, a number, nothing critical, no narrowing."""
    authority = untouched.authority(kind, generation)
    crl = read(untouched, authority)
    assert [(x509.AuthorityKeyIdentifier.oid, False), (x509.CRLNumber.oid, False)] == [
        (extension.oid, extension.critical) for extension in crl.extensions
    ]
    assert authority.authority_key_identifier == crl.extensions[0].value
    assert authority.certificate.subject == crl.issuer


def test_a_list_is_of_midnight_in_japan_and_lives_two_days(untouched: Any, founded: datetime) -> None:
    """At 12:07 in Japan the list in use began at 00:00 there, 15:00Z of the day before."""
    crl = read(untouched, untouched.authority(USER))
    midnight = (founded - timedelta(days=1)).replace(hour=15, minute=0, second=0)
    assert midnight == crl.last_update_utc
    assert midnight + timedelta(days=2) == crl.next_update_utc


def test_a_revocation_stands_in_tomorrows_list(sandbox: Any, founded: datetime) -> None:
    """The quarter of an hour changes no list; midnight does, and the number rises by one."""
    sandbox.control(do="revoke", resident="hanako")
    serial = sandbox.world.state.current("hanako", Slot.AUTH).serial
    midnight = founded.replace(hour=15, minute=0, second=0)
    seen = []
    for moment in (founded, founded + timedelta(hours=1), midnight - timedelta(minutes=1), midnight):
        sandbox.at(moment + timedelta(seconds=1))
        crl = read(sandbox, sandbox.authority(USER))
        seen.append((serial in reasons(crl), number(crl)))
    first = seen[0][1]
    assert seen == [(False, first), (False, first), (False, first), (True, first + 1)]


def test_a_tick_publishes_lists_at_once(sandbox: Any) -> None:
    """After a tick the list holds the revocation, dated no later than the list itself."""
    sandbox.control(do="lose", resident="hanako")
    sandbox.control(do="tick")
    serial = sandbox.world.state.current("hanako", Slot.AUTH).serial
    crl = read(sandbox, sandbox.authority(USER))
    entry = crl.get_revoked_certificate_by_serial_number(serial)
    assert reasons(crl)[serial] == "certificateHold"
    assert entry is not None
    assert entry.revocation_date_utc <= crl.last_update_utc


def test_stale_lists_are_past_their_end(sandbox: Any, founded: datetime) -> None:
    """Stale lists are authentic but old, and miss what has happened since; fresh ones have it at once."""
    sandbox.control(do="revoke", resident="hanako")
    sandbox.control(do="crl", mode="stale")
    sandbox.control(do="tick")
    stale = read(sandbox, sandbox.authority(USER))
    sandbox.control(do="crl", mode="fresh")
    fresh = read(sandbox, sandbox.authority(USER))
    serial = sandbox.world.state.current("hanako", Slot.AUTH).serial
    assert stale.next_update_utc is not None
    assert stale.next_update_utc < founded
    assert [serial in reasons(crl) for crl in (stale, fresh)] == [False, True]
    assert founded <= fresh.last_update_utc
    assert number(stale) < number(fresh)


@pytest.mark.parametrize(
    "path", ["user/00.crl", "user/.crl", "staff/{id}.crl", "signature/{id}.crl", "user/{ID}.crl"]
)
def test_there_are_no_other_lists(untouched: Any, path: str) -> None:
    """An unknown key identifier, another kind's, or one in capitals is 404."""
    key_id = untouched.authority(USER).key_id.hex()
    assert untouched.client.get(f"/crl/{path.format(id=key_id, ID=key_id.upper())}").status_code == 404
