"""Consent by item: boxes for what is optional, a notice for what a law asks, and nothing that was not asked."""

import json
import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from components.attribute_login import ALL, HANAKO, consent_page, told
from components.particulars import Particulars

from idp.login.consent import asked_of
from idp.registration import NotAllowed
from idp.services.service_changes import ServiceChange

SCOPE = "openid name address gender"
LAW = {"purpose": "保育の認定のため", "kept": "5年", "law": "見本保育条例", "article": "第5条"}
CHOICE = {"purpose": "案内を送るため", "kept": "1年", "required": False}
NEED = {"purpose": "本人の確認のため", "kept": "1年"}
TERMS = {"name": LAW, "address": CHOICE, "gender": CHOICE, "birthdate": NEED}
ITEM = re.compile(r'<input type="checkbox" value="([^"]+)" name="item" form="consent"( checked)?>')


@pytest.fixture(scope="module")
def town(shared_town):
    """One town for all: each test has a service of its own."""
    return shared_town


def service_of(town, service_id, terms=None, **wishes):
    """A service that states its terms."""
    return town.register("aoba", service_id, scopes=ALL, claim_terms=TERMS if terms is None else terms, **wishes)


def decided(town, login, url, *items, **more):
    """What UserInfo tells beside the subject, after these boxes were ticked."""
    answer = town.consent(login, url, **({"item": list(items)} if items else {}), **more)
    tokens = town.redeem(parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0], login).json
    claims = town.userinfo(login.service, tokens["access_token"]).json
    return {name: value for name, value in claims.items() if name != "sub"}


def test_a_box_that_is_not_ticked_hands_nothing_over(town):
    """Optional items are boxes, empty at first; law and need are not."""
    service = service_of(town, "boxes")
    login, url, page = consent_page(town, service, scope=SCOPE)
    assert ITEM.findall(page) == [("address", ""), ("gender", "")]
    assert decided(town, login, url) == {"name": HANAKO["name"]}


def test_a_ticked_box_hands_that_item_over(town):
    """And no other one; none of the declined is in any table."""
    service = service_of(town, "one-box")
    before = town.rows("released_attribute")
    login, url, _ = consent_page(town, service, scope=SCOPE)
    assert decided(town, login, url, "gender") == {"name": HANAKO["name"], "gender": "female"}
    assert town.rows("released_attribute") == before + 2
    with town.product.store.engine.connect() as connection:
        asked = "SELECT body FROM audit_entry WHERE action = 'attributes.released' AND body LIKE '%one-box%'"
        (body,) = connection.exec_driver_sql(asked).scalars()
    assert json.loads(body)["attributes"] == ["gender", "name"]


def test_the_page_tells_purpose_law_and_time_of_each_item(town):
    """What the service states, beside the person's own value; in English where it says so."""
    terms = {**TERMS, "address": {**CHOICE, "purpose": {"ja": "案内を送るため", "en": "To send letters"}}}
    service = service_of(town, "stated", terms)
    login, url, page = consent_page(town, service, scope=SCOPE)
    plain = re.sub(r"<wbr>", "", page)
    for words in (
        "見本保育条例 第5条に基づいて渡すため",
        "案内を送るため",
        "保存する期間：5年",
        "法令による",
        "任意",
    ):
        assert words in plain
    assert "To send letters" in town.get(login.browser, f"{url}?lang=en").text


def test_what_was_chosen_is_remembered_item_by_item(town):
    """No question for the same; for something new one, in which the earlier choice is ticked."""
    service = service_of(town, "remembered")
    login, url, _ = consent_page(town, service, scope=SCOPE)
    decided(town, login, url, "gender")
    assert consent_page(town, service, scope=SCOPE)[2] == ""
    assert told(town, service, scope=SCOPE) == {"name": HANAKO["name"], "gender": "female"}
    login, url, page = consent_page(town, service, scope=f"{SCOPE} birthdate")
    assert ITEM.findall(page) == [("address", ""), ("gender", " checked")]
    assert decided(town, login, url, "address") == {
        name: HANAKO[name] for name in ("name", "address", "birthdate")
    }


def test_an_answer_about_some_items_leaves_the_others_as_they_were(town):
    """Asked for the name, then for the address alone: both were agreed to, and neither is asked again."""
    service = town.register("aoba", "by-parts", scopes=ALL)
    for scope in ("openid name", "openid address"):
        login, url, _ = consent_page(town, service, scope=scope)
        decided(town, login, url)
    assert told(town, service, scope="openid name address").keys() == {"name", "address"}
    assert consent_page(town, service, scope="openid name")[2] == ""


def test_other_terms_are_asked_about_again(town):
    """A longer time is another agreement; terms of an item that is not asked for change nothing."""
    service = service_of(town, "terms-change")
    login, url, _ = consent_page(town, service, scope="openid name")
    decided(town, login, url)
    _restated(town, service, {**TERMS, "gender": NEED})
    assert consent_page(town, service, scope="openid name")[2] == ""
    _restated(town, service, {**TERMS, "name": {**LAW, "kept": "50年"}})
    assert "50年" in consent_page(town, service, scope="openid name")[2]


def test_an_answer_to_what_is_no_longer_stated_is_asked_again(town):
    """Between the page and the button the service changed its terms: the new ones are read first."""
    service = service_of(town, "meanwhile")
    login, url, _ = consent_page(town, service, scope="openid name")
    page = town.get(login.browser, url).text
    form = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
    _restated(town, service, {**TERMS, "name": {**LAW, "kept": "30年"}})
    answer = town.post(login.browser, url, data={**form, "decision": "allow"})
    assert answer.status_code == 409
    assert "30年" in answer.text
    assert decided(town, login, url) == {"name": HANAKO["name"]}


@pytest.mark.parametrize("item", ["birthdate", "name", "openid", "sub", ""])
def test_an_edited_form_releases_nothing_that_was_not_asked(town, item):
    """Neither an item beyond the request nor one that is no box; the login goes on after that."""
    service = service_of(town, f"edited-{item or 'empty'}")
    login, url, _ = consent_page(town, service, scope=SCOPE)
    assert town.consent(login, url, item=item).status_code == 400
    assert decided(town, login, url) == {"name": HANAKO["name"]}


def test_what_the_card_leaves_open_is_no_box(town):
    """There is nothing to choose about an address that is not there, and no answer to remember once it is."""
    service = service_of(town, "open")
    file = Particulars(address=b"", gender=b"3").file
    login, url, page = consent_page(town, service, scope=SCOPE, ef0002=file)
    assert ITEM.findall(page) == []
    assert decided(town, login, url) == {"name": HANAKO["name"]}
    _, _, page = consent_page(town, service, scope=SCOPE)
    assert ITEM.findall(page) == [("address", ""), ("gender", "")]


def test_terms_belong_to_what_the_service_may_have(town):
    """Not to scopes that it has not; with the scope its terms go."""
    with pytest.raises(NotAllowed, match="none of the service's scopes"):
        town.register("aoba", "beyond", scopes=("openid",), claim_terms={"name": NEED})
    with pytest.raises(NotAllowed, match="required is true or false"):
        town.register("aoba", "broken", scopes=ALL, claim_terms={"name": {**NEED, "required": 1}})
    service = service_of(town, "fewer")
    tenant = town.product.directory.tenant("aoba")
    client = tenant.clients[service.client_id]
    town.product.service_changes.change(tenant, client, ServiceChange(scopes=("openid", "name")))
    assert list(town.product.directory.tenant("aoba").clients[service.client_id].claim_terms) == ["name"]


def test_what_the_page_states_is_of_the_service_at_hand(town):
    """Also where the tenant's snapshot, with which the digest is kept, is older than the service."""
    service = service_of(town, "newer")
    tenant = town.product.directory.tenant("aoba")
    client = tenant.clients[service.client_id]
    newer = replace(client, purposes={"ja": "別の目的のため"})
    known, changed, again = (
        asked_of(tenant, one, ("openid",), b"", None).purpose_digest for one in (client, newer, client)
    )
    assert changed != known == again


def _restated(town, service, terms):
    tenant = town.product.directory.tenant("aoba")
    client = tenant.clients[service.client_id]
    town.product.service_changes.change(tenant, client, ServiceChange(claim_terms=terms))
