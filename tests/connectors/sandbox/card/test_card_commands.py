"""The card's answers, row by row: what public sources tell of My Number Cards' commands."""

from collections.abc import Callable

import pytest

JPKI = "00A4040C0AD392F000260100000001"
SUPPORT = "00A4040C0AD3921000310001010408"
USER_PIN, SIGNATURE_PIN = "00A4020C020018", "00A4020C02001B"
USER_KEY, SIGNATURE_KEY = "00A4020C020017", "00A4020C02001A"
RIGHT, WRONG, QUERY = "002000800431323334", "002000800439393939", "00200080"
SIGNATURE_RIGHT, SIGNATURE_WRONG = "0020008006414243313233", "0020008006616263313233"
SIGN = "802A00800548656C6C6F00"
DIGEST = "11" * 32

ROWS = {
    # applications
    "each application by its name": [
        (JPKI, "9000"),
        (SUPPORT, "9000"),
        ("00A4040C0AD3921000310001010402", "9000"),
        ("00A4040C0AD3921000310001010401", "9000"),
        ("00A4040C0AD3921000310001010100", "9000"),
    ],
    "every other name is unknown, with any P2": [
        ("00A4040C06D27600012401", "6A82"),
        ("00A4040007627601FF000000", "6A82"),
        ("00A4040C09D392F0002601000000", "6A82"),
        ("00A4040C", "6A82"),
    ],
    "no master file": [("00A4000C023F00", "6A82"), ("00A40000023F00", "6A82"), ("00A40000", "6A82")],
    "an application wants P2 = 0C": [("00A404000AD392F000260100000001", "6A86")],
    # elementary files
    "no file before an application": [("00A4020C02000A", "6A82")],
    "files are selected with P1 = 02 alone": [
        (JPKI, "9000"),
        ("00A4020C02000A", "9000"),
        ("00A4090C02000A", "6A86"),
        ("00A4080C02000A", "6A86"),
        ("00A4000C02000A", "6A82"),
        ("00A4020002000A", "6A86"),
        ("00A4020C010A", "6700"),
    ],
    "the list of JPKI's files": [
        (JPKI, "9000"),
        *((f"00A4020C02{name}", "9000") for name in ["0001", "0002", "0006", "0008", "000A", "000B", "0016"]),
        *((f"00A4020C02{name}", "9000") for name in ["0017", "0018", "001A", "001B"]),
        *((f"00A4020C02{name}", "6A82") for name in ["0003", "0004", "0005", "0007", "0011", "0019", "3F00"]),
    ],
    "the list of the input-support files": [
        (SUPPORT, "9000"),
        *((f"00A4020C02{name}", "9000") for name in ["0002", "0003", "0004", "0005", "0006", "0007"]),
        *((f"00A4020C02{name}", "9000") for name in ["0011", "0012", "0015"]),
        *((f"00A4020C02{name}", "6A82") for name in ["000A", "0013", "0018"]),
    ],
    # reading
    "reading needs a current file": [("00B0000000", "6986"), (JPKI, "9000"), ("00B0000000", "6986")],
    "reading by short identifier makes the file current": [
        (JPKI, "9000"),
        ("00B0880003", "9000"),
        ("00B0000003", "9000"),
        ("00B0830001", "6A82"),
    ],
    "reading ends at the end": [
        (JPKI, "9000"),
        ("00A4020C020008", "9000"),
        ("00B0000000", "9000"),
        ("00B0000200", "9000"),
        ("00B0000300", "6B00"),
        ("00B07FFF00", "6B00"),
        ("00B08803", "6700"),
        ("00B0E80003", "6A86"),
    ],
    "a failed selection keeps the current file": [
        (JPKI, "9000"),
        ("00A4020C020008", "9000"),
        ("00A4020C020005", "6A82"),
        ("00B0000003", "9000"),
    ],
    "PINs and keys cannot be read": [
        (JPKI, "9000"),
        (USER_PIN, "9000"),
        ("00B0000000", "6981"),
        (USER_KEY, "9000"),
        ("00B0000000", "6981"),
    ],
    "the signature certificate wants its own PIN": [
        (JPKI, "9000"),
        ("00B0810004", "6982"),
        (USER_PIN, "9000"),
        (RIGHT, "9000"),
        ("00B0810004", "6982"),
        (SIGNATURE_PIN, "9000"),
        (SIGNATURE_RIGHT, "9000"),
        ("00B0810004", "9000"),
    ],
    # PINs
    "an empty VERIFY counts tries, always": [
        (JPKI, "9000"),
        (QUERY, "6986"),
        (USER_PIN, "9000"),
        (QUERY, "63C3"),
        (RIGHT, "9000"),
        (QUERY, "63C3"),
        ("0020008000", "63C3"),
        (SIGNATURE_PIN, "9000"),
        (QUERY, "63C5"),
    ],
    "a PIN by short identifier": [(JPKI, "9000"), ("00200098", "63C3"), ("002000980431323334", "9000")],
    "VERIFY where there is no PIN": [
        (JPKI, "9000"),
        ("00A4020C02000A", "9000"),
        (RIGHT, "6981"),
        ("00200099", "6A88"),
        ("00200180", "6A86"),
        ("00200000", "6A86"),
        (USER_PIN, "9000"),
        ("0020008011" + "31" * 17, "6700"),
        (QUERY, "63C3"),
    ],
    "wrong PINs count down, block, and stay blocked": [
        (JPKI, "9000"),
        (USER_PIN, "9000"),
        (WRONG, "63C2"),
        (QUERY, "63C2"),
        (WRONG, "63C1"),
        (WRONG, "63C0"),
        (QUERY, "63C0"),
        (RIGHT, "6984"),
        (WRONG, "6984"),
        (QUERY, "63C0"),
        (SIGNATURE_PIN, "9000"),
        (QUERY, "63C5"),
    ],
    "the right PIN restores the tries": [
        (JPKI, "9000"),
        (USER_PIN, "9000"),
        (WRONG, "63C2"),
        (WRONG, "63C1"),
        (RIGHT, "9000"),
        (WRONG, "63C2"),
    ],
    "any length up to 16 spends a try": [
        (JPKI, "9000"),
        (USER_PIN, "9000"),
        ("002000800131", "63C2"),
        ("0020008010" + "31" * 16, "63C1"),
    ],
    "the card does not fold letters": [(JPKI, "9000"), (SIGNATURE_PIN, "9000"), (SIGNATURE_WRONG, "63C4")],
    "a wrong PIN takes the earlier success back": [
        (JPKI, "9000"),
        ("002000980431323334", "9000"),
        ("002000980439393939", "63C2"),
        ("802A00970548656C6C6F00", "6982"),
    ],
    "a new PIN after the old one": [
        (JPKI, "9000"),
        (USER_PIN, "9000"),
        ("002401800434333231", "6982"),
        (RIGHT, "9000"),
        ("002400800434333231", "6A86"),
        ("0024018003343332", "6A80"),
        ("0024018011" + "31" * 17, "6700"),
        ("00240180", "6700"),
        ("002401800434333231", "9000"),
        (RIGHT, "63C2"),
        ("002000800434333231", "9000"),
    ],
    "no new PIN for a blocked one": [
        (JPKI, "9000"),
        (USER_PIN, "9000"),
        (WRONG, "63C2"),
        (WRONG, "63C1"),
        (WRONG, "63C0"),
        ("002401800434333231", "6984"),
    ],
    # signing
    "signing wants the key's own PIN": [
        (JPKI, "9000"),
        (SIGN, "6986"),
        (USER_KEY, "9000"),
        (SIGN, "6982"),
        ("002000980431323334", "9000"),
        (SIGN, "9000"),
        (SIGNATURE_KEY, "9000"),
        (SIGN, "6982"),
        ("0020009B06414243313233", "9000"),
        (SIGN, "9000"),
    ],
    "keys by short identifier": [
        (JPKI, "9000"),
        ("002000980431323334", "9000"),
        ("802A009705" + "48" * 5 + "00", "9000"),
        ("802A009A05" + "48" * 5 + "00", "6982"),
        ("802A009D05" + "48" * 5 + "00", "6A88"),
        ("802A009805" + "48" * 5 + "00", "6981"),
    ],
    "the input forms of signing": [
        (JPKI, "9000"),
        ("002000980431323334", "9000"),
        (USER_KEY, "9000"),
        ("802A0080F5" + "00" * 245 + "00", "9000"),
        ("802A0080F6" + "00" * 246 + "00", "6700"),
        ("802A008000", "6700"),
        ("802A02801F" + "00" * 31 + "00", "6985"),
        *((f"802A{form:02X}8020{DIGEST}00", "9000") for form in range(6)),
        (f"802A068020{DIGEST}00", "6A86"),
        (f"802A008020{DIGEST}FF", "6C00"),
        (f"802A000020{DIGEST}00", "6A86"),
    ],
    "a signature without Le waits for GET RESPONSE, once": [
        (JPKI, "9000"),
        ("002000980431323334", "9000"),
        (USER_KEY, "9000"),
        ("00C0000000", "6985"),
        ("802A00800548656C6C6F", "6100"),
        ("00C0000010", "6C00"),
        ("00C0000000", "9000"),
        ("00C0000000", "6985"),
        ("802A00800548656C6C6F", "6100"),
        (QUERY, "6981"),
        ("00C0000000", "6985"),
    ],
    # what was shown ends with the application
    "another application forgets the PIN": [
        (JPKI, "9000"),
        ("002000980431323334", "9000"),
        (SUPPORT, "9000"),
        (JPKI, "9000"),
        ("802A009705" + "48" * 5 + "00", "6982"),
    ],
    "the same application again forgets it too, a failed selection does not": [
        (JPKI, "9000"),
        ("002000980431323334", "9000"),
        ("00A4040C06D27600012401", "6A82"),
        ("802A009705" + "48" * 5 + "00", "9000"),
        (JPKI, "9000"),
        ("802A009705" + "48" * 5 + "00", "6982"),
    ],
    # the rest
    "random bytes": [("0084000008", "9000"), ("00840000", "6700"), ("0084010008", "6A86")],
    "no data objects at card level": [("00CADF3000", "6A86"), ("00CA006E00", "6A86")],
    "unknown instructions and classes": [
        ("00CB3FFF035C010000", "6D00"),
        ("00FF0000", "6D00"),
        ("002A00800548656C6C6F00", "6E00"),
        ("80A4040C", "6E00"),
        ("0CB0000000", "6E00"),
    ],
    "lengths that do not fit": [
        ("", "6700"),
        ("00A404", "6700"),
        ("00A4040C0AD392", "6700"),
        (RIGHT + "0000", "6700"),
    ],
    "what is sealed": [
        (JPKI, "9000"),
        ("00A4020C020016", "9000"),
        ("00B0000000", "6981"),
        (QUERY, "6981"),
        (SIGN, "6981"),
    ],
    # input support
    "the Basic 4 by PIN": [
        (SUPPORT, "9000"),
        ("00B0820010", "6982"),
        ("00B0830010", "6982"),
        ("002000910435363738", "9000"),
        ("00B0820010", "9000"),
        ("00B0830010", "9000"),
    ],
    "the Basic 4 by 照合番号B, which has ten tries": [
        (SUPPORT, "9000"),
        ("00200095", "63CA"),
        ("002000950E" + "30" * 14, "63C9"),
        ("002000950E" + b"60061520318888".hex(), "63C8"),
    ],
    "the input-support PIN has three tries, 0012 none": [
        (SUPPORT, "9000"),
        ("00200091", "63C3"),
        ("00200092", "63C0"),
        ("002000920431323334", "6984"),
    ],
    "the resident register's PIN": [("00A4040C0AD3921000310001010401", "9000"), ("0020009C", "63C3")],
    "extended lengths": [(JPKI, "9000"), ("00B08800000000", "9000"), ("0020009800000431323334", "9000")],
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_every_row(row, card) -> None:
    """The status words of one row, in order; none of them touches the My Number."""
    assert [card.say(command) for command, _ in row] == [status for _, status in row]
    assert not card.tripped


def test_power_takes_the_pin_but_not_the_counter(card) -> None:
    """After a power cut nothing is selected or shown, and a spent try stays spent."""
    for command in (JPKI, "002000980431323334", "0020009B06" + "30" * 6):
        card.say(command)
    card.power_cycle()
    assert card.say("00200098") == "6986"
    card.say(JPKI)
    assert (card.say("802A009705" + "48" * 5 + "00"), card.say("0020009B")) == ("6982", "63C4")


def test_ten_wrong_numbers_b_block_it(card) -> None:
    """照合番号B counts ten tries and then says so, like every PIN."""
    card.say(SUPPORT)
    answers = [card.say("002000950E" + "30" * 14) for _ in range(11)]
    assert answers == [f"63C{left:X}" for left in range(9, -1, -1)] + ["6984"]


def test_get_challenge_hands_out_what_it_is_given(card) -> None:
    """As many random bytes as asked for."""
    card.say("0084000008")
    assert card.data == bytes(range(8))


TOUCHES = ["00A4020C020001", "00B0810010", "00A4020C020014", "00200094", "002000940C" + "39" * 12]


@pytest.mark.parametrize("touch", TOUCHES)
def test_touching_the_my_number_is_noticed(touch: str, card) -> None:
    """Selecting or reading it, or using the PIN made of it, whatever the answer is."""
    card.say(SUPPORT)
    card.say(touch)
    assert card.tripped


def test_the_other_my_number_is_noticed_too(card) -> None:
    """券面事項確認AP holds it as an image."""
    card.say("00A4040C0AD3921000310001010402")
    card.say("00A4020C020005")
    assert card.tripped


@pytest.mark.parametrize("touch", TOUCHES[:2])
def test_the_signature_certificate_is_no_my_number(touch: str, card) -> None:
    """In the JPKI application the same identifier is harmless, and before any selection it is nothing."""
    card.say(touch)
    card.say(JPKI)
    card.say(touch)
    assert not card.tripped


def test_rows_can_fail(insert: Callable[..., object]) -> None:
    """Of a PIN-less card's rows the first is another one: the table looks at the card."""
    pinless = insert(pinless=True)
    assert [pinless.say(c) for c in (JPKI, "00200098", "002000980431323334")] == ["9000", "63C0", "6984"]
