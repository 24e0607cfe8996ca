"""`idp keys rotate|retire`, and what `idp keys list` and `idp doctor` tell of the ring."""

import pytest
from components.signing_ring import grow_old, kids, with_next

from idp.services.request_encryption import REQUEST_KEYS
from idp.tenants.tenancy import SIGNING_ALGS


def ring_of(idp):
    """The keys that sign and open, of `idp keys list --json`."""
    listed = idp("keys", "list", "--tenant", "aoba", "--json").json
    return [key for key in listed if key["kind"] in ("signing", "requests")]


@pytest.fixture
def aoba(aoba):
    """A town whose clock the commands share."""
    aoba.environment["IDP_CLOCK_FILE"] = str(aoba.folder / "clock")
    return aoba


def test_the_list_tells_use_algorithm_state_and_age(idp, aoba):
    """One row for each key of the ring, for programs and for people."""
    grow_old(with_next(aoba))
    rows = ring_of(idp)
    assert {(row["alg"], row["state"]) for row in rows} == {
        (alg, state) for alg in (*SIGNING_ALGS, *REQUEST_KEYS) for state in ("next", "current")
    }
    assert {row["use"] for row in rows if row["alg"] in REQUEST_KEYS} == {"enc"}
    assert {row["use"] for row in rows if row["alg"] in SIGNING_ALGS} == {"sig"}
    assert {(row["age_days"], row["kept_under"]) for row in rows} == {(90, "data seal")}
    told = idp("keys", "list", "--tenant", "aoba").out
    assert all(row["key"] in told and row["since"] in told for row in rows)


def test_rotate_is_refused_until_the_next_key_is_known_and_then_does_it(idp, aoba):
    """One algorithm or all; the sentence says how long to wait."""
    early = idp("keys", "rotate", "--tenant", "aoba", "--json")
    assert (early.code, "there is no next key" in early.error) == (1, True)
    with_next(aoba)
    before = kids(aoba, "current")
    done = idp("keys", "rotate", "--tenant", "aoba", "--alg", "ES256", "--json")
    assert (done.code, done.json["retired"], done.json["follows"]) == (0, [before["ES256"]], [])
    again = idp("keys", "rotate", "--tenant", "aoba", "--json")
    assert (again.code, "not known to every service yet: wait" in again.error) == (1, True)
    assert {row["key"]: row["state"] for row in ring_of(idp)}[before["ES256"]] == "retired"


def test_an_emergency_says_what_it_means(idp, aoba):
    """The removed key, the one that signs now, and what services and residents will notice."""
    with_next(aoba)
    before, coming = kids(aoba, "current"), kids(aoba, "next")
    done = idp("keys", "rotate", "--tenant", "aoba", "--now", "--compromised", "--alg", "RS256", "--json").json
    assert (done["removed"], done["activated"], done["retired"]) == ([before["RS256"]], [coming["RS256"]], [])
    assert any("fetch the set now" in sentence for sentence in done["follows"])
    assert before["RS256"] not in {row["key"] for row in ring_of(idp)}
    aoba.product.directory.refresh()
    assert aoba.sign_in(aoba.library)["sub"]


def test_a_key_that_opens_requests_is_turned_like_the_others(idp, aoba):
    """By its algorithm or its id; in an emergency the sentence speaks of requests, and of no signature."""
    current = {row["alg"]: row["key"] for row in ring_of(idp)}
    with_next(aoba)
    turn = ("keys", "rotate", "--tenant", "aoba", "--json", "--alg")
    assert idp(*turn, "ECDH-ES").json["retired"] == [current["ECDH-ES"]]
    done = idp(*turn, "RSA-OAEP-256", "--now", "--compromised").json
    assert (done["removed"], len(done["activated"])) == ([current["RSA-OAEP-256"]], 1)
    assert [sentence.partition(":")[0] for sentence in done["follows"]] == ["requests encrypted to it are refused"]
    states = {row["key"]: row["state"] for row in ring_of(idp)}
    assert (states[current["ECDH-ES"]], states[done["activated"][0]]) == ("retired", "current")
    gone = idp("keys", "retire", current["ECDH-ES"], "--tenant", "aoba", "--json").json
    assert gone["removed"] == [current["ECDH-ES"]]


def test_retire_takes_one_key_a_step_further(idp, aoba):
    """A current key is retired, the same one is then removed, and then there is none."""
    with_next(aoba)
    kid = kids(aoba, "current")["PS256"]
    words = ("keys", "retire", kid, "--tenant", "aoba", "--json")
    assert idp(*words).json["retired"] == [kid]
    assert idp(*words).json["removed"] == [kid]
    gone = idp(*words)
    assert (gone.code, gone.error) == (1, "there is no such key in the ring")


def test_a_next_key_that_is_retired_means_nothing_to_anybody(idp, aoba):
    """It has signed nothing: another takes its place."""
    with_next(aoba)
    coming = kids(aoba, "next")["ES256"]
    done = idp("keys", "retire", coming, "--tenant", "aoba", "--json").json
    assert (done["removed"], len(done["made"]), done["follows"]) == ([coming], 1, [])


@pytest.mark.parametrize(
    "words", [("--now",), ("--compromised",), ("--alg", "HS256"), ("--alg", "none")], ids=" ".join
)
def test_a_rotation_that_nobody_can_mean_is_bad_usage(idp, words):
    """Exit code 2, and the ring stays."""
    before = ring_of(idp)
    assert idp("keys", "rotate", "--tenant", "aoba", *words).code == 2
    assert ring_of(idp) == before


def test_the_doctor_misses_a_next_key_and_an_overdue_rotation(idp, aoba):
    """Not in the first hour, in which the worker makes the next keys; then until somebody turns the ring."""

    def told():
        found = {row["check"]: row for row in idp("doctor", "--json").json}["ring of aoba"]
        return found["state"], found["finding"]

    assert told()[0] == "ok"
    grow_old(aoba)
    state, sentence = told()
    assert (state, "no next key for" in sentence) == ("warn", True)
    grow_old(with_next(aoba))
    state, sentence = told()
    assert (state, "older than 90 days" in sentence) == ("warn", True)
    aoba.product.custody.signing_ring.turn_all()
    assert told()[0] == "ok"


def test_a_town_says_how_old_its_keys_become(idp, aoba):
    """The setting holds for the next turn; what no key may live is refused."""
    with_next(aoba)
    first = kids(aoba, "current")
    assert idp("tenant", "settings", "aoba", "--signing-days", "400").code == 1
    assert idp("tenant", "settings", "aoba", "--signing-kept-days", "30").code == 1
    told = idp("tenant", "settings", "aoba", "--signing-days", "200", "--signing-kept-days", "31", "--json")
    assert (told.json["signing_key_days"], told.json["signing_key_kept_days"]) == (200, 31)
    aoba.product.directory.refresh()
    grow_old(aoba)
    aoba.product.custody.signing_ring.turn_all()
    assert kids(aoba, "current") == first
    assert idp("tenant", "settings", "aoba", "--signing-days", "0", "--json").json["signing_key_days"] == 0
    aoba.product.directory.refresh()
    aoba.product.custody.signing_ring.turn_all()
    assert kids(aoba, "retired") == set(first.values())
