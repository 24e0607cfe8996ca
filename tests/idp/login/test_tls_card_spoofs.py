"""What somebody may send who has no card: no header is a certificate, at no listener, in no spelling."""

from urllib.parse import quote

import pytest
from components.card_host import Answer, CardHostTown
from components.nginx import KEY, fronts
from components.overheard import overheard

from idp.errors import Reason


def alone(name: str):
    """The certificate under one name."""
    return lambda field, pem: [(name, pem if "SSL" in name.upper() else field)]


SPOOFS = {
    **{name: alone(name) for name in ("Client-Cert", "client-cert", "CLIENT-CERT", "Client_Cert", "cLiEnT_cErT")},
    **{name: alone(name) for name in ("Client-Cert-Chain", "X-Client-Cert", "X-Forwarded-Client-Cert")},
    **{name: alone(name) for name in ("X-SSL-Client-Cert", "X-SSL-Cert", "X_SSL_CLIENT_CERT", "SSL-Client-Cert")},
    "a verdict": lambda field, pem: [("X-SSL-Client-Verify", "SUCCESS"), ("X-SSL-Client-Cert", pem)],
    "twice": lambda field, pem: [("Client-Cert", field), ("Client-Cert", field)],
    "both spellings": lambda field, pem: [("Client_Cert", field), ("Client-Cert", field)],
    "a guessed key": lambda field, pem: [("Client-Cert", field), ("Card-Host-Key", "x" * len(KEY))],
    "an empty key": lambda field, pem: [("Client-Cert", field), ("Card-Host-Key", "")],
    "an underscored key": lambda field, pem: [("Client_Cert", field), ("Card_Host_Key", "x")],
    "hop by hop": lambda field, pem: [("Client-Cert", field), ("Connection", "Client-Cert, Card-Host-Key")],
    "a blank before the colon": lambda field, pem: [("Client-Cert ", field)],
}
"""Ways to claim a certificate in headers; each is given it as RFC 9440 writes it, and as URL-encoded PEM."""


def at_issuer(host: CardHostTown, path: str, headers) -> Answer:
    """At the front of the issuer's host."""
    return host.handshake(path, None, headers, port=host.fronts.issuer_port)


def at_issuer_with_certificate(host: CardHostTown, path: str, headers) -> Answer:
    """There, with a certificate ready, for which nobody asks."""
    return host.handshake(path, host.files("hanako-auth"), headers, port=host.fronts.issuer_port)


def at_card_host(host: CardHostTown, path: str, headers) -> Answer:
    """At the card host, with no certificate in the handshake."""
    return host.handshake(path, None, headers)


def past_the_fronts(host: CardHostTown, path: str, headers) -> Answer:
    """At the product itself, as a neighbour on its network."""
    return host.past_the_fronts(path, headers)


LISTENERS = {
    at_issuer: {400, 404},
    at_issuer_with_certificate: {400, 404},
    past_the_fronts: {400, 404},
    at_card_host: {303, 400},
}
"""Where nobody shows a certificate -> what may be answered."""


@pytest.mark.parametrize("spoof", SPOOFS)
def test_no_header_is_a_certificate(host: CardHostTown, spoof: str) -> None:
    """At no listener, in no spelling: only the handshake's own certificate counts, and it alone is judged."""
    login = host.begin()
    path, pem = host.address(login), quote(host.files("hanako-auth")[0].read_text())
    headers = SPOOFS[spoof](host.field(), pem)
    for listener, statuses in LISTENERS.items():
        answer = listener(host, path, headers)
        assert (answer.status in statuses, "secret=" in answer.location) == (True, False), listener.__name__
        assert host.refusal(login) == "waiting"
    another = host.handshake(path, host.files("shiro-auth"), headers)
    assert "secret=" not in another.location
    if another.status != 400:  # nginx reads no field name with a blank in it
        assert host.refusal(login) == Reason.CERTIFICATE_REVOKED


@pytest.fixture(scope="module")
def fronts_alone(tmp_path_factory, host):
    """Both fronts with an eavesdropper in the product's place."""
    with overheard() as behind:
        options = {
            "upstream": behind.address,
            "issuer_host": "issuer.test",
            "authorities": host.fronts.tls.ca_file,
        }
        with fronts(tmp_path_factory.mktemp("fronts"), host.fronts.tls, **options) as listening:
            yield listening, behind


@pytest.mark.parametrize("spoof", [name for name in SPOOFS if name != "a blank before the colon"])
def test_what_the_fronts_let_through(host: CardHostTown, fronts_alone, spoof: str) -> None:
    """From the card host four fields, all its own; from the issuer's host nothing that tells of a certificate."""
    listening, behind = fronts_alone
    spoofed = SPOOFS[spoof](host.field(), quote(host.files("hanako-auth")[0].read_text()))
    of_ours = [("X-Forwarded-For", "192.0.2.1"), ("X-Real-IP", "192.0.2.1")]
    headers = [*spoofed, ("Authorization", "Bearer x"), ("Cookie", "c=1"), *of_ours]
    path = "/t/aoba/tls-card/AAECAwQFBgcICQoLDA0ODw"
    assert host.handshake(path, None, headers, port=listening.card_port).status == 204
    assert behind.last == {"Host": "issuer.test", "Card-Host-Key": KEY}
    assert host.handshake(path, host.files("shiro-auth"), headers, port=listening.card_port).status == 204
    assert behind.last == {"Host": "issuer.test", "Card-Host-Key": KEY, "Client-Cert": host.field("shiro-auth")}
    assert host.handshake(path, None, headers, port=listening.issuer_port).status == 204
    passed = {name.lower() for name in behind.last}
    assert passed == {"host", "authorization", "cookie", "x-real-ip"}
    assert behind.last["X-Real-IP"] == "127.0.0.1"


def test_a_spoofed_header_changes_nothing_for_who_has_a_card(host: CardHostTown) -> None:
    """The login becomes the card holder's, not that of the certificate in the header."""
    login, before = host.begin(), host.town.rows("acceptance")
    spoof = host.field("shiro-auth")
    shown = host.show(login, "hanako-auth", [("Client-Cert", spoof), ("Client_Cert", spoof)])
    assert ("secret=" in shown.location, host.town.rows("acceptance")) == (True, before + 1)
