"""Where a request came from: in the header that is named, as proxies write it; never as a browser does."""

import pytest
from flask import Flask

from idp.login.web_source import source


def told(header, *values, address="192.0.2.7"):
    """The source of a request with those values of the header, over a connection from that address."""
    headers = [("X-Forwarded-For", value) for value in values]
    with Flask(__name__).test_request_context("/", headers=headers, environ_base={"REMOTE_ADDR": address}):
        return source(header)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("203.0.113.7",), "203.0.113.7"),
        (("198.51.100.1, 203.0.113.7",), "203.0.113.7"),
        (("198.51.100.1,10.0.0.1 , 203.0.113.7 ",), "203.0.113.7"),
        (("198.51.100.1", "203.0.113.7"), "203.0.113.7"),
        (("anything, at all, 203.0.113.7",), "203.0.113.7"),
        (("203.0.113.7, 2001:db8:1:2:3::4",), "2001:db8:1:2::/64"),
        (("203.0.113.7, 127.0.0.1",), ""),
        (("203.0.113.7, ",), ""),
        (("unknown",), ""),
        ((), ""),
    ],
)
def test_the_last_address_is_the_one_that_the_proxy_added(values, expected):
    """What a browser put before it counts for nothing, so nobody counts as somebody else."""
    assert told("X-Forwarded-For", *values) == expected


def test_without_a_header_it_is_the_connections_own():
    """Whatever a browser says."""
    assert told(None, "203.0.113.7") == "192.0.2.7"
    assert told(None, address="::1") == ""
