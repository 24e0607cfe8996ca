"""Known answers: what proves that a key is the key, without showing it or anybody's number."""

import base64
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ppid.encoding import encode_tag, length_prefixed

COUNT = 1000
_LABEL = b"known-answer/1"
Hmacs = Callable[[Sequence[bytes]], list[bytes]]
"""HMAC-SHA-256 of many messages under one key."""


class WrongAnswer(Exception):
    """A computation that is not what it must be: no key is made or believed on this machine."""


@dataclass(frozen=True, slots=True)
class Vector:
    """HMAC-SHA-256 as openssl computed it (`openssl dgst -sha256 -mac HMAC`): all in hexadecimal."""

    key: str
    message: str
    tag: str


def messages(tenant_id: str, version: int, count: int = COUNT) -> list[bytes]:
    """The messages of a key version, of another form than any derivation: no answer is anybody's number."""
    head = length_prefixed(_LABEL, tenant_id.encode(), version.to_bytes(4, "big"))
    return [head + length_prefixed(number.to_bytes(4, "big")) for number in range(count)]


def answers(tenant_id: str, version: int, hmacs: Hmacs) -> list[str]:
    """The answers to all of them, 43 characters each."""
    return [encode_tag(tag) for tag in hmacs(messages(tenant_id, version))]


def under(key: bytes) -> Hmacs:
    """The computation of this process, under a key in memory."""
    return lambda asked: [hmac.digest(key, message, "sha256") for message in asked]


def check_vectors() -> int:
    """Compute openssl's vectors anew; how many. Raises WrongAnswer when this machine computes otherwise."""
    for vector in VECTORS:
        tag = hmac.digest(bytes.fromhex(vector.key), bytes.fromhex(vector.message), "sha256")
        if tag.hex() != vector.tag:
            raise WrongAnswer("this machine does not compute HMAC-SHA-256 as openssl does")
    return len(VECTORS)


def require_equal(expected: Sequence[str], found: Sequence[str]) -> None:
    """Raise WrongAnswer unless every answer is the same, byte for byte."""
    wrong = sum(not hmac.compare_digest(a, b) for a, b in zip(expected, found, strict=False))
    if wrong or len(expected) != len(found):
        raise WrongAnswer(f"{wrong} of {len(expected)} known answers are not equal: this is not the key")


def is_answer(value: object) -> bool:
    """Whether it has the form of one."""
    try:
        return isinstance(value, str) and len(value) == 43 and len(base64.urlsafe_b64decode(value + "=")) == 32
    except ValueError:
        return False


VECTORS = (
    Vector(
        key="0101010101010101010101010101010101010101010101010101010101010101",
        message=(
            "00000006707069642f3100000004616f6261000000076c69627261727900000020000102030405060708090a"
            "0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        ),
        tag="1abd5137f3d2c464c21fa233a404952af849c85310cee145e9039da3b76eb9ff",
    ),
    Vector(
        key="0101010101010101010101010101010101010101010101010101010101010101",
        message=(
            "00000006707069642f3100000004616f6261000000096368696c646361726500000020000102030405060708"
            "090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        ),
        tag="46c4aa5e0a828fb362d105e75d23091d85cc3146feafaf001bd5aaa7c976d7bc",
    ),
    Vector(
        key="0101010101010101010101010101010101010101010101010101010101010101",
        message=(
            "00000006707069642f31000000066d69646f7269000000076c69627261727900000020000102030405060708"
            "090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        ),
        tag="29b6932d0ee51622e18663f509dca36b08b866288a8bfb512c051989fe845b12",
    ),
    Vector(
        key="0101010101010101010101010101010101010101010101010101010101010101",
        message=(
            "00000006707069642f3100000004616f6261000000076c696272617279000000200000000000000000000000"
            "000000000000000000000000000000000000000000"
        ),
        tag="b33e1545f0131e3e999bf8c646ca664e270b2e1f0f09c0de05187b35e3657ce9",
    ),
)
