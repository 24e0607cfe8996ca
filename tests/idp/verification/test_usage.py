"""POST /usage: a service sees its own meter, with fees, and nobody else's."""

import secrets
from datetime import timedelta

import pytest

from connectors.ports import CertificateKind
from idp.jpki.revocation import Method
from idp.metering.record import MUNICIPALITY, Meters, Purpose
from idp.revocation.tally import Asked


@pytest.fixture(scope="module")
def month(verifier):
    """Checks of this service, of another, of the municipality and of another tenant; the month."""
    town = verifier.town
    meters = Meters(town.clock, secrets.token_bytes)
    asked = [Asked(CertificateKind.USER, Method.OCSP, remembered=False, answered=True)]
    for tenant_id, client_id in (
        ("aoba", verifier.service.client_id),
        ("aoba", town.library.client_id),
        ("aoba", MUNICIPALITY),
        ("wakaba", town.parking.client_id),
    ):
        with town.product.store.for_tenant(tenant_id).write() as tx:
            meters.record(tx, client_id, Purpose.BATCH, asked, count=3)
    return (town.clock() + timedelta(hours=9)).strftime("%Y-%m")


def test_a_service_sees_its_own_checks_and_what_they_cost(verifier, month):
    """Three, not twelve."""
    answer = verifier.post("/usage", {"month": month})
    assert answer.status_code == 200
    (line,) = answer.json["lines"]
    assert (line["purpose"], line["method"], line["kind"], line["checks"]) == ("batch", "ocsp", "user", 3)
    assert (line["status"], line["amount"], line["unconfirmed"]) == ("unconfirmed", 0, 6)
    assert "service_id" not in line
    assert answer.json["totals"] == {"checks": 3, "amount": 0, "unconfirmed": 6, "unknown_fees": 0}
    assert answer.json["month"] == month


def test_another_month_is_empty(verifier, month):
    """Nothing was asked before there was a meter."""
    assert verifier.post("/usage", {"month": "2020-02"}).json["lines"] == []


@pytest.mark.parametrize("body", [{}, {"month": "2026-13"}, {"month": 202601}, {"month": "2026-01 "}, []])
def test_a_month_that_is_none_is_malformed(verifier, body):
    """400 with the stable code."""
    answer = verifier.post("/usage", body)
    assert (answer.status_code, answer.json["code"]) == (400, "malformed")


def test_nobody_sees_a_meter_without_a_token(verifier):
    """401."""
    assert verifier.post("/usage", {"month": "2026-01"}, headers={"Authorization": "Bearer x"}).status_code == 401
