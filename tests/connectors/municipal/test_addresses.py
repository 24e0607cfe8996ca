"""Which addresses an event endpoint may have."""

from ipaddress import ip_address, ip_network

import pytest

from connectors.errors import Refused, Unreachable
from connectors.municipal.addresses import may_reach, resolve

PUBLIC = [
    "8.8.8.8",
    "203.104.0.1",
    "2001:4860:4860::8888",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:0808:0808::1",
    "::ffff:0:8.8.8.8",
    "::8.8.8.8",
    "2001:0:808:808::f7f7:f7f7",  # Teredo: server 8.8.8.8, client 8.8.8.8 inverted
    "2400:4000::1",
]
INSIDE = [
    "127.0.0.1",
    "127.9.9.9",
    "::1",
    "0.0.0.0",
    "::",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "fe80::1",
    "fd00::1",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "192.0.2.1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:0a00:0001::1",
    "2002:7f00:0001::1",
    "0.1.2.3",
    "127.255.255.255",
    "192.0.0.1",
    "192.0.0.9",
    "192.0.0.170",
    "192.88.99.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.175.48.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "239.1.1.1",
    "240.0.0.1",
    "::127.0.0.1",
    "::10.0.0.1",
    "::ffff:0:127.0.0.1",
    "::ffff:0:10.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::8.8.8.8",
    "64:ff9b:1:7f00:1::",
    "64:ff9b:1::10.0.0.1",
    "2001:0:808:808::f5ff:fffe",  # Teredo: client 10.0.0.1 inverted
    "2001:0:a00:1::f7f7:f7f7",  # Teredo: server 10.0.0.1
    "2002:a9fe:a9fe::1",
    "100::1",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:1::1",
    "2620:4f:8000::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fec0::1",
    "feff::1",
]


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_may_be_reached(text):
    """Also where an IPv4 one travels inside an IPv6 one."""
    assert may_reach(ip_address(text), ())


@pytest.mark.parametrize("text", INSIDE)
def test_addresses_of_our_own_side_may_not(text):
    """Loopback, private, link-local (the clouds' metadata), multicast, documentation, however written."""
    assert not may_reach(ip_address(text), ())


def test_a_listed_network_may_be_reached_and_its_neighbour_may_not():
    """As LGWAN's addresses, which are private."""
    networks = [ip_network("10.1.0.0/16"), ip_network("fd00:1::/32")]
    assert may_reach(ip_address("10.1.255.1"), networks)
    assert may_reach(ip_address("fd00:1::9"), networks)
    assert may_reach(ip_address("::ffff:10.1.0.9"), networks)
    assert not may_reach(ip_address("10.2.0.1"), networks)
    assert not may_reach(ip_address("fd00:2::9"), networks)


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "::1",
        "169.254.169.254",
        "fe80::1",
        "0.0.0.0",
        "224.0.0.1",
        "fec0::1",
        "64:ff9b:1::8.8.8.8",
        "::ffff:0:127.0.0.1",
        "::127.0.0.1",
    ],
)
def test_no_list_opens_what_is_never_a_service(text):
    """Not even one that lists everything."""
    assert not may_reach(ip_address(text), [ip_network("0.0.0.0/0"), ip_network("::/0")])


def test_loopback_is_for_the_sandbox():
    """And opens nothing else."""
    assert may_reach(ip_address("127.0.0.1"), (), loopback=True)
    assert may_reach(ip_address("::ffff:127.0.0.1"), (), loopback=True)
    assert not may_reach(ip_address("10.0.0.1"), (), loopback=True)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "[::1]", "2130706433", "0x7f.1", "0177.0.0.1", "169.254.169.254"]
)
def test_a_host_is_judged_by_its_addresses(host):
    """Whatever way of writing the resolver understands."""
    with pytest.raises((Refused, Unreachable)):
        resolve(host, 443, ())


def test_an_unknown_host_is_unreachable():
    """RFC 6761's name that nobody has; also one that no resolver takes."""
    for host in ("nobody.invalid", "a" * 300, "-.-"):
        with pytest.raises(Unreachable):
            resolve(host, 443, ())


def test_one_bad_address_spoils_a_name(monkeypatch):
    """A name with a public and a private address is a way inside every other time."""
    answers = [(2, 1, 6, "", (text, 443)) for text in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: answers)
    with pytest.raises(Refused):
        resolve("two.example", 443, ())
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: answers[:1] * 9)
    assert resolve("one.example", 443, ()) == ["8.8.8.8"]
