"""One tenant that cannot be read keeps no other from being served."""

from components.town import BASE_URL


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
