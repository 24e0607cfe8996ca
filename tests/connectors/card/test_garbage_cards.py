"""Cards that answer anything: the agent's side never fails otherwise than by its own errors, and stops."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from components.spoken_card import GarblingCard, MyNumberTouched, Watch
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.card.command_card import CommandCard
from connectors.card.errors import CardError
from connectors.card.pin import PinKind
from connectors.ports import CertificateKind

CALLS: list[Callable[[CommandCard], object]] = [
    lambda card: card.device,
    lambda card: card.overview(),
    lambda card: card.certificate(CertificateKind.USER),
    lambda card: card.certificate(CertificateKind.SIGNATURE, "ABC123"),
    lambda card: card.sign(CertificateKind.USER, "1234", b"m"),
    lambda card: card.attributes(PinKind.INPUT_SUPPORT, "1234"),
    lambda card: card.attributes(PinKind.NUMBER_B, "60061520311234"),
    lambda card: card.attributes_tries_left(PinKind.NUMBER_B),
]
OK = b"\x90\x00"
STATUS = st.sampled_from(
    [OK, b"\x62\x82", b"\x63\xc3", b"\x61\x00", b"\x61\x10", b"\x6c\x04", b"\x6a\x82", b"\x69\x82"]
)
HEAD = st.sampled_from(
    [b"", b"\x30\x82\xff\xff", b"\x30\x82\x00\x10", b"\xff\x20\x82\x0f\xff", b"\xff\x30\x05\x00"]
)
ANSWERS = st.lists(
    st.binary(max_size=4) | st.builds(lambda h, d, s: h + d + s, HEAD, st.binary(max_size=260), STATUS),
    max_size=12,
)
MOST_COMMANDS = 1200
"""Two connections of a card that hands over one byte at a time, of 4 KiB at most... and then some."""


@pytest.mark.parametrize("call", CALLS)
@given(answers=ANSWERS, halves=st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_answer_of_a_card_gets_past_our_errors(
    call: Callable[[CommandCard], object], answers: list[bytes], halves: bool
) -> None:
    """Either a value or a CardError, after a bounded number of commands; the My Number is never named."""
    garbling = GarblingCard(answers, halves)
    with suppress(CardError):
        call(CommandCard(garbling.connect))
    assert len(garbling.said) < MOST_COMMANDS


def test_the_watch_sees_what_it_is_there_for() -> None:
    """The tripwire of these tests trips: by selecting, by short identifier, by the key made of the number."""
    for command in ("00A4020C020001", "00B0810000", "0020009404", "00A4020C020014"):
        watch = Watch()
        watch.see(bytes.fromhex("00A4040C0AD3921000310001010408"))
        with pytest.raises(MyNumberTouched):
            watch.see(bytes.fromhex(command))
    free = Watch()
    free.see(bytes.fromhex("00A4040C0AD392F000260100000001"))
    free.see(bytes.fromhex("00A4020C020001"))  # the signature certificate of another application
