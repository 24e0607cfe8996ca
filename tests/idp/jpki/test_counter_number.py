"""The provider's half of what a terminal signs for a user number."""

import hashlib
from dataclasses import replace

import pytest

from idp.jpki.counter_number import NumberRequest

LINKED = "c42444758db7b6d251fdba6202e0785c905966f1fed286bfb6a7a9340966e214"
FETCHED = "a8c7f0c8184aa37d8fe13629777723b41cc1e6ed383bc3354deec837b41da750"
"""The same as in tests/connectors: they bind the two layouts."""
REQUEST = NumberRequest(
    issuer="http://localhost:8000/t/aoba",
    origin="http://localhost:8000",
    transaction="AAECAwQFBgcICQoLDA0ODw",
    nonce=bytes(range(32)),
    terminal="mado-2",
    act="link",
    number="0012345678",
    claim="K7QX-93MT",
)


def test_the_known_answer():
    """278 bytes, for both acts."""
    assert len(REQUEST.message()) == 278
    assert hashlib.sha256(REQUEST.message()).hexdigest() == LINKED
    fetched = replace(REQUEST, act="fetch", number="", claim="")
    assert hashlib.sha256(fetched.message()).hexdigest() == FETCHED


@pytest.mark.parametrize("name", ["issuer", "origin", "transaction", "terminal", "act", "number", "claim"])
def test_every_part_is_bound(name):
    """Another value makes another message."""
    assert replace(REQUEST, **{name: "other"}).message() != REQUEST.message()


def test_no_number_stands_in_its_repr():
    """Nor the claim code."""
    assert "0012345678" not in repr(REQUEST)
    assert "K7QX" not in repr(REQUEST)
