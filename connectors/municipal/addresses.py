"""Which addresses a service's endpoint may have: a registered URL must not become a way into our own network.

The addresses that were judged are those that are connected to, so that a name cannot change in between.
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from connectors.errors import Refused, Unreachable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
_NAT64 = ip_network("64:ff9b::/96")
_MOST_ADDRESSES = 4
"""Of one name: each may take a whole connection's time."""


def may_reach(address: Address, networks: Sequence[Network], *, loopback: bool = False) -> bool:
    """Whether that is a public address, one of a listed network, or (where allowed) loopback.

    An IPv4 address that travels inside an IPv6 one (mapped, 6to4, NAT64, Teredo) is judged by itself.
    """
    if (inner := _embedded(address)) is not None:
        return may_reach(inner, networks, loopback=loopback)
    if address.is_loopback:
        return loopback
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    return address.is_global or any(address in network for network in networks)


def resolve(host: str, port: int, networks: Sequence[Network], *, loopback: bool = False) -> list[str]:
    """The addresses of a host, every one of which may be reached.

    Raises Unreachable for a name that nobody knows, Refused when one of its addresses may not be reached.
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("the host of an event endpoint is not found") from error
    texts = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not all(may_reach(ip_address(text), networks, loopback=loopback) for text in texts):
        raise Refused("the host of an event endpoint has an address that may not be reached")
    return texts[:_MOST_ADDRESSES]


def _embedded(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
