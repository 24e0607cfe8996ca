"""`idp tenant settings` and `idp service policy`: what holds, for whom, and how one goes back."""

import json
from datetime import timedelta, timezone

import pytest

DEFAULT = {"order": "ocsp_first"}


def policy_of(idp, service="library"):
    """What holds for a service."""
    return idp("service", "policy", service, "--tenant", "aoba", "--json").json


def test_a_tenant_states_what_holds_for_all(idp, aoba):
    """Services that state nothing of their own follow; the running server too."""
    said = idp("tenant", "settings", "aoba", "--revocation", "crl_first", "--evidence-max-age", "172800", "--json")
    assert said.json["revocation"] == {"order": "crl_first", "max_age_seconds": 172800}
    assert (said.json["public_body"], said.json["methods"], said.json["offices"]) == (False, [], {})
    assert policy_of(idp) == said.json["revocation"]
    aoba.product.directory.refresh()
    assert aoba.sign_in(aoba.library, scope="openid jpki_status")["revocation"]["method"] == "crl"


def test_a_service_states_its_own_and_goes_back(idp, aoba):
    """Member by member: what it does not state stays its tenant's."""
    idp("tenant", "settings", "aoba", "--evidence-max-age", "7200")
    changed = idp("service", "policy", "library", "--tenant", "aoba", "--revocation", "both", "--json")
    assert changed.json == {"order": "both", "max_age_seconds": 7200}
    assert policy_of(idp, "childcare") == {"order": "ocsp_first", "max_age_seconds": 7200}
    back = ("--default", "revocation", "--default", "evidence-max-age")
    assert idp("service", "policy", "library", "--tenant", "aoba", *back, "--json").json == DEFAULT


def test_leave_is_given_until_a_moment(idp, aoba):
    """With its offset from UTC; taken back by --default; both are in the audit trail."""
    until = (aoba.clock() + timedelta(days=2)).astimezone(timezone(timedelta(hours=9))).replace(microsecond=0)
    given = idp("tenant", "settings", "aoba", "--defer-until", until.isoformat(), "--json")
    assert given.json["revocation"]["defer"] == {"until": int(until.timestamp()), "within_seconds": 86400}
    assert idp("tenant", "settings", "aoba", "--default", "defer", "--json").json["revocation"] == DEFAULT
    with aoba.product.store.engine.connect() as connection:
        statement = "SELECT body FROM audit_entry WHERE action = 'tenant.changed' ORDER BY at_milliseconds"
        written = [json.loads(body) for body in connection.exec_driver_sql(statement).scalars()]
    assert [entry["revocation"] for entry in written] == [{"defer": given.json["revocation"]["defer"]}, {}]


def test_a_public_body_says_so(idp, aoba):
    """It pays no fee; nothing else changes."""
    assert idp("tenant", "settings", "aoba", "--public-body", "--json").json["public_body"] is True
    aoba.product.directory.refresh()
    assert aoba.product.directory.tenant("aoba").settings.public_body
    assert idp("tenant", "settings", "aoba", "--json").json["public_body"] is True


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--defer-until", "tomorrow"), 2),
        (("--defer-until", "2031-01-01T09:00"), 2),
        (("--default", "everything"), 2),
        (("--revocation", "neither"), 2),
        (("--evidence-max-age", "0"), 2),
        (("--defer-until", "0001-01-01T00:00+00:00"), 1),
        (("--defer-until", "9998-01-01T00:00+00:00"), 1),
    ],
)
def test_what_is_no_policy_is_refused(idp, aoba, options, code):
    """One sentence, nothing written."""
    refused = idp("tenant", "settings", "aoba", *options)
    assert (refused.code, refused.out) == (code, "")
    assert "Traceback" not in refused.err
    assert idp("tenant", "settings", "aoba", "--json").json["revocation"] == DEFAULT


def test_an_unknown_service_has_no_policy(idp, aoba):
    """A sentence and exit code 1."""
    assert idp("service", "policy", "nobody", "--tenant", "aoba").code == 1
