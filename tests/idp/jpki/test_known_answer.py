"""The provider's layout of M against the known answer of the card login protocol, section 3."""

import hashlib

import pytest
from msgspec import structs

from idp.jpki.proof import Challenge

KNOWN = Challenge(
    issuer="http://localhost:8000/t/aoba",
    origin="http://localhost:8000",
    transaction="AAECAwQFBgcICQoLDA0ODw",
    nonce=bytes(range(32)),
)
KNOWN_SHA_256 = "c02abb0f117a55f8348dcc46ead073fb7034089c656a8c0da9139c59b7eb0af3"


def test_the_message_is_the_known_answer() -> None:
    """173 bytes whose SHA-256 is the published one, and that of `connectors/card`."""
    message = KNOWN.message()
    assert (len(message), hashlib.sha256(message).hexdigest()) == (173, KNOWN_SHA_256)


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "http://localhost:8000/t/wakaba"},
        {"origin": "http://localhost:8001"},
        {"transaction": "AAECAwQFBgcICQoLDA0ODx"},
        {"nonce": bytes(32)},
        {"attributes": b"\0"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_part_is_bound(change: dict[str, object]) -> None:
    """A signature over one login says nothing about another that differs in any part."""
    assert KNOWN.message() != structs.replace(KNOWN, **change).message()


def test_parts_cannot_flow_into_each_other() -> None:
    """Moving a character from one part to the next changes the message: each part is hashed alone."""
    moved = structs.replace(KNOWN, issuer=KNOWN.issuer[:-1], origin=KNOWN.issuer[-1] + KNOWN.origin)
    assert KNOWN.message() != moved.message()
