"""`idp service`: profile, authentication, keys and secrets, as an operator states and sees them."""

import json

from joserfc.jwk import ECKey

OF = ("--tenant", "aoba", "--json")
NEW = ("--name-ja", "予約", "--redirect-uri", "http://127.0.0.1:8901/new")
KEY = ECKey.generate_key("P-256", {"kid": "ec"})


def keys(tmp_path):
    """A file with a public key."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    return file


def test_a_service_of_the_strictest_profile(idp, tmp_path):
    """Registered with its keys alone; what its profile means is shown."""
    made = idp("service", "create", "strict", *OF, *NEW, "--profile", "fapi2", "--jwks", keys(tmp_path)).json
    assert "client_secret" not in made
    shown = idp("service", "show", "strict", *OF).json
    expected = {
        "profile": "fapi2",
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "id_token_signed_response_alg": "ES256",
        "require_pkce": True,
        "secrets": 0,
    }
    assert {name: shown[name] for name in expected} == expected
    assert shown["policy"]["sender_constrained"] is True
    assert shown["policy"]["assertion_seconds"] == 60
    refused = idp("service", "change", "strict", *OF, "--auth-method", "client_secret_basic")
    assert (refused.code, "fapi2" in refused.error) == (1, True)


def test_what_a_change_could_not_do_before(idp, tmp_path):
    """Algorithms, PKCE and the method; a secret that becomes needed is printed once."""
    change = ("service", "change", "library", *OF)
    changed = idp(*change, "--alg", "ES256", "--require-pkce").json
    assert (changed["id_token_signed_response_alg"], changed["require_pkce"]) == ("ES256", True)
    assert changed["authorization_signed_response_alg"] == "ES256"
    assert idp(*change, "--no-require-pkce").json["require_pkce"] is False
    uri = ("--auth-method", "private_key_jwt", "--jwks-uri", "http://localhost:8901/jwks", "--auth-alg", "ES256")
    by_keys = idp(*change, *uri).json
    assert (by_keys["jwks_uri"], by_keys["secrets"], by_keys["keys"]) == ("http://localhost:8901/jwks", 0, [])
    inline = idp(*change, "--jwks", keys(tmp_path)).json
    assert ("jwks_uri" in inline, inline["keys"]) == (False, [KEY.thumbprint()])
    by_secret = idp(*change, "--auth-method", "client_secret_post").json
    assert (len(by_secret["client_secret"]), by_secret["secrets"]) == (43, 1)


def test_request_objects_are_registered_shown_and_changed(idp, tmp_path):
    """Where they lie, how they are signed and encrypted, and that nothing else is taken."""
    lies = ("--request-uri", "https://a.example/1", "--request-uri", "https://a.example/2")
    how = ("--request-alg", "ES256", "--request-encryption-alg", "ECDH-ES", "--require-signed-request-object")
    idp("service", "create", "asking", *OF, *NEW, "--jwks", keys(tmp_path), *lies, *how)
    shown = idp("service", "show", "asking", *OF).json
    assert shown["request_uris"] == ["https://a.example/1", "https://a.example/2"]
    members = ("signing_alg", "encryption_alg", "encryption_enc")
    expected = ["ES256", "ECDH-ES", "A128CBC-HS256"]
    assert [shown[f"request_object_{member}"] for member in members] == expected
    assert shown["require_signed_request_object"] is True
    less = ("--request-uri", "", "--request-encryption-alg", "", "--no-require-signed-request-object")
    changed = idp("service", "change", "asking", *OF, *less).json
    assert (changed["request_uris"], changed["require_signed_request_object"]) == ([], False)
    assert ("request_object_encryption_enc" in changed, changed["request_object_signing_alg"]) == (False, "ES256")


def test_tokens_bound_to_certificates(idp):
    """Only where a host asks for them; a change binds, and unbinds."""
    change = ("service", "change", "library", *OF, "--certificate-bound-access-tokens")
    refused = idp(*change)
    assert (refused.code, "mTLS host" in refused.error) == (1, True)
    idp("tenant", "settings", "aoba", "--mtls-host", "https://mtls.aoba.example", "--json")
    assert idp(*change).json["tls_client_certificate_bound_access_tokens"] is True
    back = idp("service", "change", "library", *OF, "--no-certificate-bound-access-tokens").json
    assert back["tls_client_certificate_bound_access_tokens"] is False
    made = ("service", "create", "bound", *OF, *NEW, "--certificate-bound-access-tokens")
    assert idp(*made).code == 0
    assert idp("service", "show", "bound", *OF).json["tls_client_certificate_bound_access_tokens"] is True


def test_what_protects_the_answers(idp, tmp_path):
    """Encryption, signed UserInfo and bound tokens: stated at once or later, and taken away again."""
    by_key = ("--jwks", keys(tmp_path), "--encrypt", "id_token=ECDH-ES", "--encrypt", "userinfo=ECDH-ES/A256GCM")
    idp("service", "create", "sealed", *OF, *NEW, *by_key, "--userinfo-alg", "ES256")
    shown = idp("service", "show", "sealed", *OF).json
    assert {name: value for name, value in shown.items() if "_encrypted_" in name} == {
        "id_token_encrypted_response_alg": "ECDH-ES",
        "id_token_encrypted_response_enc": "A128CBC-HS256",
        "userinfo_encrypted_response_alg": "ECDH-ES",
        "userinfo_encrypted_response_enc": "A256GCM",
    }
    change = ("service", "change", "sealed", *OF)
    only = idp(
        *change, "--encrypt", "authorization=ECDH-ES+A128KW", "--dpop-bound-access-tokens", "--userinfo-alg", ""
    ).json
    assert [name for name in only if name.endswith("_encrypted_response_alg")] == [
        "authorization_encrypted_response_alg"
    ]
    assert (only["userinfo_signed_response_alg"], only["dpop_bound_access_tokens"]) == (None, True)
    none = idp(*change, "--encrypt", "none", "--no-dpop-bound-access-tokens").json
    assert not [name for name in none if "_encrypted_" in name]
    assert none["dpop_bound_access_tokens"] is False
    assert idp(*change, "--encrypt", "id_token=RSA1_5").code == 1
    assert idp(*change, "--encrypt", "id_token=RSA-OAEP").code == 1
    assert idp(*change, "--encrypt", "logout=ECDH-ES").code == 2


def test_secrets_are_added_listed_and_retired(idp):
    """And rotated in one step."""
    add, listed = ("service", "secret", "add", "library", *OF), ("service", "secret", "list", "library", *OF)
    made = idp(*add).json
    assert idp(*add).code == 1
    both = idp(*listed).json
    assert made["id"] in [row["id"] for row in both]
    old = next(row["id"] for row in both if row["id"] != made["id"])
    left = idp("service", "secret", "retire", "library", old, *OF).json
    assert [row["id"] for row in left] == [made["id"]]
    assert idp("service", "secret", "retire", "library", made["id"], *OF).code == 1
    rotated = idp("service", "rotate-secret", "library", *OF).json
    # the oldest first, by the second: both may be of one
    assert {row["id"] for row in idp(*listed).json} == {made["id"], rotated["id"]}


def test_what_cannot_be_is_refused_in_one_sentence(idp, tmp_path):
    """Exit codes 1 for a wish, 2 for a way of writing it."""
    for code, options in (
        (1, ("--profile", "fapi3")),
        (1, ("--profile", "legacy")),
        (1, ("--auth-method", "tls_client_auth", "--certificate-name", "san_dns=app.example")),
        (1, ("--jwks-uri", "http://keys.example/")),
        (2, ("--certificate-name", "app.example")),
        (2, ("--certificate-name", "serial=7")),
        (2, ("--legacy-until", "soon")),
        (2, ("--jwks", tmp_path / "absent")),
    ):
        refused = idp("service", "create", "wrong", *OF, *NEW, *options)
        assert (options, refused.code, refused.out) == (options, code, "")


def test_the_mtls_host_is_stated_and_services_are_registered_for_it(idp):
    """Known by a name in their certificate."""
    settings = ("tenant", "settings", "aoba", "--json")
    assert (
        idp(*settings, "--mtls-host", "https://mtls.city.example").json["mtls_host"] == "https://mtls.city.example"
    )
    name = ("--auth-method", "tls_client_auth", "--certificate-name", "subject_dn=CN=app,O=City,C=JP")
    idp("service", "create", "named", *OF, *NEW, *name)
    assert idp("service", "show", "named", *OF).json["tls_client_auth_subject_dn"] == "CN=app,O=City,C=JP"
    refused = idp(*settings, "--mtls-host", "")
    assert (refused.code, "named" in refused.error) == (1, True)
