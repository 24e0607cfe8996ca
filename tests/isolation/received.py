"""Every byte that a service receives in one login, taken apart as far as the service can take it apart."""

import base64
import json
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from components.town import BASE_URL, Login, Service, Town

OWN_TIMES = ("iat", "exp")
"""Claims in which two logins of one moment may agree: the moment of issue, which each service knows anyway."""
WINDOW = 8
"""Bytes that do not agree by chance."""


@dataclass(frozen=True)
class Received:
    """One login as its service saw it: named values, and the raw bytes of each part."""

    values: dict[str, str]
    parts: dict[str, bytes]

    def joined(self) -> set[str]:
        """All values, whatever their names."""
        return set(self.values.values())

    def windows(self) -> set[bytes]:
        """All runs of `WINDOW` bytes in all parts."""
        return {part[at : at + WINDOW] for part in self.parts.values() for at in range(len(part) - WINDOW + 1)}

    def lengths(self) -> dict[str, int]:
        """How long each part is."""
        return {name: len(part) for name, part in self.parts.items()}


def receive(town: Town, service: Service, login: Login, redirect: str) -> Received:
    """Redeem the code of a redirect, ask UserInfo, and keep everything."""
    query = dict(parse_qsl(urlsplit(redirect).query))
    token = town.redeem(query["code"], login)
    assert token.status_code == 200, token.text
    bearer = {"Authorization": f"Bearer {token.json['access_token']}"}
    userinfo = town.get(town.browser(), f"{BASE_URL}/t/{service.tenant_id}/userinfo", headers=bearer)
    assert userinfo.status_code == 200
    header, payload, signature = (_decoded(part) for part in token.json["id_token"].split("."))
    claims = json.loads(payload)
    times = {name: claims.pop(name) for name in OWN_TIMES}
    assert times["exp"] - times["iat"] == 600
    values: dict[str, str] = {}
    _flatten("redirect", query, values)
    _flatten("token", {name: value for name, value in token.json.items() if name != "id_token"}, values)
    _flatten("token header", dict(token.headers), values)
    _flatten("ID token header", json.loads(header), values)
    _flatten("ID token", claims, values)
    _flatten("ID token signature", signature.hex(), values)
    _flatten("userinfo", userinfo.json, values)
    _flatten("userinfo header", dict(userinfo.headers), values)
    # Values and not whole JSON texts: the text around a value is the same for everybody, but a run of bytes that
    # begins in it and ends one random digit into the value would join one pair in sixteen by chance.
    parts = {name: value.encode() for name, value in values.items()}
    parts |= {
        "code, decoded": _decoded(query["code"]),
        "access token, decoded": _decoded(token.json["access_token"]),
        "ID token signature": signature,
    }
    own = {login.state, login.nonce, service.client_id}
    chosen = {name for name, value in values.items() if value in own}
    assert len(chosen) == 3
    return Received(
        {name: value for name, value in values.items() if name not in chosen},
        {name: part for name, part in parts.items() if name not in chosen},
    )


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _flatten(name: str, value: object, into: dict[str, str]) -> None:
    """Leaves of a JSON value by their path; a list of strings counts as one value."""
    if isinstance(value, dict):
        for member, inner in value.items():
            _flatten(f"{name} {member}", inner, into)
    else:
        into[name] = value if isinstance(value, str) else json.dumps(value)
