"""Folders of older demos: their ports and credentials stay, and a service that is new joins them."""

import json
import secrets

import pytest
from components.ports import free_port

from idp.cli import ports, roll, town
from idp.cli.output import CommandFailed
from idp.cli.sample_sites import SampleSites
from idp.registration import NewService

ADDRESS = "http://127.0.0.1:8901/callback"


def older(folder, **more):
    """The ports of a demo with four sample services, as it wrote them down."""
    free = [free_port() for _ in range(7)]
    stored = {"provider": free[0], "samples": free[1:5], "jlis": free[5], "tray": free[6], **more}
    (folder / "ports.json").write_text(json.dumps(stored))
    return stored


def test_a_service_that_is_new_gets_a_port_and_the_others_keep_theirs(tmp_path):
    """Redirect URIs never change; the next start finds all of them."""
    stored = older(tmp_path)
    settled = ports.settle(tmp_path / "ports.json", 0, 5)
    assert list(settled.samples[:4]) == stored["samples"]
    assert (settled.provider, settled.jlis, settled.tray) == (stored["provider"], stored["jlis"], stored["tray"])
    assert settled.samples[4] not in stored["samples"]
    assert ports.settle(tmp_path / "ports.json", 0, 5) == settled


def test_a_ready_file_without_its_folder_is_told_before_anything_is_made(tmp_path, look):
    """Not by a demo that runs and says nothing."""
    done = look("demo", "--data", tmp_path / "data", "--ready-file", tmp_path / "none" / "ready.json")
    assert (done.code, f"there is no folder {tmp_path / 'none'}" in done.err) == (2, True)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(("made_with", "asked_with"), [(None, True), (8008, False)])
def test_data_of_one_kind_are_not_used_for_the_other(tmp_path, made_with, asked_with):
    """An issuer is http or https for ever: a demo with and one without --conformance have folders of their own."""
    older(tmp_path, upstream=made_with, mtls=made_with)
    with pytest.raises(CommandFailed, match="--conformance") as failed:
        ports.settle(tmp_path / "ports.json", 0, 4, tls=asked_with)
    assert failed.value.code == 2


def test_known_credentials_stay_and_a_key_is_kept_for_its_owner_alone(tmp_path, aoba):
    """What an older demo wrote is read as before; a service with a key is registered by its public half."""
    known = {"library": {"client_id": "c1", "client_secret": "s1"}}
    (tmp_path / "services.json").write_text(json.dumps(known))
    wish = NewService(service_id="library", name_ja="図書館", redirect_uris=(ADDRESS,))
    before = roll.Roll(tmp_path).credentials(aoba.product, "aoba", wish)
    assert (before.client_id, before.client_secret, before.key) == ("c1", "s1", None)
    strict = NewService(service_id="clinic", name_ja="診療", redirect_uris=(ADDRESS,), profile="fapi2")
    made = roll.Roll(tmp_path).credentials(aoba.product, "aoba", strict, signs=True)
    client = aoba.product.directory.tenant("aoba").clients[made.client_id]
    assert [key.kid for key in client.keys] == [made.key["kid"]]
    assert (made.client_secret, "s1" in repr(before), made.key["d"] in repr(made)) == (None, False, False)
    assert (tmp_path / "services" / "clinic.jwks.json").stat().st_mode & 0o777 == 0o600
    assert roll.Roll(tmp_path).credentials(aoba.product, "aoba", strict, signs=True) == made


def sample_sites(aoba):
    """Those of a demo in this town."""
    return SampleSites(
        ports=tuple(range(9001, 9001 + len(town.SERVICES))),
        base_url="http://localhost:8000",
        ca_file=None,
        now=aoba.clock,
        token_bytes=secrets.token_bytes,
    )


def test_an_older_service_gets_what_it_has_come_to_need(tmp_path, aoba):
    """Its procedures, and the verification API for them; once, and its credentials stay."""
    old = NewService(
        service_id="parking",
        name_ja="駐輪場",
        redirect_uris=(ADDRESS,),
        scopes=("openid", "jpki_status"),
        minimum_acr="aal1",
        methods=("password",),
    )
    aoba.product.policies.change_tenant(
        aoba.product.directory.tenant("wakaba"), revocation={}, methods=town.METHODS["wakaba"]
    )
    known = roll.Roll(tmp_path).credentials(aoba.product, "wakaba", old)
    for _ in range(2):
        assert sample_sites(aoba).credentials(aoba.product, roll.Roll(tmp_path))["parking"] == known
        client = aoba.product.directory.tenant("wakaba").clients[known.client_id]
        assert (client.may_verify, sorted(client.procedures)) == (
            True,
            ["refund", "renewal", "report", "transfer"],
        )


def test_an_older_service_takes_the_agents_for_whom_its_site_has_a_button(tmp_path, aoba):
    """A service that was registered before there were any takes them from the next start on."""
    old = NewService(service_id="school", name_ja="就学手続", redirect_uris=(ADDRESS,), sector_id="school-alone")
    aoba.product.policies.change_tenant(
        aoba.product.directory.tenant("wakaba"), revocation={}, methods=town.METHODS["wakaba"]
    )
    known = roll.Roll(tmp_path).credentials(aoba.product, "aoba", old)
    assert not aoba.product.directory.tenant("aoba").clients[known.client_id].agent_kinds
    sample_sites(aoba).credentials(aoba.product, roll.Roll(tmp_path))
    assert set(aoba.product.directory.tenant("aoba").clients[known.client_id].agent_kinds) == {
        "statutory",
        "voluntary",
    }
