"""`idp service change`: what is named is changed, by the rules of `idp service create`."""

import json

from joserfc.jwk import ECKey

CHANGE = ("service", "change", "library", "--tenant", "aoba", "--json")


def test_what_is_named_is_changed_and_shown(idp, aoba):
    """The rest stays; without options nothing is written."""
    before = idp(*CHANGE).json
    entries = aoba.rows("audit_entry")
    assert idp(*CHANGE).json == before
    assert aoba.rows("audit_entry") == entries
    options = ("--minimum-acr", "aal3", "--certificate-type", "card", "--name-ja", "新図書館")
    changed = idp(*CHANGE, *options).json
    expected = {"minimum_acr": "aal3", "certificate_types": ["card"], "name": "新図書館"}
    assert changed == before | expected
    assert idp("service", "show", "library", "--tenant", "aoba", "--json").json == changed


def test_methods_and_redirect_uris_are_all_that_are_given(idp):
    """Given many times, they are the whole list."""
    uris = ("http://127.0.0.1:8901/a", "http://127.0.0.1:8901/b")
    changed = idp(
        *CHANGE,
        "--minimum-acr",
        "aal1",
        "--method",
        "kazashi",
        "--redirect-uri",
        uris[0],
        "--redirect-uri",
        uris[1],
    ).json
    assert (changed["methods"], changed["redirect_uris"]) == (["kazashi"], list(uris))
    assert idp(*CHANGE, "--minimum-acr", "aal2").json["methods"] == []


def test_a_change_that_cannot_be_is_refused_in_one_sentence(idp):
    """Exit code 1, as at creation."""
    refused = idp(*CHANGE, "--minimum-acr", "aal1")
    assert (refused.code, refused.out) == (1, "")
    assert "belong together" in refused.error
    assert idp(*CHANGE, "--certificate-type", "passport").code == 2
    assert idp("service", "change", "nobody", "--tenant", "aoba", "--json").code == 1


def test_a_service_may_take_items_of_a_person_from_one_source_alone(idp):
    """At creation and later; `any` takes that back, and what is none is refused in one sentence."""
    wish = ("--tenant", "aoba", "--name-ja", "窓", "--redirect-uri", "http://127.0.0.1:8901/w", "--json")
    sources = ("--attribute-source", "latest", "--attribute-source", "terminal")
    idp("service", "create", "signed", *wish, "--scope", "openid name", *sources)
    shown = idp("service", "show", "signed", "--tenant", "aoba", "--json").json
    assert shown["attribute_sources"] == ["latest", "terminal"]
    later = ("service", "change", "signed", "--tenant", "aoba", "--json", "--attribute-source")
    assert idp(*later, "signature").json["attribute_sources"] == ["signature"]
    assert idp(*later, "any").json["attribute_sources"] == []
    assert idp(*later, "latest").json["attribute_sources"] == ["latest"]
    idp("tenant", "settings", "aoba", "--released-seconds", "0")
    tested = idp("service", "test", "signed", "--tenant", "aoba", "--json")
    (finding,) = [row for row in tested.json if row["check"] == "sources"]
    assert (tested.code, finding["state"], "stores nothing" in finding["finding"]) == (1, "fail", True)
    refused = idp(*later, "passport")
    assert (refused.code, "self, terminal, signature, latest" in refused.error) == (1, True)


def test_a_new_service_may_take_cards_alone(idp):
    """As `--certificate-type` says; both without it."""
    wish = ("--tenant", "aoba", "--name-ja", "窓", "--redirect-uri", "http://127.0.0.1:8901/w", "--json")
    idp("service", "create", "cards", *wish, "--certificate-type", "card")
    idp("service", "create", "any", *wish)
    for service, types in (("cards", ["card"]), ("any", ["card", "phone"])):
        shown = idp("service", "show", service, "--tenant", "aoba", "--json").json
        assert shown["certificate_types"] == types


def test_a_services_own_keys_are_registered_from_a_file(idp, tmp_path):
    """Public ones, shown by their thumbprints; a private key or no key at all is refused."""
    key, file = ECKey.generate_key("P-256"), tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    assert idp(*CHANGE, "--jwks-file", file).json["keys"] == [key.thumbprint()]
    file.write_text(json.dumps({"keys": [key.as_dict(private=True)]}))
    refused = idp(*CHANGE, "--jwks-file", file)
    assert (refused.code, "private key" in refused.error) == (1, True)
    for content in ("[]", "no JSON"):
        file.write_text(content)
        assert idp(*CHANGE, "--jwks-file", file).code == 2
    assert idp(*CHANGE, "--jwks-file", tmp_path / "absent").code == 2
