"""Which addresses a service's endpoint may have: a registered URL must not become a way into our own network.

The addresses that were judged are those that are connected to, so that a name cannot change in between.
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from connectors.errors import Refused, Unreachable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_CARRIERS = tuple(map(IPv6Network, ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")))
"""IPv4 in the last 32 bits: compatible and mapped (RFC 4291), translated (RFC 2765), NAT64 (RFC 6052)."""
_NEVER: tuple[Network, ...] = (IPv6Network("fec0::/10"), IPv6Network("64:ff9b:1::/48"))
"""Site-local (RFC 3879), and NAT64 of the local network (RFC 8215), which alone knows where that leads."""
_SPECIAL: tuple[Network, ...] = (
    *map(IPv4Network, ("192.0.0.0/24", "192.88.99.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24")),
    *map(IPv6Network, ("2001::/23", "2620:4f:8000::/48", "3fff::/20")),
)
"""Of IANA's special-purpose registries (RFC 6890) what `ipaddress` calls global, or does in some versions."""
_MOST_ADDRESSES = 4
"""Of one name: each may take a whole connection's time."""


def may_reach(address: Address, networks: Sequence[Network], *, loopback: bool = False) -> bool:
    """Whether that is a public address, one of a listed network, or (where allowed) loopback.

    IPv4 addresses inside an IPv6 one (mapped, translated, 6to4, NAT64, Teredo) are judged by themselves.
    """
    if address.is_loopback:
        return loopback
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    if any(address in network for network in _NEVER):
        return False
    if inner := _embedded(address):
        return all(may_reach(each, networks, loopback=loopback) for each in inner)
    return _is_public(address) or any(address in network for network in networks)


def resolve(host: str, port: int, networks: Sequence[Network], *, loopback: bool = False) -> list[str]:
    """The addresses of a host, every one of which may be reached.

    Raises Unreachable for a name that nobody knows, Refused when one of its addresses may not be reached.
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("the host of a service is not found") from error
    texts = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not all(may_reach(ip_address(text), networks, loopback=loopback) for text in texts):
        raise Refused("the host of a service has an address that may not be reached")
    return texts[:_MOST_ADDRESSES]


def _is_public(address: Address) -> bool:
    """Beside the registries: IPv6 has no public address outside global unicast, whatever a library says."""
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not any(address in network for network in _SPECIAL)


def _embedded(address: Address) -> tuple[IPv4Address, ...]:
    if isinstance(address, IPv4Address):
        return ()
    if any(address in carrier for carrier in _CARRIERS):
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return address.teredo or ((address.sixtofour,) if address.sixtofour else ())
