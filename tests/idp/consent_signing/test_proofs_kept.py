"""How long a signed proof is kept: sealed, for a year, until the resident leaves the service, or not at all."""

from datetime import timedelta

import pytest
from components.signing import ALL, at_statement, to_consent, told

from idp.consent_signing.signed import Signed, proof_place
from idp.consent_signing.signings import Signings
from idp.keys.sealing import SealBroken
from idp.people import record
from idp.store import certificates, signed_statements


@pytest.fixture
def office(aoba):
    """A service that may have all four."""
    return aoba.register("aoba", "office", scopes=ALL)


def signed(aoba, office, resident="hanako"):
    """A whole login with a signature; the rows of the tenant afterwards."""
    login = at_statement(aoba, office, resident)
    told(aoba, login, to_consent(aoba, login, resident))
    return rows(aoba)


def rows(aoba):
    """Every signed statement of the tenant, as it is stored."""
    with aoba.product.store.engine.connect() as connection:
        ids = list(connection.exec_driver_sql("SELECT transaction_id FROM signed_statement").scalars())
    with aoba.product.store.for_tenant("aoba").read() as tx:
        return [signed_statements.find(tx, transaction_id) for transaction_id in ids]


def test_the_proof_is_whole_and_bound_to_its_row(aoba, office):
    """Whoever opens it has the statement, the certificate and a signature that openssl could check."""
    (row,) = signed(aoba, office)
    keys = aoba.product.directory.tenant("aoba").keys
    proof = Signed.from_json(keys.open(proof_place(row.transaction_id), row.sealed_proof))
    assert (proof.purpose, proof.message[:15]) == ("basic4", b"jpki-consent/1\x00")
    assert "項目：氏名、住所" in proof.statement
    assert Signed.from_json(proof.to_json()) == proof
    with pytest.raises(SealBroken):
        keys.open(proof_place("another"), row.sealed_proof)


def test_after_a_year_only_the_fact_is_left(aoba, office):
    """The sweep deletes what is over, and nothing before."""
    signed(aoba, office)
    product = aoba.product
    for days, kept in ((364, True), (367, False)):
        moment = aoba.clock() + timedelta(days=days)
        swept = Signings(transactions=None, store=product.store, now=lambda at=moment: at)
        swept.forget_over(product.directory)
        (row,) = rows(aoba)
        assert (row.sealed_proof is not None, row.purpose) == (kept, "basic4")


def test_who_leaves_the_service_leaves_no_proof(aoba, office):
    """It ends with the grant."""
    (row,) = signed(aoba, office)
    assert row.sealed_proof
    tenant = aoba.product.directory.tenant("aoba")
    with aoba.product.store.for_tenant("aoba").write() as tx:
        client = tenant.clients[office.client_id]
        aoba.product.people.ending.run(tx, tenant, client, _handle(aoba, tx, tenant))
    (row,) = rows(aoba)
    assert row.sealed_proof is None


def test_a_tenant_that_stores_nothing_keeps_no_proof(aoba, office):
    """The row says that something was signed, and not by whom."""
    tenant = aoba.product.directory.tenant("aoba")
    aoba.product.policies.change_tenant(tenant, revocation={}, released_seconds=0)
    login = at_statement(aoba, office)
    to_consent(aoba, login)
    assert [row.sealed_proof for row in rows(aoba)] == [None]


def _handle(aoba, tx, tenant):
    """Of the one person here."""
    (found,) = certificates.named(tx, after=b"", limit=2)
    return record.open_handle(tenant.keys, found.cert_index, found)
