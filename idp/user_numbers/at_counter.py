"""At a counter, after the login: the terminal that took part learns the person's user number, or links one.

Only that terminal, by its own key over a nonce of this transaction; only once the service may know the person,
which is after consent; within minutes; and once: a number that was given is not given again.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from idp.errors import Reason, Refusal
from idp.jpki import proof as jpki_proof
from idp.jpki.counter_number import VERSION, NumberRequest
from idp.login import dispatch
from idp.login.pairwise import Pairs
from idp.login.records import Records
from idp.login.states import Channel, State
from idp.login.transaction import Transaction
from idp.oversight.audit import Action, Auditor
from idp.store.engine import Transaction as Writing
from idp.store.shortlived import Change
from idp.tenants.tenancy import Client, Tenant
from idp.terminals.register import Register
from idp.terminals.terminal import Terminal
from idp.user_numbers.counter_body import Act, UnverifiedNumberRequest
from idp.user_numbers.refused import NumberRefused
from idp.user_numbers.registry import Registry, Wish

SECONDS = 5 * 60
"""From the accepted proof on."""
NONCES = 8
"""Per login: one to learn the number, the others for typing one."""
_NONCE_BYTES = 32
_UNDER_WAY = (State.ACCEPTED, State.CONSENTING)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtCounter:
    """The dialogue and everything it needs. Its methods raise Refusal: NOT_FOUND for no such login,
    TERMINAL_REFUSED for whoever did not prove it or may not learn numbers of this service, DECLINED, EXPIRED,
    ALREADY_USED once a number was given.
    """

    records: Records
    terminals: Register
    pairs: Pairs
    registry: Registry
    auditor: Auditor
    client_of: Callable[[Tenant, str], Client | None]

    def challenge(self, tenant: Tenant, handle: str, unverified_terminal: str) -> Mapping[str, str]:
        """A nonce, or word that the resident has not agreed yet. Raises as said, and RATE_LIMITED."""
        met, _, _ = self._met(tenant, handle, unverified_terminal)
        if self._waits(tenant, met):
            return {"version": VERSION, "state": "waiting"}
        step = Change(
            expect={"state": State.FINISHED, "number": "", "number_nonce": ""},
            put={"number_nonce": self.records.token(_NONCE_BYTES)},
            count={"number_nonces": NONCES},
        )
        changed = self.records.change(tenant, met.transaction_id, step)
        if changed is None:
            raise Refusal(Reason.EXPIRED)
        nonce = step.put["number_nonce"] if changed.applied else changed.before.get("number_nonce", "")
        if changed.before.get("number"):
            raise Refusal(Reason.ALREADY_USED, "the number was given")
        if not nonce:
            raise Refusal(Reason.RATE_LIMITED, "no more nonces for this login's number")
        return {"version": VERSION, "state": "ready", "nonce": nonce}

    def run(self, tenant: Tenant, handle: str, unverified: UnverifiedNumberRequest) -> Mapping[str, str | None]:
        """Tell the number, null where there is none, or link one.

        Raises as said; SIGNATURE_INVALID; NumberRefused as `Registry.link`.
        """
        met, client, terminal = self._met(tenant, handle, unverified.terminal)
        if self._waits(tenant, met):
            raise Refusal(Reason.NOT_FOUND, "the resident has not agreed yet")
        self._take_nonce(tenant, met, unverified.nonce)
        signed = NumberRequest(
            issuer=tenant.issuer,
            origin=tenant.origin,
            transaction=met.button.agent_transaction,
            nonce=base64.urlsafe_b64decode(unverified.nonce + "="),
            terminal=terminal.terminal_id,
            act=unverified.act,
            number=unverified.number,
            claim=unverified.claim,
        )
        jpki_proof.require_signature(terminal.key, signed.message(), unverified.signature)
        pair_id = self._pair_id(tenant, client, met)
        if unverified.act is Act.FETCH:
            return {"user_number": self._fetch(tenant, client, met, terminal, pair_id)}
        self._link(tenant, client, met, terminal, pair_id, unverified)
        return {"user_number": unverified.number}

    def _met(self, tenant: Tenant, handle: str, unverified_terminal: str) -> tuple[Transaction, Client, Terminal]:
        """The login behind LINK, for the terminal that proved it."""
        met = self.records.behind(tenant, handle)
        if met is None:
            raise Refusal(Reason.NOT_FOUND)
        client = self.client_of(tenant, met.request.client_id)
        if client is None or not client.may_link:
            raise Refusal(Reason.TERMINAL_REFUSED, "the service does not use the link registry")
        terminal = self.terminals.serving(tenant, client, unverified_terminal)
        if met.proved_by is not Channel.COUNTER or met.button.terminal != terminal.terminal_id:
            raise Refusal(Reason.TERMINAL_REFUSED, "another terminal's login, or none")
        if not terminal.user_numbers:
            raise Refusal(Reason.TERMINAL_REFUSED, "the terminal is not enrolled for user numbers")
        return met, client, terminal

    def _waits(self, tenant: Tenant, met: Transaction) -> bool:
        """Whether the resident is still being asked. Raises Refusal when the login is over, or ended otherwise."""
        if met.accepted is None or self.records.moment() - met.accepted.accepted_at > SECONDS:
            raise Refusal(Reason.EXPIRED)
        if met.denied or met.state not in (*_UNDER_WAY, State.FINISHED):
            raise Refusal(Reason.DECLINED)
        return met.state is not State.FINISHED or self._granted(tenant, met) is None

    def _granted(self, tenant: Tenant, met: Transaction) -> bytes | None:
        """The pair, once the service holds a grant with the resident's consent on it."""
        client = self.client_of(tenant, met.request.client_id)
        if client is None:
            return None
        pair = self.pairs.find(tenant, client, dispatch.handle_of(tenant, met))
        return pair.pair_id if pair and pair.consent else None

    def _pair_id(self, tenant: Tenant, client: Client, met: Transaction) -> bytes:
        pair_id = self._granted(tenant, met)
        if pair_id is None:
            raise Refusal(Reason.DECLINED, f"no grant of {client.client_id}")
        return pair_id

    def _take_nonce(self, tenant: Tenant, met: Transaction, unverified_nonce: str) -> None:
        expect = {"state": State.FINISHED, "number": "", "number_nonce": unverified_nonce}
        changed = self.records.change(tenant, met.transaction_id, Change(expect, {"number_nonce": ""}))
        if changed is None or not changed.applied:
            raise Refusal(Reason.ALREADY_USED, "no such nonce is outstanding")

    def _fetch(
        self, tenant: Tenant, client: Client, met: Transaction, terminal: Terminal, pair_id: bytes
    ) -> str | None:
        """The number, written down as given; None where there is none, which may be asked again."""
        try:
            with self.registry.store.for_tenant(tenant.tenant_id).read() as tx:
                found = self.registry.of_pair(tx, tenant, client, pair_id)
        except NumberRefused:
            return None
        self._give(tenant, met)
        with self.registry.store.for_tenant(tenant.tenant_id).write() as tx:
            self._audit(tx, tenant, client, terminal, pair_id)
        return found.number

    def _link(
        self,
        tenant: Tenant,
        client: Client,
        met: Transaction,
        terminal: Terminal,
        pair_id: bytes,
        asked: UnverifiedNumberRequest,
    ) -> None:
        wish = Wish(
            pair_id=pair_id,
            number=asked.number,
            by=f"terminal:{terminal.terminal_id}",
            claim=asked.claim or None,
            new=asked.act is Act.LINK_NEW,
        )
        self.registry.count_claim(tenant, client, wish)

        def act(tx: Writing) -> None:
            self.registry.link(tx, tenant, client, wish)
            self._audit(tx, tenant, client, terminal, pair_id)

        self.registry.once(tenant, act)
        self._give(tenant, met)

    def _give(self, tenant: Tenant, met: Transaction) -> None:
        """From now on nobody learns the number of this login. Raises Refusal for who comes second."""
        step = Change({"state": State.FINISHED, "number": ""}, {"number": "given", "number_nonce": ""})
        changed = self.records.change(tenant, met.transaction_id, step)
        if changed is None or not changed.applied:
            raise Refusal(Reason.ALREADY_USED, "the number was given")

    def _audit(self, tx: Writing, tenant: Tenant, client: Client, terminal: Terminal, pair_id: bytes) -> None:
        client_id = client.client_id
        self.auditor.record(
            tx,
            tenant.keys,
            Action.USER_NUMBER_GIVEN,
            "given",
            client_id=client_id,
            terminal=terminal.terminal_id,
            pair=tenant.keys.audit_tag(client_id, self.records.now(), pair_id),
        )
