"""Proofs beside a card's own at login: the API's message, another signature beside it, another's word for it."""

import hashlib

import pytest
from components.hierarchy import NOW
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from idp.errors import Reason, Refusal
from idp.jpki.api_proof import ApiChallenge
from idp.jpki.certificate import parse
from idp.jpki.consent_proof import ConsentChallenge
from idp.jpki.profile import SANDBOX
from idp.jpki.proof import Challenge
from idp.jpki.verify import UnverifiedProof, verify, vouched


def refuse():
    """A second signature that does not hold."""
    raise Refusal(Reason.TERMINAL_REFUSED)


def test_the_apis_message_is_context_and_three_digests():
    """Laid out by hand: 110 bytes, and never a login's."""
    message = ApiChallenge("https://id.example", "library", bytes(32)).message()
    parts = (b"https://id.example", b"library", bytes(32))
    assert message == b"jpki-verify/1\0" + b"".join(hashlib.sha256(part).digest() for part in parts)
    assert len(message) == 110


def test_a_statements_message_is_context_and_five_digests():
    """Laid out by hand: 175 bytes, the statement the last of them."""
    asked = ("https://idp.example/t/aoba", "https://idp.example", "transaction")
    message = ConsentChallenge(*asked, bytes(32), "氏名を渡します。").message()
    parts = (*(text.encode() for text in asked), bytes(32), "氏名を渡します。".encode())
    assert message == b"jpki-consent/1\0" + b"".join(hashlib.sha256(part).digest() for part in parts)
    assert len(message) == 175


def test_what_is_signed_beside_is_asked_after_the_card(hierarchy):
    """A proof that holds passes; with a second signature that does not, it is refused for that one's reason."""
    challenge = Challenge("https://idp.example", "https://idp.example", "transaction", bytes(32))
    signature = hierarchy.card_key.sign(challenge.message(), padding.PKCS1v15(), hashes.SHA256())
    proof = UnverifiedProof(parse(hierarchy.der()), "RS256", signature)
    sound = {"anchors": hierarchy.anchors, "profile": SANDBOX, "now": NOW}
    asked = []
    assert verify(proof, challenge, also=lambda: asked.append(1), **sound).serial
    assert asked == [1]
    with pytest.raises(Refusal) as refused:
        verify(proof, challenge, also=refuse, **sound)
    assert refused.value.reason is Reason.TERMINAL_REFUSED


def test_a_proof_shows_nothing_of_a_person(hierarchy):
    """A log line that holds one holds neither certificate nor what was read from the card."""
    proof = UnverifiedProof(parse(hierarchy.der()), "RS256", b"signature", b"attributes")
    assert repr(proof) == "UnverifiedProof(algorithm='RS256')"


def test_another_may_vouch_for_the_holder(hierarchy):
    """Everything but the signature is checked as ever, and the voucher has the last word on it."""
    sound = {"anchors": hierarchy.anchors, "profile": SANDBOX, "now": NOW}
    assert vouched(parse(hierarchy.der()), lambda: None, **sound).serial
    with pytest.raises(Refusal) as refused:
        vouched(parse(hierarchy.der()), refuse, **sound)
    assert refused.value.reason is Reason.TERMINAL_REFUSED
