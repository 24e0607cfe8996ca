"""Kinds of redirect URIs, and where a form may end that leads to one."""

import pytest

from idp.services.redirect_uris import form_targets, host_of, is_on_device, private_use_scheme

OWN = {
    "jp.example.app:/callback": "jp.example.app",
    "jp.example.app://callback": "jp.example.app",
    "jp.example.app:/": "jp.example.app",
    "jp.aoba-city.app2+x:/cb?a=b": "jp.aoba-city.app2+x",
    "jp.example.app://callback/a:b@c?d=@:": "jp.example.app",
}
NOT_OWN = (
    "https://jp.example.app/callback", "http://127.0.0.1/", "app:/callback", "javascript:/a.b", "data:/a.b",
    "file:/a.b", "jp.example.app", "jp.example.app:", "jp.example.app:callback", "jp..app:/callback", "JP.a:/b",
    ".example.app:/callback", "jp.example.:/callback", "1jp.example:/callback", "jp.example.app:/call back",
    "jp.example.app:/callback#x", "jp.example.app:/*", "jp.example.app:\\callback", "jp.example.app:/\\evil",
    "jp.example.app://[/callback", "jp.example.app://[::1]:x/", "jp.example.app:/\"<callback>",
    "jp.example.app:/{}", "jp.example.app://host:99999/callback", "jp.example.app://user@host/callback", "jp.example.app://host:1",
    "jp.example.app:/callback\n", "jp.example.app:/呼", "jp.例.app:/callback", " jp.example.app:/callback", "",
)  # fmt: skip
SECURE, LOCAL = "https://login.aoba.example", "http://localhost:8000/t/aoba"
LOOPBACK = "'self' https: http://localhost:* http://127.0.0.1:*"


@pytest.mark.parametrize(("uri", "scheme"), OWN.items())
def test_an_applications_own_scheme(uri, scheme):
    """A domain name turned round, then a path, with or without a host; the scheme stands for the host."""
    assert (private_use_scheme(uri), host_of(uri)) == (scheme, f"{scheme}:")


@pytest.mark.parametrize("uri", NOT_OWN)
def test_anything_else_is_none(uri):
    """Without a dot, in capitals, without a path, with what no redirect URI holds."""
    assert private_use_scheme(uri) is None


@pytest.mark.parametrize(
    ("issuer", "uris", "targets"),
    [
        (SECURE, ["https://library.example/cb"], "'self' https:"),
        (SECURE, [""], "'self' https:"),
        (LOCAL, ["https://library.example/cb"], LOOPBACK),
        (SECURE, ["https://library.example/cb", "http://127.0.0.1:51234/cb"], LOOPBACK),
        (SECURE, ["http://[::1]:51234/cb"], f"{LOOPBACK} http:"),
        (SECURE, ["jp.b.app:/cb", "jp.a.app:/cb", "jp.b.app:/bye"], "'self' https: jp.a.app: jp.b.app:"),
    ],
)
def test_where_a_form_may_end(issuer, uris, targets):
    """At sites alone, unless the service is an application on the device, or the issuer is."""
    assert form_targets(uris, issuer=issuer) == targets


@pytest.mark.parametrize("sandbox", [False, True])
@pytest.mark.parametrize(
    ("uri", "on_device"),
    [
        ("https://library.example/cb", (False, False)),
        ("jp.example.app:/cb", (True, True)),
        ("http://127.0.0.1:51234/cb", (True, False)),
        ("http://[::1]/cb", (True, False)),
    ],
)
def test_what_another_application_may_take(uri, on_device, sandbox):
    """A scheme always; loopback where no sites lie there."""
    assert is_on_device(uri, sandbox=sandbox) is on_device[sandbox]
