"""OpenSC's own tools take the software card for a My Number Card."""

from pathlib import Path

from components.virtual_reader import VirtualReader
from cryptography import x509

SELECT_JPKI = "00A4040C D392F000260100000001 9000 0"
KEYS = {"01": ("0", "1234", "hanako-auth.pem", "0017"), "02": ("1", "ABC123", "hanako-sign.pem", "001A")}


def login(pin: str, *words: object, slot: str = "0") -> tuple[object, ...]:
    """pkcs11-tool's words for showing a PIN."""
    return ("--slot-index", slot, "--login", "--pin", pin, *words)


def verified(openssl_verify: VirtualReader, folder: Path, certificate: Path) -> str:
    """What openssl says of the signature in `folder`."""
    pem = folder / "key.pem"
    key = openssl_verify.run("openssl", "x509", "-in", certificate, "-pubkey", "-noout")
    pem.write_text(key.out)
    words = ("-sha256", "-verify", pem, "-signature", folder / "signature", folder / "message")
    return openssl_verify.run("openssl", "dgst", *words).out.strip()


def test_the_card_is_recognised(reader: VirtualReader) -> None:
    """With every driver in play the other ones ask first, and hear that this is not their card.

    OpenSC knows one answer to reset by heart; with any other it selects the application to find out.
    """
    known = reader.run("opensc-tool", "--atr").out.startswith("3b:e0:00")
    named = reader.run("opensc-tool", "-n")
    assert (named.code, named.out) == (0, "jpki\n")
    selections = [line for line in reader.commands if line.startswith("00A404")]
    assert (SELECT_JPKI in selections) is not known
    assert all(line.endswith(" 6A82 0") for line in selections if line != SELECT_JPKI)
    assert len(selections) > 10


def test_everything_on_it_is_listed(reader: VirtualReader) -> None:
    """Two PINs with their tries, two keys, four certificates, of which one is private."""
    dump = reader.run("pkcs15-tool", "--dump")
    assert dump.code == 0
    counts = [dump.out.count(word) for word in ("\nPIN [", "Private RSA Key", "X.509 Certificate", "Tries left")]
    assert counts == [2, 2, 4, 2]
    assert [line.split()[-1] for line in dump.out.splitlines() if "Tries left" in line] == ["3", "5"]
    questions = [line for line in reader.commands if line.startswith("0020")]
    assert questions == ["00200080 - 63C3 0", "00200080 - 63C5 0"]


def test_the_certificates_come_out_whole(reader: VirtualReader, world: Path) -> None:
    """User certificate and both CA certificates without a PIN, without the padding behind them."""
    own = (world / "residents" / "hanako-auth.pem").read_bytes()
    read = {number: reader.run("pkcs15-tool", "--read-certificate", number) for number in ("1", "3", "4")}
    assert [run.code for run in read.values()] == [0, 0, 0]
    pems = {n: run.out[run.out.index("-----BEGIN") :].encode() for n, run in read.items()}
    user, user_ca, signature_ca = (x509.load_pem_x509_certificate(pems[n]) for n in ("1", "3", "4"))
    assert user == x509.load_pem_x509_certificate(own)
    user.verify_directly_issued_by(user_ca)
    signature = x509.load_pem_x509_certificate((world / "residents" / "hanako-sign.pem").read_bytes())
    signature.verify_directly_issued_by(signature_ca)


def test_the_signature_certificate_wants_its_pin(reader: VirtualReader, world: Path) -> None:
    """Unreadable before, whole afterwards."""
    refused = reader.run("pkcs15-tool", "--read-certificate", "2")
    words = ("--read-certificate", "2", "--verify-pin", "--auth-id", "2", "--pin", "ABC123")
    given = reader.run("pkcs15-tool", *words)
    assert (refused.code != 0, "BEGIN CERTIFICATE" in refused.out, given.code) == (True, False, 0)
    own = (world / "residents" / "hanako-sign.pem").read_text()
    assert given.out[given.out.index("-----BEGIN") :].strip() == own.strip()
    assert [line for line in reader.commands if line.startswith("00B0") and " 6982 " in line]


def test_both_keys_sign(reader: VirtualReader, world: Path, tmp_path: Path) -> None:
    """With the key's own PIN; openssl verifies it with the certificate, and the card was asked as cards are."""
    (tmp_path / "message").write_bytes(b"What is to be signed")
    paths = ("-i", tmp_path / "message", "-o", tmp_path / "signature")
    for key, (slot, pin, certificate, file) in KEYS.items():
        before = len(reader.commands)
        signed = reader.pkcs11(*login(pin, "--id", key, "--sign", "-m", "SHA256-RSA-PKCS", *paths, slot=slot))
        assert signed.code == 0, signed.err
        assert verified(reader, tmp_path, world / "residents" / certificate) == "Verified OK"
        log = reader.commands[before:]
        assert f"00200080 ({len(pin)}) 9000 0" in log
        assert log.index(f"00A4020C {file} 9000 0") < log.index("802A0080 (51) 9000 256")


def test_without_the_pin_nothing_is_signed(insert, tmp_path: Path) -> None:
    """The card is not even asked to."""
    reader = insert()
    (tmp_path / "message").write_bytes(b"m")
    paths = ("-i", tmp_path / "message", "-o", tmp_path / "signature")
    refused = reader.pkcs11("--id", "01", "--sign", "-m", "SHA256-RSA-PKCS", *paths)
    assert refused.code != 0
    assert not [line for line in reader.commands if line.startswith("802A") and " 9000 " in line]


def test_wrong_pins_count_down_block_and_survive_a_restart(reader: VirtualReader) -> None:
    """Each attempt is a try, power does not give it back, and after the block the right PIN is refused too."""
    assert "CKR_PIN_INCORRECT" in reader.pkcs11(*login("9999", "--list-objects")).err
    reader.restart()
    assert tries(reader) == ["2", "5"]
    assert "CKR_PIN_INCORRECT" in reader.pkcs11(*login("9999", "--list-objects")).err
    assert reader.pkcs11(*login("9999", "--list-objects")).code != 0
    reader.restart()
    assert tries(reader) == ["0", "5"]
    blocked = reader.pkcs11(*login("1234", "--list-objects"))
    assert blocked.code != 0
    attempts = [line for line in reader.commands if line.startswith("00200080 (4)")]
    assert attempts[:3] == [f"00200080 (4) 63C{left} 0" for left in (2, 1, 0)]
    assert set(attempts[3:]) <= {"00200080 (4) 6984 0"}


def test_the_right_pin_restores_the_tries(insert) -> None:
    """As long as one was left."""
    reader = insert()
    for pin, succeeds in (("9999", False), ("9999", False), ("1234", True)):
        assert (reader.pkcs11(*login(pin, "--list-objects")).code == 0) is succeeds
    assert tries(reader) == ["3", "5"]


def tries(reader: VirtualReader) -> list[str]:
    """The tries left that OpenSC reads from the card: user PIN, signature PIN."""
    dump = reader.run("pkcs15-tool", "--list-pins")
    return [line.split()[-1] for line in dump.out.splitlines() if "Tries left" in line]
