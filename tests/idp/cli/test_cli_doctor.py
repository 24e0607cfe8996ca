"""`idp doctor`: every thing that must hold is looked at; what does not is named with its remedy and exit code."""

from datetime import timedelta

import pytest
from components.officers import found_city
from components.ports import free_port
from components.revocation_lists import crl, issuer
from components.tiers import OUR_POLICY, Authority, responder

from idp.store import outbox
from idp.trust.purposes import PurposePolicy


def found(ran):
    """(state, finding) by check."""
    return {row["check"]: (row["state"], row["finding"]) for row in ran.json}


def states(ran):
    """State by check."""
    return {check: state for check, (state, _) in found(ran).items()}


def test_a_town_that_works_fails_nowhere(idp):
    """All checks speak; the sandbox needs no officers; nothing of a person or a key is told."""
    ran = idp("doctor", "--json")
    assert ran.code == 0, ran.out
    told = states(ran)
    assert {"settings", "database", "schema", "row-level security", "clock", "short-lived state", "key custody",
            "signing keys of aoba", "anchors of aoba", "officers of aoba", "lists", "unknown issuers", "expiry",
            "outbox"} <= set(told)  # fmt: skip
    assert any(check.startswith("responder ocsp") for check in told)
    assert "fail" not in told.values()
    assert all(row["remedy"] for row in ran.json if row["state"] != "ok")
    fewer = idp("doctor", "--problems", "--json").json
    assert {row["state"] for row in fewer} <= {"warn"}


def test_settings_that_are_refused_are_the_one_finding(look):
    """Nothing else can be looked at; the value is not repeated."""
    ran = look("doctor", "--json", IDP_PORT="sesame")
    assert ran.code == 1
    assert states(ran) == {"settings": "fail"}
    assert "sesame" not in ran.out


def test_a_database_without_schema_or_none(look, tmp_path):
    """What rests on it is not looked at."""
    empty = look("doctor", "--json", IDP_DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")
    assert (empty.code, list(states(empty).values())[-1], len(empty.json)) == (1, "fail", 3)
    gone = look("doctor", "--json", IDP_DATABASE_URL=f"sqlite:///{tmp_path / 'no' / 'folder.db'}")
    assert (gone.code, states(gone)["database"], len(gone.json)) == (3, "fail", 2)


def test_redis_and_responders_that_do_not_answer_are_exit_code_3(look):
    """Each by itself."""
    redis = look("doctor", "--json", IDP_REDIS_URL=f"redis://127.0.0.1:{free_port()}")
    assert (redis.code, states(redis)["short-lived state"]) == (3, "fail")
    url = f"http://127.0.0.1:{free_port()}/ocsp"
    ocsp = look("doctor", "--json", IDP_OCSP_URL=url)
    assert (ocsp.code, found(ocsp)[f"responder ocsp {url}"]) == (3, ("fail", "it does not answer"))


def test_a_responder_that_officers_named_is_asked_too(look, quiet_town):
    """Under its purpose and tenant; one that answers with a page is told apart from a silent one."""
    city = found_city(quiet_town, sandbox=True)
    root = Authority("Root", quiet_town.clock().replace(microsecond=0)).root()
    words = ("--tenant", city.tenant_id, "--json")
    with responder(root.answer) as url:
        look("anchor", "policy", "lgpki", "--user-policy", OUR_POLICY, "--responder", url, *words)
        assert states(look("doctor", "--json"))[f"responder {url} (lgpki of {city.tenant_id})"] == "ok"
    page = f"{quiet_town.jlis}/control"
    look("anchor", "policy", "lgpki", "--responder", page, *words)
    assert states(look("doctor", "--json"))[f"responder {page} (lgpki of {city.tenant_id})"] == "fail"


def test_officers_are_counted_outside_the_sandbox(look, quiet_town):
    """None and one: fail; two: one lost token from locked; three: well."""
    city = found_city(quiet_town, "first")
    check = f"officers of {city.tenant_id}"
    assert found(look("doctor", "--json"))[check] == ("fail", "1 officers: nothing can be approved")
    city.tokens["second"] = city.trust.officers.add(city.tenant, "second").token
    assert states(look("doctor", "--json"))[check] == "warn"
    city.approve(city.trust.officers.add(city.tenant, "third").proposal, "first", "second")
    assert found(look("doctor", "--json"))[check] == ("ok", "3 officers")


def test_what_is_said_where_no_list_is_loaded(idp):
    """Without a source it is to be set; why one has given nothing is to be seen; one asked every time is well."""
    source = {"IDP_CRL_URL": "http://127.0.0.1:9/crl"}

    def said(**settings):
        [row] = [row for row in idp("doctor", "--json", **settings).json if row["check"] == "lists"]
        return row["state"], row["remedy"]

    assert said(IDP_CRL_URL=None, IDP_CRL_FOLDER=None) == ("warn", "idp crl load, or set IDP_CRL_URL")
    assert said(**source, IDP_CRL_REFRESH_SECONDS="60") == ("warn", "see why their source gives none")
    assert said(**source, IDP_CRL_REFRESH_SECONDS="0") == ("ok", "")


def test_a_stale_list_and_an_unknown_issuer_are_told(idp, aoba, tmp_path):
    """The list of an authority that nobody trusts waits in the queue; a trusted one's grows old."""
    (tmp_path / "stranger").write_bytes(crl(by=issuer(7)))
    idp("crl", "load", tmp_path / "stranger", "--json")
    assert found(idp("doctor", "--json"))["unknown issuers"] == ("warn", "1 issuers of lists are not trusted")


def test_jobs_that_were_given_up_or_are_late_are_told(idp, aoba):
    """Late: nobody works; given up: somebody must look."""
    at = int(aoba.clock().timestamp())
    job = outbox.JobRow(job_id=bytes(16), kind="event", run_at=at - 400, expires_at=at + 999, sealed_payload=b"x")
    with aoba.product.store.for_tenant("aoba").write() as tx:
        outbox.enqueue(tx, job)
    late = idp("doctor", "--json")
    assert (late.code, states(late)["outbox"]) == (1, "fail")
    with aoba.product.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE outbox SET state = 'dead'")
    assert found(idp("doctor", "--json"))["outbox"] == ("warn", "1 jobs were given up")


def test_the_end_of_what_is_trusted_is_told(look, quiet_town):
    """A list of a store that is over, an intermediate that ends in five days."""
    city = found_city(quiet_town, sandbox=True)
    now = quiet_town.clock().replace(microsecond=0)
    root, below = Authority("Root", now).root(), Authority("Below", now)
    day = timedelta(days=1)
    der = root.certify(below, life=(now - 999 * day, now + 5 * day))
    trust, tenant = city.trust, city.tenant
    trust.changes.add(tenant, "accredited", "anchor", root.der)
    trust.changes.add(tenant, "accredited", "intermediate", der)
    trust.lists.load(tenant, "accredited", root.crl(age=3 * day))
    told = found(look("doctor", "--json"))
    assert told[f"accredited of {city.tenant_id}"][0] == "warn"
    trust.changes.state(tenant, "accredited", PurposePolicy(user_policies=(OUR_POLICY,), max_depth=2))
    assert found(look("doctor", "--json"))[f"accredited of {city.tenant_id}"] == (
        "warn",
        "1 authorities have no list",
    )
    of = f" of {city.tenant_id}"
    ends = {check.split()[0]: value for check, value in told.items() if check.endswith(of) and value[0] != "ok"}
    assert ends["intermediate"] == ("warn", "accredited: it ends in 4 days")
    assert ends["list"] == ("fail", "accredited: it is over")


@pytest.mark.parametrize("rows", ["DELETE FROM trust_anchor", "DELETE FROM signing_key"])
def test_what_a_tenant_cannot_do_without(idp, aoba, rows):
    """No anchor: nobody signs in; no key: nobody is told who did."""
    with aoba.product.store.engine.begin() as connection:
        connection.exec_driver_sql(f"{rows} WHERE tenant_id = 'aoba'")
    ran = idp("doctor", "--json")
    assert ran.code == 1
    failing = [check for check, state in states(ran).items() if state == "fail"]
    assert len(failing) == 1
    assert failing[0].endswith("of aoba")


def test_a_host_for_certificates_is_named_and_believed_or_neither(idp, tmp_path):
    """Named without the key by which it is known, nothing that it hands over counts."""
    check = "mTLS host of aoba"
    (tmp_path / "key").write_text("k" * 40)
    idp("tenant", "settings", "aoba", "--mtls-host", "https://mtls.aoba.example")
    unknown = idp("doctor", "--json")
    assert (unknown.code, states(unknown)[check]) == (1, "fail")
    assert "mTLS host of wakaba" not in states(unknown)
    known = idp("doctor", "--json", IDP_MTLS_HOST_KEY_FILE=str(tmp_path / "key"))
    assert states(known)[check] == "ok"


def test_where_passwords_are_typed_a_proxy_tells_whose_tries_they_are(idp):
    """Without the header all of a town would share their tries; where nobody types one it does not matter."""
    check = "addresses of browsers of aoba"
    assert check not in states(idp("doctor", "--json"))
    idp("tenant", "settings", "aoba", "--passwords")
    assert states(idp("doctor", "--json"))[check] == "warn"
    assert states(idp("doctor", "--json", IDP_SOURCE_HEADER="X-Real-IP"))[check] == "ok"
