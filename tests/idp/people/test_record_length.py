"""A person's sealed record is as long whatever it says of them."""

import json
import secrets
from datetime import date

import pytest

from idp.keys.sealing import LABELS, Place, TenantKeys
from idp.people import record
from idp.people.record import Member, Record
from idp.store import people

TODAY = date(2026, 11, 1)
HANDLE, CARD, PHONE, OTHER = (bytes([byte]) * 32 for byte in range(1, 5))
PLAIN = Record((Member(CARD),))
SAYING = {
    "departed": Record((Member(CARD),), departed_at=1_790_000_000),
    "disabled": Record((Member(CARD),), departed_at=1_790_000_000, disabled_at=1_790_086_400),
    "merged": Record((Member(CARD),), into=OTHER),
    "with a transfer code": Record((Member(CARD),), transfer=OTHER),
    "with a phone and cards of before": Record(
        (Member(CARD), *(Member(bytes([n]) * 32, CARD) for n in range(9, 13)))
    ),
}


@pytest.fixture
def tx(aoba):
    """A transaction of a fresh town."""
    with aoba.product.store.for_tenant("aoba").write() as found:
        yield found


@pytest.fixture
def keys():
    """A tenant's data keys."""
    return TenantKeys("aoba", {label: secrets.token_bytes(32) for label in LABELS}, secrets.token_bytes)


def stored(tx, keys) -> bytes:
    """The person's row as a thief sees it."""
    return people.find(tx, keys.person_index(HANDLE)).sealed_record


@pytest.mark.parametrize("said", SAYING)
def test_the_length_does_not_tell_what_is_said(tx, keys, said):
    """Gone, merged, with a code or several certificates: as long as a newcomer's, and read as written."""
    record.add(tx, keys, HANDLE, PLAIN, created=TODAY)
    before = stored(tx, keys)
    record.put(tx, keys, HANDLE, SAYING[said], today=TODAY)
    assert len(stored(tx, keys)) == len(before)
    assert record.read(tx, keys, HANDLE) == SAYING[said]


def test_a_record_of_many_certificates_is_longer_and_tells_as_little(tx, keys):
    """Six and more: the next step, and within it nothing is to be seen either."""
    many = tuple(Member(bytes([n]) * 32, CARD) for n in range(20, 28))
    lengths = set()
    for written in (Record(many), Record(many, departed_at=1_790_000_000, transfer=OTHER)):
        record.put(tx, keys, HANDLE, written, today=TODAY)
        lengths.add(len(stored(tx, keys)))
        assert record.read(tx, keys, HANDLE) == written
    assert len(lengths) == 1


def test_a_record_of_an_earlier_version_is_read(tx, keys):
    """Without blanks, and without the members that came later."""
    index = keys.person_index(HANDLE)
    old = {"certificates": [{"index": CARD.hex(), "via": ""}, {"index": PHONE.hex(), "via": CARD.hex()}]}
    text = json.dumps({**old, "into": "", "transfer": ""}).encode()
    people.add(tx, index, people.PersonRow(keys.seal(Place("person", index, "record"), text), TODAY))
    assert record.read(tx, keys, HANDLE) == Record((Member(CARD), Member(PHONE, CARD)))
