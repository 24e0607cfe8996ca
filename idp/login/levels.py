"""Levels of authentication: which `acr` and `amr` a way of signing in earns (card login protocol, section 6)."""

from dataclasses import dataclass

from idp.errors import Reason, Refusal
from idp.jpki.profile import Device
from idp.login.states import Channel
from idp.tenancy import KAZASHI, Client, Tenant

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
CROSS_DEVICE = {device: Level("aal2", level.amr) for device, level in SAME_DEVICE.items()}
"""What a code typed by hand gives, whichever handle the proof came to."""
AT_COUNTER = {Device.CARD: SAME_DEVICE[Device.CARD]}
"""With the PIN; a phone signs in by itself."""
HELD_OVER = Level("aal1", ("kazashi",))
"""A card held over a counter terminal's reader without PIN: reading it proves nothing, the staff vouch."""
IN_HANDSHAKE = {Device.CARD: SAME_DEVICE[Device.CARD]}
"""As a TLS client certificate: the card signs after its PIN."""
_EARNED = {
    Channel.SAME_DEVICE: SAME_DEVICE,
    Channel.CROSS_DEVICE: CROSS_DEVICE,
    Channel.COUNTER: AT_COUNTER,
    Channel.CLIENT_CERTIFICATE: IN_HANDSHAKE,
}


def earned(channel: Channel, device: Device) -> Level:
    """The level of a signature by this device's key in this channel.

    At a counter and in a handshake there are cards alone.
    """
    return _EARNED[channel][device]


def lowered(level: Level) -> Level:
    """The level of a login whose revocation nobody could look up: one step less, never the highest."""
    return Level(_ORDER[max(_ORDER.index(level.acr) - 1, 0)], level.amr)


def reaches(client: Client, level: Level) -> bool:
    """Whether it is as much as the client asks at least."""
    return _ORDER.index(level.acr) >= _ORDER.index(client.minimum_acr)


def takes_codes(client: Client) -> bool:
    """Whether a login at this client may be finished by a code: QR codes are offered then, and only then."""
    return any(reaches(client, CROSS_DEVICE[device]) for device in client.certificate_types)


def offers_kazashi(tenant: Tenant, client: Client) -> bool:
    """Whether a card may be held over without PIN: tenant, service and the service's least level all say so."""
    named = KAZASHI in tenant.settings.methods and KAZASHI in client.methods
    return named and reaches(client, HELD_OVER)


def require(client: Client, level: Level) -> Level:
    """The level, if it reaches what the client asks at least. Raises Refusal with LEVEL_INSUFFICIENT."""
    if not reaches(client, level):
        raise Refusal(Reason.LEVEL_INSUFFICIENT)
    return level


def require_type(client: Client, device: Device) -> None:
    """Refuse a certificate that the client does not take. Raises Refusal with CERTIFICATE_TYPE_NOT_ACCEPTED."""
    if device not in client.certificate_types:
        raise Refusal(Reason.CERTIFICATE_TYPE_NOT_ACCEPTED)
