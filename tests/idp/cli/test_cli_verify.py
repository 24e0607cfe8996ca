"""Registering a service for the verification API from the command line."""

import json

TENANT = ("--tenant", "aoba", "--json")
SERVICE = ("desk", "--name-ja", "窓口", "--redirect-uri", "https://desk.example/cb")
PURPOSE = ("--verify-purpose", "更新の受付で電子証明書を確かめるため")


def test_a_sandbox_tenant_approves_at_once(idp):
    """The service is shown with its purpose and can have a token."""
    made = idp("service", "create", *SERVICE, "--scope", "openid verify", *PURPOSE, *TENANT)
    assert (made.code, "proposal" in made.json) == (0, False)
    shown = idp("service", "show", "desk", *TENANT).json
    assert shown["verify"] == {"purpose": PURPOSE[1], "approved": True}


def test_scope_and_purpose_belong_together(idp):
    """Either alone is refused, with a sentence."""
    for words in (("--scope", "openid verify"), PURPOSE):
        refused = idp("service", "create", *SERVICE, *words, *TENANT)
        assert refused.code == 1
        assert "purpose" in refused.error


def test_elsewhere_two_officers_are_asked(idp):
    """The proposal's id is printed; it waits among the others."""
    midori = ("--tenant", "midori", "--json")
    names = ("--name-ja", "緑市", "--name-en", "Midori", "--crest", "緑")
    assert idp("tenant", "create", "midori", "--issuer", "https://id.midori.example", *names, "--json").code == 0
    made = idp("service", "create", *SERVICE, "--scope", "openid verify", *PURPOSE, *midori)
    assert made.json["verify"] == "needs approval"
    shown = idp("service", "show", "desk", *midori).json
    assert shown["verify"]["approved"] is False
    listed = json.dumps(idp("approve", "list", *midori).json, ensure_ascii=False)
    assert made.json["proposal"] in listed
    assert PURPOSE[1] in listed
