"""Keys through the years of a whole product, in the key file and in a real OpenBao alike."""

import pytest
from components.custody_town import town_in

from idp.keys.sealing import LABELS
from idp.registration import NewTenant, NotAllowed


@pytest.fixture(params=["keyfile", "openbao"])
def aoba(request, tmp_path, founded_world):
    """A town whose keys are in either custody."""
    with town_in(request.param, tmp_path, founded_world, lambda: request.getfixturevalue("openbao")) as made:
        yield made


def tenant_of(town, tenant_id="aoba"):
    """The tenant as this process has it."""
    return town.product.directory.tenant(tenant_id)


def another_process(town):
    """The same product, started anew."""
    product = town.build()
    product.directory.refresh()
    return product


def subs(town):
    """What three services are told of one resident, two of them in one sector."""
    return [town.sign_in(service)["sub"] for service in (town.library, town.childcare, town.school)]


def test_data_keys_follow_a_rotated_wrapping_key(aoba):
    """All of them are wrapped under the new version, none is another key, and a new process serves with them."""
    before, custody = subs(aoba), aoba.product.custody
    assert custody.wrapping.rotate(tenant_of(aoba)) == 2
    assert {key.wrapped_under for key in custody.wrapping.listed(tenant_of(aoba))} == {1}
    done = custody.wrapping.rewrap(tenant_of(aoba))
    assert (done.version, done.rewrapped) == (2, len(LABELS))
    assert {key.wrapped_under for key in custody.wrapping.listed(tenant_of(aoba))} == {2}
    assert {key.wrapped_under for key in custody.wrapping.listed(tenant_of(aoba, "wakaba"))} == {1}
    aoba.product = another_process(aoba)
    assert subs(aoba) == before
    assert aoba.product.custody.wrapping.rewrap(tenant_of(aoba)).rewrapped == 0


class Killed(Exception):
    """The process ends here."""


def test_a_killed_rewrapping_is_finished_by_the_next(aoba):
    """Between one key and the next everything is as good as before."""

    def progress(what, done, total):
        raise Killed

    before, custody = subs(aoba), aoba.product.custody
    custody.wrapping.rotate(tenant_of(aoba))
    with pytest.raises(Killed):
        custody.wrapping.rewrap(tenant_of(aoba), progress)
    assert sorted(key.wrapped_under for key in custody.wrapping.listed(tenant_of(aoba))) == [1, 1, 2]
    aoba.product = another_process(aoba)
    assert subs(aoba) == before
    assert aoba.product.custody.wrapping.rewrap(tenant_of(aoba)).rewrapped == 2


def test_a_generation_made_under_another_wrapping_version_serves(aoba):
    """Data keys of any age, wrapped under any version, open together."""
    custody = aoba.product.custody
    custody.wrapping.rotate(tenant_of(aoba))
    custody.resealing.begin(tenant_of(aoba))
    listed = {(key.label, key.generation): key.wrapped_under for key in custody.wrapping.listed(tenant_of(aoba))}
    assert listed == {("audit", 1): 1, ("index", 1): 1, ("seal", 1): 1, ("seal", 2): 2}
    assert another_process(aoba).directory.tenant("aoba").keys.generations == {1, 2}


@pytest.mark.prove_ppid
def test_ppids_are_byte_equal_after_three_rotations_of_the_key(aoba):
    """Existing pairs keep their numbers; a new pair is made under the newest version, in every running process."""
    before, running = subs(aoba)[:1], another_process(aoba)
    for version in (2, 3, 4):
        assert aoba.product.custody.ppid_key.rotate(tenant_of(aoba)) == version
        assert tenant_of(aoba).ppid_key_version == version
    assert [aoba.sign_in(aoba.library)["sub"]] == before
    running.directory.refresh()
    assert running.directory.tenant("aoba").ppid_key_version == 4
    aoba.product = running
    assert aoba.sign_in(aoba.library)["sub"] == before[0]
    aoba.sign_in(aoba.library, "ichiro")
    with aoba.product.store.engine.connect() as connection:
        versions = connection.exec_driver_sql(
            "SELECT key_version FROM pair WHERE sector_id = ? ORDER BY key_version", (aoba.library.sector_id,)
        )
        told = connection.exec_driver_sql("SELECT body FROM audit_entry WHERE action = 'keys.ppid-rotated'")
        assert [row[0] for row in versions] == [1, 4]
        assert sorted(row[0] for row in told) == [f'{{"version":{version}}}' for version in (2, 3, 4)]


def test_a_tenant_that_waits_for_its_ceremony_gives_nobody_a_number(aoba):
    """Residents of it are told 503, and nothing is stored; rotation of a key that is not there is refused."""
    administration = aoba.product.administration
    administration.create_tenant(
        NewTenant(
            tenant_id="midori",
            issuer="http://localhost:8000/t/midori",
            name_ja="緑市（見本）",
            name_en="Midori",
            crest="緑",
            sandbox=True,
            ceremony=True,
        )
    )
    for kind, der in aoba.world.anchors():
        administration.load_anchor(tenant_of(aoba, "midori"), kind, der)
    service = aoba.register("midori", "library")
    assert tenant_of(aoba, "midori").ppid_key_version == 0
    login = aoba.begin(service)
    consent_url = aoba.get(login.browser, aoba.accept(login)).headers["Location"]
    answer = aoba.consent(login, consent_url)
    assert answer.status_code == 503
    assert aoba.rows("pair") == 0
    with pytest.raises(NotAllowed, match="ceremony"):
        aoba.product.custody.ppid_key.rotate(tenant_of(aoba, "midori"))


def test_a_process_that_cannot_open_a_new_generation_goes_on_as_it_was(tmp_path, founded_world, openbao):
    """While Vault is sealed a running process keeps the generations it holds, and takes the new one later."""
    with town_in("openbao", tmp_path, founded_world, lambda: openbao) as aoba:
        known, running = subs(aoba), another_process(aoba)
        aoba.product.custody.resealing.begin(tenant_of(aoba))
        aoba.product = running
        openbao.seal()
        try:
            running.directory.refresh()
            assert running.directory.tenant("aoba").keys.generations == {1}
            assert subs(aoba) == known
        finally:
            openbao.unseal()
        running.directory.refresh()
        assert running.directory.tenant("aoba").keys.generations == {1, 2}
