"""The table of algorithms: which keys are of which row, and what counts as a signature of theirs."""

import pytest
from components.forgery import elliptic_key, new_key
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idp.jpki.algorithms import ENABLED, ES384, RS256, SubjectKey, read_key

MESSAGE = b"M" * 173


def spki(key):
    """SubjectPublicKeyInfo in DER."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture(scope="module")
def next_key():
    """A key as the next card will have."""
    return ec.generate_private_key(ec.SECP384R1())


def joined(signature):
    """r||s of a signature in DER."""
    return b"".join(number.to_bytes(48) for number in decode_dss_signature(signature))


def test_todays_row_alone_is_enabled():
    """The next card's row waits for a decision and for its rules."""
    assert ENABLED == (RS256,)


def test_keys_of_the_rows(hierarchy, next_key):
    """Each row has its own keys and none of the other's."""
    rsa_spki, elliptic_spki = spki(hierarchy.card_key), spki(next_key)
    assert (RS256.has_key(rsa_spki), ES384.has_key(elliptic_spki)) == (True, True)
    assert (RS256.has_key(elliptic_spki), ES384.has_key(rsa_spki)) == (False, False)


NEIGHBOURS = {
    "RSA-1024": lambda: new_key(1024),
    "RSA-2040": lambda: new_key(2040),
    "RSA-3072": lambda: new_key(3072),
    "e = 3": lambda: new_key(exponent=3),
    "P-256": elliptic_key,
    "P-521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "a curve of as many bits": lambda: ec.generate_private_key(ec.BrainpoolP384R1()),
}


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_neighbours_are_of_no_row(name):
    """Another size, exponent or curve is another key, however strong."""
    encoded = spki(NEIGHBOURS[name]())
    assert not any(row.has_key(encoded) for row in (RS256, ES384))


def test_each_part_of_a_row_decides(hierarchy):
    """Length, beginning and end: one of them wrong is enough."""
    good = spki(hierarchy.card_key)
    assert RS256.has_key(good)
    assert not RS256.has_key(good[:-5] + b"\0" + good[-5:])
    assert not RS256.has_key(b"\x31" + good[1:])
    assert not RS256.has_key(good[:-1] + b"\x03")


def test_a_certificates_key_is_read_with_its_row(hierarchy, next_key):
    """The first row that fits; none is no error."""
    old, new = hierarchy.certificate(), hierarchy.certificate(key=next_key)
    assert read_key(old, (ES384, RS256)).algorithm is RS256
    assert read_key(new, (ES384, RS256)) == SubjectKey(new.public_key(), ES384, spki(next_key))
    assert read_key(new, ENABLED) is None


def test_a_signature_of_p384_in_both_forms(next_key):
    """DER where X.509 carries it, r||s where an authenticator sends it, and neither in the other's place."""
    der, key = next_key.sign(MESSAGE, ec.ECDSA(hashes.SHA384())), next_key.public_key()
    assert ES384.is_signed(key, der, MESSAGE)
    assert ES384.is_signed_by_holder(key, joined(der), MESSAGE)
    assert not ES384.is_signed(key, joined(der), MESSAGE)
    assert not ES384.is_signed_by_holder(key, der, MESSAGE)


def spread(signature):
    """The same two numbers in an octet more."""
    return signature[:48] + b"\0" + signature[48:]


REFUSED = {
    "another message": lambda key: joined(key.sign(b"?", ec.ECDSA(hashes.SHA384()))),
    "the neighbour's hash": lambda key: joined(key.sign(MESSAGE, ec.ECDSA(hashes.SHA256()))),
    "r alone": lambda key: joined(key.sign(MESSAGE, ec.ECDSA(hashes.SHA384())))[:48],
    "a byte more": lambda key: joined(key.sign(MESSAGE, ec.ECDSA(hashes.SHA384()))) + b"\0",
    "a zero between": lambda key: spread(joined(key.sign(MESSAGE, ec.ECDSA(hashes.SHA384())))),
    "zeros": lambda _key: bytes(96),
    "ones": lambda _key: b"\xff" * 96,
    "empty": lambda _key: b"",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_signature_of_p384(next_key, name):
    """Wrong in length, in content or in hash: false, and no exception."""
    assert not ES384.is_signed_by_holder(next_key.public_key(), REFUSED[name](next_key), MESSAGE)


def test_an_rsa_signature_has_one_form(hierarchy):
    """What a card sends is what X.509 carries; SHA-384 is not its row's hash."""
    key = hierarchy.card_key
    good = key.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    other = key.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA384())
    public = key.public_key()
    assert RS256.is_signed(public, good, MESSAGE)
    assert RS256.is_signed_by_holder(public, good, MESSAGE)
    assert not RS256.is_signed_by_holder(public, other, MESSAGE)
