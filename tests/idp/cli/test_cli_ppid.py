"""`idp ppid explain`: the inputs of a sector's numbers, and for sandbox tenants a number itself."""

import hashlib
import hmac

import pytest
from components.town import town

from idp.keys.sealing import Place
from idp.registration import NewTenant

HANDLE = bytes(range(32))


def lp(part):
    """LP of the PPID document, by hand."""
    return len(part).to_bytes(4, "big") + part


@pytest.fixture(scope="module")
def quiet_town(tmp_path_factory, founded_world):
    """A town with one tenant that is no sandbox."""
    with town(tmp_path_factory.mktemp("town"), founded_world) as made:
        made.product.administration.create_tenant(
            NewTenant(
                tenant_id="midori",
                issuer="https://id.midori.example",
                name_ja="緑市",
                name_en="Midori City",
                crest="緑",
            )
        )
        made.register("midori", "library", sector_id="library", redirect_uris=("https://library.example/",))
        yield made


def explain(look, *words, tenant="aoba", sector="family"):
    """`idp ppid explain --json`."""
    return look("ppid", "explain", "--tenant", tenant, "--sector", sector, "--json", *words)


def test_without_a_vector_the_inputs_are_named(look):
    """Format, tenant, sector, the services that share it, key and version; no number and nobody's handle."""
    told = explain(look)
    assert (told.code, told.err) == (0, "")
    assert {name: told.json[name] for name in ("tenant_id", "sector_id", "key", "key_version")} == {
        "tenant_id": "aoba",
        "sector_id": "family",
        "key": "ppid-aoba",
        "key_version": 1,
    }
    assert sorted(told.json["services"]) == ["childcare", "school"]
    assert not {"ppid", "tag", "message"} & set(told.json)


@pytest.mark.parametrize(("generation", "last"), [(0, b""), (1, lp(b"\0\0\0\1")), (2**32 - 1, lp(b"\xff" * 4))])
def test_a_vector_is_computed_as_published(look, quiet_town, generation, last):
    """The message by hand, the tag by the custody's key, the number by base64url."""
    told = explain(look, "--vector", HANDLE.hex(), "--generation", generation).json
    message = lp(b"ppid/1") + lp(b"aoba") + lp(b"family") + lp(HANDLE) + last
    assert told["message"] == message.hex()
    assert told["tag"] == quiet_town.product.keys.hmac_sha256("aoba", 1, message).hex()
    assert len(told["ppid"]) == 43


def test_the_number_told_is_the_number_served(look, quiet_town):
    """For a resident's own handle, read from the store: what the service received."""
    received = quiet_town.sign_in(quiet_town.library)["sub"]
    with quiet_town.product.store.engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT pair_id, sealed_handle FROM pair WHERE tenant_id = 'aoba'").one()
    handle = quiet_town.product.directory.tenant("aoba").keys.open(Place("pair", row[0], "handle"), row[1])
    told = explain(look, "--vector", handle.hex(), sector=quiet_town.library.sector_id)
    assert told.json["ppid"] == received


def test_another_tenant_sector_or_handle_is_another_number(look, quiet_town):
    """All four differ."""
    told = {
        explain(look, "--vector", HANDLE.hex()).json["ppid"],
        explain(look, "--vector", HANDLE.hex(), sector=quiet_town.library.sector_id).json["ppid"],
        explain(look, "--vector", HANDLE.hex(), tenant="wakaba", sector=quiet_town.parking.sector_id).json["ppid"],
        explain(look, "--vector", hashlib.sha256(HANDLE).hexdigest()).json["ppid"],
    }
    assert len(told) == 4


def test_a_vector_is_for_sandbox_tenants_only(look):
    """A tenant of residents shows its inputs and computes for nobody."""
    refused = explain(look, "--vector", HANDLE.hex(), tenant="midori", sector="library")
    assert (refused.code, refused.out) == (1, "")
    assert refused.error == "--vector is for sandbox tenants only"
    assert explain(look, tenant="midori", sector="library").code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--vector", ""), 2),
        (("--vector", "zz" * 32), 2),
        (("--vector", "00" * 31), 2),
        (("--vector", "00" * 33), 2),
        (("--vector", HANDLE.hex(), "--generation", "-1"), 2),
        (("--vector", HANDLE.hex(), "--generation", str(2**32)), 2),
        (("--vector", HANDLE.hex(), "--key-version", "2"), 1),
        (("--vector", HANDLE.hex(), "--key-version", "-1"), 2),
        (("--vector", HANDLE.hex(), "--key-version", "0"), 2),
    ],
)
def test_what_is_no_vector_is_refused(look, words, code):
    """2 for a form that cannot be, 1 for a key version that there is not; one sentence."""
    ran = explain(look, *words)
    assert (ran.code, ran.out) == (code, "")
    assert len(ran.error.splitlines()) == 1


@pytest.mark.parametrize("where", [{"tenant": "nobody"}, {"sector": "nobody"}, {"tenant": "wakaba"}])
def test_an_unknown_tenant_or_sector_is_refused(look, where):
    """Another tenant's sector too."""
    assert explain(look, **where).code == 1


def test_a_rotated_key_has_its_own_numbers(idp, aoba):
    """Version 1 goes on answering as before."""
    before = explain(idp, "--vector", HANDLE.hex()).json
    assert aoba.product.keys.rotate("aoba") == 2
    new = explain(idp, "--vector", HANDLE.hex(), "--key-version", "2").json
    old = explain(idp, "--vector", HANDLE.hex(), "--key-version", "1").json
    assert old == before
    assert (new["message"], new["key_version"]) == (old["message"], 2)
    assert not hmac.compare_digest(new["ppid"], old["ppid"])
