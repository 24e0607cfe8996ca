"""Levels of authentication: which `acr` and `amr` a way of signing in earns (card login protocol, section 6)."""

from dataclasses import dataclass

from idp.errors import Reason, Refusal
from idp.jpki.profile import Device
from idp.tenancy import Client

_ORDER = ("aal1", "aal2", "aal3")


@dataclass(frozen=True, slots=True)
class Level:
    """An authentication context class and the methods used (RFC 8176 names where they exist)."""

    acr: str
    amr: tuple[str, ...]


SAME_DEVICE = {
    Device.CARD: Level("aal3", ("hwk", "sc", "pin", "mfa")),
    Device.PHONE: Level("aal3", ("hwk", "mfa")),
}


def lowered(level: Level) -> Level:
    """The level of a login whose revocation nobody could look up: one step less, never the highest."""
    return Level(_ORDER[max(_ORDER.index(level.acr) - 1, 0)], level.amr)


def require(client: Client, level: Level) -> Level:
    """The level, if it reaches what the client asks at least. Raises Refusal with LEVEL_INSUFFICIENT."""
    if _ORDER.index(level.acr) < _ORDER.index(client.minimum_acr):
        raise Refusal(Reason.LEVEL_INSUFFICIENT)
    return level


def require_type(client: Client, device: Device) -> None:
    """Refuse a certificate that the client does not take. Raises Refusal with CERTIFICATE_TYPE_NOT_ACCEPTED."""
    if device not in client.certificate_types:
        raise Refusal(Reason.CERTIFICATE_TYPE_NOT_ACCEPTED)
