"""Any bytes at all: the card answers, stays a card, and gives no secret away."""

from dataclasses import replace

from components.scale import scaled
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.card import apdu, commands
from connectors.sandbox.card.chip import Session

SELECTIONS = [
    bytes.fromhex("00A4040C0AD392F000260100000001"),
    bytes.fromhex("00A4040C0AD3921000310001010408"),
    bytes.fromhex("00A4020C02000A"),
    bytes.fromhex("00A4020C020018"),
    bytes.fromhex("00A4020C020017"),
]
HEADERS = st.tuples(
    st.sampled_from([0x00, 0x80, 0x0C, 0xFF]),
    st.sampled_from([0x20, 0x24, 0x2A, 0x84, 0xA4, 0xB0, 0xB2, 0xC0, 0xCA, 0xCB]),
    st.integers(0, 255),
    st.integers(0, 255),
).map(bytes)
NEARLY = st.tuples(HEADERS, st.binary(max_size=24)).map(b"".join)
WELL_FORMED = st.tuples(HEADERS, st.binary(min_size=1, max_size=40), st.sampled_from([b"", b"\x00", b"\x10"])).map(
    lambda parts: parts[0] + bytes((len(parts[1]),)) + parts[1] + parts[2]
)
COMMANDS = st.lists(
    st.one_of(st.binary(max_size=64), NEARLY, WELL_FORMED, st.sampled_from(SELECTIONS)), max_size=12
)


@settings(max_examples=scaled(60, 5000), deadline=None)
@given(sent=COMMANDS)
def test_no_sequence_of_commands_breaks_the_card(sent, insert) -> None:
    """Every answer has a status word of class 6 or 9; data comes with 9000 alone; tries never grow unearned.

    Without a PIN nobody signs, reads the signature certificate or changes a PIN.
    """
    chip, session = insert().chip, Session()
    for command in sent:
        step = commands.answer(chip, session, command, bytes)
        assert step.response.status >> 12 in (6, 9)
        assert step.response.status == 0x9000 or not step.response.data
        assert len(step.response.encoded()) <= 65538
        if not step.session.verified:
            assert step.response.status != 0x6100
        session, chip = step.session, step.chip
    untouched = insert().chip
    for aid, files in chip.applications.items():
        for identifier, entry in files.items():
            before = untouched.applications[aid][identifier]
            if entry != before and not session.verified:
                assert entry == replace(before, tries_left=entry.tries_left)
                assert entry.tries_left < before.tries_left


@settings(max_examples=scaled(60, 5000), deadline=None)
@given(
    header=st.binary(min_size=4, max_size=4),
    data=st.binary(max_size=300),
    expected=st.none() | st.integers(1, 65536),
    extended=st.booleans(),
)
def test_every_well_formed_command_is_read_as_written(header, data, expected, extended) -> None:
    """All four cases, short and extended, give back what was put in."""
    wide = extended or len(data) > 255 or (expected or 0) > 256
    written = header
    if data:
        written += (b"\x00" + len(data).to_bytes(2, "big") if wide else bytes((len(data),))) + data
    if expected is not None:
        size = expected % (65536 if wide else 256)
        written += (b"" if data or not wide else b"\x00") + size.to_bytes(2 if wide else 1, "big")
    assert apdu.parse(written) == apdu.Command(*header, data=data, expected=expected)
