"""OCSP out in every way there is, over real sockets: who decides, how soon, and how soon OCSP is asked again."""

import io
import itertools
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta

import pytest
from components.broken_responder import TELLS_NOTHING, UP, BrokenResponder, no_handshake
from components.hierarchy import NOW, SERIAL
from components.scale import FULL, against, scaled
from components.status import MINUTE, revocation_list

from connectors.http import Outbound
from connectors.jlis.ocsp import TOTAL_SECONDS, OcspHttp, OcspInTurn
from idp.errors import Reason, Refusal
from idp.jpki.revocation import Method
from idp.revocation.breaker import FAILURES, RETRY_SECONDS, Breaker
from idp.revocation.by_ocsp import ByOcsp
from idp.revocation.check import RevocationCheck, SerialAlone
from idp.revocation.policy import DEFAULT
from idp.store.crl_index.catalogue import Catalogue
from idp.store.crl_index.lists import IndexedLists

DECISION_SECONDS = 2.5
MOST_FAILURES = 5
RECOVERY_SECONDS = 30.0
AT_ONCE = 50
NO_HANDSHAKE = "no handshake"


class Watch:
    """Seconds that a test moves."""

    seconds = 0.0

    def __call__(self):
        return self.seconds


def never_opens():
    """A breaker that lets every question through: each waits as long as the first."""
    return Breaker(time.monotonic, failures=1 << 30)


@pytest.fixture(scope="module")
def fresh_list(hierarchy, tmp_path_factory):
    """A list in use, fresh and empty."""
    return lists_with(hierarchy, tmp_path_factory.mktemp("fresh"))


def lists_with(hierarchy, folder, *, read_at=NOW, **contents):
    """Lists in use, loaded while they were fresh."""
    catalogue = Catalogue(folder, max_bytes=1 << 20)
    der = revocation_list(hierarchy.user, **contents)
    catalogue.load(io.BytesIO(der), [hierarchy.anchor], now=lambda: read_at)
    return IndexedLists(catalogue, lambda: NOW)


def check_over(origin, lists, breaker, *, total_seconds=TOTAL_SECONDS):
    """The revocation check of one process with one responder, nothing remembered."""
    source = OcspInTurn([OcspHttp(f"{origin}/ocsp", Outbound([origin]))], total_seconds=total_seconds)
    by_ocsp = ByOcsp(
        source,
        breaker=breaker,
        now=lambda: NOW,
        token_bytes=secrets.token_bytes,
        longest_cache=timedelta(0),
    )
    return RevocationCheck(by_ocsp=by_ocsp, by_crl=lists, now=lambda: NOW)


def decided(check, hierarchy, serial=SERIAL):
    """(method of the evidence, seconds) of one decision."""
    began = time.perf_counter()
    evidence = check.evidence_for(SerialAlone(hierarchy.anchor, serial), DEFAULT)
    return evidence.method, time.perf_counter() - began


def test_the_list_decides_in_time(hierarchy, fresh_list):
    """Whatever OCSP does, at the 99th percentile of residents who all wait for it, spared by no breaker."""
    count = scaled(2, 100)
    with ExitStack() as stack, ThreadPoolExecutor(AT_ONCE) as pool:
        origins = {way: stack.enter_context(BrokenResponder(hierarchy, way)).origin for way in TELLS_NOTHING}
        origins[NO_HANDSHAKE] = stack.enter_context(no_handshake())
        decisions = {}
        for way, origin in origins.items():
            check = check_over(origin, fresh_list, never_opens())
            serials = range(SERIAL, SERIAL + count)
            decisions[way] = [pool.submit(decided, check, hierarchy, serial) for serial in serials]
        for way, futures in decisions.items():
            results = [future.result(60) for future in futures]
            assert {method for method, _ in results} == {Method.CRL}
            ordered = sorted(seconds for _, seconds in results)
            percentile = ordered[-(-99 * len(ordered) // 100) - 1]
            against(f"revocation decided by list, p99, OCSP {way}", percentile, DECISION_SECONDS, "s")


@pytest.mark.parametrize("way", TELLS_NOTHING)
def test_a_revocation_responder_that_fails_is_left_alone(hierarchy, fresh_list, way):
    """After five failures at most nobody waits and nobody asks; one question is risked in ten seconds."""
    watch = Watch()
    seconds = TOTAL_SECONDS if FULL else 0.5
    with BrokenResponder(hierarchy, way) as broken:
        check = check_over(broken.origin, fresh_list, Breaker(watch), total_seconds=seconds)
        for _ in range(FAILURES):
            decided(check, hierarchy)
        asked = broken.asked
        _, waited = decided(check, hierarchy)
        against(f"revocation questions until the breaker opens, OCSP {way}", asked, MOST_FAILURES, "questions")
        assert broken.asked == asked
        assert waited < 0.4
        broken.way = UP
        watch.seconds += RETRY_SECONDS
        assert decided(check, hierarchy)[0] is Method.OCSP
        assert decided(check, hierarchy)[0] is Method.OCSP


def test_revocation_recovery_is_noticed_in_time(hierarchy, fresh_list):
    """In real time at full scale: from the moment the responder is back, with a resident every 50 ms.

    A question risked just before that fails once more: two rounds and the time it takes still fit.
    """
    assert 2 * RETRY_SECONDS + TOTAL_SECONDS <= RECOVERY_SECONDS
    retry = RETRY_SECONDS if FULL else 0.2
    with BrokenResponder(hierarchy, "500") as broken:
        check = check_over(broken.origin, fresh_list, Breaker(time.monotonic, retry_seconds=retry))
        for _ in range(FAILURES + 1):
            assert decided(check, hierarchy)[0] is Method.CRL
        broken.way = UP
        back = time.monotonic()
        while decided(check, hierarchy)[0] is not Method.OCSP:
            assert time.monotonic() - back < RECOVERY_SECONDS
            time.sleep(0.05)
        against("revocation by OCSP again after its recovery", time.monotonic() - back, RECOVERY_SECONDS, "s")


def test_old_revocation_evidence_lets_nobody_in(hierarchy, tmp_path):
    """Both authentic and both old: every decision is a refusal with its own code."""
    old = {"this_update": NOW - 3000 * MINUTE, "next_update": NOW - 1500 * MINUTE, "read_at": NOW - 2000 * MINUTE}
    lists = lists_with(hierarchy, tmp_path, **old)
    count, reasons = scaled(20, 1000), []
    with BrokenResponder(hierarchy, "stale") as broken:
        check = check_over(broken.origin, lists, Breaker(time.monotonic))
        for serial in itertools.islice(itertools.count(SERIAL), count):
            with pytest.raises(Refusal) as refusal:
                decided(check, hierarchy, serial)
            reasons.append(refusal.value.reason)
    assert set(reasons) == {Reason.EVIDENCE_TOO_OLD}
    against("logins on stale revocation evidence", count - len(reasons), 0, "logins")


def test_old_revocation_evidence_is_explained_to_the_resident(aoba):
    """The authenticator receives the code, the resident's page the words: what happened, and that time helps."""
    aoba.control(do="ocsp", mode="down")
    aoba.control(do="crl", mode="stale")
    aoba.clock.set_offset(4 * 24 * 3600)
    login = aoba.begin(aoba.library)
    aoba.challenge(login)
    answer = aoba.prove(login, aoba.sign(login))
    assert (answer.status_code, answer.json["code"]) == (503, Reason.EVIDENCE_TOO_OLD)
    assert int(answer.headers["Retry-After"]) > 0
    page = aoba.get(login.browser, login.page_url, headers={"Accept-Language": "en"})
    assert page.status_code == 200
    for words in ("record of certificates has not arrived", "nothing wrong with your card", "Wait a while"):
        assert words in page.text
