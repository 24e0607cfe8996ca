"""Lines: written by joserfc, opened by us; and whatever else may stand in a file."""

import base64
import json

import pytest
from components.collection import AT, KEY_ID, Pair, collected, file_id
from joserfc import jwe
from joserfc.jwk import ECKey

from idp.shelter.collected import Total
from idp.shelter.line import ForeignLine, LineRefused, Place, open_line, place_of, seal

PAIR = Pair()
PLACE = Place(KEY_ID, file_id(), 7)
REGISTRY = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"], strict_check_header=False)
GOOD = {"kind": "user", "serial": "1a2b", "issuer_key_id": None, "at": "2026-11-26T03:04:05Z", "place": "体育館"}


def by_joserfc(payload, **header):
    """A line of any payload and header, by an honest JOSE library."""
    members = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": KEY_ID, "file": PLACE.file_id, "seq": 7} | header
    members = {name: value for name, value in members.items() if value is not None}
    plain = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return jwe.encrypt_compact(members, plain, PAIR.public.key, registry=REGISTRY)


def parts(line):
    """The five parts."""
    return line.split(".")


def with_header(line, **members):
    """The line with other members in its header, which breaks its seal as well."""
    protected, *rest = parts(line)
    header = json.loads(base64.urlsafe_b64decode(protected + "==")) | members
    encoded = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    return ".".join([encoded, *rest])


def test_a_record_comes_back_as_it_was():
    """With its place, which anybody may read."""
    line = seal(collected(), PLACE, PAIR.public.key)
    assert place_of(line) == PLACE
    opened = open_line(line, PAIR.private_keys)
    assert (opened.place, opened.record) == (PLACE, collected())
    assert open_line(seal(Total(3), PLACE, PAIR.public.key), PAIR.private_keys).record == Total(3)


def test_joserfc_opens_our_line_too():
    """The format is the RFC's, not ours."""
    key = ECKey(PAIR.private, PAIR.private, {"kid": KEY_ID})
    line = seal(collected(), PLACE, PAIR.public.key)
    plain = json.loads(jwe.decrypt_compact(line, key, registry=REGISTRY).plaintext)
    assert plain == {
        "kind": "user",
        "serial": "1a2b3c",
        "issuer_key_id": "00" * 20,
        "at": AT.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "place": "青葉小学校 体育館",
    }


def test_two_lines_of_one_record_have_nothing_in_common():
    """A fresh key each: nobody sees that it is the same person."""
    one, other = (parts(seal(collected(), PLACE, PAIR.public.key)) for _ in range(2))
    assert one[0] != other[0]
    assert one[2:] != other[2:]


def test_a_line_for_another_tenant_is_foreign():
    """It is whole, but not ours."""
    with pytest.raises(ForeignLine):
        open_line(seal(collected(), PLACE, PAIR.public.key), Pair("collection-other").private_keys)


@pytest.mark.parametrize("part", range(5))
def test_a_line_altered_anywhere_does_not_open(part):
    """Header, key, nonce, ciphertext, tag."""
    changed = parts(by_joserfc(GOOD))
    changed[part] = ("A" if not changed[part].startswith("A") else "B") + changed[part][1:]
    with pytest.raises(LineRefused):
        open_line(".".join(changed), PAIR.private_keys)


@pytest.mark.parametrize(
    "member",
    [{"alg": "ECDH-ES+A256KW"}, {"enc": "A128GCM"}, {"zip": "DEF"}, {"crit": ["x"]}, {"apu": "AA"}, {"seq": -1},
     {"seq": 1.5}, {"seq": True}, {"seq": "7"}, {"file": "x"}, {"file": None}, {"kid": None}, {"epk": None},
     {"epk": {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}},
     {"epk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}},
     {"epk": {"kty": "EC", "crv": "P-256", "x": 5, "y": 5}},
     {"epk": {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}}],
    ids=str,
)  # fmt: skip
def test_a_header_that_we_do_not_write_is_refused(member):
    """Other algorithms, other members, a point that is not on the curve."""
    with pytest.raises(LineRefused):
        open_line(with_header(by_joserfc(GOOD), **member), PAIR.private_keys)


@pytest.mark.parametrize(
    "members",
    [
        {"seq": -1},
        {"seq": 1.5},
        {"seq": True},
        {"seq": None},
        {"file": "x"},
        {"file": None},
        {"cty": "x"},
        {"x": 1},
    ],
    ids=str,
)
def test_a_sealed_header_is_read_as_strictly(members):
    """Whoever has the key can seal any header."""
    with pytest.raises(LineRefused):
        open_line(by_joserfc(GOOD, **members), PAIR.private_keys)


@pytest.mark.parametrize(
    "text",
    ["", ".", "....", "x" * 100, "a.b.c.d.e", "ey.." * 9, "\u3042....", "e30....", "W10....", "x" * 10_000,
     base64.urlsafe_b64encode(b'{"a":' * 500).decode() + "...."],
    ids=lambda text: text[:8] or "empty",
)  # fmt: skip
def test_rubbish_is_refused_and_nothing_else(text):
    """No other error gets out."""
    for read in (place_of, lambda line: open_line(line, PAIR.private_keys)):
        with pytest.raises(LineRefused):
            read(text)


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b"5", b"null", b"\xff", b"{" * 3000, {}, {"total": -1}, {"total": True}, {"total": "3"}]
    + [GOOD | {"kind": value} for value in ("x", [])]
    + [GOOD | {"serial": value} for value in ("0", 5, "f" * 41, "xyz")]
    + [GOOD | {"issuer_key_id": value} for value in ("00", 5)]
    + [GOOD | {"at": value} for value in ("yesterday", None)]
    + [GOOD | {"place": value} for value in ("", "a\nb", "x" * 201, None, "\u202eabc")],
    ids=lambda payload: str(payload)[:24],
)
def test_what_whoever_has_the_public_key_encrypts_is_read_strictly(payload):
    """Anybody can write to us; only records are records."""
    with pytest.raises(LineRefused):
        open_line(by_joserfc(payload), PAIR.private_keys)


def test_a_line_that_opens_tells_nothing_in_its_error():
    """The sentence of a refusal repeats nothing of the record."""
    with pytest.raises(LineRefused) as refused:
        open_line(by_joserfc(GOOD | {"serial": "canary"}), PAIR.private_keys)
    assert "canary" not in str(refused.value)
