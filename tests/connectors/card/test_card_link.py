"""What is a LINK and what is not (card login protocol, sections 1 and 3)."""

import pytest

from connectors.card.link import MAX_CHARACTERS, Link, LinkMalformed, origin_of, parse

HANDLE = "AAECAwQFBgcICQoLDA0ODw"


@pytest.mark.parametrize(
    ("link", "dev", "origin", "issuer"),
    [
        (f"https://id.example.jp/card/{HANDLE}", False, "https://id.example.jp", "https://id.example.jp"),
        (f"https://id.example.jp:443/card/{HANDLE}", False, "https://id.example.jp", "https://id.example.jp"),
        (f"HTTPS://ID.Example.JP/card/{HANDLE}", False, "https://id.example.jp", "https://id.example.jp"),
        (f"https://h.jp:8443/t/a/card/{HANDLE}", False, "https://h.jp:8443", "https://h.jp:8443/t/a"),
        (f"https://[2001:DB8::1]/card/{HANDLE}", False, "https://[2001:db8::1]", "https://[2001:db8::1]"),
        (f"jpki-login://h.jp/t/a/card/{HANDLE}", False, "https://h.jp", "https://h.jp/t/a"),
        (f"jpki-login://h.jp/t/a/card/{HANDLE}", True, "https://h.jp", "https://h.jp/t/a"),
        (f"jpki-login://localhost:8000/t/a/card/{HANDLE}", False, "https://localhost:8000", None),
        (f"jpki-login://localhost:8000/t/a/card/{HANDLE}", True, "http://localhost:8000", None),
        (f"jpki-login://localhost:80/card/{HANDLE}", True, "http://localhost", "http://localhost"),
        (f"http://127.0.0.1:8000/t/a/card/{HANDLE}", True, "http://127.0.0.1:8000", None),
        (f"http://[::1]:8000/card/{HANDLE}", True, "http://[::1]:8000", None),
        (f"https://h.jp:080/card/{HANDLE}", False, "https://h.jp:80", None),
    ],
)
def test_a_link_is_normalised(link: str, dev: bool, origin: str, issuer: str | None) -> None:
    """Scheme and host in lower case, the default port left out, and what is fetched is built from these parts."""
    parsed = parse(link, dev=dev)
    assert origin == parsed.origin == origin_of(link, dev=dev)
    assert parsed.issuer == (issuer or parsed.issuer)
    assert parsed.url == f"{parsed.issuer}/card/{HANDLE}"
    assert parsed.url.startswith(f"{origin}/")


@pytest.mark.parametrize(
    "link",
    [
        "",
        "not a link",
        f"http://id.example.jp/card/{HANDLE}",
        f"http://localhost.evil.jp/card/{HANDLE}",
        f"ftp://h.jp/card/{HANDLE}",
        f"//h.jp/card/{HANDLE}",
        f"https://h.jp/card/{HANDLE}?terminal=t1",
        f"https://h.jp/card/{HANDLE}#x",
        f"https://h.jp/card/{HANDLE}/",
        f"https://h.jp/card/{HANDLE}/proof",
        f"https://h.jp/card/{HANDLE}\n",
        f" https://h.jp/card/{HANDLE}",
        f"https://h.jp/card/{HANDLE[:-1]}",
        f"https://h.jp/card/{HANDLE}A",
        f"https://h.jp/card/{HANDLE[:-1]}+",
        f"https://h.jp/{HANDLE}",
        f"https://user@h.jp/card/{HANDLE}",
        f"https://user:pass@h.jp/card/{HANDLE}",
        f"https://h.jp\\@evil.jp/card/{HANDLE}",
        f"https://h.jp/../card/{HANDLE}",
        f"https://h.jp/./t/card/{HANDLE}",
        f"https://h.jp//card/{HANDLE}",
        f"https://h.jp/%2e%2e/card/{HANDLE}",
        f"https://h.jp:0/card/{HANDLE}",
        f"https://h.jp:65536/card/{HANDLE}",
        f"https://h.jp:８０/card/{HANDLE}",
        f"https://例え.jp/card/{HANDLE}",
        f"https:///card/{HANDLE}",
        f"https://h.jp/{'a' * MAX_CHARACTERS}/card/{HANDLE}",
    ],
)
@pytest.mark.parametrize("dev", [False, True])
def test_anything_else_is_refused(link: str, dev: bool) -> None:
    """No other scheme, no http beyond this computer, no user name, query, fragment, dot segment or escape."""
    with pytest.raises(LinkMalformed):
        parse(link, dev=dev)


def test_http_needs_dev_even_for_this_computer() -> None:
    """A card program started in earnest speaks https only."""
    with pytest.raises(LinkMalformed, match="https is required"):
        parse(f"http://localhost:8000/card/{HANDLE}", dev=False)


def test_the_person_is_shown_the_host() -> None:
    """Host and port, as they are asked for before the PIN."""
    assert parse(f"https://H.jp:8443/t/a/card/{HANDLE}", dev=False).host == "h.jp:8443"


@pytest.mark.parametrize(
    ("url", "home"),
    [
        ("https://h.jp/t/a/login/x/return?secret=s", True),
        ("https://h.jp/t/a/", True),
        ("https://h.jp/t/a", False),
        ("https://h.jp/t/ab/login", False),
        ("https://h.jp/t/b/login", False),
        ("https://h.jp.evil.jp/t/a/login", False),
        ("https://h.jp@evil.jp/t/a/login", False),
        ("http://h.jp/t/a/login", False),
        ("https://h.jp/t/a/../b/login", False),
        ("https://h.jp/t/a/%2E%2e/b/login", False),
        ("https://h.jp/t/a/..%2fb/login", False),
        ("https://h.jp/t/a/..\\b", False),
        ("https://h.jp/t/a/login\nSet-Cookie: x", False),
        ("https://h.jp/t/a/login ", False),
        ("javascript:alert(1)//https://h.jp/t/a/", False),
        ("", False),
    ],
)
def test_only_addresses_under_the_issuer_lead_home(url: str, home: bool) -> None:
    """The program opens a return address only at the origin it signed and below the issuer's path."""
    assert home is Link("https://h.jp", "https://h.jp/t/a", HANDLE).leads_home(url)
