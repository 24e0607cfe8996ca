"""Two-person approval, on SQLite and on a real PostgreSQL alike: who counts, how often, and what was approved."""

import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from components.officers import found_city

from idp.oversight.approval import Action, ApprovalRefused, Approvals
from idp.oversight.audit import Auditor
from idp.registration import NotAllowed
from idp.store import approvals as rows
from idp.store import schema


@pytest.fixture(scope="module")
def shared(shared_either):
    """A town on one of the two databases; every test founds its own city there."""
    return shared_either


@pytest.fixture
def city(shared):
    """A city with two officers."""
    return found_city(shared)


@pytest.fixture
def done():
    """What the act of these tests has done."""
    return []


@pytest.fixture
def approvals(shared, done):
    """Approvals over acts that only take notes, and one that can never be done."""
    return approvals_of(shared, done, shared.clock)


def approvals_of(shared, done, now) -> Approvals:
    """The same at any time."""

    def apply(_tx, _tenant, payload):
        done.append(payload["note"])

    def fail(_tx, _tenant, payload):
        raise NotAllowed("it cannot be done")

    product = shared.product
    return Approvals(
        store=product.store,
        auditor=Auditor(product.now, secrets.token_bytes),
        now=now,
        token_bytes=secrets.token_bytes,
        actions={
            "note": Action(summary=lambda payload: f"note {payload['note']}", apply=apply),
            "secret": Action(
                summary=lambda payload: payload["note"],
                apply=apply,
                asks="the word",
                confirm=lambda _tenant, payload, word: word == payload["word"],
            ),
            "never": Action(summary=lambda payload: "never", apply=fail),
        },
    )


def refused(act, *arguments) -> str:
    """The sentence of a refusal."""
    with pytest.raises(NotAllowed) as refusal:
        act(*arguments)
    return str(refusal.value)


def test_two_officers_together_do_it_once(city, approvals, done):
    """The first yes does nothing, the second does it, a third is too late; the trail tells all of it."""
    asked = approvals.propose(city.tenant, "note", {"note": "a"})
    first = approvals.approve(city.tenant, asked.proposal_id, city.tokens["sato"])
    assert (first.officer, first.missing, done) == ("sato", 1, [])
    second = approvals.approve(city.tenant, asked.proposal_id, city.tokens["suzuki"])
    assert (second.applied, done) == (True, ["a"])
    assert "applied" in refused(approvals.approve, city.tenant, asked.proposal_id, city.tokens["sato"])
    assert approvals.one(city.tenant, asked.proposal_id).approved_by == ("sato", "suzuki")
    actions = [action for action, _ in city.audited() if action.startswith("approval.")]
    assert sorted(actions[2:]) == sorted(
        ["approval.proposed", "approval.given", "approval.given", "approval.applied", "approval.refused"]
    )


def test_one_officer_is_one_officer(city, approvals, done):
    """The same officer's second yes is refused and counts nothing."""
    asked = approvals.propose(city.tenant, "note", {"note": "a"})
    approvals.approve(city.tenant, asked.proposal_id, city.tokens["sato"])
    assert "already" in refused(approvals.approve, city.tenant, asked.proposal_id, city.tokens["sato"])
    assert done == []


def test_only_officers_have_a_yes(city, approvals):
    """Whatever is presented instead of a token."""
    asked = approvals.propose(city.tenant, "note", {"note": "a"})
    for token in ("", "x", "A" * 43, "\udcff", "é"):
        assert "no officer" in refused(approvals.approve, city.tenant, asked.proposal_id, token)
    assert approvals.one(city.tenant, asked.proposal_id).approved_by == ()


def test_an_officer_of_another_city_is_none_here(shared, city, approvals):
    """Tokens are the tenant's own."""
    other = found_city(shared)
    asked = approvals.propose(city.tenant, "note", {"note": "a"})
    assert "no officer" in refused(approvals.approve, city.tenant, asked.proposal_id, other.tokens["sato"])
    assert "no such proposal" in refused(approvals.approve, other.tenant, asked.proposal_id, other.tokens["sato"])


def test_a_race_of_two_does_it_once(city, approvals, done):
    """Both approve at the same moment, many times: always done, always once."""
    for turn in range(8):
        asked = approvals.propose(city.tenant, "note", {"note": turn})
        with ThreadPoolExecutor(2) as pool:
            outcomes = list(
                pool.map(
                    lambda token, p=asked.proposal_id: approvals.approve(city.tenant, p, token),
                    city.tokens.values(),
                )
            )
        assert sorted(outcome.missing for outcome in outcomes) == [0, 1]
    assert done == list(range(8))


def test_a_confirmation_that_does_not_fit_counts_nothing(city, approvals, done):
    """The act asks for a word; without it there is no yes."""
    asked = approvals.propose(city.tenant, "secret", {"note": "a", "word": "right"})
    assert "the word" in refused(approvals.approve, city.tenant, asked.proposal_id, city.tokens["sato"], "wrong")
    approvals.approve(city.tenant, asked.proposal_id, city.tokens["sato"], "right")
    approvals.approve(city.tenant, asked.proposal_id, city.tokens["suzuki"], "right")
    assert done == ["a"]


CHANGES = {
    "payload": 'UPDATE proposal SET payload = \'{"note":"b"}\' WHERE tenant_id = TENANT',
    "action": "UPDATE proposal SET action = 'never' WHERE tenant_id = TENANT",
    "time": "UPDATE proposal SET expires_at = expires_at + 1 WHERE tenant_id = TENANT",
    "mac": "UPDATE approval SET approved_at = approved_at + 1 WHERE tenant_id = TENANT",
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_changed_after_an_approval_is_refused(city, approvals, done, what):
    """Somebody who may write to the database changes the proposal between two approvals."""
    asked = approvals.propose(city.tenant, "note", {"note": "a"})
    approvals.approve(city.tenant, asked.proposal_id, city.tokens["sato"])
    city.sql(CHANGES[what])
    assert "changed" in refused(approvals.approve, city.tenant, asked.proposal_id, city.tokens["suzuki"])
    assert done == []
    assert approvals.one(city.tenant, asked.proposal_id).state == "open"


def test_a_row_written_into_the_database_makes_no_officer(city, approvals, done):
    """The digest of a token is keyed: whoever knows SHA-256 alone cannot write one."""
    known = hashlib.sha256(b"token").hexdigest()
    postgresql = city.town.product.store.engine.dialect.name == "postgresql"
    blob = f"'\\x{known}'" if postgresql else f"X'{known}'"
    city.sql(
        "INSERT INTO officer (tenant_id, officer_id, token_digest, state, created) "
        f"VALUES (TENANT, 'eve', {blob}, 'live', '2026-01-01')"
    )
    asked = approvals.propose(city.tenant, "note", {"note": "a"})
    assert "no officer" in refused(approvals.approve, city.tenant, asked.proposal_id, "token")
    approvals.approve(city.tenant, asked.proposal_id, city.tokens["sato"])
    city.sql(
        "INSERT INTO approval (tenant_id, proposal_id, officer_id, approved_at, mac) "
        f"VALUES (TENANT, '{asked.proposal_id}', 'eve', 1, {blob})"
    )
    assert "changed" in refused(approvals.approve, city.tenant, asked.proposal_id, city.tokens["suzuki"])
    assert done == []


def test_a_row_that_is_no_proposal_is_shown_and_refused(city, approvals):
    """Unreadable payloads and unknown actions end as a sentence."""
    asked = approvals.propose(city.tenant, "note", {"note": "a"})
    for change in (
        "payload = '{'",
        "payload = '[]'",
        "payload = '{}'",
        "payload = '" + "[" * 50_000 + "'",
        "action = 'gone'",
    ):
        city.sql(f"UPDATE proposal SET {change} WHERE tenant_id = TENANT")
        assert refused(approvals.approve, city.tenant, asked.proposal_id, city.tokens["sato"])
        assert [shown.facts for shown in approvals.all(city.tenant)] == [{}]


def test_a_proposal_ends_after_seven_days_and_when_withdrawn(shared, city, approvals, done):
    """One second before it still counts."""
    asked = approvals.propose(city.tenant, "note", {"note": "a"})
    gone = approvals.propose(city.tenant, "note", {"note": "b"})
    approvals.approve(city.tenant, gone.proposal_id, city.tokens["sato"])
    approvals.withdraw(city.tenant, gone.proposal_id)
    assert "withdrawn" in refused(approvals.approve, city.tenant, gone.proposal_id, city.tokens["suzuki"])
    assert "withdrawn" in refused(approvals.withdraw, city.tenant, gone.proposal_id)
    in_time = approvals_of(shared, done, lambda: asked.expires_at - timedelta(seconds=1))
    in_time.approve(city.tenant, asked.proposal_id, city.tokens["sato"])
    late = approvals_of(shared, done, lambda: asked.expires_at)
    assert "expired" in refused(late.approve, city.tenant, asked.proposal_id, city.tokens["suzuki"])
    assert late.one(city.tenant, asked.proposal_id).state == "expired"
    assert (asked.expires_at - asked.proposed_at, done) == (timedelta(days=7), [])


def test_an_act_that_fails_takes_the_approval_with_it(city, approvals):
    """Nothing half: the proposal stays open with one approval."""
    asked = approvals.propose(city.tenant, "never", {})
    approvals.approve(city.tenant, asked.proposal_id, city.tokens["sato"])
    assert "cannot be done" in refused(approvals.approve, city.tenant, asked.proposal_id, city.tokens["suzuki"])
    shown = approvals.one(city.tenant, asked.proposal_id)
    assert (shown.state, shown.approved_by) == ("open", ("sato",))


def test_nothing_unknown_or_huge_is_proposed(city, approvals):
    """Refused before a row is written."""
    assert "no such action" in refused(approvals.propose, city.tenant, "unknown", {})
    assert "cannot be read" in refused(approvals.propose, city.tenant, "note", {})
    assert "too large" in refused(approvals.propose, city.tenant, "note", {"note": "x" * 300_000})
    assert approvals.all(city.tenant) == []


def test_officers_after_the_second_are_approved(city):
    """The third is a proposal, and so is a removal; two must always be left."""
    officers = city.trust.officers
    third = officers.add(city.tenant, "tanaka")
    assert [row.officer_id for row in officers.all(city.tenant)] == ["sato", "suzuki"]
    city.approve(third.proposal)
    city.tokens["tanaka"] = third.token
    removal = officers.remove(city.tenant, "sato")
    city.approve(removal, "suzuki", "tanaka")
    assert {row.officer_id: row.state for row in officers.all(city.tenant)} == {
        "sato": "removed",
        "suzuki": "live",
        "tanaka": "live",
    }
    again = officers.remove(city.tenant, "suzuki")
    assert "no officer" in refused(city.approve, again, "sato")
    city.approve(again, "suzuki")
    assert "two officers" in refused(city.approve, again, "tanaka")
    for name in ("sato", "suzuki"):
        assert "taken" in refused(officers.add, city.tenant, name)
    assert "no officer" in refused(officers.remove, city.tenant, "sato")


def test_a_removed_officers_yes_counts_no_more(city, approvals, done):
    """What they approved before waits for somebody else, and no edit of the row brings them back."""
    third = city.trust.officers.add(city.tenant, "tanaka")
    city.approve(third.proposal)
    city.tokens["tanaka"] = third.token
    asked = approvals.propose(city.tenant, "note", {"note": "a"})
    approvals.approve(city.tenant, asked.proposal_id, city.tokens["sato"])
    city.approve(city.trust.officers.remove(city.tenant, "sato"), "suzuki", "tanaka")
    assert approvals.approve(city.tenant, asked.proposal_id, city.tokens["suzuki"]).missing == 1
    city.sql("UPDATE officer SET state = 'live' WHERE tenant_id = TENANT")
    other = approvals.propose(city.tenant, "note", {"note": "b"})
    assert "no officer" in refused(approvals.approve, city.tenant, other.proposal_id, city.tokens["sato"])
    assert done == []


def test_a_removed_officers_row_put_back_is_still_removed(city, approvals, done):
    """The whole row, digest and all: the trail remembers the removal, for new and for earlier approvals."""
    third = city.trust.officers.add(city.tenant, "tanaka")
    city.approve(third.proposal)
    asked = approvals.propose(city.tenant, "note", {"note": "a"})
    approvals.approve(city.tenant, asked.proposal_id, third.token)
    with city.town.product.store.for_tenant(city.tenant_id).read() as tx:
        (old,) = [row for row in rows.officers(tx) if row.officer_id == "tanaka"]
    city.approve(city.trust.officers.remove(city.tenant, "tanaka"), "sato", "suzuki")
    with city.town.product.store.for_tenant(city.tenant_id).write() as tx:
        tx.connection.execute(
            schema.officer.update()
            .where(schema.officer.c.tenant_id == city.tenant_id, schema.officer.c.officer_id == "tanaka")
            .values(token_digest=old.token_digest, state=old.state)
        )
    other = approvals.propose(city.tenant, "note", {"note": "b"})
    assert "no officer" in refused(approvals.approve, city.tenant, other.proposal_id, third.token)
    assert approvals.approve(city.tenant, asked.proposal_id, city.tokens["sato"]).missing == 1
    assert {row.officer_id: row.state for row in city.trust.officers.all(city.tenant)}["tanaka"] == "removed"
    assert "no officer" in refused(city.trust.officers.remove, city.tenant, "tanaka")
    assert done == []


def test_officers_that_vanish_leave_no_free_place(city):
    """Whoever deletes the rows of both cannot appoint two of their own; nor of one."""
    for gone in ("officer_id = 'sato'", "1 = 1"):
        city.sql(f"DELETE FROM officer WHERE tenant_id = TENANT AND {gone}")
        assert "gone from the database" in refused(city.trust.officers.add, city.tenant, "eve")
        assert "taken" in refused(city.trust.officers.add, city.tenant, "sato")


@pytest.mark.parametrize("end", ["applied", "withdrawn"])
def test_a_proposal_that_ended_is_not_opened_again(city, approvals, done, end):
    """In the database, with one's own yes deleted and the other's left: the trail remembers the end."""
    asked = approvals.propose(city.tenant, "note", {"note": "a"})
    approvals.approve(city.tenant, asked.proposal_id, city.tokens["suzuki"])
    if end == "applied":
        approvals.approve(city.tenant, asked.proposal_id, city.tokens["sato"])
    else:
        approvals.withdraw(city.tenant, asked.proposal_id)
    before = list(done)
    city.sql("DELETE FROM approval WHERE tenant_id = TENANT AND officer_id = 'sato'")
    city.sql("UPDATE proposal SET state = 'open' WHERE tenant_id = TENANT")
    said = refused(approvals.approve, city.tenant, asked.proposal_id, city.tokens["sato"])
    assert f"is {end}, and was opened again" in said
    assert "opened again" in refused(approvals.withdraw, city.tenant, asked.proposal_id)
    assert done == before


@pytest.mark.parametrize("column", ["expires_at", "proposed_at"])
def test_a_time_that_no_calendar_has_breaks_no_listing(city, approvals, column):
    """The row is shown as broken, the others as they are."""
    whole = approvals.propose(city.tenant, "note", {"note": "a"})
    asked = approvals.propose(city.tenant, "note", {"note": "b"})
    mine = f"WHERE tenant_id = TENANT AND proposal_id = '{asked.proposal_id}'"
    city.sql(f"UPDATE proposal SET {column} = 9223372036854775807 {mine}")
    shown = {each.proposal_id: each.state for each in approvals.all(city.tenant)}
    assert (shown[asked.proposal_id], shown[whole.proposal_id]) == ("broken", "open")
    assert approvals.one(city.tenant, asked.proposal_id).summary == "the proposal cannot be read"


def test_a_policy_that_is_none_breaks_no_listing(city):
    """What the proposal asks for is read whole before it is shown."""
    with pytest.raises((NotAllowed, KeyError)):
        city.trust.changes.acts.actions()["trust.policy"].summary({"purpose": "lgpki"})
    asked = city.trust.officers.remove(city.tenant, "sato")
    city.sql(
        "UPDATE proposal SET action = 'trust.policy', payload = '{\"purpose\":\"lgpki\"}' "
        f"WHERE tenant_id = TENANT AND proposal_id = '{asked.proposal_id}'"
    )
    (shown,) = [each for each in city.trust.approvals.all(city.tenant) if each.state == "open"]
    assert (shown.summary, shown.facts) == ("the proposal cannot be read", {})
    assert "cannot be read" in refused(
        city.trust.approvals.approve, city.tenant, asked.proposal_id, city.tokens["sato"]
    )


def test_an_officers_state_is_enough_to_stop_them(city, approvals):
    """Whoever removes an officer in the database alone has removed them."""
    city.sql("UPDATE officer SET state = 'removed' WHERE tenant_id = TENANT AND officer_id = 'sato'")
    asked = approvals.propose(city.tenant, "note", {"note": "a"})
    assert "no officer" in refused(approvals.approve, city.tenant, asked.proposal_id, city.tokens["sato"])


def test_ten_first_officers_at_once_are_two(shared):
    """Who comes third waits for the two, however fast."""
    empty = found_city(shared, "first")
    names = [f"officer-{number}" for number in range(10)]
    with ThreadPoolExecutor(10) as pool:
        made = list(pool.map(lambda name: empty.trust.officers.add(empty.tenant, name), names))
    assert sum(appointed.proposal is None for appointed in made) == 1
    assert len(empty.trust.officers.all(empty.tenant)) == 2


def test_an_officers_name_has_one_form(city):
    """It stands in the audit trail: an id, not a person's name."""
    for name in ("", "Sato", "sa to", "a" * 65, "佐藤", "a\n"):
        assert "1 to 64" in refused(city.trust.officers.add, city.tenant, name)


def test_a_refusal_is_one_family():
    """Commands answer them alike."""
    assert issubclass(ApprovalRefused, NotAllowed)
