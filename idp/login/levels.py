"""Levels of authentication: which `acr` and `amr` a way of signing in earns (card login protocol, section 6)."""

from collections.abc import Iterable
from dataclasses import dataclass

from idp.errors import Reason, Refusal
from idp.jpki.profile import Device
from idp.login.states import Channel
from idp.tenants.tenancy import MINIMUM_ACRS, Client

_ORDER = MINIMUM_ACRS


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
BY_PASSWORD = Level("aal1", ("pwd",))
"""An ID with its password."""
IN_FILE = Level("aal2", ("swk",))
"""A certificate whose key may lie in a file: a company's. Nothing shows that it lies in a token."""
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


def by_passkey(*, may_be_copied: bool) -> Level:
    """The level of a passkey with user verification. `may_be_copied`: its key may leave the device (WebAuthn's
    flag of backup eligibility)."""
    return Level("aal2", ("swk" if may_be_copied else "hwk", "mfa"))


def both(first: Iterable[str], level: Level) -> Level:
    """The level of a proof that came after another one's methods, both by one person."""
    return Level(level.acr, tuple(dict.fromkeys((*first, *level.amr))))


def lowered(level: Level) -> Level:
    """The level of a login whose revocation nobody could look up: one step less, never the highest."""
    return Level(_ORDER[max(_ORDER.index(level.acr) - 1, 0)], level.amr)


def reaches(acr: str, least: str) -> bool:
    """Whether an authentication context class is at least another; both of `tenancy.MINIMUM_ACRS`."""
    return _ORDER.index(acr) >= _ORDER.index(least)


def strictest(acrs: Iterable[str]) -> str:
    """The highest of them; all of `tenancy.MINIMUM_ACRS`."""
    return max(acrs, key=_ORDER.index)


def require_type(client: Client, device: Device) -> None:
    """Refuse a certificate that the client does not take. Raises Refusal with CERTIFICATE_TYPE_NOT_ACCEPTED."""
    if device not in client.certificate_types:
        raise Refusal(Reason.CERTIFICATE_TYPE_NOT_ACCEPTED)
