"""The authenticator's half of the protocol: M, strict challenges, strict acceptances."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.card.link import Link
from connectors.card.protocol import Acceptance, Challenge, message, proof_body, strict_object
from connectors.errors import Garbled

ISSUER, ORIGIN = "http://localhost:8000/t/aoba", "http://localhost:8000"
LINK = Link(ORIGIN, ISSUER, "AAECAwQFBgcICQoLDA0ODw")
KNOWN_SHA_256 = "c02abb0f117a55f8348dcc46ead073fb7034089c656a8c0da9139c59b7eb0af3"
CHALLENGE: dict[str, Any] = {
    "version": "jpki-login/1",
    "issuer": ISSUER,
    "transaction": "AAECAwQFBgcICQoLDA0ODw",
    "nonce": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    "expires_at": "2026-01-01T00:00:00Z",
    "channel": "same-device",
    "tenant": {"name": "青葉市（見本）"},
    "service": {"name": "青葉市立図書館　予約サービス", "purpose": "本の予約のため"},
    "attributes": [],
    "certificate_types": ["card", "phone"],
    "a member of tomorrow": {"x": [1]},
}


def test_the_message_is_the_known_answer() -> None:
    """173 bytes whose SHA-256 is the published one, and that of `idp/jpki`."""
    m = message(ISSUER, ORIGIN, "AAECAwQFBgcICQoLDA0ODw", bytes(range(32)))
    assert (len(m), hashlib.sha256(m).hexdigest()) == (173, KNOWN_SHA_256)


def test_a_challenge_is_read() -> None:
    """All members have their types, unknown ones are ignored, and its message is the known answer."""
    challenge = Challenge.parse(_body(), LINK)
    assert hashlib.sha256(challenge.message()).hexdigest() == KNOWN_SHA_256
    assert datetime(2026, 1, 1, tzinfo=UTC) == challenge.expires_at
    assert (challenge.service_name, challenge.channel, challenge.claim, challenge.attributes) == (
        "青葉市立図書館　予約サービス",
        "same-device",
        None,
        (),
    )


def test_the_origin_signed_is_the_one_fetched() -> None:
    """A provider cannot name another origin: the link's counts, whatever the JSON says."""
    assert Challenge.parse(_body(origin="https://elsewhere.jp"), LINK).origin == ORIGIN


def test_a_claim_travels_with_its_challenge() -> None:
    """The answer that claims a QR handle carries 16 bytes."""
    claimed = Challenge.parse(_body(channel="cross-device", claim="Dw4NDAsKCQgHBgUEAwIBAA"), LINK)
    assert claimed.claim == "Dw4NDAsKCQgHBgUEAwIBAA"


@pytest.mark.parametrize(
    "change",
    [
        {"version": "jpki-login/2"},
        {"version": "jpki-consent/1"},
        {"version": None},
        {"issuer": "http://localhost:8000/t/wakaba"},
        {"issuer": ISSUER + "/"},
        {"issuer": None},
        {"transaction": ""},
        {"transaction": 7},
        {"transaction": "x" * 401},
        {"nonce": ""},
        {"nonce": None},
        {"nonce": "AAECAwQFBgcICQoLDA0ODw"},
        {"nonce": CHALLENGE["nonce"] + "="},
        {"nonce": CHALLENGE["nonce"][:-1] + "9"},
        {"nonce": "+" + CHALLENGE["nonce"][1:]},
        {"expires_at": "tomorrow"},
        {"expires_at": 1767225600},
        {"expires_at": "2026-01-01T00:00:00"},
        {"channel": "other-device"},
        {"channel": None},
        {"tenant": "青葉市"},
        {"tenant": {}},
        {"tenant": {"name": ""}},
        {"tenant": {"name": "\x1b[2J"}},
        {"tenant": {"name": "青葉\u202e市"}},
        {"service": {"name": "x"}},
        {"service": {"name": "a\nb", "purpose": "x"}},
        {"attributes": None},
        {"attributes": "name"},
        {"attributes": ["my_number"]},
        {"attributes": [["name"]]},
        {"attributes": ["name"], "channel": "cross-device"},
        {"certificate_types": [1]},
        {"claim": "AAAA"},
        {"claim": 5},
    ],
)
def test_a_challenge_of_another_form_is_refused(change: dict[str, Any]) -> None:
    """Another version, issuer, type, size or anything that would deceive a terminal: nothing is signed."""
    with pytest.raises(Garbled):
        Challenge.parse(_body(**change), LINK)


def test_a_service_need_not_state_a_purpose() -> None:
    """Registration does not demand one; an empty text is not a missing one."""
    challenge = Challenge.parse(_body(service={"name": "メモ", "purpose": ""}), LINK)
    assert (challenge.service_name, challenge.service_purpose) == ("メモ", "")


@pytest.mark.parametrize("member", [m for m in CHALLENGE if m != "a member of tomorrow"])
def test_no_member_may_be_missing(member: str) -> None:
    """A challenge without one of its members is refused."""
    body = json.dumps({name: value for name, value in CHALLENGE.items() if name != member}).encode()
    with pytest.raises(Garbled):
        Challenge.parse(body, LINK)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe",
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 2}}',
        b"[" * 60_000,
        b'{"a": ' * 10_000,
        b'{"a": "' + b"x" * 65_536 + b'"}',
    ],
)
def test_only_one_object_without_duplicates_is_json_here(body: bytes) -> None:
    """One object of at most 64 KiB in UTF-8, no member twice at any depth."""
    with pytest.raises(Garbled):
        strict_object(body)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"return_url": f"{ISSUER}/login/x/return?secret=s", "code": "012345"}, "012345"),
        ({"return_url": f"{ISSUER}/login/x/return?secret=s"}, None),
        ({"code": "999999"}, "999999"),
    ],
)
def test_an_acceptance_is_read(answer: dict[str, str], expected: str | None) -> None:
    """A return address, six digits, or both."""
    acceptance = Acceptance.parse(json.dumps({"status": "accepted"} | answer).encode(), LINK)
    assert (expected, answer.get("return_url")) == (acceptance.code, acceptance.return_url)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"status": "accepted"},
        {"status": "refused", "code": "123456"},
        {"status": "accepted", "code": 123456},
        {"status": "accepted", "code": "12345"},
        {"status": "accepted", "code": "１２３４５６"},
        {"status": "accepted", "return_url": "https://evil.jp/t/aoba/x"},
        {"status": "accepted", "return_url": "http://localhost:8000/t/wakaba/x"},
        {"status": "accepted", "return_url": ["x"]},
    ],
)
def test_an_acceptance_that_leads_elsewhere_is_refused(answer: dict[str, Any]) -> None:
    """No browser is sent to another site, and no code of another form is shown."""
    with pytest.raises(Garbled):
        Acceptance.parse(json.dumps(answer).encode(), LINK)


def test_a_proof_sends_nothing_but_what_was_asked() -> None:
    """Certificate, algorithm, signature and the hint; EF 0002 only where attributes were asked for."""
    plain = json.loads(proof_body(certificate=b"\x30\xff", signature=b"\xfb\xff", device="reader"))
    assert plain == {"certificate": "MP8=", "algorithm": "RS256", "signature": "-_8", "device": "reader"}
    asked = json.loads(proof_body(certificate=b"c", signature=b"s", device="reader", attributes=b"\x01"))
    assert asked["input_support"] == {"ef0002": "AQ=="}


def _body(**change: object) -> bytes:
    return json.dumps(CHALLENGE | change).encode()
