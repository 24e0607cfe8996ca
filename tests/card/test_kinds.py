"""Other cards than an adult's, and what else happens at a reader."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from components.process import Server, plain_environment
from components.virtual_reader import VirtualReader, await_condition

from connectors.card.errors import PinBlocked, PinIncorrect
from connectors.card.softcard import SoftwareCard
from connectors.ports import CertificateKind

USER = CertificateKind.USER
JPKI = "00:A4:04:0C:0A:D3:92:F0:00:26:01:00:00:00:01"
SUPPORT = "00:A4:04:0C:0A:D3:92:10:00:31:00:01:01:04:08"
IDP = Path(sys.executable).with_name("idp")


def apdus(reader: VirtualReader, *commands: str) -> list[str]:
    """The status words that these commands were answered with, in one connection."""
    words = [word for command in commands for word in ("--send-apdu", command)]
    sent = reader.run("opensc-tool", "--card-driver", "default", *words)
    assert sent.code == 0, sent.err
    lines = [line for line in sent.out.splitlines() if line.startswith("Received")]
    return [line.split("SW1=0x")[1][:2] + line.split("SW2=0x")[1][:2] for line in lines]


def test_a_childs_card_is_listed_and_signs_as_its_user(insert, tmp_path: Path) -> None:
    """OpenSC binds to it although it has no signature certificate."""
    reader = insert("sora")
    assert reader.run("pkcs15-tool", "--dump").code == 0
    assert apdus(reader, JPKI, "00:B0:88:00:03") == ["9000", "9000"]
    (tmp_path / "message").write_bytes(b"m")
    paths = ("-i", tmp_path / "message", "-o", tmp_path / "signature")
    for slot, key, pin, succeeds in (("0", "01", "1234", True), ("1", "02", "ABC123", False)):
        words = ("--slot-index", slot, "--login", "--pin", pin, "--id", key, "--sign", "-m", "SHA256-RSA-PKCS")
        assert (reader.pkcs11(*words, *paths).code == 0) is succeeds


def test_a_pinless_card_is_listed_and_signs_nothing(insert, tmp_path: Path) -> None:
    """Its user certificate can be read all the same."""
    reader = insert("hanako", "--pinless")
    assert reader.run("pkcs15-tool", "--read-certificate", "1").code == 0
    (tmp_path / "message").write_bytes(b"m")
    words = ("--slot-index", "0", "--login", "--pin", "1234", "--id", "01", "--sign", "-m", "SHA256-RSA-PKCS")
    assert reader.pkcs11(*words, "-i", tmp_path / "message", "-o", tmp_path / "signature").code != 0
    assert not [line for line in reader.commands if line.startswith("802A") and " 9000 " in line]


def test_a_phone_gives_its_certificate_after_the_pin(insert) -> None:
    """The Android token speaks the same commands and keeps file 000A closed."""
    reader = insert("midori-phone")
    closed = apdus(reader, JPKI, "00:A4:02:0C:02:00:0A", "00:B0:00:00:04")
    opened = apdus(reader, JPKI, "00:20:00:98:04:31:32:33:34", "00:B0:8A:00:04")
    assert (closed, opened) == (["9000", "9000", "6982"], ["9000", "9000", "9000"])


def test_what_was_shown_survives_the_connection_not_another_application(insert) -> None:
    """A second connection finds the PIN shown and the key ready, until somebody selects an application.

    All from one program, as pcscd takes the power from a card that nobody uses for some seconds.
    """
    done = insert().run(sys.executable, "-c", CONNECTIONS)
    assert done.code == 0, done.err
    assert done.out.split("/\n") == ["9000\n9000\n", "9000\n", "9000\n9000\n6982\n", ""]


CONNECTIONS = """
from smartcard.scard import SCARD_LEAVE_CARD
from smartcard.System import readers

JPKI, SUPPORT = "00A4040C0AD392F000260100000001", "00A4040C0AD3921000310001010408"
VERIFY, SIGN = "002000980431323334", "802A00970548656C6C6F00"
for commands in ([JPKI, VERIFY], [SIGN], [SUPPORT, JPKI, SIGN]):
    connection = readers()[0].createConnection()
    connection.connect(disposition=SCARD_LEAVE_CARD)
    for command in commands:
        _, sw1, sw2 = connection.transmit(list(bytes.fromhex(command)))
        print(f"{sw1:02X}{sw2:02X}")
    connection.disconnect()
    print("/")
"""


def test_pulling_the_card_takes_the_pin_and_no_try(insert) -> None:
    """The reader is empty meanwhile; afterwards the PIN must be shown again."""
    reader = insert()
    apdus(reader, JPKI, "00:20:00:98:04:31:32:33:34")
    reader.pull()
    await_condition(lambda: "Card not present" in reader.run("opensc-tool", "--atr").err)
    reader.put_back()
    await_condition(lambda: reader.run("opensc-tool", "--atr").code == 0)
    sign = "80:2A:00:97:05:48:65:6C:6C:6F:00"
    assert apdus(reader, JPKI, sign, "00:20:00:98") == ["9000", "6982", "63C3"]


def test_the_reader_and_the_file_are_one_card(insert, world: Path) -> None:
    """Tries spent through OpenSC are missing for a program that reads the file, at the same moment."""
    reader, card = insert(), SoftwareCard.load(world / "residents" / "hanako.card.json")
    assert reader.pkcs11("--login", "--pin", "9999", "--list-objects").code != 0
    assert card.tries_left(USER) == 2
    with pytest.raises(PinIncorrect):
        card.sign(USER, "0000", b"m")
    with pytest.raises(PinBlocked):
        card.sign(USER, "0000", b"m")
    assert apdus(reader, JPKI, "00:20:00:98", "00:20:00:98:04:31:32:33:34") == ["9000", "63C0", "6984"]


def test_touching_the_my_number_is_written_down(insert) -> None:
    """The tripwire's file appears with the first touch; reading the text beside it is none."""
    reader = insert(tripwire=False)
    pin = "00:20:00:91:04:31:32:33:34"
    assert apdus(reader, SUPPORT, pin, "00:B0:82:00:00", "00:B0:83:00:00") == ["9000"] * 4
    assert reader.touches == []
    apdus(reader, SUPPORT, pin, "00:B0:81:00:00")
    assert reader.touches == ["00B08100 - 9000 17"]


def test_no_command_waits_for_an_acknowledgement(insert) -> None:
    """Naming the card takes some thirty commands; were each 40 ms late, no run ever took under a second.

    So one that does settles it, however busy the machine was during others.
    """
    reader = insert()
    seconds: list[float] = []
    while len(seconds) < 3 or (min(seconds) >= 1.0 and len(seconds) < 30):
        began = time.monotonic()
        assert reader.run("opensc-tool", "--name").code == 0
        seconds.append(time.monotonic() - began)
    assert len(reader.commands) > 80
    assert min(seconds) < 1.0


def test_the_command_of_the_demo_inserts_a_card(world: Path, tmp_path: Path) -> None:
    """`idp sandbox card insert`: csock appears, OpenSC names the card, TERM ends it and takes csock away."""
    (tmp_path / "demo").mkdir()
    world.rename(tmp_path / "demo" / "sandbox")
    reader = VirtualReader(tmp_path / "reader", Path("unused"), None, ())
    command = [IDP, "sandbox", "card", "insert", "hanako", "--data", tmp_path / "demo", "--dir", reader.folder]
    server = Server(command, tmp_path / "insert.log")
    server.wait_until((reader.folder / "csock").exists)
    named = reader.run("opensc-tool", "--name")
    server.stop()
    assert (named.out, server.exit_code(), (reader.folder / "csock").exists()) == ("jpki\n", 0, False)
    assert (tmp_path / "insert.log").read_text().startswith("export PCSCLITE_CSOCK_NAME=/proc/")


@pytest.mark.parametrize("damage", ["", "{}"])
def test_a_damaged_card_cannot_be_inserted(world: Path, tmp_path: Path, damage: str) -> None:
    """Exit code 1 and one sentence, before any reader starts."""
    card = world / "residents" / "hanako.card.json"
    card.write_text(damage or json.dumps({**json.loads(card.read_text()), "chip": {"pins": {}}}))
    command = [sys.executable, "-m", "connectors.sandbox.card", card, "--dir", tmp_path / "reader"]
    done = subprocess.run(command, capture_output=True, text=True, env=plain_environment())
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert not (tmp_path / "reader" / "csock").exists()


def test_a_reader_whose_pcscd_ends_says_so(world: Path, tmp_path: Path) -> None:
    """Exit code 3, with the place of pcscd's log; also while the card is out."""
    for pulled in (False, True):
        folder = tmp_path / f"reader-{pulled}"
        reader = VirtualReader(folder, world / "residents" / "hanako.card.json", world / "authorities", ()).start()
        if pulled:
            reader.pull()
        end_child_of(int((folder / "card.pid").read_text()))
        assert reader.exit_code() == 3
        assert (folder / "reader.log").read_text().endswith(f"pcscd did not stay: see {folder}/pcscd.log\n")


def end_child_of(pid: int) -> None:
    """End the only process that this one started."""
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    os.kill(int(child), signal.SIGTERM)
