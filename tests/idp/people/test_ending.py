"""Stopping one service: its number ends with the sector's last grant, and the next one is another."""

import pytest
from components.custody_town import town_in
from components.openbao import OpenBao
from components.refreshing import refresh, refreshing, signed_in
from components.residents import Office, sub_of
from components.town import id_token_claims

from idp.registration import NotAllowed


@pytest.fixture
def office(aoba):
    """Two officers of a fresh town."""
    return Office(aoba)


@pytest.fixture
def vault(tmp_path_factory):
    """A running OpenBao of this test's own."""
    with OpenBao(tmp_path_factory.mktemp("vault")) as server:
        yield server


@pytest.fixture
def vault_town(tmp_path, founded_world, vault):
    """A fresh town whose keys are in it."""
    with town_in("openbao", tmp_path, founded_world, lambda: vault) as made:
        yield made


def unlink(town, office, service, sub) -> bool:
    """End the service's grant on that person's number; whether the number ended."""
    named = office.read(office.refer(service, sub))
    with town.product.store.for_tenant("aoba").write() as tx:
        client = office.tenant.clients[service.client_id]
        return town.product.people.ending.run(tx, office.tenant, client, named.body)


def test_after_stopping_there_is_a_new_number_here_and_the_same_elsewhere(aoba, office):
    """Generation after generation, none is issued twice, and the page says that it is a new one."""
    library, family = sub_of(aoba, aoba.library, "hanako"), sub_of(aoba, aoba.childcare, "hanako")
    numbers = [library]
    for _ in range(3):
        assert unlink(aoba, office, aoba.library, numbers[-1]) is True
        login = aoba.begin(aoba.library)
        page = aoba.get(login.browser, aoba.accept(login))
        assert "新しい番号になります" in aoba.get(login.browser, page.headers["Location"]).text
        numbers.append(sub_of(aoba, aoba.library, "hanako"))
    assert len(set(numbers)) == 4
    assert sub_of(aoba, aoba.childcare, "hanako") == family
    assert sub_of(aoba, aoba.library, "hanako") == numbers[-1]


def test_a_shared_number_lives_until_its_last_service(aoba, office):
    """Childcare stops, the school goes on; coming back to childcare the number is the shared one."""
    family = sub_of(aoba, aoba.childcare, "hanako")
    assert sub_of(aoba, aoba.school, "hanako") == family
    assert unlink(aoba, office, aoba.childcare, family) is False
    assert sub_of(aoba, aoba.school, "hanako") == family
    login = aoba.begin(aoba.childcare)
    assert aoba.get(login.browser, aoba.accept(login)).headers["Location"].endswith("/consent")
    assert sub_of(aoba, aoba.childcare, "hanako") == family


def test_what_was_stopped_is_stopped_once(aoba, office):
    """A service that holds nothing has nothing to end."""
    library = sub_of(aoba, aoba.library, "hanako")
    unlink(aoba, office, aoba.library, library)
    with pytest.raises(NotAllowed):
        unlink(aoba, office, aoba.library, library)


def test_tokens_and_consent_end_with_the_grant(aoba, office):
    """What the service still holds opens nothing any more, and the resident is asked anew."""
    answer = aoba.redeem(*aoba.code(aoba.library, "hanako")).json
    url = "http://localhost:8000/t/aoba/userinfo"
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    assert aoba.get(aoba.browser(), url, headers=bearer).status_code == 200
    unlink(aoba, office, aoba.library, id_token_claims(answer["id_token"])["sub"])
    assert aoba.get(aoba.browser(), url, headers=bearer).status_code == 401
    assert aoba.rows("consent") == 0


def test_a_code_of_before_gives_nothing(aoba, office):
    """Issued, then the service was stopped, then redeemed."""
    sub = sub_of(aoba, aoba.library, "hanako")
    code, login = aoba.code(aoba.library, "hanako")
    assert unlink(aoba, office, aoba.library, sub)
    answer = aoba.redeem(code, login)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")


def test_refresh_tokens_end_with_the_grant(aoba, office):
    """Also when the resident comes back to the service later: that is another grant on another number."""
    service = refreshing(aoba)
    answer = signed_in(aoba, service)
    unlink(aoba, office, service, id_token_claims(answer["id_token"])["sub"])
    assert refresh(aoba, service, answer["refresh_token"]).json["error"] == "invalid_grant"
    assert signed_in(aoba, service)["refresh_token"]
    assert refresh(aoba, service, answer["refresh_token"]).json["error"] == "invalid_grant"


def test_a_lost_count_of_generations_issues_no_number_again(aoba, office):
    """A database restored without its counters: the tombstone of the old number makes the next generation."""
    library = sub_of(aoba, aoba.library, "hanako")
    unlink(aoba, office, aoba.library, library)
    with aoba.product.store.for_tenant("aoba").write() as tx:
        tx.connection.exec_driver_sql("DELETE FROM pair_generation")
    assert sub_of(aoba, aoba.library, "hanako") != library


def test_who_is_no_more_is_told_to_every_service_and_never_reused(aoba, office):
    """Two officers: sessions end, the services that want events hear it each once, the numbers stay tombstones."""
    before = [sub_of(aoba, service, "hanako") for service in (aoba.library, aoba.childcare, aoba.school)]
    for service in (aoba.library, aoba.school):
        client = office.tenant.clients[service.client_id]
        aoba.product.event_receivers.change(office.tenant, client, "http://127.0.0.1:9/events", None)
    yoko = sub_of(aoba, aoba.library, "yoko")
    reference = office.refer(aoba.library, before[0])
    aoba.control(do="die", resident="hanako")
    aoba.control(do="tick")
    office.approve(aoba.product.wishes.disable(office.tenant, reference))
    assert aoba.rows("outbox WHERE kind = 'event'") == 2
    assert aoba.rows("pair WHERE state = 'ended'") == 2
    assert aoba.rows("consent") == 1
    login = aoba.begin(aoba.library)
    aoba.challenge(login)
    assert aoba.prove(login, aoba.sign(login)).json["code"] == "certificate_revoked"
    assert sub_of(aoba, aoba.library, "yoko") == yoko


def test_who_was_ended_by_mistake_begins_anew(aoba, office):
    """Alive after all: other numbers, and nothing of before comes back."""
    before = [sub_of(aoba, service, "hanako") for service in (aoba.library, aoba.childcare)]
    office.approve(aoba.product.wishes.disable(office.tenant, office.refer(aoba.library, before[0])))
    after = [sub_of(aoba, service, "hanako") for service in (aoba.library, aoba.childcare)]
    assert set(before).isdisjoint(after)


def test_nothing_joins_an_ended_number_to_the_next_one(aoba, office):
    """Two rows of one person at one service share no clear column but sector, state's words and dates."""
    library = sub_of(aoba, aoba.library, "hanako")
    unlink(aoba, office, aoba.library, library)
    sub_of(aoba, aoba.library, "hanako")
    with aoba.product.store.engine.connect() as connection:
        columns = "pair_id, pair_index, ppid_digest, sealed_ppid, sealed_handle"
        first, second = connection.exec_driver_sql(f"SELECT {columns} FROM pair").all()
    assert set(first).isdisjoint(second)


def test_known_numbers_need_no_key_and_new_ones_say_so(vault, vault_town):
    """While the Vault is sealed: known pairs as ever; a new one is 503 on a page, and works afterwards."""
    town = vault_town
    library = sub_of(town, town.library, "hanako")
    login = town.begin(town.childcare)
    url = town.get(login.browser, town.accept(login)).headers["Location"]
    with vault.away():
        assert sub_of(town, town.library, "hanako") == library
        refused = town.consent(login, url)
        assert (refused.status_code, "Retry-After" in refused.headers) == (503, True)
        assert "混み合って" in refused.text.replace("<wbr>", "")
        assert town.rows("pair") == 1
    assert "code=" in town.consent(login, url).headers["Location"]
    assert town.rows("pair") == 2
