"""mozilla-django-oidc and idpyoidc, not patched, against the provider by https."""

from urllib.parse import urlsplit

from clients.visitor import Visitor


def test_a_service_in_django_knows_residents_by_their_number(django, visitor, served):
    """It makes a user at the first login and finds the same one at the next; its logout ends the login for all."""
    first = visitor.open(f"{django}/oidc/authenticate/").json()
    assert first["user"] is not None
    assert first["revocation"]["method"] == "ocsp"
    assert "consent" in visitor.asked

    over = visitor.open(f"{django}/oidc/logout/")
    assert urlsplit(over.url).path == "/bye", over.text
    assert over.json()["user"] is None
    assert "sign-out" in visitor.asked

    again = Visitor(served).open(f"{django}/oidc/authenticate/").json()
    assert again == {"user": first["user"], "known": 1, "revocation": again["revocation"]}
    other = Visitor(served, "ichiro").open(f"{django}/oidc/authenticate/").json()
    assert other["user"] not in (None, first["user"])
    assert other["known"] == 2


def test_a_service_with_idpyoidc_signs_in_refreshes_and_logs_out(idpyoidc, visitor, served, others):
    """By the handler's own steps: begin, finalize, refresh, logout."""
    told = visitor.open(f"{idpyoidc}/login").json()
    assert "error" not in told, told
    assert (told["claims"]["iss"], told["claims"]["aud"]) == (served.issuer, [others["idpyoidc"]["client_id"]])
    assert told["userinfo"]["sub"] == told["claims"]["sub"]
    renewed = visitor.open(f"{idpyoidc}/refresh", state=told["state"]).json()
    assert renewed == {"renewed": True, "token_type": "Bearer"}
    assert visitor.open(f"{idpyoidc}/logout", state=told["state"]).json() == {"over": True}
