"""`idp ocsp check`: every configured responder asked now, its answer judged, and an exit code that says it."""

import pytest
from components.forgery import new_key
from components.hierarchy import DAY, NOW
from components.openssl import write_certificate, write_key
from components.peer import Peer, answer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.sandbox.clock import OffsetClock
from connectors.sandbox.state import Slot
from idp.jpki.front_certificate import front_certificate


@pytest.fixture
def check(look, quiet_town):
    """`idp ocsp check WORDS --json` over a town that nobody changes."""
    return lambda *words, **changes: look("ocsp", "check", *words, "--json", **changes)


def serial_of(town, resident, slot=Slot.AUTH):
    """A resident's serial number, as one types it."""
    return f"0x{town.world.state.current(resident, slot).serial:x}"


def test_a_certificate_is_good(check, quiet_town):
    """Its issuer is found by itself; one row, with what an operator wants to know."""
    ran = check(quiet_town.resident("hanako").auth_certificate)
    (row,) = ran.json
    assert ran.code == 0
    assert (row["status"], row["method"], row["signature_ok"], row["detail"]) == ("good", "ocsp", True, "")
    assert row["url"] == f"{quiet_town.jlis}/ocsp"
    assert row["this_update"] < row["next_update"]
    assert len(bytes.fromhex(row["responder"])) == 20
    assert 0 < row["round_trip_ms"] < 2000


def test_der_is_read_too(check, quiet_town, tmp_path):
    """As a card gives it."""
    pem = quiet_town.resident("hanako").auth_certificate.read_bytes()
    (tmp_path / "card.cer").write_bytes(x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER))
    assert check(tmp_path / "card.cer").code == 0


def test_revoked_says_why(check, quiet_town):
    """The reason, and exit code 1."""
    ran = check(quiet_town.resident("shiro").auth_certificate)
    assert (ran.code, ran.json[0]["status"], ran.json[0]["detail"]) == (1, "revoked", "certificateHold")


def test_a_serial_number_is_asked_of_every_generation(check, quiet_town):
    """Good by the one that issued it, unknown to the others of its kind."""
    ran = check("--serial", serial_of(quiet_town, "hanako"), "--kind", "user", "--tenant", "aoba")
    generations = [a for a in quiet_town.world.authorities if str(a.kind) == "user"]
    assert ran.code == 0
    assert sorted(row["status"] for row in ran.json) == sorted(["good", *["unknown"] * (len(generations) - 1)])


def test_a_serial_number_of_nobody_is_unknown(check):
    """Everywhere."""
    ran = check("--serial", "5", "--kind", "signature")
    assert (ran.code, {row["status"] for row in ran.json}) == (1, {"unknown"})


def test_the_table_is_for_people(look, quiet_town):
    """The same without --json."""
    ran = look("ocsp", "check", quiet_town.resident("hanako").auth_certificate)
    assert ran.code == 0
    assert "round_trip_ms" in ran.out


def test_nothing_shown_names_the_certificate(check, quiet_town):
    """What is shown may be copied into a ticket."""
    number = quiet_town.world.state.current("hanako", Slot.AUTH).serial
    ran = check("--serial", str(number), "--kind", "user")
    assert not any(word in ran.out + ran.err for word in (str(number), f"{number:x}"))


@pytest.mark.parametrize(
    ("reply", "status", "code"),
    [
        ([None], "unreachable", 3),
        ([answer("500 Broken")], "unreachable", 3),
        ([answer("200 OK", bytes(range(256)), "Content-Type: application/ocsp-response")], "refused", 1),
        ([answer("200 OK", b"0\x03\n\x01\x03", "Content-Type: application/ocsp-response")], "refused", 1),
    ],
    ids=["reset", "500", "garbage", "tryLater"],
)
def test_a_responder_that_fails_is_told_by_its_failure(check, quiet_town, reply, status, code):
    """Silence is another thing than nonsense; neither has a signature."""
    with Peer(lambda _request: reply) as peer:
        ran = check(quiet_town.resident("hanako").auth_certificate, IDP_OCSP_URL=f"{peer.origin}/ocsp")
    (row,) = ran.json
    assert (ran.code, row["status"], row["signature_ok"]) == (code, status, False)
    assert (row["this_update"], row["responder"]) == ("", "")
    assert row["detail"]


def test_every_responder_is_asked(check, quiet_town):
    """One that is down does not hide behind one that is up, nor the other way round."""
    with Peer(lambda _request: [None]) as peer:
        urls = f"{peer.origin}/ocsp {quiet_town.jlis}/ocsp"
        ran = check(quiet_town.resident("hanako").auth_certificate, IDP_OCSP_URL=urls)
    assert [row["status"] for row in ran.json] == ["unreachable", "good"]
    assert ran.code == 0


def test_a_validation_authority_is_asked_too(check, quiet_town, tmp_path):
    """By its own certificate: J-LIS's responder is not it."""
    now = quiet_town.clock()
    certificate = front_certificate(new_key(), "VA", serial=1, not_before=now, not_after=now)
    write_certificate(tmp_path / "va.pem", certificate)
    va = {"IDP_VA_URL": f"{quiet_town.jlis}/ocsp", "IDP_VA_CERTIFICATE_FILE": str(tmp_path / "va.pem")}
    ran = check(quiet_town.resident("hanako").auth_certificate, **va)
    assert [(row["method"], row["status"]) for row in ran.json] == [("ocsp", "good"), ("va", "refused")]


def test_questions_are_signed_as_logins_sign_them(idp, aoba, tmp_path):
    """Against a responder that demands it."""
    key = new_key()
    lifetime = {"not_before": aoba.clock(), "not_after": aoba.clock()}
    write_certificate(tmp_path / "asker.pem", front_certificate(key, "asker", serial=1, **lifetime))
    write_key(tmp_path / "asker.key", key)
    aoba.control(do="ocsp", mode="signed")
    signing = {
        "IDP_OCSP_SIGNING_CERTIFICATE_FILE": str(tmp_path / "asker.pem"),
        "IDP_OCSP_SIGNING_KEY_FILE": str(tmp_path / "asker.key"),
    }
    words = ("ocsp", "check", aoba.resident("hanako").auth_certificate, "--json")
    assert [idp(*words, **settings).json[0]["status"] for settings in ({}, signing)] == ["refused", "good"]


def test_old_data_are_told_apart(idp, aoba):
    """Signed, but of an hour ago: stale, which is no good answer."""
    aoba.control(do="ocsp", mode="up")
    clock = {"IDP_CLOCK_FILE": str(aoba.folder / "later")}
    OffsetClock(aoba.folder / "later").set_offset(3600)
    ran = idp("ocsp", "check", aoba.resident("hanako").auth_certificate, "--json", **clock)
    (row,) = ran.json
    assert (ran.code, row["status"], row["signature_ok"]) == (1, "stale", True)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ((), 2, "give the file"),
        (("--serial", "5"), 2, "give the file"),
        (("--kind", "user"), 2, "give the file"),
        (("x.cer", "--serial", "5", "--kind", "user"), 2, "give the file"),
        (("--serial", "0", "--kind", "user"), 2, "positive"),
        (("--serial", "-5", "--kind", "user"), 2, "decimal"),
        (("--serial", ":", "--kind", "user"), 2, "positive"),
        (("--serial", "9" * 9000, "--kind", "user"), 2, "at most 20 octets"),
        (("--serial", "1_000", "--kind", "user"), 2, "decimal"),
        (("--serial", f"0x{1 << 159:x}", "--kind", "user"), 2, "at most 20 octets"),
        (("--serial", "xyz", "--kind", "user"), 2, "decimal"),
        (("--serial", "５", "--kind", "user"), 2, "decimal"),
        (("no-such-file",), 2, "cannot be read"),
        (("--serial", "5", "--kind", "user", "--tenant", "nowhere"), 1, "no active tenant"),
    ],
)
def test_what_names_no_certificate_is_refused(check, words, code, sentence):
    """With a sentence, and without what was typed."""
    ran = check(*words)
    assert (ran.code, ran.out) == (code, "")
    assert sentence in ran.error


@pytest.mark.parametrize(
    "content",
    [b"", bytes(range(256)), b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", bytes(40_000)],
    ids=["empty", "garbage", "PEM of nothing", "large"],
)
def test_a_file_that_is_no_certificate_is_refused(check, tmp_path, content):
    """Exit code 1, no stack trace."""
    (tmp_path / "file").write_bytes(content)
    ran = check(tmp_path / "file")
    assert (ran.code, ran.out) == (1, "")
    assert ran.error


def test_a_strangers_certificate_is_refused(check, tmp_path):
    """Nobody is asked about what none of our anchors issued."""
    certificate = front_certificate(new_key(), "stranger", serial=1, not_before=NOW, not_after=NOW + DAY)
    ran = check(write_certificate(tmp_path / "stranger.pem", certificate))
    assert ran.code == 1
    assert "certificate_untrusted" in ran.error


def test_with_nobody_to_ask(check, quiet_town):
    """Neither responder nor validation authority configured."""
    ran = check(quiet_town.resident("hanako").auth_certificate, IDP_OCSP_URL=None)
    assert ran.code == 2
    assert "nobody to ask" in ran.error


def test_a_question_by_command_is_counted(idp, aoba):
    """J-LIS charges for it as for any other: the municipality's own, for none of its services."""
    hanako = aoba.resident("hanako").auth_certificate
    assert idp("ocsp", "check", str(hanako), "--tenant", "aoba").code == 0
    assert idp("certificate", "verify", str(hanako), "--tenant", "aoba").code == 0
    (line,) = idp("usage", "report", "--tenant", "aoba", "--json").json["lines"]
    assert (line["purpose"], line["method"], line["kind"], line["checks"]) == ("operator", "ocsp", "user", 2)
