"""From which network address a request came, as far as that can be known: for counting tries, and for nothing
else.

A proxy in front may tell it in a header that is named in the settings; without one it is the connection's own
address. Of a list, as `X-Forwarded-For` is one, the last counts: the proxy added it, whatever a browser had put
before it. Addresses of this very computer stand for a proxy that tells none. It is neither stored nor logged.
"""

from ipaddress import IPv6Network, ip_address

from flask import request

_IPV6_PREFIX = 64
"""One household or office has that many bits to itself."""


def source(header: str | None) -> str:
    """The address, of IPv6 its network; empty where it is not known."""
    told = request.headers.get(header, "") if header else request.remote_addr
    try:
        address = ip_address((told or "").rpartition(",")[2].strip())
    except ValueError:
        return ""
    if address.is_loopback or address.is_unspecified:
        return ""
    if address.version == 4:
        return str(address)
    return str(IPv6Network((address, _IPV6_PREFIX), strict=False))
