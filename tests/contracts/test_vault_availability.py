"""A whole product whose Vault is sealed, slow or forgetful, while logins run."""

import pytest
from components.relay import Relay
from components.town import town
from components.vault_trouble import (
    consenting,
    environment_of,
    refused_honestly,
    residents_keep_coming,
    served_again,
)


@pytest.fixture
def relay(openbao):
    """What stands between the product and its Vault."""
    with Relay(int(openbao.address.rpartition(":")[2])) as between:
        yield between


@pytest.fixture
def aoba(tmp_path, founded_world, openbao, relay):
    """A town whose keys are in OpenBao, reached through the relay."""
    environment = environment_of(tmp_path, openbao, f"https://127.0.0.1:{relay.port}")
    with town(tmp_path, founded_world, environment=environment, keyfile=False) as made:
        yield made


def test_a_slow_vault_is_no_wait_for_residents(aoba, relay):
    """Answers take 5 s: known pairs as ever, a new one 503 within a second; quick again, the same login ends."""
    known = aoba.sign_in(aoba.library)["sub"]
    login, consent_url = consenting(aoba, aoba.childcare)
    relay.delay_seconds = 5.0
    with residents_keep_coming(aoba, aoba.library, known):
        refused_honestly(aoba, login, consent_url, "slow")
    relay.delay_seconds = 0.0
    served_again(aoba, login, consent_url, "quick again")
    assert aoba.sign_in(aoba.childcare)["sub"] == aoba.sign_in(aoba.school)["sub"] != known


def test_a_slow_vault_and_a_lost_token_are_still_one_second(aoba, relay, openbao):
    """With the token gone as well, logging in again is within the same second."""
    known = aoba.sign_in(aoba.library)["sub"]
    login, consent_url = consenting(aoba, aoba.childcare)
    openbao.revoke_tokens()
    relay.delay_seconds = 5.0
    with residents_keep_coming(aoba, aoba.library, known):
        refused_honestly(aoba, login, consent_url, "slow, and the token lost")
    relay.delay_seconds = 0.0
    served_again(aoba, login, consent_url, "quick again")


def test_sealed_and_unsealed_without_a_restart(aoba, openbao):
    """Sealed: known pairs as ever, a new one 503; unsealed: it is made at once, by the same process."""
    known = aoba.sign_in(aoba.library)["sub"]
    login, consent_url = consenting(aoba, aoba.childcare)
    openbao.seal()
    try:
        with residents_keep_coming(aoba, aoba.library, known):
            refused_honestly(aoba, login, consent_url, "sealed")
    finally:
        openbao.unseal()
    served_again(aoba, login, consent_url, "unsealed")
    assert aoba.sign_in(aoba.childcare)["sub"] == aoba.sign_in(aoba.school)["sub"] != known


def test_an_expired_token_is_nobodys_trouble(aoba, openbao):
    """Known and new pairs are served by a process whose token has just ended."""
    known = aoba.sign_in(aoba.library)["sub"]
    login, consent_url = consenting(aoba, aoba.childcare)
    with residents_keep_coming(aoba, aoba.library, known):
        openbao.revoke_tokens()
        served_again(aoba, login, consent_url, "token ended")
    assert aoba.sign_in(aoba.childcare)["sub"] == aoba.sign_in(aoba.school)["sub"] != known
