"""`idp tenant` and `idp service`: create, list, show; what a refusal says, and with which exit code."""

import pytest

TENANT = (
    "tenant", "create", "midori", "--issuer", "https://id.midori.example", "--name-ja", "緑市",
    "--name-en", "Midori City", "--crest", "緑",
)  # fmt: skip
SERVICE = (
    "service", "create", "museum", "--tenant", "aoba", "--name-ja", "美術館",
    "--redirect-uri", "https://museum.example/callback",
)  # fmt: skip


def test_a_tenant_is_created_listed_and_shown(idp, aoba):
    """The three agree, for programs and for people."""
    made = idp(*TENANT, "--colour", "#0b5c3b", "--json")
    assert (made.code, made.err) == (0, "")
    assert made.json == {
        "id": "midori",
        "issuer": "https://id.midori.example",
        "name": "緑市",
        "sandbox": False,
        "services": [],
    }
    listed = idp("tenant", "list", "--json").json
    assert [tenant["id"] for tenant in listed] == ["aoba", "midori", "wakaba"]
    shown = idp("tenant", "show", "midori", "--json").json
    assert shown | made.json == shown
    assert (shown["ppid_key_version"], shown["trust_anchors"]) == (1, [])
    kinds = sorted(key.partition("-")[0] for key in shown["signing_keys"])
    assert kinds == ["ecdh", "eddsa", "es256", "ps256", "rs256", "rsa"]
    people = idp("tenant", "list")
    assert (people.code, "緑市" in people.out, "{" in people.out) == (0, True, False)
    aoba.product.directory.refresh()
    assert aoba.get(aoba.browser(), "https://id.midori.example/jwks").status_code == 200


def test_a_service_is_created_listed_and_shown(idp, aoba):
    """Its secret is printed by `create` and by nothing afterwards; it signs residents in."""
    two_hosts = ("--redirect-uri", "http://127.0.0.1:8901/callback", "--sector", "museum")
    made = idp(*SERVICE, *two_hosts, "--json", "--purpose-ja", "予約のため")
    assert (made.code, made.err) == (0, "")
    told = {"token_endpoint_auth_method": "client_secret_basic", "id_token_signed_response_alg": "RS256"}
    told |= {"issuer": "http://localhost:8000/t/aoba", "require_pkce": True}
    assert set(made.json) == {"client_id", "client_secret", "sector", *told}
    assert made.json | told == made.json
    listed = idp("service", "list", "--tenant", "aoba", "--json")
    assert {service["id"] for service in listed.json} == {"library", "childcare", "school", "museum"}
    shown = idp("service", "show", "museum", "--tenant", "aoba", "--json")
    assert shown.json | next(s for s in listed.json if s["id"] == "museum") == shown.json
    assert (shown.json["client_id"], shown.json["sector"]) == (made.json["client_id"], made.json["sector"])
    assert shown.json["redirect_uris"] == ["https://museum.example/callback", "http://127.0.0.1:8901/callback"]
    assert (shown.json["purpose"], shown.json["scope"], shown.json["secrets"]) == ("予約のため", "openid", 1)
    assert (shown.json["require_pkce"], shown.json["id_token_signed_response_alg"]) == (True, "RS256")
    assert shown.json["minimum_acr"] == "aal2"
    for later in (listed, shown, idp("service", "show", "museum", "--tenant", "aoba")):
        assert made.json["client_secret"] not in later.out
    aoba.product.directory.refresh()
    service = type(aoba.library)("aoba", made.json["client_id"], made.json["client_secret"], made.json["sector"])
    assert len(aoba.sign_in(service)["sub"]) == 43


def test_a_public_service_has_no_secret(idp):
    """None is printed."""
    made = idp(*SERVICE, "--auth-method", "none", "--json")
    assert "client_secret" not in made.json
    assert made.json["token_endpoint_auth_method"] == "none"
    assert idp("service", "show", "museum", "--tenant", "aoba", "--json").json["secrets"] == 0


def test_a_number_is_shared_for_a_stated_purpose_only(idp, aoba):
    """Exit 1 without one; with it the two services are shown in one sector."""
    words = (*SERVICE, "--json", "--sector", aoba.library.sector_id)
    refused = idp(*words)
    assert (refused.code, refused.error.startswith("a shared sector needs its purpose")) == (1, True)
    assert idp(*words, "--sector-purpose", "貸出のため").json["sector"] == aoba.library.sector_id


def test_the_same_service_id_at_another_tenant_is_another_service(idp):
    """At one tenant it serves once: exit 1."""
    first = idp(*SERVICE, "--json").json
    again = idp(*SERVICE, "--json")
    assert (again.code, again.out, again.error) == (1, "", "this service id is taken at the tenant")
    other = idp(*["wakaba" if word == "aoba" else word for word in SERVICE], "--json").json
    assert not [name for name in ("client_id", "client_secret", "sector", "issuer") if first[name] == other[name]]


def test_a_tenant_shows_its_own_services_alone(look):
    """--tenant chooses, and another tenant's service is as unknown as none."""
    assert [s["id"] for s in look("service", "list", "--tenant", "wakaba", "--json").json] == ["parking"]
    foreign = look("service", "show", "library", "--tenant", "wakaba", "--json")
    nobody = look("service", "show", "nobody", "--tenant", "wakaba", "--json")
    assert (foreign.code, foreign.out, foreign.err) == (nobody.code, nobody.out, nobody.err)
    assert foreign.code == 1


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("tenant", "show", "nobody"), 1, "there is no active tenant of that id: see idp tenant list"),
        (
            ("service", "list", "--tenant", "nobody"),
            1,
            "there is no active tenant of that id: see idp tenant list",
        ),
        (
            ("service", "show", "library", "--tenant", "nobody"),
            1,
            "there is no active tenant of that id: see idp tenant list",
        ),
        (tuple("aoba" if word == "midori" else word for word in TENANT), 1, "this tenant id or issuer is taken"),
        (tuple("Midori" if word == "midori" else word for word in TENANT), 1, "a tenant id has"),
        ((*TENANT, "--issuer", "http://id.midori.example"), 1, "an issuer is an https URL"),
        ((*TENANT, "--colour", "green"), 1, "key colour: "),
        ((*SERVICE, "--redirect-uri", "http://museum.example/"), 1, "a redirect URI is https"),
        ((*SERVICE, "--scope", "jpki_status"), 1, "scope"),
        ((*SERVICE, "--alg", "none"), 1, "id_token_signed_response_alg is one of"),
        ((*SERVICE, "--sector", "Not A Sector"), 1, "a sector id has"),
        (
            (*SERVICE, "--sector", "family", "--sector-purpose", "x"),
            1,
            "this sector is shared for another purpose",
        ),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_1(look, quiet_town, words, code, sentence):
    """As text or as JSON, on standard error, with nothing on standard output and nothing written."""
    before = [quiet_town.rows(table) for table in ("tenant", "client", "sector", "audit_entry")]
    plain, as_json = look(*words), look(*words, "--json")
    assert (plain.code, plain.out) == (as_json.code, as_json.out) == (code, "")
    assert plain.err.strip() == as_json.error
    assert sentence in as_json.error
    assert [quiet_town.rows(table) for table in ("tenant", "client", "sector", "audit_entry")] == before


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("tenant", "nonsense"),
        ("tenant", "create"),
        ("tenant", "create", "x"),
        ("tenant", "list", "--nonsense"),
        ("service", "list"),
        ("service", "create", "museum", "--tenant", "aoba", "--name-ja", "x"),
        ("ppid", "explain", "--tenant", "aoba", "--sector", "family", "--generation", "many"),
        ("tenant", "list", "--data", "/nonexistent"),
    ],
)
def test_a_misspelt_command_is_usage(look, words):
    """Exit 2, nothing on standard output."""
    ran = look(*words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err
