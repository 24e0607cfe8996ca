"""Administration: what may be created, what is refused and why; ids serve once; a refusal writes nothing."""

from dataclasses import replace

import pytest
from components.officers import production_root
from components.town import REDIRECT_URI, town
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.ports import CertificateKind
from idp.registration import NewService, NewTenant, NotAllowed
from idp.services.request_encryption import REQUEST_ALGS
from idp.tenants.tenancy import SIGNING_ALGS

CITY = NewTenant(
    tenant_id="midori",
    issuer="https://id.midori.example",
    name_ja="緑市",
    name_en="Midori City",
    crest="緑",
)
MUSEUM = NewService(service_id="museum", name_ja="美術館", redirect_uris=("https://museum.example/callback",))
TABLES = ("tenant", "data_key", "signing_key", "sector", "client", "client_secret", "trust_anchor", "audit_entry")


@pytest.fixture(scope="module")
def municipality(tmp_path_factory, founded_world):
    """A town where this file's refusals are tried: none of them may leave a row."""
    with town(tmp_path_factory.mktemp("municipality"), founded_world) as made:
        yield made


def counts(made):
    """How many rows each table of configuration has."""
    return {table: made.rows(table) for table in TABLES}


def refused(made, act):
    """The sentence of NotAllowed, after which nothing is written."""
    before = counts(made)
    with pytest.raises(NotAllowed) as refusal:
        act(made.product.administration)
    assert counts(made) == before
    return str(refusal.value)


def test_a_tenant_is_created_with_its_keys_and_an_audit_entry(aoba):
    """Served at once, with one current key per algorithm and a PPID key."""
    before = counts(aoba)
    made = aoba.product.administration.create_tenant(CITY)
    assert (made.tenant_id, made.issuer, made.sandbox, made.state) == (
        CITY.tenant_id,
        CITY.issuer,
        False,
        "active",
    )
    assert made.signing_algs == SIGNING_ALGS
    assert made.request_algs == REQUEST_ALGS
    assert len(aoba.product.keys.hmac_sha256("midori", made.ppid_key_version, b"x")) == 32
    after = counts(aoba)
    grown = {table: after[table] - before[table] for table in TABLES if after[table] != before[table]}
    assert grown == {"tenant": 1, "data_key": 3, "signing_key": 6, "audit_entry": 1}
    answer = aoba.get(aoba.browser(), CITY.issuer + "/.well-known/openid-configuration")
    assert answer.json["issuer"] == CITY.issuer


@pytest.mark.parametrize("tenant_id", ["", "A", "a_b", "a.b", "a/b", "a b", "a\n", "あ", "a" * 65])
def test_a_tenant_id_has_one_form(municipality, tenant_id):
    """1 to 64 characters of a-z, 0-9 and hyphen."""
    new = replace(CITY, tenant_id=tenant_id)
    assert "tenant id" in refused(municipality, lambda by: by.create_tenant(new))


@pytest.mark.parametrize("tenant_id", ["-", "a" * 64, "0-9"])
def test_every_tenant_id_of_that_form_is_taken(municipality, tenant_id):
    """Hyphens anywhere, up to the last character."""
    new = replace(CITY, tenant_id=tenant_id, issuer=f"https://{len(tenant_id)}.example/t/{tenant_id}")
    assert municipality.product.administration.create_tenant(new).path == f"/t/{tenant_id}"


@pytest.mark.parametrize(
    "issuer",
    [
        "",
        "midori",
        "//id.midori.example",
        "https://",
        "http://id.midori.example",
        "ftp://id.midori.example",
        "https://id.midori.example/",
        "https://id.midori.example/t/aoba",
        "https://id.midori.example/t/midori/",
        "https://id.midori.example?x=1",
        "https://id.midori.example#x",
        "https://user@id.midori.example",
        "https://user:word@id.midori.example",
        "https://[",
        "https://id.midori.example:99999",
        "https://id.midori.example:443",
        "https://ID.midori.example",
        "https://@id.midori.example",
        "https://id.midori.example?",
        "https://id.midori.example#",
        "https://*.midori.example",
        "https://id midori.example",
    ],
)
@pytest.mark.parametrize("sandbox", [False, True])
def test_an_issuer_is_canonical_https(municipality, issuer, sandbox):
    """For sandbox tenants too, but for loopback."""
    new = replace(CITY, issuer=issuer, sandbox=sandbox)
    assert "issuer" in refused(municipality, lambda by: by.create_tenant(new))


def test_plain_http_is_for_a_sandbox_tenant_on_loopback(municipality):
    """The same issuer is refused for a tenant of residents."""
    new = replace(CITY, tenant_id="trial", issuer="http://localhost:8000/t/trial", sandbox=True)
    assert "issuer" in refused(municipality, lambda by: by.create_tenant(replace(new, sandbox=False)))
    assert municipality.product.administration.create_tenant(new).sandbox


@pytest.mark.parametrize(
    "change",
    [
        {"name_ja": ""},
        {"name_en": ""},
        {"crest": ""},
        {"crest": "五文字以上"},
        {"key_colour": "red"},
        {"key_colour": ""},
        {"key_colour": "#ffffff"},
        {"name_ja": "市" * 201},
        {"contact": "x" * 201},
        {"contact": "市民課\n電話"},
        {"issuer": "https://" + "a." * 130 + "example"},
        {"key_colour": "#FFFFFF"},
        {"key_colour": "#00000;"},
    ],
)
def test_what_residents_see_is_complete(municipality, change):
    """Names, a crest, a colour that can be read and cannot break out of a stylesheet; nothing endless."""
    refused(municipality, lambda by: by.create_tenant(replace(CITY, **change)))


def test_neither_id_nor_issuer_is_used_twice(aoba):
    """The tenant that has them keeps its keys."""
    before = aoba.product.administration.create_tenant(CITY)
    for change in ({"issuer": "https://other.example"}, {"tenant_id": "other"}):
        assert "taken" in refused(aoba, lambda by, change=change: by.create_tenant(replace(CITY, **change)))
    aoba.product.directory.refresh()
    assert aoba.product.directory.tenant("midori") is before


@pytest.mark.parametrize("table", ["tenant", "client"])
def test_the_id_of_a_suspended_one_is_not_free(aoba, table):
    """Ids never serve again: what was suspended keeps its id."""
    with aoba.product.store.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {table} SET state = 'suspended'")
    sandbox = replace(CITY, tenant_id="aoba")
    aoba_tenant = aoba.product.directory.tenant("aoba")
    act = {
        "tenant": lambda by: by.create_tenant(sandbox),
        "client": lambda by: by.register_service(aoba_tenant, replace(MUSEUM, service_id="library")),
    }
    assert "taken" in refused(aoba, act[table])


def test_a_service_is_registered_with_a_secret_shown_once(municipality):
    """256 bits, stored as a digest; client id and sector carry chance, so that none returns."""
    tenant = municipality.product.directory.tenant("wakaba")
    made = municipality.product.administration.register_service(tenant, MUSEUM)
    stored = municipality.product.directory.tenant("wakaba").clients[made.client_id]
    assert len(made.client_secret) == 43
    assert made.client_secret.encode() not in municipality.folder.joinpath("idp.db").read_bytes()
    assert (stored.service_id, stored.sector_id, stored.state) == ("museum", made.sector_id, "active")
    assert made.client_id.startswith("museum-")
    assert len(made.client_id) == len("museum-") + 16
    assert made.sector_id not in (made.client_id, "museum")


def test_a_public_service_has_no_secret_and_always_pkce(municipality):
    """Even where the wish says otherwise."""
    tenant = municipality.product.directory.tenant("wakaba")
    wish = replace(MUSEUM, service_id="app", token_endpoint_auth_method="none", require_pkce=False)
    made = municipality.product.administration.register_service(tenant, wish)
    stored = municipality.product.directory.tenant("wakaba").clients[made.client_id]
    assert (made.client_secret, stored.secret_digests, stored.require_pkce) == (None, (), True)


def test_one_service_id_at_two_tenants_is_two_services(municipality):
    """Different clients, sectors and secrets; at one tenant the id serves once."""
    by, directory = municipality.product.administration, municipality.product.directory
    wish = replace(MUSEUM, service_id="pool")
    made = [by.register_service(directory.tenant(tenant_id), wish) for tenant_id in ("aoba", "wakaba")]
    for member in ("client_id", "client_secret", "sector_id"):
        assert len({getattr(one, member) for one in made}) == 2
    assert "taken" in refused(municipality, lambda by: by.register_service(directory.tenant("aoba"), wish))


BAD_URIS = [
    "",
    "/callback",
    "//museum.example/callback",
    "museum.example/callback",
    "http://museum.example/callback",
    "http://localhost.museum.example/callback",
    "http://127.0.0.1.museum.example/callback",
    "http://127.0.0.2/callback",
    "http://0.0.0.0/callback",
    "https:///callback",
    "HTTPS://museum.example/callback",
    "HTTP://127.0.0.1/callback",
    "https://museum.example/callback#",
    "https://museum.example/callback#part",
    "https://user@museum.example/callback",
    "https://user:word@museum.example/callback",
    "https://@museum.example/callback",
    "https://museum.example\\@evil.example/callback",
    "https://museum.example/a b",
    "https://museum.example/\n",
    "\thttps://museum.example/callback",
    "https://美術館.example/callback",
    "https://museum.example:port/callback",
    "https://museum.example:99999/callback",
    "https://museum.example:0/callback",
    "https://[::1/callback",
    "jp.museum.app:/callback",
    "jp.museum.app://callback",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "urn:ietf:wg:oauth:2.0:oob",
]


@pytest.mark.parametrize("uri", BAD_URIS)
@pytest.mark.parametrize("member", ["redirect_uris", "post_logout_redirect_uris"])
def test_a_redirect_uri_is_https_or_loopback(municipality, uri, member):
    """Absolute, printable, without fragment and user, no scheme of its own for a site; one bad one is enough."""
    tenant = municipality.product.directory.tenant("aoba")
    wish = replace(MUSEUM, **{member: ("https://museum.example/ok", uri)})
    sentence = refused(municipality, lambda by: by.register_service(tenant, wish))
    assert "redirect URI" in sentence or "holds a control" in sentence


@pytest.mark.parametrize(
    "uri",
    [
        "https://museum.example/callback?tab=1",
        "https://museum.example:8443/",
        "http://localhost:8001/callback",
        "http://127.0.0.1/callback",
        "http://[::1]:8001/callback",
    ],
)
def test_a_good_redirect_uri_is_kept_as_written(municipality, uri):
    """It is compared byte by byte later."""
    tenant = municipality.product.directory.tenant("wakaba")
    wish = replace(MUSEUM, service_id=f"ok-{abs(hash(uri)):x}", redirect_uris=(uri,))
    made = municipality.product.administration.register_service(tenant, wish)
    assert municipality.product.directory.tenant("wakaba").clients[made.client_id].redirect_uris == (uri,)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"service_id": ""}, "service id"),
        ({"service_id": "Museum"}, "service id"),
        ({"service_id": "m" * 65}, "service id"),
        ({"service_id": "../museum"}, "service id"),
        ({"sector_id": ""}, "sector id"),
        ({"sector_id": "Family"}, "sector id"),
        ({"sector_id": "museum.example"}, "sector id"),
        ({"sector_id": "s" * 65}, "sector id"),
        ({"name_ja": ""}, "name in Japanese"),
        ({"name_en": "x" * 201}, "200 characters"),
        ({"purpose_ja": "x" * 401}, "400 characters"),
        ({"purpose_ja": "予約\x00"}, "holds a control"),
        ({"redirect_uris": ("https://museum.example/" + "x" * 255,)}, "255 characters"),
        ({"redirect_uris": ()}, "redirect URI"),
        ({"redirect_uris": tuple(f"https://museum.example/{n}" for n in range(101))}, "at most 100"),
        ({"post_logout_redirect_uris": tuple(f"https://museum.example/{n}" for n in range(101))}, "at most 100"),
        ({"scopes": ()}, "openid"),
        ({"scopes": ("jpki_status",)}, "openid"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "token_endpoint_auth_method"),
        ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg"),
        ({"id_token_signed_response_alg": "HS256"}, "id_token_signed_response_alg"),
    ],
)
def test_a_wish_that_cannot_be_granted_says_why(municipality, change, sentence):
    """One sentence about the member that is wrong."""
    tenant = municipality.product.directory.tenant("aoba")
    assert sentence in refused(municipality, lambda by: by.register_service(tenant, replace(MUSEUM, **change)))


def test_a_shared_sector_states_one_purpose(aoba):
    """The second service needs one, another than the stated one is refused, the next may leave it out."""
    by, tenant = aoba.product.administration, aoba.product.directory.tenant("aoba")
    theatre = replace(MUSEUM, service_id="theatre", sector_id="culture")
    by.register_service(tenant, replace(MUSEUM, sector_id="culture", sector_purpose="券を共に使うため"))
    another = replace(theatre, sector_purpose="宣伝のため")
    assert "another purpose" in refused(aoba, lambda by: by.register_service(tenant, another))
    by.register_service(tenant, theatre)
    sectors = aoba.product.directory.tenant("aoba").sectors
    assert sectors["culture"].purpose == "券を共に使うため"
    assert sectors[aoba.library.sector_id].purpose == ""


def test_joining_a_services_own_sector_needs_a_purpose(aoba):
    """Which is then the sector's: the first service's residents are told too."""
    by, tenant = aoba.product.administration, aoba.product.directory.tenant("aoba")
    wish = replace(MUSEUM, sector_id=aoba.library.sector_id)
    assert "purpose" in refused(aoba, lambda by: by.register_service(tenant, wish))
    by.register_service(tenant, replace(wish, sector_purpose="貸出のため"))
    assert aoba.product.directory.tenant("aoba").sectors[aoba.library.sector_id].purpose == "貸出のため"


def test_a_suspended_service_signs_nobody_in(aoba):
    """A page says so and leads nowhere, its secret opens nothing, a login under way ends."""
    login = aoba.begin(aoba.library)
    code, earlier = aoba.code(aoba.library)
    with aoba.product.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE client SET state = 'suspended' WHERE service_id = 'library'")
        connection.exec_driver_sql("UPDATE tenant SET config_version = config_version + 1")
    aoba.product.directory.refresh()
    query = {"client_id": aoba.library.client_id, "redirect_uri": REDIRECT_URI, "response_type": "code"}
    answer = aoba.browser().get("/t/aoba/authorize", base_url="http://localhost:8000/", query_string=query)
    assert (answer.status_code, "Location" in answer.headers) == (400, False)
    assert "受け付けていません" in answer.text
    assert aoba.redeem(code, earlier).status_code == 401
    refused_link = aoba.challenge(login)
    assert (refused_link.status_code, refused_link.json["code"]) == (403, "service_suspended")
    aoba.sign_in(aoba.childcare)


def test_a_suspended_tenant_is_nobody(aoba):
    """404 as for any unknown address; its neighbour goes on."""
    with aoba.product.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE tenant SET state = 'suspended' WHERE tenant_id = 'aoba'")
    aoba.product.directory.refresh()
    assert aoba.product.directory.tenant("aoba") is None
    answers = [aoba.get(aoba.browser(), f"http://localhost:8000/t/{name}/jwks") for name in ("aoba", "nobody")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data
    aoba.sign_in(aoba.parking)


def test_a_test_hierarchy_is_trusted_in_the_sandbox_alone(aoba):
    """And what is no certification authority nowhere."""
    by = aoba.product.administration
    city = by.create_tenant(CITY)
    (kind, der), *_ = aoba.world.anchors()
    assert "test hierarchy" in refused(aoba, lambda by: by.load_anchor(city, kind, der))
    pem = aoba.resident("hanako").auth_certificate.read_bytes()
    leaf = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    sandbox = aoba.product.directory.tenant("aoba")
    for garbage in (b"", b"x", der[:-1], leaf):
        refused(aoba, lambda by, garbage=garbage: by.load_anchor(sandbox, CertificateKind.USER, garbage))


def test_an_anchor_outside_the_sandbox_is_loaded_by_two_officers_alone(municipality):
    """Even one of the production hierarchy; at a sandbox tenant loading it again changes nothing."""
    by = municipality.product.administration
    city = by.create_tenant(replace(CITY, tenant_id="two", issuer="https://two.example"))
    sentence = refused(municipality, lambda by: by.load_anchor(city, CertificateKind.USER, production_root()))
    assert "two officers" in sentence
    sandbox = municipality.product.directory.tenant("aoba")
    (kind, der), *_ = municipality.world.anchors()
    before = counts(municipality)
    by.load_anchor(sandbox, kind, der)
    assert counts(municipality) == before
