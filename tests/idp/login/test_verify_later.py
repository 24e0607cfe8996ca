"""Accept now, verify later: a disaster's leave, its lower level, and how such a login ends."""

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from components.town import BASE_URL, id_token_claims

from idp.errors import Reason
from idp.login import verify_later
from idp.registration import NotAllowed

DAY = 24 * 60 * 60
HOUR = 60 * 60


@pytest.fixture
def dark(aoba):
    """J-LIS is out, and the tenant has given leave for one hour, to be made up for within a day."""
    aoba.sign_in(aoba.library)  # a person who is known: linkage is out as well
    policy(aoba, defer={"until": now(aoba) + HOUR, "within_seconds": DAY})
    out(aoba)
    return aoba


def policy(town, **revocation):
    """Change what holds for all services of aoba."""
    town.product.policies.change_tenant(town.product.directory.tenant("aoba"), revocation=revocation)


def out(town):
    """OCSP down, lists too old."""
    town.control(do="ocsp", mode="down")
    town.control(do="crl", mode="stale")


def back(town):
    """Everything answers again."""
    town.control(do="ocsp", mode="up")
    town.control(do="crl", mode="fresh")
    town.control(do="tick")


def now(town):
    """The town's moment in seconds."""
    return int(town.clock().timestamp())


def later(town, seconds):
    """Move the clock and do what is due."""
    town.clock.set_offset(town.clock.offset + seconds)
    return town.product.worker.once()


def sign_in(town, service=None):
    """The token answer of a login with the evidence asked for."""
    answer = town.redeem(*town.code(service or town.library, scope="openid jpki_status"))
    assert answer.status_code == 200, answer.text
    return answer.json


def userinfo(town, tokens):
    """What the access token gives."""
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return town.get(town.browser(), f"{BASE_URL}/t/aoba/userinfo", headers=headers)


def refused(town, service=None):
    """The code of a refused proof."""
    login = town.begin(service or town.library)
    town.challenge(login)
    return town.prove(login, town.sign(login)).json["code"]


def actions(town):
    """What the audit trail says was done, the latest last."""
    with town.product.store.engine.connect() as connection:
        statement = "SELECT action FROM audit_entry ORDER BY at_milliseconds"
        return list(connection.exec_driver_sql(statement).scalars())


def test_without_leave_nobody_is_let_in(aoba):
    """The ordinary policy: no evidence, no login."""
    aoba.sign_in(aoba.library)
    out(aoba)
    assert refused(aoba) == Reason.EVIDENCE_TOO_OLD


def test_with_leave_the_level_is_lower_and_the_claim_says_so(dark):
    """One level less, no method, and until when it will be verified."""
    claims = id_token_claims(sign_in(dark)["id_token"])
    assert claims["acr"] == "aal2"
    assert claims["revocation"].keys() == {"method", "checked_at", "verify_by"}
    assert claims["revocation"]["method"] is None
    assert claims["revocation"]["verify_by"] - claims["revocation"]["checked_at"] == DAY


def test_the_number_is_the_same(dark):
    """A login on leave is the same person's."""
    subs = {id_token_claims(sign_in(dark)["id_token"])["sub"] for _ in range(2)}
    back(dark)
    assert subs == {dark.sign_in(dark.library)["sub"]}


def test_a_service_that_asks_for_more_refuses(dark):
    """`minimum_acr` aal3 is not reached on leave."""
    strict = dark.register("aoba", "strict", minimum_acr="aal3")
    assert refused(dark, strict) == Reason.LEVEL_INSUFFICIENT


def test_leave_ends_by_itself(dark):
    """After its moment the ordinary policy holds, without anybody doing anything."""
    dark.clock.set_offset(dark.clock.offset + HOUR + 1)
    assert refused(dark) == Reason.EVIDENCE_TOO_OLD


@pytest.mark.parametrize(("ahead", "within"), [(30 * DAY + HOUR, DAY), (DAY, 7 * DAY + 1)])
def test_nobody_alone_gives_leave_without_end(aoba, ahead, within):
    """At most a month ahead, made up for within a week: for all services, one, and a new one."""
    defer = {"until": now(aoba) + ahead, "within_seconds": within}
    tenant = aoba.product.directory.tenant("aoba")
    acts = (
        lambda: policy(aoba, defer=defer),
        lambda: aoba.product.policies.change_service(
            tenant, tenant.clients[aoba.library.client_id], revocation={"defer": defer}
        ),
        lambda: aoba.register("aoba", "disaster", revocation={"defer": defer}),
    )
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    policy(aoba, defer={"until": now(aoba) + 30 * DAY, "within_seconds": 7 * DAY})


def test_a_service_states_its_own(dark):
    """A service that takes its leave back is not let in by its tenant's."""
    tenant = dark.product.directory.tenant("aoba")
    dark.product.policies.change_service(
        tenant, tenant.clients[dark.library.client_id], revocation={"defer": None}
    )
    assert refused(dark) == Reason.EVIDENCE_TOO_OLD
    assert dark.sign_in(dark.childcare)["acr"] == "aal2"


def test_a_revoked_certificate_gets_no_leave(aoba):
    """An entry in an old list is an entry: leave is for what nobody can tell."""
    aoba.sign_in(aoba.library)
    aoba.control(do="revoke", resident="hanako")
    aoba.control(do="tick")
    assert refused(aoba) == Reason.CERTIFICATE_REVOKED  # a list with the entry is in use from now on
    policy(aoba, defer={"until": now(aoba) + HOUR, "within_seconds": DAY})
    out(aoba)
    assert refused(aoba) == Reason.CERTIFICATE_REVOKED


def test_good_evidence_takes_its_place(dark):
    """When J-LIS is back, UserInfo tells the method, and nothing ends."""
    tokens = sign_in(dark)
    back(dark)
    later(dark, verify_later.FIRST_SECONDS + 60)
    answer = userinfo(dark, tokens)
    assert answer.json["revocation"]["method"] == "ocsp"
    assert actions(dark)[-1] == "login.verified-later"
    assert dark.rows("outbox") == 0


def test_while_nobody_can_tell_it_waits(dark):
    """An attempt in vain changes nothing and is made again."""
    tokens = sign_in(dark)
    later(dark, verify_later.FIRST_SECONDS + 60)
    assert userinfo(dark, tokens).status_code == 200
    assert dark.rows("outbox") == 1


def test_a_certificate_that_turns_out_revoked_ends_the_login(dark):
    """Session and tokens end at once; the trail says why."""
    tokens = sign_in(dark)
    dark.control(do="revoke", resident="hanako")
    back(dark)
    later(dark, verify_later.FIRST_SECONDS + 60)
    assert userinfo(dark, tokens).status_code == 401
    assert actions(dark)[-1] == "login.overturned"
    with dark.product.store.engine.connect() as connection:
        statement = "SELECT ended_at FROM acceptance WHERE ended_at IS NOT NULL"
        ended = list(connection.exec_driver_sql(statement).scalars())
    assert ended
    assert all(ended_at <= now(dark) for ended_at in ended)


def test_the_service_is_told(dark):
    """A service with a receiver gets an event under its own number."""
    receiving = dark.register("aoba", "receiving", event_endpoint="http://127.0.0.1:9/events")
    dark.control(do="ocsp", mode="up")
    dark.sign_in(receiving)
    out(dark)
    sub = id_token_claims(sign_in(dark, receiving)["id_token"])["sub"]
    dark.control(do="revoke", resident="hanako")
    back(dark)
    later(dark, verify_later.FIRST_SECONDS + 60)
    told = events(dark)
    assert [event["sub_id"]["sub"] for event in told] == [sub]
    name = f"{BASE_URL}/t/aoba/events/certificate-status-changed"
    assert told[0]["events"][name]["status"] == "revoked"


def events(town):
    """The claims of the events that wait in the outbox."""
    from idp.events.outbox import open_payload

    keys = town.product.directory.tenant("aoba").keys
    with town.product.store.engine.connect() as connection:
        statement = "SELECT job_id, sealed_payload FROM outbox WHERE kind = 'event'"
        rows = connection.exec_driver_sql(statement).all()
    payloads = [open_payload(keys, row.job_id, row.sealed_payload) for row in rows]
    return [json.loads(base64.urlsafe_b64decode(p["token"].split(".")[1] + "==")) for p in payloads]


def test_what_is_never_verified_ends_too(dark):
    """After the limit, with J-LIS still out, the login is overturned."""
    tokens = sign_in(dark)
    later(dark, verify_later.FIRST_SECONDS + 60)
    assert dark.rows("outbox") == 1
    later(dark, DAY)
    assert actions(dark)[-1] == "login.overturned"
    assert userinfo(dark, tokens).status_code == 401
    assert dark.rows("outbox") == 0


def test_a_login_overturned_before_its_code_gives_no_tokens(dark):
    """The resident lingers on the consent page while the certificate turns out revoked: no token."""
    receiving = dark.register("aoba", "lingering")
    login = dark.begin(receiving)
    page = dark.get(login.browser, dark.accept(login))
    dark.control(do="revoke", resident="hanako")
    back(dark)
    later(dark, verify_later.FIRST_SECONDS + 60)
    assert actions(dark)[-1] == "login.overturned"
    answer = dark.consent(login, page.headers["Location"])
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    refused_answer = dark.redeem(code, login)
    assert (refused_answer.status_code, refused_answer.json["error"]) == (400, "invalid_grant")
    assert actions(dark)[-1] == "code.misused"
    assert dark.rows("access_token") == 1  # of the first login, before the outage


def test_a_service_that_demands_both_refuses_what_a_list_names(aoba):
    """Leave is for what nobody knows: the list is asked even when OCSP has said nothing."""
    aoba.sign_in(aoba.library)
    aoba.control(do="revoke", resident="hanako")
    aoba.control(do="tick")
    aoba.control(do="ocsp", mode="down")
    policy(aoba, order="both", defer={"until": now(aoba) + HOUR, "within_seconds": DAY})
    assert refused(aoba) == Reason.CERTIFICATE_REVOKED


def test_an_issuer_distrusted_meanwhile_ends_the_login(dark):
    """What nobody trusts any longer cannot be verified: the login ends at once."""
    tokens = sign_in(dark)
    with dark.product.store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM trust_anchor WHERE tenant_id = 'aoba'")
        connection.exec_driver_sql("UPDATE tenant SET config_version = config_version + 1")
    dark.product.directory.refresh()
    later(dark, verify_later.FIRST_SECONDS + 60)
    assert actions(dark)[-1] == "login.overturned"
    assert userinfo(dark, tokens).status_code == 401


def test_without_a_worker_a_login_on_leave_ends_by_itself(dark):
    """Whatever kept the job from being done, its tokens are worth nothing after the limit."""
    policy(dark, defer={"until": now(dark) + HOUR, "within_seconds": 300})
    tokens = sign_in(dark)
    assert userinfo(dark, tokens).status_code == 200
    dark.clock.set_offset(dark.clock.offset + 301)
    assert userinfo(dark, tokens).status_code == 401
