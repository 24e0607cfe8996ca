"""Every byte that a service receives of one resident, taken apart as far as the service can take it apart."""

import base64
import json
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from components.town import Login, Service, Town, id_token_claims

OWN_TIMES = ("iat", "exp")
"""Claims in which two logins of one moment may agree: the moment of issue, which each service knows anyway."""
WINDOW = 8
"""Bytes that do not agree by chance."""


@dataclass(frozen=True)
class Received:
    """What a service saw of one resident: named values, and the raw bytes of each part."""

    values: dict[str, str] = field(default_factory=dict)
    parts: dict[str, bytes] = field(default_factory=dict)

    def joined(self) -> set[str]:
        """All values, whatever their names."""
        return set(self.values.values())

    def windows(self) -> set[bytes]:
        """All runs of `WINDOW` bytes in all parts."""
        return {part[at : at + WINDOW] for part in self.parts.values() for at in range(len(part) - WINDOW + 1)}

    def lengths(self) -> dict[str, int]:
        """How long each part is."""
        return {name: len(part) for name, part in self.parts.items()}

    def __or__(self, other: "Received") -> "Received":
        """Both together; names are taken once."""
        assert not set(self.values) & set(other.values)
        return Received(self.values | other.values, self.parts | other.parts)


def of(name: str, described: object, *, drop: tuple[str, ...] = ()) -> Received:
    """A JSON value taken apart, under a name. `drop`: members that are left out, wherever they stand.

    Values and not whole JSON texts: the text around a value is the same for everybody, but a run of bytes that
    begins in it and ends one random digit into the value would join one pair in sixteen by chance.
    """
    values: dict[str, str] = {}
    _flatten(name, described, values, drop)
    return Received(values, {path: value.encode() for path, value in values.items()})


def token(name: str, text: str, *, drop: tuple[str, ...] = OWN_TIMES) -> Received:
    """A JWS: its header, its claims without its own times, its signature."""
    header, payload, signature = (_decoded(part) for part in text.split("."))
    read = of(f"{name} header", json.loads(header)) | of(name, json.loads(payload), drop=drop)
    raw = {f"{name} signature": signature}
    return read | Received({f"{name} signature": signature.hex()}, raw)


def answer(name: str, response) -> Received:
    """An HTTP answer: status, headers, and the words of its body."""
    headers = {f"header {key}": value for key, value in response.headers.items()}
    words = sorted(set(re.findall(r"[\w-]{4,}", response.text)))
    return of(name, {"status": response.status_code, **headers, **{f"word {at}": w for at, w in enumerate(words)}})


def query(name: str, url: str, *, chosen: tuple[str, ...] = ()) -> Received:
    """What an address says behind its question mark, without what the service `chose` itself."""
    said = dict(parse_qsl(urlsplit(url).query))
    return of(name, {key: value for key, value in said.items() if value not in chosen})


def receive(town: Town, service: Service, login: Login, redirect: str) -> Received:
    """Redeem the code of a redirect, ask UserInfo, and keep everything."""
    return receive_with_tokens(town, service, login, redirect)[0]


def receive_with_tokens(town: Town, service: Service, login: Login, redirect: str) -> tuple[Received, dict]:
    """The same, with what the token endpoint answered."""
    own = (login.state, login.nonce, service.client_id)
    code = dict(parse_qsl(urlsplit(redirect).query))["code"]
    told = town.redeem(code, login)
    assert told.status_code == 200, told.text
    userinfo = town.userinfo(service, told.json["access_token"])
    assert userinfo.status_code == 200
    claims = id_token_claims(told.json["id_token"])
    assert claims["exp"] - claims["iat"] == 600
    received = (
        query("redirect", redirect)
        | of("token", {name: value for name, value in told.json.items() if name != "id_token"})
        | of("token header", dict(told.headers))
        | token("ID token", told.json["id_token"])
        | of("userinfo", userinfo.json)
        | of("userinfo header", dict(userinfo.headers))
    )
    chosen = {name for name, value in received.values.items() if value in own}
    assert len(chosen) == 3
    parts = received.parts | {
        "code, decoded": _decoded(code),
        "access token, decoded": _decoded(told.json["access_token"]),
    }
    return Received(
        {name: value for name, value in received.values.items() if name not in chosen},
        {name: part for name, part in parts.items() if name not in chosen},
    ), told.json


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _flatten(name: str, value: object, into: dict[str, str], drop: tuple[str, ...]) -> None:
    """Leaves of a JSON value by their path; a list of strings counts as one value."""
    if isinstance(value, dict):
        for member, inner in value.items():
            if member not in drop:
                _flatten(f"{name} {member}", inner, into, drop)
    else:
        into[name] = value if isinstance(value, str) else json.dumps(value)
