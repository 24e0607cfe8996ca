"""Forged JWTs: whatever was ever believed that must not be, made from a right one of the place that takes it."""

import base64
import hashlib
import hmac
import json

from components.town import b64url
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc.jwk import ECKey

ATTACKER = ECKey.generate_key("P-256", {"kid": "attacker"})
NONES = ("none", "None", "NONE", "nOnE", "none ", " none", "none\x00", "", None, ["none"], {"none": 1}, 0, False)
HMACS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
KIDS = {
    "a path": "../../../../dev/null",
    "a path of ours": "/proc/self/environ",
    "SQL": "x' UNION SELECT 'key' --",
    "10 kB": "k" * 10_000,
    "a NUL": "\x00",
    "its own and a NUL": "{kid}\x00",
    "its own and a blank": "{kid} ",
    "a URL": "http://127.0.0.1:8901/key",
    "a command": "|/usr/bin/id",
    "a list": ["{kid}"],
    "an object": {"$ne": None},
    "a number": 0,
    "true": True,
    "another": "attacker",
}


def compact(header, payload, sign=lambda _: b""):
    """A JWS in compact form. `header`: members, or bytes that no library writes."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    signed = f"{b64url(raw)}.{b64url(payload)}"
    return f"{signed}.{b64url(sign(signed.encode()))}"


def by(key):
    """Signs by ES256 with that key."""

    def sign(content):
        der = key.private_key.sign(content, ec.ECDSA(hashes.SHA256()))
        return b"".join(number.to_bytes(32) for number in decode_dss_signature(der))

    return sign


def without_signature(header, payload):
    """The algorithm `none` in every spelling, with no signature and with the right one's place filled."""
    for alg in NONES:
        yield f"alg {alg!r}", compact({**header, "alg": alg}, payload)
        yield f"alg {alg!r}, signed", compact({**header, "alg": alg}, payload, by(ATTACKER))
    bare = {name: value for name, value in header.items() if name != "alg"}
    yield "no alg", compact(bare, payload)


def by_a_public_secret(header, payload, key):
    """HMAC, by everything about a public key that is public, or by nothing."""
    public = key.private_key.public_key()
    jwk = key.as_dict(private=False)
    pem = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    der = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    point = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    secrets = {
        "PEM": public.public_bytes(*pem),
        "PEM without its last line break": public.public_bytes(*pem).rstrip(),
        "DER": public.public_bytes(*der),
        "point": public.public_bytes(*point),
        "x": base64.urlsafe_b64decode(jwk["x"] + "=="),
        "JWK": json.dumps(jwk).encode(),
        "nothing": b"",
        "zeros": bytes(32),
        "kid": str(header.get("kid", "")).encode(),
    }
    for alg, digest in HMACS.items():
        for name, secret in secrets.items():
            signed = compact({**header, "alg": alg}, payload, lambda s, k=secret, d=digest: hmac.digest(k, s, d))
            yield f"{alg} by the {name}", signed


def by_another_key(header, payload, *, key_in_header):
    """The attacker's own signature, with all that could lead to their key."""
    sign, jwk = by(ATTACKER), ATTACKER.as_dict(private=False)
    yield "the attacker's signature", compact(header, payload, sign)
    url = "http://127.0.0.1:8901/keys"
    more = {
        "jku": {"jku": url},
        "x5u": {"x5u": url},
        "x5c": {"x5c": ["MIIB"]},
        "jku and its kid": {"jku": url, "kid": "attacker"},
    }
    more |= {} if key_in_header else {"jwk": {"jwk": jwk}, "jwk and its kid": {"jwk": jwk, "kid": "attacker"}}
    for name, members in more.items():
        yield f"{name} to the attacker's key", compact({**header, **members}, payload, sign)


def with_other_rules(header, payload, key):
    """Rightly signed, with a header that asks for what we do not do."""
    sign = by(key)
    rules = {
        "crit unknown": {"crit": ["rule"], "rule": 1},
        "crit exp": {"crit": ["exp"], "exp": 1},
        "crit b64": {"crit": ["b64"], "b64": False},
        "crit without its member": {"crit": ["b64"]},
        "crit empty": {"crit": []},
        "crit text": {"crit": "b64"},
        "unencoded payload": {"b64": False},
        "compressed": {"zip": "DEF"},
    }
    for name, members in rules.items():
        yield name, compact({**header, **members}, payload, sign)
    for alg in (
        "es256",
        "ES256 ",
        "ES384",
        "ES512",
        "ES256K",
        "RS256",
        "PS256",
        "EdDSA",
        "HS256",
        "RSA-OAEP",
        "dir",
    ):
        yield f"called {alg}", compact({**header, "alg": alg}, payload, sign)
    raw = json.dumps(header).encode()
    yield "alg twice", compact(raw[:-1] + b',"alg":"none"}', payload, sign)
    yield "alg twice the other way", compact(b'{"alg":"none",' + raw[1:], payload, sign)
    yield "a header that is a list", compact(b"[" + raw + b"]", payload, sign)
    yield "a header in UTF-16", compact(raw.decode().encode("utf-16"), payload, sign)
    yield "a header with more behind", compact(raw + b"{}", payload, sign)


def with_another_signature(header, payload, key):
    """What is no signature of that key, in every shape that one could be written in."""
    der = key.private_key.sign(b"x", ec.ECDSA(hashes.SHA256()))
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    shapes = {
        "zeros": bytes(64),
        "the order twice": order.to_bytes(32) * 2,
        "ones": (1).to_bytes(32) * 2,
        "DER": der,
        "empty": b"",
        "one byte": b"\x00",
        "a hash": hashlib.sha512(payload).digest(),
    }
    for name, signature in shapes.items():
        yield f"a signature of {name}", compact(header, payload, lambda _, s=signature: s)
    right = compact(header, payload, by(key))
    head, body, signature = right.split(".")
    yield "another payload", f"{head}.{b64url(payload + b' ')}.{signature}"
    yield "in JSON", json.dumps({"protected": head, "payload": body, "signature": signature})
    yield "four parts", right + "."
    yield "two parts", f"{head}.{body}"
    yield "padded", right + "=="
    yield "with a blank", f"{head}. {body}.{signature}"
    yield "with a line break", right + "\n"
    yield "in the other base64", right.replace("-", "+").replace("_", "/") + "+"


def with_another_kid(header, payload, key):
    """A key id that leads somewhere, signed by who would profit and rightly."""
    for name, kid in KIDS.items():
        own = json.loads(json.dumps(kid).replace("{kid}", str(header["kid"])))
        for whose, sign in (("the attacker's", by(ATTACKER)), ("the right", by(key))):
            yield f"kid: {name}, {whose} signature", compact({**header, "kid": own}, payload, sign)


def forgeries(header, payload, key, *, key_in_header=False):
    """All of them by name. `key_in_header`: the place wants a `jwk` there, and no `kid` leads anywhere."""
    made = {
        **dict(without_signature(header, payload)),
        **dict(by_a_public_secret(header, payload, key)),
        **dict(by_another_key(header, payload, key_in_header=key_in_header)),
        **dict(with_other_rules(header, payload, key)),
        **dict(with_another_signature(header, payload, key)),
    }
    return made if key_in_header else made | dict(with_another_kid(header, payload, key))
