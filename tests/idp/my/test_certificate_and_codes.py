"""How long a certificate lasts, the two codes, everything in one file, and leaving."""

import json
import re

import pytest
from components import questions
from components.going_on import MINUTE, pass_time
from components.my_page import MyPage

from idp.japan import JAPAN
from idp.oversight.audit import Action
from idp.tenants.tenancy import REMOVED


@pytest.fixture
def mine(aoba):
    """Hanako, who uses the library, signed in."""
    aoba.sign_in(aoba.library)
    return MyPage(aoba).entered()


def ends_of(town, resident="hanako"):
    """The last day of a resident's user certificate, in Japan."""
    from cryptography import x509

    pem = town.resident(resident).auth_certificate.read_bytes()
    return x509.load_pem_x509_certificate(pem).not_valid_after_utc.astimezone(JAPAN).date()


def test_the_days_that_are_left(aoba, mine):
    """Of the certificate that has just signed, and from when it can be renewed."""
    ends, today = ends_of(aoba), aoba.product.now().astimezone(JAPAN).date()
    page = mine.get("/certificate").text
    assert f"有効期限：{ends.year}年{ends.month}月{ends.day}日（あと{(ends - today).days}日）" in page
    assert "カードの利用者証明用電子証明書" in page
    assert "（有効期限の3か月前）" in page


def test_three_months_before_its_end_it_says_where_to_renew(aoba, mine):
    """The counter, and what to bring."""
    ends, today = ends_of(aoba), aoba.product.now().astimezone(JAPAN).date()
    pass_time(aoba, ((ends - today).days - 80) * 24 * 60 * MINUTE)
    page = mine.entered().get("/certificate").text
    assert "今、更新できます" in page
    assert "（有効期限の3か月前）" not in page


def test_a_transfer_code_is_shown_once_and_brings_the_number_along(aoba):
    """Made by Midori with her card; her phone, of which J-LIS knows nothing, is hers by it."""
    aoba.control(do="unlink", resident="midori", certificate="phone")
    number = aoba.sign_in(aoba.library, "midori")["sub"]
    page = MyPage(aoba, "midori").entered()
    shown = page.send("/codes/transfer", do="make").text
    code = re.search(r'id="code">([^<]+)<', shown)[1]
    assert code not in page.get("/codes").text
    assert "今、使える引き継ぎコードがあります" in page.get("/codes").text
    login, url = questions.asked(aoba)
    assert questions.number(aoba, login, questions.enter(aoba, login, url, code)) == number
    assert "今、使える引き継ぎコードがあります" not in page.get("/codes").text


def test_a_transfer_code_is_cancelled(aoba):
    """From then on it finds nobody."""
    aoba.control(do="unlink", resident="midori", certificate="phone")
    aoba.sign_in(aoba.library, "midori")
    page = MyPage(aoba, "midori").entered()
    code = re.search(r'id="code">([^<]+)<', page.send("/codes/transfer", do="make").text)[1]
    assert "取り消しました" in page.send("/codes/transfer", do="cancel").text
    login, url = questions.asked(aoba)
    assert questions.enter(aoba, login, url, code).headers["Location"].endswith("wrong=1")


def test_a_resident_code_is_chosen_changed_and_given_up(aoba, mine):
    """By the same rules as at the counter; what was typed is shown by nobody."""
    assert "まだ登録していません" in mine.get("/codes").text
    assert "登録できません" in mine.send("/codes/resident", do="choose", code="AAAAAAAA").text
    chosen = mine.send("/codes/resident", do="choose", code="hana-7k3q")
    assert "登録しました" in chosen.text
    assert "7K3Q" not in chosen.text.upper()
    assert "登録してあります" in mine.get("/codes").text
    assert "登録しました" in mine.send("/codes/resident", do="choose", code="HANA7K4R").text
    assert "やめました" in mine.send("/codes/resident", do="give-up").text
    assert "まだ登録していません" in mine.get("/codes").text


def test_everything_that_is_held_is_in_the_file(aoba, mine):
    """Number, consent, sign-ins, the certificate by its serial number: as a file that no cache keeps."""
    number = aoba.sign_in(aoba.library)["sub"]
    answer = mine.send("/data", **{"as": "json"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    held = json.loads(answer.text)
    (service,) = held["services"]
    assert (service["service"], service["number"]) == ("library", number)
    assert [made["way"] for made in service["sign_ins"]] == ["card", "card"]
    assert "jpki_status" not in service["agreed_to"] or service["agreed_on"]
    (certificate,) = held["certificates"]
    assert certificate["kind"] == "user"
    assert int(certificate["serial"], 16) > 0
    readable = mine.send("/data", **{"as": "html"})
    assert number in readable.text.replace("<wbr>", "")
    assert "sandbox" in readable.headers["Content-Security-Policy"]


def test_the_file_needs_a_fresh_card(aoba, mine):
    """Six minutes later neither the page nor the form gives it."""
    form = mine.form("/data")
    pass_time(aoba, 6 * MINUTE)
    assert "もう一度" in mine.get("/data").text
    assert mine.post("/data", **form, **{"as": "json"}).status_code == 303


def test_leaving_takes_two_steps_and_a_tick(aoba, mine):
    """What it means stands first; without the tick nothing happens."""
    assert "見本のlibrary" in mine.get("/leaving").text
    assert "四角に印" in mine.send("/leaving/sure").text
    assert mine.is_in()


def test_who_has_left_is_somebody_new(aoba, mine):
    """Nothing finds them any more: no certificate, no record, no sign-in. The next login has another number."""
    number = aoba.sign_in(aoba.library)["sub"]
    mine.send("/codes/resident", do="choose", code="HANA7K3Q")
    assert "すべて" in mine.send("/leaving/sure", sure="yes").text
    assert not mine.is_in()
    assert [aoba.rows(table) for table in ("certificate", "person", "sign_in", "own_sign_in")] == [0, 0, 0, 0]
    assert aoba.rows("consent") == 0
    again = aoba.sign_in(aoba.library)["sub"]
    assert again != number
    page = mine.entered().get("/services/library").text
    assert again in page
    assert number not in page


def test_leaving_is_in_the_ledger_which_holds(aoba, mine):
    """That somebody left, from how many services, and not who; the chain of rows is unbroken."""
    mine.send("/leaving/sure", sure="yes")
    from idp.oversight import ledger

    tenant = aoba.product.directory.tenant("aoba")
    with aoba.product.store.for_tenant("aoba").read() as tx:
        rows = list(ledger.believed(tx, tenant.keys))
    assert [row.operation for row in rows] == ["grant.ended", "person.left"]
    assert ledger.details_of(rows[-1]) == {
        "services": 1,
        "certificates": 1,
        "resident_code_cancelled": False,
        "ways_ended": 0,
        "representations_ended": 0,
    }


def test_who_leaves_leaves_a_service_that_was_given_up_too(aoba, mine):
    """It holds no number of theirs any more, though it asks for nothing."""
    gone = aoba.register("aoba", "gone")
    aoba.sign_in(gone)
    tenant = aoba.product.directory.tenant("aoba")
    with aoba.product.store.for_tenant("aoba").write() as tx:
        client = tenant.clients[gone.client_id]
        standing = aoba.product.service_acts.standing
        standing.close(tx, tenant, client, REMOVED, Action.SERVICE_REMOVED, by="itself")
    aoba.product.directory.refresh()
    assert aoba.rows("pair_grant WHERE state = 'live'") == 2
    assert "すべて" in mine.send("/leaving/sure", sure="yes").text
    assert [aoba.rows(f"{table} WHERE state = 'live'") for table in ("pair_grant", "pair")] == [0, 0]
