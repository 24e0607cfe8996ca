"""Cookies of ours are put into their header by us: as Werkzeug would put them there."""

from types import SimpleNamespace

import pytest
from flask import Response
from werkzeug.http import dump_cookie

from idp.web import web

NAMES = ["__Host-aoba-tx-i-82PIoS0wVGFtZsy5P23Q", "aoba-lang", "a,b", "a\u00e4"]
VALUES = [
    "",
    "1",
    "ja-simple",
    "i-82PIoS0_wV.GFtZsy5P23Q~",
    'a"b',
    "a;b",
    "a b",
    "a\\b",
    "a\r\nb",
    "\u898b",
    "a=b",
]


@pytest.mark.parametrize("secure", [True, False])
@pytest.mark.parametrize("seconds", [None, 0, 900])
def test_a_cookie_is_werkzeugs(monkeypatch, secure, seconds):
    """With all it says of itself, whatever its name and its value are; without Expires."""
    monkeypatch.setattr(web, "current_tenant", lambda: SimpleNamespace(secure=secure))
    for name in NAMES:
        for value in VALUES:
            response = Response()
            web.set_cookie(response, name, value, seconds)
            cookie = dump_cookie(
                name,
                value,
                max_age=seconds,
                secure=secure,
                httponly=True,
                samesite="Lax",
                sync_expires=False,
            )
            assert response.headers.getlist("Set-Cookie") == [cookie]
