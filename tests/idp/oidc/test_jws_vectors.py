"""Signatures of services against published vectors and malformed paddings: what is invalid is nobody's."""

import hashlib
import json
from pathlib import Path

import pytest
from components.forgeries import compact
from joserfc.jwk import RSAKey

from idp.services.client_keys import KeysRefused, SignatureRefused, named, read, verified
from idp.services.client_policies import CLIENT_ALGS

FOLDER = Path(__file__).parents[2] / "vectors" / "jws"
VECTORS = FOLDER / "wycheproof.json"
CASES = [
    pytest.param(group["public"], test, id=f"{test['tcId']}-{test['comment']}")
    for group in json.loads(VECTORS.read_text())["testGroups"]
    for test in group["tests"]
]
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
PUBLIC = {"keys": [RSA.as_dict(private=False)]}


def payload(token, keys, algs=CLIENT_ALGS):
    """What a service with those keys has signed, None where that is nothing."""
    try:
        known = read(keys)
        return verified(token, lambda kid: named(known, kid), algs)[1]
    except (KeysRefused, SignatureRefused):
        return None


@pytest.mark.parametrize(("public", "test"), CASES)
def test_a_published_vector_is_judged_as_published(public, test):
    """By all algorithms that a service may use, and valid ones by their key's alone."""
    valid = test["result"] == "valid"
    assert payload(test["jws"], {"keys": [public]}) == (b"foo" if valid else None)
    others = [alg for alg in CLIENT_ALGS if alg != public.get("alg")]
    assert payload(test["jws"], {"keys": [public]}, others) is None


def test_the_vectors_are_those_of_which_the_origin_is_told():
    """The README beside them names their hash."""
    assert hashlib.sha256(VECTORS.read_bytes()).hexdigest() in (FOLDER / "README.md").read_text()


SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
"""The DigestInfo before a SHA-256 (RFC 8017 section 9.2)."""
HASH = hashlib.sha256
LENGTH = 256


def padded(info, *, lead=b"\x00\x01", fill=b"\xff", end=b"\x00", behind=b""):
    """EMSA-PKCS1-v1_5, or nearly."""
    room = LENGTH - len(lead) - len(end) - len(info) - len(behind)
    return lead + fill * room + end + info + behind


def short(info):
    """Eight bytes of padding and the rest behind the hash, where a careless reader does not look."""
    head = b"\x00\x01" + b"\xff" * 8 + b"\x00" + info
    return head + b"\x00" * (LENGTH - len(head))


PADDINGS = {
    "block type 2": lambda d: padded(SHA256 + d, lead=b"\x00\x02"),
    "block type 0": lambda d: padded(SHA256 + d, lead=b"\x00\x00"),
    "a first byte of 1": lambda d: padded(SHA256 + d, lead=b"\x01\x01"),
    "zeros for padding": lambda d: padded(SHA256 + d, fill=b"\x00"),
    "other padding": lambda d: padded(SHA256 + d, fill=b"\xfe"),
    "no separator": lambda d: padded(SHA256 + d, end=b"\xff"),
    "rubbish behind": lambda d: padded(SHA256 + d, behind=b"\x00" * 16),
    "short padding": lambda d: short(SHA256 + d),
    "no algorithm": padded,
    "no NULL": lambda d: padded(bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20" + d),
    "a long length": lambda d: padded(bytes.fromhex("308131300d060960864801650304020105000420") + d),
    "an indefinite length": lambda d: padded(
        bytes.fromhex("3080300d060960864801650304020105000420") + d + b"\x00\x00"
    ),
    "a leading zero in the length": lambda d: padded(
        bytes.fromhex("30820031300d060960864801650304020105000420") + d
    ),
    "a length one more": lambda d: padded(bytes.fromhex("3032300d060960864801650304020105000420") + d),
    "a length one less": lambda d: padded(bytes.fromhex("3030300d060960864801650304020105000420") + d),
    "a NULL with content": lambda d: padded(bytes.fromhex("3033300f0609608648016503040201050200000420") + d),
    "SHA-1's name": lambda d: padded(bytes.fromhex("3021300906052b0e03021a05000414") + d[:20]),
    "SHA-512's name": lambda d: padded(bytes.fromhex("3051300d060960864801650304020305000440") + d + d),
    "another hash": lambda d: padded(SHA256 + HASH(d).digest()),
    "a cut hash": lambda d: padded(SHA256 + d[:31]),
    "bare": lambda d: d.rjust(LENGTH, b"\x00"),
    "one": lambda _: b"\x01".rjust(LENGTH, b"\x00"),
    "zero": lambda _: bytes(LENGTH),
}


def raw(block):
    """The private key's operation on a block as it is."""
    numbers = RSA.private_key.private_numbers()
    return pow(int.from_bytes(block), numbers.d, numbers.public_numbers.n).to_bytes(LENGTH)


def test_a_right_padding_made_by_hand_is_right():
    """So that the others are refused for what is wrong with them."""
    token = compact({"alg": "RS256", "kid": "rsa"}, b"foo", lambda s: raw(padded(SHA256 + HASH(s).digest())))
    assert payload(token, PUBLIC) == b"foo"


@pytest.mark.parametrize("name", PADDINGS)
def test_a_malformed_padding_is_no_signature(name):
    """Compared as a whole, never parsed (RFC 8017 section 8.2.2)."""
    token = compact({"alg": "RS256", "kid": "rsa"}, b"foo", lambda s: raw(PADDINGS[name](HASH(s).digest())))
    assert payload(token, PUBLIC) is None
    assert payload(token.replace("RS256", "PS256"), PUBLIC) is None
