"""The split of an entry list: equal to the walk, entry by entry, for anything that is a list."""

import numpy as np
import pytest
from components.revocation_lists import ADVERSARIAL, DATE, REASON, header_of, raw_entry, tlv
from components.scale import scaled
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.jpki.crl_columns import read_columns
from idp.jpki.crl_entries import SLACK, Scratch, split
from idp.jpki.crl_reasons import BY_SEVERITY
from idp.jpki.crl_refused import CrlReason, CrlRefused, Garbled


def read(octets: bytes, *, final=True):
    """Serial -> reason, and how far it went."""
    buffer = np.frombuffer(octets + bytes([0x30]) * SLACK, dtype=np.uint8)
    chain = split(buffer, len(octets), Scratch(len(buffer)), final=final)
    columns = read_columns(buffer, chain)
    found = [(int(key) >> 4, BY_SEVERITY[int(key) & 15]) for key in columns.narrow]
    parts = (columns.low, columns.middle, columns.high, columns.rank)
    found += [
        (int(high) << 128 | int(middle) << 64 | int(low), BY_SEVERITY[rank])
        for low, middle, high, rank in zip(*parts, strict=True)
    ]
    return sorted(found), chain.consumed


def octets_of(serial: int) -> bytes:
    """The content of its INTEGER."""
    return serial.to_bytes(serial.bit_length() // 8 + 1, "big")


REASONED = REASON + b"\x04"
SERIALS = st.integers(1, 2**160 - 1) | st.integers(0, 2**30).map(lambda n: n + 1) | st.sampled_from(
    [1, 127, 128, 2**60 - 1, 2**60, 2**63, 2**64 - 1, 2**64, 2**128, 2**159, 2**160 - 1,
     int.from_bytes(ADVERSARIAL * 2, "big") >> 64, int.from_bytes(ADVERSARIAL[1:9], "big")]
)  # fmt: skip
NOISE = tlv(0x30, tlv(0x30, tlv(0x06, b"\x2a\x03\x04"), tlv(0x04, raw_entry(b"\x05") * 3)))
LONG = tlv(0x30, tlv(0x30, tlv(0x06, b"\x2a\x03\x04"), tlv(0x04, raw_entry(b"\x05") * 20)))
EXTRAS = {b"": "unspecified", REASONED: "superseded", NOISE: "unspecified", LONG: "unspecified"}


@settings(max_examples=scaled(150, 3000), deadline=None)
@given(st.lists(st.tuples(SERIALS, st.sampled_from(list(EXTRAS))), max_size=40))
def test_the_split_is_the_walk(entries):
    """Serials and extensions full of imitations, of any length, in any order, come out as they went in."""
    octets = b"".join(raw_entry(octets_of(serial), extra) for serial, extra in entries)
    assert read(octets)[0] == sorted((serial, EXTRAS[extra]) for serial, extra in entries)


@settings(max_examples=scaled(100, 2000), deadline=None)
@given(st.lists(st.tuples(SERIALS, st.sampled_from(list(EXTRAS))), min_size=1, max_size=12), st.data())
def test_a_cut_leaves_the_last_entry_for_the_next_call(entries, data):
    """Cut anywhere, the whole entries before it are read, and `consumed` says where to go on."""
    parts = [raw_entry(octets_of(serial), extra) for serial, extra in entries]
    octets = b"".join(parts)
    cut = data.draw(st.integers(0, len(octets)))
    found, consumed = read(octets[:cut], final=False)
    rest, _ = read(octets[consumed:])
    assert sorted(found + rest) == sorted((serial, EXTRAS[extra]) for serial, extra in entries)


@pytest.mark.parametrize("extra", [NOISE, LONG], ids=["short", "long"])
def test_entries_behind_one_that_is_full_of_imitations_are_read(extra):
    """The chain goes on where the entry ends, and not where an imitation in it does."""
    octets = raw_entry(b"\x05") + raw_entry(b"\x06", extra) + raw_entry(b"\x07", REASONED) + raw_entry(b"\x08")
    assert read(octets)[0] == [(5, "unspecified"), (6, "unspecified"), (7, "superseded"), (8, "unspecified")]


def test_two_hundred_thousand_imitations():
    """Serial numbers that look like headers of entries: every one of them is found, and nothing else."""
    count = scaled(20_000, 200_000)
    pattern = bytes.fromhex("301502053022020430")
    serials = [int.from_bytes(b"\x01" + pattern[k % 3 :][:5] + k.to_bytes(3, "big"), "big") for k in range(count)]
    octets = b"".join(raw_entry(octets_of(serial)) for serial in serials)
    assert [serial for serial, _ in read(octets)[0]] == sorted(serials)


@pytest.mark.parametrize(
    "octets",
    [b"", b"\x00", b"\x80", b"\xff\x01", b"\x00\x7f", b"\x00\x00\x80", b"\x01" * 21, b"\x00" + b"\x80" * 21],
    ids=["empty", "zero", "negative", "negative 2", "padded", "padded twice", "21 octets", "22 octets"],
)
def test_hostile_serial_numbers(octets):
    """What is not a positive INTEGER of at most 20 octets in DER refuses the list."""
    with pytest.raises(Garbled):
        read(raw_entry(b"\x05") + raw_entry(octets) + raw_entry(b"\x06"))


@pytest.mark.parametrize(
    "date",
    [
        tlv(0x17, b"261126030000+"), tlv(0x17, b"26112603000aZ"), tlv(0x17, b"2611260300Z"),
        tlv(0x17, b"26:126030000Z"),
        tlv(0x18, b"20261126030000.5Z"), tlv(0x18, b"2026112603000"), tlv(0x18, b"2026112603000/Z"),
        tlv(0x19, DATE[2:]),
        b"",
    ],
)  # fmt: skip
def test_what_is_no_date_is_garbled(date):
    """UTCTime and GeneralizedTime to the second with Z, and nothing else."""
    with pytest.raises(Garbled):
        read(raw_entry(b"\x05", date=date))


def test_generalized_time_is_read():
    """RFC 5280 wants it from 2050 on."""
    assert read(raw_entry(b"\x05", date=tlv(0x18, b"20500101000000Z")))[0] == [(5, "unspecified")]


REASON_OID, INVALIDITY_OID, ISSUER_OID = "551d15", "551d18", "551d1d"


def ext(oid, value, critical=b""):
    """An entry extension."""
    return tlv(0x30, tlv(0x06, bytes.fromhex(oid)), critical, tlv(0x04, value))


def enumerated(code):
    """A CRLReason."""
    return bytes([0x0A, 1, code])


TRUE = b"\x01\x01\xff"
INVALIDITY = ext(INVALIDITY_OID, tlv(0x18, b"20261126030000Z"))


@pytest.mark.parametrize(
    ("extensions", "reason"),
    [
        ([ext(REASON_OID, enumerated(1), TRUE)], "keyCompromise"),
        ([INVALIDITY, ext(REASON_OID, enumerated(6))], "certificateHold"),
        ([ext(REASON_OID, enumerated(10)), INVALIDITY], "aACompromise"),
        ([ext(INVALIDITY_OID, tlv(0x18, b"20261126030000Z"), TRUE)], "unspecified"),
        ([ext(REASON_OID, enumerated(0))], "unspecified"),
        ([ext("2a0304", b"x" * 300), ext(REASON_OID, enumerated(9))], "privilegeWithdrawn"),
        ([ext("551d17", b"\x06\x01\x01"), ext("2a03", b"")], "unspecified"),
        ([ext("2a03", bytes([k])) for k in range(16)], "unspecified"),
    ],
)
def test_understood_extensions(extensions, reason):
    """reasonCode and invalidityDate, critical or not; others when they are not critical."""
    assert read(raw_entry(b"\x05", tlv(0x30, *extensions)))[0] == [(5, reason)]


@pytest.mark.parametrize(
    ("rest", "refused"),
    [
        (tlv(0x30, ext("2a0304", b"", TRUE)), CrlReason.EXTENSION),
        (tlv(0x30, ext("551d17", b"", TRUE)), CrlReason.EXTENSION),
        (tlv(0x30, ext(ISSUER_OID, b"")), CrlReason.INDIRECT_ENTRY),
        (tlv(0x30, ext(ISSUER_OID, b"", TRUE)), CrlReason.INDIRECT_ENTRY),
        (tlv(0x30, ext(REASON_OID, enumerated(8))), CrlReason.REMOVE_FROM_CRL),
        (tlv(0x30, ext(REASON_OID, enumerated(8), TRUE)), CrlReason.REMOVE_FROM_CRL),
        (tlv(0x30, ext(REASON_OID, enumerated(7))), CrlReason.GARBLED),
        (tlv(0x30, ext(REASON_OID, enumerated(7), TRUE)), CrlReason.GARBLED),
        (tlv(0x30, ext(REASON_OID, enumerated(11))), CrlReason.GARBLED),
        (tlv(0x30, ext(REASON_OID, b"\x0a\x02\x00\x01")), CrlReason.GARBLED),
        (tlv(0x30, ext(REASON_OID, b"\x02\x01\x01")), CrlReason.GARBLED),
        (tlv(0x30, ext(REASON_OID, enumerated(1)), ext(REASON_OID, enumerated(1))), CrlReason.GARBLED),
        (tlv(0x30, INVALIDITY, INVALIDITY), CrlReason.GARBLED),
        (tlv(0x30, ext(INVALIDITY_OID, tlv(0x17, b"261126030000Z"))), CrlReason.GARBLED),
        (tlv(0x30, ext(REASON_OID, enumerated(1), b"\x01\x01\x00")), CrlReason.GARBLED),
        (tlv(0x30, ext(REASON_OID, enumerated(1), b"\x01\x01\x01")), CrlReason.GARBLED),
        (tlv(0x30), CrlReason.GARBLED),
        (tlv(0x30, tlv(0x30)), CrlReason.GARBLED),
        (tlv(0x30, tlv(0x30, tlv(0x06), tlv(0x04))), CrlReason.GARBLED),
        (tlv(0x30, INVALIDITY + b"\x00"), CrlReason.GARBLED),
        (tlv(0x30, INVALIDITY) + b"\x05\x00", CrlReason.GARBLED),
        (tlv(0x31, INVALIDITY), CrlReason.GARBLED),
        (b"\x30\x81" + tlv(0x30, INVALIDITY)[1:], CrlReason.GARBLED),
        (tlv(0x30, *(ext("2a03", bytes([k])) for k in range(17))), CrlReason.GARBLED),
    ],
)
def test_refused_extensions(rest, refused):
    """The whole list is refused for one entry that we cannot understand, by its own reason."""
    with pytest.raises(CrlRefused) as caught:
        read(raw_entry(b"\x05") + raw_entry(b"\x07", rest) + raw_entry(b"\x06", REASONED))
    assert caught.value.reason is refused


@pytest.mark.parametrize(
    "octets",
    [
        b"\x00", b"\x30", b"\x31\x14" + raw_entry(b"\x05")[2:], raw_entry(b"\x05") + b"\x30",
        b"\x30\x81" + raw_entry(b"\x05")[1:], b"\x30\x80" + raw_entry(b"\x05")[2:] + b"\x00\x00",
        b"\x30\x82\x00" + raw_entry(b"\x05")[1:], raw_entry(b"\x05")[:-1], raw_entry(b"\x05") + b"\x00\x00",
        header_of(0x30, 70_000) + raw_entry(b"\x05")[2:] + bytes(70_000 - 18), tlv(0x30, tlv(0x02, b"\x05")),
        tlv(0x30, tlv(0x03, b"\x05"), DATE), b"\x30\x83\x00\x00\x12" + raw_entry(b"\x05")[2:],
    ],
)  # fmt: skip
def test_what_does_not_chain_is_garbled(octets):
    """Lengths that are not minimal, indefinite, too long or wrong; other types; anything between entries."""
    for before in (b"", raw_entry(b"\x09") * 3):
        for final in (True, False):
            if not (octets in (b"\x30", raw_entry(b"\x05")[:-1], raw_entry(b"\x05") + b"\x30") and not final):
                with pytest.raises(Garbled):
                    read(before + octets, final=final)


@pytest.mark.parametrize("begun", [b"", b"\x30", b"\x30\x14\x02", b"\x30\x81\x90\x02", b"\x30\x82\x01\x00\x02"])
def test_an_entry_that_has_just_begun_waits(begun):
    """Less than a header, or a header of any length, is left for the next call."""
    whole = raw_entry(b"\x05")
    assert read(whole + begun, final=False) == ([(5, "unspecified")], len(whole))
