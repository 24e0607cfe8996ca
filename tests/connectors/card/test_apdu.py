"""Commands as bytes, answers as values, and the courtesies of T=0."""

import pytest
from components.spoken_card import ScriptedCard

from connectors.card import apdu
from connectors.card.apdu import Command, Response
from connectors.card.errors import CardGarbled
from connectors.card.transport import exchange

DIGEST_INFO = bytes(51)


@pytest.mark.parametrize(
    ("command", "encoded"),
    [
        (apdu.select_application(bytes.fromhex("D392F000260100000001")), "00A4040C0AD392F000260100000001"),
        (apdu.select_file(0x000A), "00A4020C02000A"),
        (apdu.read_binary(0, 4), "00B0000004"),
        (apdu.read_binary(0x0104, 256), "00B0010400"),
        (apdu.read_binary(0x7FFF, 1), "00B07FFF01"),
        (apdu.verify(), "00200080"),
        (apdu.verify(b"1234"), "002000800431323334"),
        (apdu.compute_signature(DIGEST_INFO), "802A008033" + "00" * 51 + "00"),
        (apdu.get_response(256), "00C0000000"),
    ],
)
def test_commands_are_written_as_the_card_reads_them(command: Command, encoded: str) -> None:
    """Header, length, data, and Le only where an answer is asked for."""
    assert encoded == command.encode().hex().upper()


@pytest.mark.parametrize(("offset", "length"), [(0x8000, 1), (-1, 1), (0, 0), (0, 257)])
def test_offsets_have_fifteen_bits(offset: int, length: int) -> None:
    """The sixteenth would name another file."""
    with pytest.raises(CardGarbled):
        apdu.read_binary(offset, length)


def test_a_command_keeps_its_pin_out_of_its_representation() -> None:
    """A traceback or a log line never shows what was typed, or what was read."""
    assert "1234" not in repr(apdu.verify(b"1234")) + repr(Response(b"1234", 0x9000))


@pytest.mark.parametrize(
    ("sw", "left"),
    [
        (0x63C3, 3),
        (0x63C0, 0),
        (0x63CA, 10),
        (0x6983, 0),
        (0x6984, 0),
        (0x9000, None),
        (0x6300, None),
        (0x6A82, None),
    ],
)
def test_status_words_tell_the_tries_left(sw: int, left: int | None) -> None:
    """63Cx counts; 6983 and 6984 are both a blocked PIN; nothing else tells."""
    assert left == Response(b"", sw).tries_left


@pytest.mark.parametrize("answer", [b"", b"\x90", bytes(259)])
def test_an_answer_has_two_to_258_bytes(answer: bytes) -> None:
    """Everything else is no answer."""
    with pytest.raises(CardGarbled):
        Response.parse(answer)


def test_on_t0_the_answer_is_fetched() -> None:
    """A command with data leaves its Le away, and 61xx is answered by GET RESPONSE until all is there."""
    signing = f"802A008033{'00' * 51}"
    script = [(signing, "6180"), ("00C0000080", "AA" * 128 + "6180"), ("00C0000080", "BB" * 128 + "9000")]
    card = ScriptedCard(script, halves_commands=True)
    answer = exchange(card, apdu.compute_signature(DIGEST_INFO))
    assert (answer.data, answer.ok, card.done) == (b"\xaa" * 128 + b"\xbb" * 128, True, True)


def test_on_t1_the_whole_command_goes() -> None:
    """With Le at its end."""
    card = ScriptedCard([(f"802A008033{'00' * 51}00", "AA" * 256 + "9000")])
    assert len(exchange(card, apdu.compute_signature(DIGEST_INFO)).data) == 256


def test_a_corrected_length_is_taken_once() -> None:
    """6Cxx tells how much there is; the same command is sent again with that, and not a third time."""
    card = ScriptedCard([("00B0000000", "6C10"), ("00B0000010", "6C10")])
    assert (exchange(card, apdu.read_binary(0, 256)).sw, card.done) == (0x6C10, True)


def test_an_endless_answer_is_not_followed() -> None:
    """A card that says 61xx for ever is garbled."""
    script = [("00B0000004", "6100")] + [("00C0000000", "6100")] * 40
    with pytest.raises(CardGarbled):
        exchange(ScriptedCard(script), apdu.read_binary(0, 4))
