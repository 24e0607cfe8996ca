"""A card in the browser's own handshake: real TLS to the deployed nginx files, real certificates behind it."""

import http.client
import json
import socket
import ssl
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from components.card_host import CardHostTown, asked, switch
from components.forgery import forge, new_key, write
from components.nginx import KEY
from components.town import BASE_URL, Login, id_token_claims

from idp.errors import Reason
from idp.registration import NotAllowed

TABLES = ("certificate", "acceptance", "session", "pair", "consent")


def come_back(host: CardHostTown, login: Login, url: str, browser=None):
    """Follow the redirect of the card host."""
    return host.town.get(browser or login.browser, url)


def audited(host: CardHostTown, action: str) -> list[dict]:
    """The bodies of the trail's entries of that action."""
    with host.town.product.store.engine.connect() as connection:
        statement = "SELECT body FROM audit_entry WHERE action = ? ORDER BY at_milliseconds, rowid"
        return [json.loads(row[0]) for row in connection.exec_driver_sql(statement, (action,))]


def test_a_whole_login(host: CardHostTown) -> None:
    """Handshake, way back, consent: aal3 by card and PIN, with the number that the card program gives too."""
    login = host.begin()
    shown = host.show(login)
    assert (shown.status, "set-cookie" in shown.headers) == (303, False)
    assert shown.location.startswith(f"{login.page_url}/return?secret=")
    back = come_back(host, login, shown.location).headers["Location"]
    if back.endswith("/consent"):
        back = host.town.consent(login, back).headers["Location"]
    code = parse_qs(urlsplit(back).query)["code"][0]
    claims = id_token_claims(host.town.redeem(code, login).json["id_token"])
    assert (claims["acr"], claims["amr"]) == ("aal3", ["hwk", "sc", "pin", "mfa"])
    assert claims["sub"] == host.town.sign_in(host.town.library)["sub"]
    accepted = [entry for entry in audited(host, "login.accepted") if entry["channel"] == "client-certificate"]
    assert len(accepted) == 1


def test_the_way_back_works_once_and_in_one_browser_only(host: CardHostTown) -> None:
    """Another browser gets no session and uses nothing up; the own one gets it once; a replay gets nothing."""
    login = host.begin()
    url = host.show(login).location
    other = come_back(host, login, url, host.town.browser())
    assert (other.status_code, "Set-Cookie" in other.headers) == (403, False)
    attacker = host.begin()
    assert come_back(host, attacker, url).status_code == 403
    first = come_back(host, login, url)
    assert (first.status_code, any("sess=" in c for c in first.headers.getlist("Set-Cookie"))) == (303, True)
    replayed = come_back(host, login, url)
    assert (replayed.status_code >= 400, "Set-Cookie" in replayed.headers) == (True, False)


def test_the_way_back_belongs_to_its_transaction(host: CardHostTown) -> None:
    """One browser with two logins: the secret of one does nothing at the other."""
    login = host.begin()
    second = host.town.begin(host.town.library, login.browser)
    secret = host.show(login).location.partition("?")[2]
    assert come_back(host, login, f"{second.page_url}/return?{secret}").status_code >= 400
    assert come_back(host, login, f"{login.page_url}/return?{secret}").status_code == 303


def test_the_card_host_completes_nothing(host: CardHostTown) -> None:
    """After the handshake the page is told to go on; there is no code to type and no consent to give yet."""
    login = host.begin()
    host.show(login)
    assert host.refusal(login) == "accepted"
    page = host.town.get(login.browser, login.page_url).text
    assert ('name="code"' in page, host.town.get(login.browser, f"{login.page_url}/consent").status_code) == (
        False,
        410,
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("shiro-auth", Reason.CERTIFICATE_REVOKED),
        ("saburo-auth", Reason.CERTIFICATE_EXPIRED),
        ("hanako-sign", Reason.CERTIFICATE_WRONG_KIND),
        ("midori-phone", Reason.CERTIFICATE_TYPE_NOT_ACCEPTED),
    ],
)
def test_the_engine_judges(host: CardHostTown, name: str, reason: Reason) -> None:
    """Back at the card page with the reason, in the trail, and nothing written of the person."""
    login, before = host.begin(), {table: host.town.rows(table) for table in TABLES}
    shown = host.show(login, name)
    assert (shown.status, shown.location, host.refusal(login)) == (303, login.page_url, reason)
    assert audited(host, "login.refused")[-1]["reason"] == reason
    assert before == {table: host.town.rows(table) for table in TABLES}


def test_a_certificate_of_nobodys(host: CardHostTown, tmp_path: Path) -> None:
    """A certificate that another signed in the authority's name reaches the engine, which does not trust it."""
    login, key = host.begin(), new_key()
    certificate = forge(host.town, key, signing_key=new_key())
    shown = host.handshake(host.address(login), write(tmp_path, certificate, key))
    assert (shown.location, host.refusal(login)) == (login.page_url, Reason.CERTIFICATE_UNTRUSTED)


def test_a_key_of_another_algorithm(host: CardHostTown) -> None:
    """Is not asked for: such a browser shows no certificate."""
    login = host.begin()
    shown = host.handshake(host.address(login), (host.fronts.tls.certificate, host.fronts.tls.key))
    assert shown.location == f"{login.page_url}?certificate=missing"


def test_no_certificate(host: CardHostTown) -> None:
    """A browser that shows none is back at the card page, which says so; no try is used up."""
    login = host.begin()
    for _ in range(6):
        shown = host.handshake(host.address(login), None)
        assert shown.location == f"{login.page_url}?certificate=missing"
    assert 'role="alert"' in come_back(host, login, shown.location).text
    assert host.show(login).location.startswith(f"{login.page_url}/return")


def test_tries_end(host: CardHostTown) -> None:
    """Five refusals at a handle, and the sixth try is not judged at all, whosever it is."""
    login = host.begin()
    path = host.address(login)
    for _ in range(5):
        host.handshake(path, host.files("hanako-sign"))
    assert host.handshake(path, host.files("hanako-auth")).location == login.page_url
    assert host.refusal(login) == Reason.RATE_LIMITED


def test_a_handle_that_is_spent_or_was_never_one(host: CardHostTown) -> None:
    """Sent to a page that says that it is over."""
    login = host.begin()
    path = host.address(login)
    come_back(host, login, host.show(login).location)
    again = host.handshake(path, host.files("hanako-auth"))
    assert (again.location, come_back(host, login, again.location).status_code) == (login.page_url, 410)
    unknown = host.handshake("/t/aoba/tls-card/AAECAwQFBgcICQoLDA0ODw", host.files("hanako-auth"))
    assert come_back(host, login, unknown.location).status_code == 410


def test_a_qr_handle_is_no_way_in(host: CardHostTown) -> None:
    """Of a transaction's two handles only the button's leads here."""
    login = host.begin()
    page = host.town.get(login.browser, login.page_url).text
    qr = page.split('rel="jpki-login-qr" href="')[1].split('"')[0].rpartition("/")[2]
    shown = host.handshake(f"/t/aoba/tls-card/{qr}", host.files("hanako-auth"))
    assert (shown.location, host.refusal(login)) == (login.page_url, "waiting")


@pytest.mark.parametrize(
    "value", ["", ":", "::", "AAAA", ":AAAA:", ":AA=A:", ":AAAAA:", ":{0}:, :{0}:", "{0}", "::{0}::"]
)
def test_the_hop_is_read_strictly(host: CardHostTown, value: str) -> None:
    """Even from the proxy: one Byte Sequence with one certificate, or nothing is judged."""
    login = host.begin()
    headers = [("Card-Host-Key", KEY), ("Client-Cert", value.format(host.field().strip(":")))]
    answer = host.past_the_fronts(host.address(login), headers)
    assert (answer.status, "secret=" in answer.location, host.refusal(login)) == (303, False, "waiting")
    right = [("Card-Host-Key", KEY), ("Client-Cert", host.field())]
    assert "secret=" in host.past_the_fronts(host.address(login), right).location


def test_looking_judges_nothing(host: CardHostTown) -> None:
    """HEAD by the proxy's key, and every other method at the card host."""
    login = host.begin()
    path, headers = host.address(login), [("Card-Host-Key", KEY), ("Client-Cert", host.field())]
    assert host.past_the_fronts(path, headers, method="HEAD").status == 405
    statuses = [
        host.handshake(path, host.files("hanako-auth"), method=method).status for method in ("HEAD", "POST")
    ]
    assert (statuses, host.refusal(login)) == ([405, 405], "waiting")


@pytest.mark.parametrize(
    "path", ["/", "/t/aoba/authorize", "/t/aoba/tls-card/x", "/t/aoba/token", "/t/aoba/login/x"]
)
@pytest.mark.parametrize("name", ["hanako-auth", "saburo-auth"])
def test_the_card_host_has_one_address(host: CardHostTown, path: str, name: str) -> None:
    """Everything else of the product is elsewhere, also for a certificate that nginx itself dislikes."""
    assert host.handshake(path, host.files(name)).status == 404


# The handshake


def s_client(host: CardHostTown, *options: str) -> str:
    """What OpenSSL's client tells of a handshake with the card host."""
    command = ["openssl", "s_client", "-connect", f"localhost:{host.fronts.card_port}", *options]
    done = subprocess.run(command, input="", capture_output=True, text=True, timeout=20)
    return done.stdout + done.stderr


def test_the_handshake_is_one_that_a_card_can_make(host: CardHostTown) -> None:
    """TLS 1.2, signatures by PKCS #1 v1.5 with SHA-256, the user authorities named, nothing to resume."""
    told = s_client(host, "-tls1_2")
    assert "Requested Signature Algorithms: RSA+SHA256\n" in told
    assert "OU = JPKI for user authentication" in told.partition("Acceptable client certificate CA names")[2]
    assert ("Session-ID: \n" in told, "TLS session ticket" in told) == (True, False)


@pytest.mark.parametrize("version", ["-tls1_3", "-tls1_1"])
def test_no_other_version(host: CardHostTown, version: str) -> None:
    """A card cannot sign as TLS 1.3 demands, and older ones are broken."""
    assert "Cipher is (NONE)" in s_client(host, version)


def test_nothing_is_resumed_and_no_connection_used_twice(host: CardHostTown) -> None:
    """A handshake is one visit: the next needs the card again."""
    context = ssl.create_default_context(cafile=str(host.fronts.tls.ca_file))
    context.load_cert_chain(*host.files("hanako-auth"))
    first = http.client.HTTPSConnection("localhost", host.fronts.card_port, context=context, timeout=20)
    first.connect()
    session = first.sock.session
    answer = asked(first, "GET", host.address(host.begin()), [])
    assert answer.headers["Connection"] == "close"
    with socket.create_connection(("localhost", host.fronts.card_port)) as plain:
        again = context.wrap_socket(plain, server_hostname="localhost", session=session)
        assert again.session_reused is False
        again.close()


# Off by default


def test_off_by_default(host: CardHostTown) -> None:
    """At a tenant that did not switch it on there is no link, and no such address even for the proxy."""
    login = host.town.begin(host.town.parking)
    page = host.town.get(login.browser, login.page_url).text
    path = f"/t/wakaba/tls-card/{login.link.rpartition('/')[2]}"
    answer = host.past_the_fronts(path, [("Card-Host-Key", KEY), ("Client-Cert", host.field())])
    assert ("tls-card" in page, answer.status) == (False, 404)


def test_switched_off_again(host: CardHostTown) -> None:
    """From then on there is no such address."""
    login = host.begin()
    path = host.address(login)
    switch(host.town, "")
    try:
        assert host.handshake(path, host.files("hanako-auth")).status == 404
        assert "tls-card" not in host.town.get(login.browser, login.page_url).text
    finally:
        switch(host.town, host.fronts.card_host)


def test_a_service_for_phones_alone(host: CardHostTown) -> None:
    """Is not offered what only cards can do."""
    login = host.town.begin(host.town.register("aoba", "phones", certificate_types=("phone",)))
    assert "tls-card" not in host.town.get(login.browser, login.page_url).text


@pytest.mark.parametrize(
    "origin",
    [
        *("http://card.example", "https://card.example/", "https://CARD.example", "https://u@card.example"),
        *("card.example", "https://", "https://card.example:443", "https://[", "https://card.example\n", BASE_URL),
    ],
)
def test_what_is_no_card_host(host: CardHostTown, origin: str) -> None:
    """An https origin in canonical form, other than the issuer's: everything else is not stored."""
    with pytest.raises(NotAllowed):
        switch(host.town, origin)


def test_a_handshake_reads_no_attributes(host: CardHostTown) -> None:
    """The resident signs in, and the page says that name and address do not go along."""
    wanting = host.town.register("aoba", "wanting", scopes=("openid", "name", "address"))
    login = host.town.begin(wanting, scope="openid name address")
    back = come_back(host, login, host.show(login).location).headers["Location"]
    assert "氏名、住所も求めています" in host.town.get(login.browser, back).text
    back = host.town.consent(login, back).headers["Location"]
    tokens = host.town.redeem(parse_qs(urlsplit(back).query)["code"][0], login).json
    assert host.town.userinfo(wanting, tokens["access_token"]).json.keys() == {"sub"}
