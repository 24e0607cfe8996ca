"""`idp demo --conformance`, walked as the conformance suite does: by its configuration files and nothing else."""

import http.server
import json
import socket
import ssl
import threading
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import requests
from components.demo import Demo
from components.fapi_client import FapiClient
from components.suite_browser import SuiteBrowser, address
from components.virtual_reader import await_condition
from joserfc import jwk, jwt

LOGIN = "/login/"


class Suite:
    """A suite that meets one such demo."""

    def __init__(self, demo: Demo) -> None:
        self.demo, self.told = demo, demo.ready["conformance"]
        self.tenant = demo.tenant("conformance")
        self.issuer = self.tenant["issuer"]
        self.http = requests.Session()
        self.http.verify, self.http.trust_env = self.told["ca"], False
        self.metadata = self.http.get(self.configuration("oidcc")["server"]["discoveryUrl"], timeout=20).json()

    def configuration(self, name: str) -> dict:
        """One of its files."""
        return json.loads(Path(self.told["plans"], f"{name}.json").read_text(encoding="utf-8"))

    def browser(self, name: str, module: str = "") -> SuiteBrowser:
        """A browser of its own for one module."""
        return SuiteBrowser(self.configuration(name), self.told["ca"], module)

    def ask(self, browser: SuiteBrowser, **more: str) -> dict[str, str]:
        """An authorization request of the first client; what its redirect URI received."""
        asked = {
            "response_type": "code",
            "client_id": browser.configuration["client"]["client_id"],
            "redirect_uri": self.redirect_uri(browser.configuration["client"]),
            "scope": "openid",
            "state": "s1",
            "nonce": "n1",
            **more,
        }
        browser.visit(address(self.metadata["authorization_endpoint"], asked))
        assert (browser.received["state"], browser.received["iss"]) == ("s1", self.issuer), browser.url
        return browser.received

    def redeem(self, client: dict, code: str) -> dict:
        """The token answer, with the ID token's claims."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri(client)}
        basic = (client["client_id"], client["client_secret"])
        answer = self.http.post(self.metadata["token_endpoint"], data=form, auth=basic, timeout=20)
        assert answer.status_code == 200, answer.text
        keys = jwk.KeySet.import_key_set(self.http.get(self.metadata["jwks_uri"], timeout=20).json())
        token = answer.json()
        return {**token, "claims": jwt.decode(token["id_token"], keys, algorithms=["RS256"]).claims}

    def redirect_uri(self, client: dict) -> str:
        """The first that the client is registered for."""
        return self.service(client)["redirect_uris"][0]

    def service(self, client: dict) -> dict:
        """The ready file's entry of a client of a configuration."""
        return next(one for one in self.tenant["services"] if one["client_id"] == client["client_id"])

    def strict(self, name: str, client: str = "client", **more) -> FapiClient:
        """A client of FAPI 2.0, by the keys in the configuration."""
        service = self.service(self.configuration(name)[client])
        own = json.loads(Path(service["jwks_private_file"]).read_text())
        assert own == self.configuration(name)[client]["jwks"]
        return FapiClient(self.tenant, service, verify=self.told["ca"], **more)


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    """One demo behind nginx."""
    demo = Demo(tmp_path_factory.mktemp("conformance"))
    try:
        yield Suite(demo.start("--conformance"))
    finally:
        demo.stop()


def test_basic_login_by_https_without_pkce_and_without_a_script(suite):
    """A code for a sample card's PIN; ID token and UserInfo hold what was asked for."""
    browser = suite.browser("oidcc")
    heard = suite.ask(browser, scope="openid name address birthdate gender")
    client = browser.configuration["client"]
    token = suite.redeem(client, heard["code"])
    told = (token["claims"]["iss"], token["claims"]["aud"], token["claims"]["nonce"])
    assert told == (suite.issuer, client["client_id"], "n1")
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    userinfo = suite.http.get(suite.metadata["userinfo_endpoint"], headers=bearer, timeout=20).json()
    assert userinfo["sub"] == token["claims"]["sub"]
    assert {"name", "address", "birthdate", "gender"} <= userinfo.keys()
    assert any("/card/hanako" in url for url in browser.seen)


def test_a_login_goes_on_silently_or_anew_and_ends_by_logging_out(suite):
    """prompt=none knows nobody, then somebody; prompt=login shows the card page again; after logout nobody."""
    browser = suite.browser("oidcc")
    client = browser.configuration["client"]
    assert suite.ask(browser, prompt="none")["error"] == "login_required"
    first = suite.redeem(client, suite.ask(browser, max_age="1000")["code"])
    silent = suite.redeem(client, suite.ask(browser, prompt="none", max_age="1000")["code"])
    assert silent["claims"]["auth_time"] == first["claims"]["auth_time"]
    shown = len([url for url in browser.seen if LOGIN in url])
    anew = suite.redeem(client, suite.ask(browser, prompt="login", max_age="1000")["code"])
    assert len([url for url in browser.seen if LOGIN in url]) > shown
    assert anew["claims"]["sub"] == first["claims"]["sub"]
    assert anew["claims"]["auth_time"] >= first["claims"]["auth_time"]
    bye = {
        "id_token_hint": anew["id_token"],
        "post_logout_redirect_uri": suite.service(client)["post_logout_redirect_uris"][0],
        "state": "s2",
    }
    ended = browser.visit(address(suite.metadata["end_session_endpoint"], bye))
    assert ended.endswith("/post_logout_redirect?state=s2")
    assert suite.ask(browser, prompt="none")["error"] == "login_required"


def test_a_form_carries_the_answer_and_a_wrong_address_ends_on_a_page_of_ours(suite):
    """form_post by its button; an unregistered redirect URI gives a page, of which a picture can be taken."""
    browser = suite.browser("oidcc")
    heard = suite.ask(browser, response_mode="form_post")
    assert "?" not in browser.url
    suite.redeem(browser.configuration["client"], heard["code"])
    asked = {"response_type": "code", "client_id": browser.configuration["client"]["client_id"], "scope": "openid"}
    before = len(browser.pictures)
    wrong = {**asked, "redirect_uri": f"{suite.redirect_uri(browser.configuration['client'])}x"}
    assert browser.visit(address(suite.metadata["authorization_endpoint"], wrong)).startswith(suite.issuer)
    assert len(browser.pictures) > before


def test_every_plan_names_a_file_that_fits_its_clients(suite):
    """Each client of a file is registered with that method; nothing in the town demands PKCE but FAPI 2.0."""
    methods = {"client_secret_post": "client_secret_post"}
    for run in suite.told["runs"]:
        configuration = json.loads(Path(run["configuration"]).read_text(encoding="utf-8"))
        assert Path(run["configuration"]).stat().st_mode & 0o077 == 0
        strict = run["plan"].startswith("fapi2")
        method = "tls_client_auth" if "client_auth_type=mtls" in run["plan"] else "private_key_jwt"
        if run["plan"].startswith("oidcc-dynamic"):
            assert configuration["client"]["initial_access_token"] == suite.told["initial_access_token"]
            continue
        for name in {"client", "client2", "client_secret_post"} & configuration.keys():
            service = suite.service(configuration[name])
            assert service["require_pkce"] == strict
            wanted = method if strict else methods.get(name, "client_secret_basic")
            assert service["token_endpoint_auth_method"] == wanted
    written = Path(suite.told["plans"], "plans.txt").read_text().splitlines()
    assert written == [f"{run['plan']} {run['configuration']}" for run in suite.told["runs"]]


def registered(suite, **more) -> dict:
    """A client that the suite has made by the initial access token of its configuration."""
    told = suite.configuration("oidcc-dynamic")["client"]
    own = {"redirect_uris": ["https://localhost.emobix.co.uk:8443/test/a/ppid-idp/callback"]}
    invited = {"Authorization": f"Bearer {told['initial_access_token']}"}
    wish = {"client_name": told["client_name"], "response_types": ["code"], **own, **more}
    made = suite.http.post(suite.metadata["registration_endpoint"], json=wish, headers=invited, timeout=20)
    assert made.status_code == 201, made.text
    return dict(made.json())


def log_in(suite, client: dict, browser: SuiteBrowser) -> str:
    """Its login; the code."""
    asked = {"response_type": "code", "client_id": client["client_id"], "scope": "openid", **_first(client)}
    browser.visit(address(suite.metadata["authorization_endpoint"], asked))
    return browser.received["code"]


def test_the_suite_registers_a_client_by_itself(suite):
    """It signs in like the others, and is then given up."""
    client = registered(suite)
    code = log_in(suite, client, suite.browser("oidcc-dynamic"))
    form = {"grant_type": "authorization_code", "code": code, **_first(client)}
    basic = (client["client_id"], client["client_secret"])
    assert suite.http.post(suite.metadata["token_endpoint"], data=form, auth=basic, timeout=20).ok
    access = {"Authorization": f"Bearer {client['registration_access_token']}"}
    assert suite.http.delete(client["registration_client_uri"], headers=access, timeout=20).status_code == 204


@pytest.mark.parametrize("name", ["policy_uri", "tos_uri"])
def test_the_picture_of_a_module_shows_what_the_module_is_about(suite, name):
    """The link to a service's own page stands on the consent page: no other one is its picture."""
    page = f"https://localhost.emobix.co.uk:8443/test/a/ppid-idp/{name}"
    browser = suite.browser("oidcc-dynamic", f"oidcc-registration-{name.replace('_', '-')}")
    log_in(suite, registered(suite, **{name: page}), browser)
    assert f'href="{page}"' in browser.pictures[0]


def _first(registered: dict) -> dict:
    return {"redirect_uri": registered["redirect_uris"][0]}


def strict_login(suite, client: FapiClient, browser: SuiteBrowser) -> dict:
    """A login at a client of FAPI 2.0; its claims, told by ID token and UserInfo alike."""
    browser.visit(client.address(client.service["redirect_uris"][0], state="s1"))
    token = client.redeem(browser.url)
    claims = client.claims(token["id_token"])
    assert client.userinfo(token).json()["sub"] == claims["sub"]
    return claims


def test_fapi_by_assertion_with_tokens_bound_to_a_key(suite):
    """PAR, private_key_jwt and DPoP; a second client has an address and a number of its own."""
    browser = suite.browser("fapi2-key-dpop")
    first = strict_login(suite, suite.strict("fapi2-key-dpop"), browser)
    second = strict_login(suite, suite.strict("fapi2-key-dpop", "client2"), browser)
    assert first["sub"] != second["sub"]


@pytest.mark.parametrize("name", ["fapi2-key-mtls", "fapi2-mtls-dpop", "fapi2-mtls-mtls"])
def test_fapi_with_certificates_at_the_mtls_host(suite, name):
    """Whoever authenticates by one or is bound to one, by what is told of it, at the aliases of the endpoints."""
    client = suite.strict(name, dpop=name.endswith("dpop"), certificate=own_certificate(suite, name))
    assert client.endpoint("token_endpoint").startswith(suite.told["mtls_host"])
    assert suite.configuration(name)["resource"]["resourceUrl"].endswith("/userinfo")
    strict_login(suite, client, suite.browser(name))


def own_certificate(suite, name: str, client: str = "client") -> tuple[str, str]:
    """Files of what a configuration tells of a client's certificate."""
    service, told = suite.service(suite.configuration(name)[client]), suite.configuration(name)
    assert Path(service["certificate"]).read_text() == told[client.replace("client", "mtls")]["cert"]
    return service["certificate"], service["key"]


def test_without_its_certificate_or_with_another_it_is_nobody(suite):
    """tls_client_auth, at the mTLS host."""
    client = suite.strict("fapi2-mtls-mtls", dpop=False)
    for shown in (None, own_certificate(suite, "fapi2-mtls-mtls", "client2")):
        client.certificate = shown
        refused = client.post("pushed_authorization_request_endpoint", {"response_type": "code"})
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_modules_that_wait_wait_half_a_minute(suite):
    """A code is over after 30 seconds, and so is a pushed request."""
    browser = suite.browser("oidcc")
    client = browser.configuration["client"]
    code = suite.ask(browser)["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": suite.redirect_uri(client)}
    suite.demo.control(do="clock", seconds=31)
    try:
        basic = (client["client_id"], client["client_secret"])
        answer = suite.http.post(suite.metadata["token_endpoint"], data=form, auth=basic, timeout=20)
        assert answer.json()["error"] == "invalid_grant"
    finally:
        suite.demo.control(do="clock", seconds=0)
    strict = suite.strict("fapi2-key-dpop")
    pushed = strict.push(strict.service["redirect_uris"][0])
    assert pushed["expires_in"] == 30


def test_each_plan_of_fapi_has_clients_that_cannot_do_less(suite):
    """Modules leave the proof or the signature out, and must be refused."""
    signing = suite.strict("fapi2-signed")
    form = {"response_type": "code", "redirect_uri": signing.service["redirect_uris"][0], "scope": "openid"}
    form |= {"code_challenge": "A" * 43, "code_challenge_method": "S256"}
    unsigned = signing.post("pushed_authorization_request_endpoint", form)
    assert (unsigned.status_code, unsigned.json()["error"]) == (400, "invalid_request")
    certificate = own_certificate(suite, "fapi2-mtls-dpop")
    proving = suite.strict("fapi2-mtls-dpop", dpop=False, certificate=certificate)
    bare = proving.post("token_endpoint", {"grant_type": "authorization_code", "code": "x"})
    assert (bare.status_code, bare.json()["error"]) == (400, "invalid_request")


def test_what_a_person_does_otherwise_is_done_in_the_modules_that_need_it(suite):
    """Declining gives access_denied; a page that is only looked at does not use the pushed request up."""
    client = suite.strict("fapi2-key-dpop")
    declining = suite.browser("fapi2-key-dpop", "fapi2-security-profile-final-user-rejects-authentication")
    declining.visit(client.address(client.service["redirect_uris"][0]))
    assert declining.received["error"] == "access_denied"
    twice = suite.browser(
        "fapi2-key-dpop",
        "fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds",
    )
    address = client.address(client.service["redirect_uris"][0])
    assert twice.visit(address) == address
    twice.visit(address)
    assert "code" in twice.received


def test_nothing_old_is_spoken_and_nothing_is_said_for_other_ports(suite):
    """No CBC cipher suite, no TLS 1.1; no HSTS, which would hold for every site on localhost."""
    port = int(suite.issuer.split(":")[2].partition("/")[0])
    answer = suite.http.get(f"{suite.issuer}/jwks", timeout=20)
    assert "Strict-Transport-Security" not in answer.headers
    for at in (port, int(suite.told["mtls_host"].rpartition(":")[2])):
        old = ssl.create_default_context(cafile=suite.told["ca"])
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        old.set_ciphers("ECDHE-RSA-AES128-SHA256")
        with socket.create_connection(("127.0.0.1", at)) as connection, pytest.raises(ssl.SSLError):
            old.wrap_socket(connection, server_hostname="localhost")


def test_a_service_on_this_computer_hears_of_a_logout(suite):
    """The back channel at localhost by https, under a certificate of the same authority."""
    heard: list[str] = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            """Take a logout token."""
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            heard.extend(parse_qs(body)["logout_token"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_words):
            """Say nothing."""

    own = Path(suite.told["ca"]).parent
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own / "localhost.pem", own / "localhost.key")
    server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        told = ("--backchannel-logout-uri", f"https://localhost:{server.server_port}/bye")
        suite.demo.idp("service", "change", "back-channel", *told, tenant_id="conformance")
        browser = suite.browser("back-channel-logout")
        token = suite.redeem(browser.configuration["client"], suite.ask(browser)["code"])
        browser.visit(address(suite.metadata["end_session_endpoint"], {"id_token_hint": token["id_token"]}))
        await_condition(lambda: bool(heard), 30.0)
        keys = jwk.KeySet.import_key_set(suite.http.get(suite.metadata["jwks_uri"], timeout=20).json())
        assert jwt.decode(heard[0], keys, algorithms=["RS256"]).claims["sub"] == token["claims"]["sub"]
    finally:
        server.shutdown()
        server.server_close()
