"""Services that authenticate by the certificate of their handshake, through a real nginx (RFC 8705)."""

import base64

import pytest
from authlib.integrations.requests_client import OAuth2Session
from components.assertions import jwks
from components.mtls import NAMES, Authority, MtlsTown, Shown, mtls_town, shown
from components.nginx import MTLS_KEY
from components.town import BASE_URL, REDIRECT_URI
from components.verifier import VERIFIES

from idp.registration import NotAllowed
from idp.services.client_certificates import thumbprint

PAR = "/t/aoba/par"
ASK = {
    "response_type": "code",
    "redirect_uri": REDIRECT_URI,
    "scope": "openid",
    "code_challenge": "A" * 43,
    "code_challenge_method": "S256",
}


@pytest.fixture(scope="module")
def host(tmp_path_factory, founded_world):
    """The town with its mTLS host."""
    with mtls_town(tmp_path_factory.mktemp("mtls"), founded_world) as made:
        yield made


@pytest.fixture(scope="module")
def app(host: MtlsTown) -> Shown:
    """The certificate that the services' authority issued."""
    return shown(host.folder, "app", host.authority)


@pytest.fixture(scope="module")
def named(host: MtlsTown) -> dict[str, str]:
    """Client ids of services that are known by each of the names."""
    return {
        member: host.town.register(
            "aoba",
            f"by-{member}".replace("_", "-"),
            token_endpoint_auth_method="tls_client_auth",
            certificate_name={f"tls_client_auth_{member}": value},
        ).client_id
        for member, value in NAMES.items()
    }


@pytest.fixture(scope="module")
def own(host: MtlsTown) -> tuple[Shown, str]:
    """A self-signed certificate, and the client id of the service that registered its key."""
    made = shown(host.folder, "own", None)
    wish = {"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": jwks(made.key)}
    return made, host.town.register("aoba", "own", **wish).client_id


def refused(answer) -> bool:
    """Whether that is the one answer to whoever is not authenticated, or nginx's for a broken handshake."""
    return (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("member", NAMES)
def test_a_service_is_known_by_the_name_in_its_certificate(host, app, named, member):
    """Subject or alternative name, from the authority that the proxy knows."""
    form = ASK | {"client_id": named[member]}
    assert host.post(PAR, form, app.files).status_code == 201
    stranger = shown(host.folder, f"stranger-{member}", host.authority, subject="CN=other,C=JP", bare=True)
    assert refused(host.post(PAR, form, stranger.files))
    self_made = shown(host.folder, f"self-made-{member}", None)
    assert refused(host.post(PAR, form, self_made.files))
    forged = shown(host.folder, f"forged-{member}", Authority.found("Services CA"))
    assert refused(host.post(PAR, form, forged.files))
    assert refused(host.post(PAR, form, None))


def test_a_certificate_that_is_over_is_refused(host, named):
    """By nginx, in JSON."""
    old = shown(host.folder, "old", host.authority, days=-1)
    answer = host.post(PAR, ASK | {"client_id": named["san_dns"]}, old.files)
    assert refused(answer)
    assert answer.headers["Content-Type"] == "application/json"


def test_a_self_signed_certificate_is_known_by_its_key(host, app, own):
    """Another one's is not, whoever issued it; nor is the same name."""
    certificate, client_id = own
    form = ASK | {"client_id": client_id}
    assert host.post(PAR, form, certificate.files).status_code == 201
    for other in (app, shown(host.folder, "same-name", None)):
        assert refused(host.post(PAR, form, other.files))
    assert refused(host.post(PAR, form, None))


def test_a_whole_login_with_authlib(host, app, named):
    """Stock client, its token request at the alias of the metadata with the certificate in its session."""
    url = f"{BASE_URL}/t/aoba/.well-known/openid-configuration"
    metadata = host.town.get(host.town.browser(), url).json
    alias = metadata["mtls_endpoint_aliases"]["token_endpoint"]
    service = type(host.town.library)("aoba", named["subject_dn"], "", "")
    code, login = host.town.code(service)
    with OAuth2Session(service.client_id, token_endpoint_auth_method="none", redirect_uri=REDIRECT_URI) as client:
        client.cert, trusted = app.files, str(host.fronts.tls.ca_file)
        token = client.fetch_token(alias, code=code, code_verifier=login.verifier, verify=trusted, timeout=20)
    assert token["id_token"].count(".") == 2


def spoofs(certificate: Shown) -> list[dict[str, str]]:
    """Headers by which somebody without a key could claim the certificate."""
    field = certificate.field
    return [
        {"Client-Cert": field, "Client-Cert-Verified": "SUCCESS"},
        {"client_cert": field, "client_cert_verified": "SUCCESS"},
        {"Client-Cert": field, "Client-Cert-Verified": "SUCCESS", "Mtls-Host-Key": "x" * len(MTLS_KEY)},
        {"Client-Cert": field, "Client-Cert-Verified": "SUCCESS", "Mtls-Host-Key": ""},
        {"Client_Cert": field, "Mtls_Host_Key": MTLS_KEY, "Client_Cert_Verified": "SUCCESS"},
        {"Client-Cert": field, "Connection": "Client-Cert, Mtls-Host-Key", "Client-Cert-Verified": "SUCCESS"},
        {"X-Client-Cert": field, "X-SSL-Client-Cert": field, "X-SSL-Client-Verify": "SUCCESS"},
    ]


def test_no_header_is_a_certificate(host, app, named, own):
    """At no listener, in no spelling; who knows the secret is believed, and at the fronts it is nobody."""
    for certificate, client_id in ((app, named["san_dns"]), own):
        form = ASK | {"client_id": client_id}
        for headers in spoofs(certificate):
            for port in (host.fronts.mtls_port, host.fronts.issuer_port):
                assert refused(host.post(PAR, form, None, headers, port=port)), (headers, port)
            if "Mtls_Host_Key" not in headers:  # without a front a WSGI server reads underscores as hyphens
                assert refused(host.past_the_fronts(PAR, form, headers)), headers
        right = {"Client-Cert": certificate.field, "Client-Cert-Verified": "SUCCESS", "Mtls-Host-Key": MTLS_KEY}
        for port in (host.fronts.mtls_port, host.fronts.issuer_port):
            assert refused(host.post(PAR, form, None, right, port=port))
        assert host.past_the_fronts(PAR, form, right).status_code == 201


def test_a_header_changes_nothing_for_who_has_a_certificate(host, app, own):
    """It is the handshake's that counts."""
    certificate, client_id = own
    headers = {"Client-Cert": certificate.field, "Client_Cert": certificate.field}
    assert refused(host.post(PAR, ASK | {"client_id": client_id}, app.files, headers))
    assert (
        host.post(PAR, ASK | {"client_id": client_id}, certificate.files, {"Client-Cert": "x"}).status_code == 201
    )


@pytest.mark.parametrize("value", ["x", ":", "::", ":AAAA:", ":AAAA:, :AAAA:", ":" + "A" * 30_000 + ":"])
def test_a_broken_certificate_over_the_hop_is_refused(host, own, value):
    """No 500, whatever a proxy sends."""
    headers = {"Client-Cert": value, "Client-Cert-Verified": "SUCCESS", "Mtls-Host-Key": MTLS_KEY}
    assert refused(host.past_the_fronts(PAR, ASK | {"client_id": own[1]}, headers))


def test_the_mtls_host_passes_on_its_endpoints_alone(host, app):
    """Pages, the card host's address and other tenants' endpoints with other names are not there."""
    for path in (
        "/t/aoba/authorize",
        "/t/aoba/register",
        "/t/aoba/api/v1/openapi.json",
        "/t/aoba/tls-card/AAECAwQFBgcICQoLDA0ODw",
        "/t/aoba/token/x",
        "/",
    ):
        assert host.post(path, {}, app.files).status_code == 404


def test_a_bound_token_counts_there_alone(host, app, own):
    """Through the real hop: UserInfo, introspection, revocation and the verification API, with the certificate."""
    certificate, _ = own
    wishes = {
        **VERIFIES,
        "token_endpoint_auth_method": "client_secret_post",
        "tls_client_certificate_bound_access_tokens": True,
    }
    service = host.town.register("aoba", "bound", **wishes)
    form = {"client_id": service.client_id, "client_secret": service.client_secret}
    code, login = host.town.code(service)
    redemption = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": login.verifier,
    }
    token = host.post("/t/aoba/token", form | redemption, certificate.files).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert host.post("/t/aoba/userinfo", {}, certificate.files, bearer).json()["sub"]
    for files, port in ((app.files, 0), (None, 0), (certificate.files, host.fronts.issuer_port)):
        assert host.post("/t/aoba/userinfo", {}, files, bearer, port=port).status_code == 401
    about = host.post("/t/aoba/introspect", form | {"token": token}, certificate.files).json()
    assert about["cnf"] == {"x5t#S256": thumbprint(certificate.certificate)}
    assert host.post("/t/aoba/revoke", form | {"token": token}, None).status_code == 200
    assert host.post("/t/aoba/userinfo", {}, certificate.files, bearer).status_code == 401
    ask = {"grant_type": "client_credentials"}
    token = host.post("/t/aoba/token", form | ask, certificate.files).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    for files, status in ((certificate.files, 200), (app.files, 401), (None, 401)):
        assert host.post("/t/aoba/api/v1/challenges", "{}", files, headers).status_code == status


def test_a_secret_works_there_as_well_and_a_certificate_replaces_none(host, app):
    """A service by secret may bring a certificate; without its secret it is nobody."""
    service = host.town.library
    form = ASK | {"client_id": service.client_id}
    assert refused(host.post(PAR, form, app.files))
    by_basic = host.post(PAR, form, app.files, {"Authorization": basic(service)})
    assert by_basic.status_code == 201


def basic(service) -> str:
    """RFC 7617."""
    return "Basic " + base64.b64encode(f"{service.client_id}:{service.client_secret}".encode()).decode()


def test_the_metadata_is_true_of_each_tenant(host):
    """Where nobody asks for certificates nothing is said of them, and no service can be registered so."""
    with_host, without = (
        host.town.get(host.town.browser(), f"{BASE_URL}/t/{tenant}/.well-known/openid-configuration").json
        for tenant in ("aoba", "wakaba")
    )
    tls = {"tls_client_auth", "self_signed_tls_client_auth"}
    assert tls <= set(with_host["token_endpoint_auth_methods_supported"])
    assert not tls & set(without["token_endpoint_auth_methods_supported"])
    assert "private_key_jwt" in without["token_endpoint_auth_methods_supported"]
    assert without["token_endpoint_auth_signing_alg_values_supported"] == ["RS256", "PS256", "ES256", "EdDSA"]
    aliases = with_host["mtls_endpoint_aliases"]
    assert aliases["token_endpoint"] == f"{host.fronts.mtls_host}/t/aoba/token"
    assert all(
        host.post(url.removeprefix(host.fronts.mtls_host), {}, None).status_code != 404 for url in aliases.values()
    )
    assert "mtls_endpoint_aliases" not in without


def test_the_host_cannot_be_taken_from_those_who_need_it(host, own):
    """Nor be the card host, nor the issuer's own."""
    tenant = host.town.product.directory.tenant("aoba")
    change = host.town.product.policies.change_tenant
    for wish, sentence in (
        ({"mtls_host": ""}, "services authenticate"),
        ({"card_host": host.fronts.mtls_host}, "another host than the card host"),
        ({"mtls_host": "http://mtls.city.example"}, "https origin"),
    ):
        with pytest.raises(NotAllowed, match=sentence):
            change(tenant, revocation={}, **wish)
