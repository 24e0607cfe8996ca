"""A login transaction against a model of it, on both stores of short-lived state, in any order of events."""

from datetime import UTC, datetime, timedelta
from secrets import token_bytes

import pytest
from components.scale import scaled
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from idp.errors import Refusal
from idp.keys.sealing import digest
from idp.login.codes import Codes, Verdict
from idp.login.handles import Handles
from idp.login.records import Records
from idp.login.states import Channel, Shown, State
from idp.login.transaction import RETURN_SECONDS, TRANSACTION_SECONDS, Accepted, Request
from idp.login.transactions import Transactions
from idp.store.shortlived import InMemory
from idp.store.shortlived_redis import InRedis

WRONG = "wrong"
CHANNELS = (Channel.SAME_DEVICE, Channel.CROSS_DEVICE)
OWN = st.sampled_from([True, True, True, False])
"""Mostly the browser itself, else a stranger."""


class Login(RuleBasedStateMachine):
    """One transaction; its browser and a stranger, two phones and a card program, and time that passes.

    The model keeps what the protocol promises, not how it is kept: who holds the claim, which code was given out,
    how often it was guessed at, and how the login was completed.
    """

    def __init__(self, tenant, new_state):
        super().__init__()
        self.tenant = tenant
        self.moment = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
        records = Records(state=new_state(lambda: self.moment), now=lambda: self.moment, token_bytes=token_bytes)
        self.transactions, self.handles, self.codes = Transactions(records), Handles(records), Codes(records)
        request = Request("library", ("openid",), "{}")
        begun, self.cookie = self.transactions.start(tenant, request, cross_device=True)
        self.id = begun.transaction_id
        self.links = {Channel.SAME_DEVICE: set(), Channel.CROSS_DEVICE: set()}
        self.passed = 0
        self.ends = TRANSACTION_SECONDS
        self.claims = {}
        self.nonces = {}
        self.proved = None
        self.code = self.secret = None
        self.code_ends = self.return_ends = 0
        self.guesses = 0
        self.completed = []
        self.look()

    def look(self):
        """The browser loads its page, and the model learns the handles there."""
        shown = self.handles.open_page(self.tenant, self.id, self.cookie)
        self.links[Channel.SAME_DEVICE].add(shown.button.value)
        self.links[Channel.CROSS_DEVICE].add(shown.qr.value)
        return shown

    def current(self, channel):
        held = self.transactions.load(self.tenant, self.id, self.cookie)
        return held.button.value if channel is Channel.SAME_DEVICE else held.qr.value

    @initialize(channel=st.sampled_from([None, *CHANNELS, *CHANNELS]))
    def some_are_proved_at_once(self, channel):
        if channel is not None:
            self.fetch(channel)
            self.prove(channel, good=True)

    @precondition(lambda self: self.passed + 45 < self.ends)
    @rule(seconds=st.integers(1, 45))
    def time_passes(self, seconds):
        self.moment += timedelta(seconds=seconds)
        self.passed += seconds

    @rule()
    def page_is_loaded(self):
        self.look()

    @rule()
    def stranger_loads_the_page(self):
        stranger = token_bytes(32).hex()
        assert self.handles.open_page(self.tenant, self.id, stranger) is None
        assert self.handles.renew_qr(self.tenant, self.id, stranger) is None
        assert self.transactions.extend(self.tenant, self.id, stranger) is None
        assert self.codes.prolong(self.tenant, self.id, stranger) is None

    @rule()
    def resident_extends(self):
        before = self.transactions.load(self.tenant, self.id, self.cookie)
        after = self.transactions.extend(self.tenant, self.id, self.cookie)
        if not before.extended and before.state in (State.WAITING, State.PROVING):
            self.ends += 15 * 60
        assert after.ends - before.ends in (0, 15 * 60)
        assert after.ends == int(datetime(2026, 4, 1, 9, 0, tzinfo=UTC).timestamp()) + self.ends

    @rule()
    def resident_renews_the_qr_code(self):
        old = self.current(Channel.CROSS_DEVICE)
        renewed = self.handles.renew_qr(self.tenant, self.id, self.cookie)
        assert (renewed.qr.value != old) == (renewed.state is State.WAITING)
        self.links[Channel.CROSS_DEVICE].add(renewed.qr.value)

    @rule(channel=st.sampled_from(CHANNELS), claim=st.sampled_from(["own", "none", "foreign"]))
    def challenge_is_fetched(self, channel, claim):
        self.fetch(channel, claim)

    @rule(channel=st.sampled_from(CHANNELS), times=st.integers(4, 7))
    def proofs_fail(self, channel, times):
        for _ in range(times):
            self.fetch(channel)
            self.prove(channel, good=False)

    def fetch(self, channel, claim="own"):
        handle = self.current(channel)
        unclaimed = channel is Channel.CROSS_DEVICE and handle not in self.claims
        shown = {"own": self.claims.get(handle), "none": None, "foreign": "A" * 22}[claim]
        try:
            reached = self.handles.challenge(self.tenant, handle, shown)
        except Refusal:
            return  # that it comes through when it must is the other tests' business
        assert reached.handle.channel is channel
        assert (reached.claim is not None) == unclaimed
        if unclaimed:
            self.claims[handle] = reached.claim
        elif channel is Channel.CROSS_DEVICE:
            assert claim == "own"
        self.nonces.setdefault(handle, set()).add(reached.handle.nonce)

    @rule(channel=st.sampled_from(CHANNELS), good=st.booleans())
    def proof_arrives(self, channel, good):
        self.prove(channel, good=good)

    def prove(self, channel, *, good):
        handle = self.current(channel)
        try:
            reached = self.handles.reached(self.tenant, handle, self.claims.get(handle))
            self.handles.take_nonce(self.tenant, reached)
        except Refusal:
            return
        assert self.proved is None
        if not good:
            self.transactions.refuse(self.tenant, reached.transaction, None)
            return
        self.proved = channel
        self.accept(reached.transaction, channel)

    def accept(self, transaction, channel):
        now = self.transactions.records.moment()
        same = channel is Channel.SAME_DEVICE
        self.secret = self.transactions.new_secret() if same else None
        self.code, kept = self.codes.draw(self.tenant, transaction, now)
        accepted = Accepted(
            acr="aal3" if same else "aal2",
            acr_by_code="aal2",
            amr="hwk",
            evidence="{}",
            accepted_at=now,
            sealed_prover="",
            return_digest=digest(self.secret).hex() if same else "",
            return_ends=now + RETURN_SECONDS,
        )
        assert self.transactions.accept(self.tenant, transaction, accepted, kept)
        self.code_ends, self.return_ends = self.passed + 60, self.passed + RETURN_SECONDS
        self.more = False

    @precondition(lambda self: self.proved)
    @rule()
    def resident_asks_for_more_time(self):
        alive = self.passed < self.code_ends and self.guesses < 3 and not self.completed
        if alive and not self.more:
            self.code_ends, self.more = self.code_ends + 60, True
        self.codes.prolong(self.tenant, self.id, self.cookie)

    @precondition(lambda self: self.proved)
    @rule(typed=st.sampled_from(["right", WRONG, "no code"]), own=OWN)
    def code_is_typed(self, typed, own):
        other = f"{(int(self.code) + 1) % 10**6:06d}"
        text = {"right": self.code, WRONG: other, "no code": "12345"}[typed]
        cookie = self.cookie if own else token_bytes(32).hex()
        entered = self.codes.enter(self.tenant, self.id, cookie, text)
        alive = own and self.passed < min(self.code_ends, self.ends) and self.guesses < 3 and not self.completed
        assert (entered.verdict is Verdict.RIGHT) == (alive and typed == "right")
        if entered.verdict is Verdict.RIGHT:
            self.completed.append(("code", entered.transaction.accepted.acr))
        if alive and typed == WRONG:
            self.guesses += 1
            assert entered.verdict is (Verdict.WRONG if self.guesses < 3 else Verdict.OVER)

    @precondition(lambda self: self.proved)
    @rule(own=OWN, right=st.booleans())
    def return_link_is_followed(self, own, right):
        secret = self.secret if right and self.secret else token_bytes(32).hex()
        cookie = self.cookie if own else token_bytes(32).hex()
        visit = self.transactions.come_back(self.tenant, self.id, cookie, secret)
        allowed = own and right and self.secret and self.guesses < 3 and not self.completed
        assert (visit.transaction is not None) == bool(allowed)
        if visit.transaction is not None:
            self.completed.append(("return", visit.transaction.accepted.acr))

    @invariant()
    def a_login_is_completed_once_and_never_above_its_channel(self):
        assert len(self.completed) <= 1
        for way, acr in self.completed:
            assert acr == ("aal3" if way == "return" else "aal2")
            assert way == "code" or self.proved is Channel.SAME_DEVICE

    @invariant()
    def a_handle_gives_five_nonces_and_no_two_handles_share_one(self):
        assert all(len(nonces) <= 5 for nonces in self.nonces.values())
        assert len(set().union(*self.nonces.values())) == sum(map(len, self.nonces.values()))
        assert not self.links[Channel.SAME_DEVICE] & self.links[Channel.CROSS_DEVICE]

    @invariant()
    def the_page_is_told_the_truth(self):
        transaction = self.transactions.load(self.tenant, self.id, self.cookie)
        shown = self.transactions.shown(transaction)
        if self.completed:
            assert shown is Shown.ACCEPTED
        elif self.guesses == 3:
            assert shown is Shown.EXPIRED
        elif self.proved is Channel.CROSS_DEVICE:
            assert shown is (Shown.CODE if self.passed < min(self.code_ends, self.ends) else Shown.EXPIRED)
        elif self.proved is None:
            claim = self.claims.get(transaction.qr.value)
            alive = claim is not None and transaction.qr.ends > self.transactions.records.moment()
            assert shown is (Shown.SCANNED if alive else Shown.WAITING)


@pytest.fixture(params=["memory", "redis"])
def new_state(request):
    """Makes an empty store over a clock."""
    if request.param == "memory":
        return InMemory
    server = request.getfixturevalue("redis_server")
    kept = InRedis(server.url)
    return lambda _now: kept


def test_a_login_keeps_its_promises(shared_town, new_state):
    """No order of events completes a login twice, raises its level, or lets a fourth guess be looked at."""
    tenant = shared_town.product.directory.tenant("aoba")
    run_state_machine_as_test(
        lambda: Login(tenant, new_state),
        settings=settings(
            max_examples=scaled(40, 1500),
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
