"""`idp usage report`: what was asked in a month and what it costs, for people, spreadsheets and programs."""

import csv
import io
import secrets
from datetime import timedelta

import pytest

from connectors.ports import CertificateKind
from idp.jpki.revocation import Method
from idp.metering.record import MUNICIPALITY, Meters, Purpose
from idp.revocation.tally import Asked
from idp.store import tenants
from idp.tenants.tenant_settings import TenantSettings, write_settings

USER, SIGNATURE = CertificateKind.USER, CertificateKind.SIGNATURE


@pytest.fixture
def metered(aoba):
    """A town in which some checks were made today; today's month."""
    meters = Meters(aoba.clock, secrets.token_bytes)
    with aoba.product.store.for_tenant("aoba").write() as tx:
        by_ocsp = Asked(USER, Method.OCSP, remembered=False, answered=True)
        meters.record(tx, aoba.library.client_id, Purpose.LOGIN, [by_ocsp], count=5)
        meters.record(tx, MUNICIPALITY, Purpose.SHELTER, [Asked(SIGNATURE, Method.CRL, False, True)], count=7)
    return (aoba.clock() + timedelta(hours=9)).strftime("%Y-%m")


def test_a_month_is_reported_by_service_kind_purpose_and_method(idp, metered):
    """With status and source, and totals that keep what is owed from what nobody has confirmed."""
    found = idp("usage", "report", "--tenant", "aoba", "--month", metered, "--json").json
    rows = {(row["service_id"], row["purpose"]): row for row in found["lines"]}
    login, shelter = rows["library", "login"], rows["", "shelter"]
    assert (login["checks"], login["status"], login["amount"], login["unconfirmed"]) == (5, "unconfirmed", 0, 10)
    assert (shelter["checks"], shelter["status"], shelter["kind"]) == (7, "waived", "signature")
    assert login["source"]
    assert found["totals"] == [{"tenant": "aoba", "checks": 12, "amount": 0, "unconfirmed": 10, "unknown_fees": 0}]


def test_a_service_or_another_month_alone(idp, metered):
    """Narrowed to one service; a month in which nothing was asked is empty, and so is another tenant's."""
    one = idp("usage", "report", "--tenant", "aoba", "--service", "library", "--json").json
    assert [row["service_id"] for row in one["lines"]] == ["library"]
    assert idp("usage", "report", "--tenant", "aoba", "--month", "2020-02", "--json").json["lines"] == []
    everybody = idp("usage", "report", "--month", metered, "--json").json
    assert {row["tenant"] for row in everybody["lines"]} == {"aoba"}
    assert [row["tenant"] for row in everybody["totals"]] == ["aoba", "wakaba"]


def test_spreadsheets_and_people_see_the_same(idp, metered):
    """CSV with one header; a table with totals and the sources below."""
    text = idp("usage", "report", "--tenant", "aoba", "--csv").out
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["purpose"], row["checks"]) for row in rows] == [("shelter", "7"), ("login", "5")]
    table = idp("usage", "report", "--tenant", "aoba").out
    assert "unconfirmed: to be confirmed by the operator" in table
    assert "library" in table


def test_a_public_body_is_exempt(idp, aoba, metered):
    """As the tenant's settings say."""
    with aoba.product.store.for_tenant("aoba").write() as tx:
        tenants.set_settings(tx, write_settings(TenantSettings(public_body=True)))
        tenants.touch(tx)
    found = idp("usage", "report", "--tenant", "aoba", "--month", metered, "--json").json
    assert {row["status"] for row in found["lines"]} == {"exempt"}
    assert found["totals"][0]["unconfirmed"] == 0


def test_a_month_that_is_none_is_a_usage_error(idp):
    """And so is a tenant that is not there."""
    assert idp("usage", "report", "--month", "November", "--json").code == 2
    assert idp("usage", "report", "--tenant", "nobody", "--json").code == 1
