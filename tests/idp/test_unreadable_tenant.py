"""One tenant that cannot be read keeps no other from being served."""

import json

from components.assertions import jwks
from components.town import BASE_URL
from joserfc.jwk import ECKey


def test_the_others_are_served(aoba):
    """With aoba's wrapped data keys spoilt, a fresh process serves wakaba."""
    with aoba.product.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE data_key SET wrapped = x'00' WHERE tenant_id = 'aoba'")
    product = aoba.build()
    product.directory.refresh()
    assert [tenant.tenant_id for tenant in product.directory.all()] == ["wakaba"]
    answer = product.app.test_client().get("/t/aoba/jwks", base_url=BASE_URL)
    assert answer.status_code == 404
    product.store.engine.dispose()


def test_a_known_tenant_goes_on(aoba):
    """A running process keeps what it knew and takes the other tenants' changes."""
    with aoba.product.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE client SET registration = '{' WHERE tenant_id = 'aoba'")
        connection.exec_driver_sql("UPDATE tenant SET config_version = config_version + 1")
    before = aoba.product.directory.tenant("aoba")
    known = aoba.product.directory.tenant("wakaba").config_version
    aoba.product.directory.refresh()
    assert aoba.product.directory.tenant("aoba") is before
    assert aoba.product.directory.tenant("wakaba").config_version == known + 1


def test_a_key_that_was_registered_by_other_rules_is_nobody_s_trouble(aoba):
    """It counts no longer; its service's other keys do, and so does the tenant."""
    keys = jwks(*(ECKey.generate_key("P-256", {"kid": kid}) for kid in ("old", "good")))
    service = aoba.register("aoba", "old-keys", jwks=keys)
    keys["keys"][0]["key_ops"] = ["sign"]
    with aoba.product.store.engine.begin() as connection:
        where = f"client_id = '{service.client_id}'"
        text = connection.exec_driver_sql(f"SELECT registration FROM client WHERE {where}").scalar_one()
        changed = json.dumps(json.loads(text) | {"jwks": keys})
        connection.exec_driver_sql(f"UPDATE client SET registration = ? WHERE {where}", (changed,))
        connection.exec_driver_sql("UPDATE tenant SET config_version = config_version + 1")
    aoba.product.directory.refresh()
    client = aoba.product.directory.tenant("aoba").clients[service.client_id]
    assert [key.kid for key in client.keys] == ["good"]
