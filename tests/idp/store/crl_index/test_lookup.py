"""The index against other readings of the same list, for any list and any change of its bytes."""

import io

import pytest
from components.revocation_lists import ADVERSARIAL, NOW, crl, entry, issuer, issuing_point
from components.scale import scaled
from cryptography import x509
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.jpki.crl_reasons import BY_SEVERITY
from idp.jpki.crl_refused import CrlRefused
from idp.store.crl_index.catalogue import Catalogue

IMITATIONS = [int.from_bytes(ADVERSARIAL[start:][:size], "big") for start in range(4) for size in (4, 7, 8, 9)]
SERIALS = (
    st.integers(1, 2**159 - 1)
    | st.integers(1, 300)
    | st.sampled_from(
        [*IMITATIONS, *(2**bits + more for bits in (59, 60, 63, 64, 128, 158) for more in (-1, 0, 1))]
    )
    | st.integers(0, 2**80).map(lambda high: high << 64 | 0x1234)
)
REASONS = st.none() | st.sampled_from(BY_SEVERITY)
EXTRAS = st.lists(
    st.sampled_from(
        [
            (x509.InvalidityDate(NOW.replace(tzinfo=None)), False),
            (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), ADVERSARIAL * 20), False),
        ]
    ),
    unique_by=lambda pair: type(pair[0]),
)
DATES = st.sampled_from([NOW, NOW.replace(year=2055)])


@settings(max_examples=scaled(60, 1000), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    listed=st.dictionaries(SERIALS, st.tuples(REASONS, EXTRAS, DATES), max_size=30),
    others=st.lists(SERIALS, max_size=20),
)
def test_every_answer_is_that_of_cryptography(tmp_path_factory, listed, others):
    """Any set of serial numbers and reasons, one at a time and as a batch."""
    der = crl(
        [entry(serial, reason, date=date, extensions=extra) for serial, (reason, extra, date) in listed.items()]
    )
    theirs = {revoked.serial_number: _reason(revoked) for revoked in x509.load_der_x509_crl(der)}
    catalogue = Catalogue(tmp_path_factory.mktemp("crl"), max_bytes=1 << 24)
    assert catalogue.load(io.BytesIO(der), [issuer().anchor], now=lambda: NOW).facts.entries == len(theirs)
    (index,) = catalogue.covering(issuer().anchor, None)
    asked = [*listed, *others, 0, -1, 2**160, 2**200]
    expected = [theirs.get(serial) for serial in asked]
    assert [index.reason_of(serial) for serial in asked] == expected
    assert index.reasons_of(asked) == expected
    index.require_sound()


def _reason(revoked) -> str:
    try:
        return revoked.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
    except x509.ExtensionNotFound:
        return "unspecified"


@pytest.mark.parametrize("serial", [77, 2**60 + 77, 2**150 + 77])
def test_a_serial_number_listed_twice_has_its_gravest_reason(lists, serial):
    """Whatever the order in the list; neighbours with the same low word do not get in the way."""
    twice = [
        entry(serial, "superseded"),
        entry(serial),
        entry(serial, "keyCompromise"),
        entry(serial, "certificateHold"),
    ]
    near = [entry(serial + (k << 64), "affiliationChanged") for k in range(1, 4)]
    for number, order in enumerate((twice + near, (twice + near)[::-1])):
        lists.load(crl(order, number=number + 1))
        assert lists.index().reason_of(serial) == "keyCompromise"
        assert [lists.index().reason_of(serial + (k << 64)) for k in range(1, 5)] == ["affiliationChanged"] * 3 + [
            None
        ]
        assert lists.index().reasons_of([serial, serial + (9 << 64)]) == ["keyCompromise", None]


DATED = entry(2**100, extensions=[(x509.InvalidityDate(NOW.replace(tzinfo=None)), False)])
WHOLE = crl([entry(5, "superseded"), entry(300), DATED], extensions=[issuing_point("Aoba-shi")])


@settings(max_examples=scaled(400, 20_000), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_change_of_bytes_is_refused(tmp_path_factory, data):
    """One octet changed, inserted, or a piece left out: our typed refusal, no other exception, nothing in use."""
    at = data.draw(st.integers(0, len(WHOLE) - 1))
    kind = data.draw(st.sampled_from(["change", "insert", "cut", "end"]))
    octet = data.draw(st.integers(0, 255))
    size = data.draw(st.integers(1, 40))
    changed = {
        "change": WHOLE[:at] + bytes([octet]) + WHOLE[at + 1 :],
        "insert": WHOLE[:at] + bytes([octet]) + WHOLE[at:],
        "cut": WHOLE[:at] + WHOLE[at + size :],
        "end": WHOLE[:at],
    }[kind]
    catalogue = Catalogue(tmp_path_factory.getbasetemp() / "changed", max_bytes=1 << 24)
    if changed == WHOLE:
        return
    with pytest.raises(CrlRefused):
        catalogue.load(io.BytesIO(changed), [issuer().anchor], now=lambda: NOW)
    assert catalogue.names() == []


@settings(max_examples=scaled(200, 5000), deadline=None, suppress_health_check=list(HealthCheck))
@given(noise=st.binary(max_size=300))
def test_random_bytes_are_refused(tmp_path_factory, noise):
    """The same for what was never a list."""
    catalogue = Catalogue(tmp_path_factory.getbasetemp() / "noise", max_bytes=1 << 24)
    with pytest.raises(CrlRefused):
        catalogue.load(io.BytesIO(noise), [issuer().anchor], now=lambda: NOW)
