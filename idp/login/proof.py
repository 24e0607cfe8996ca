"""Proof: from an authenticator's POST to an accepted login, in the order of the card login protocol, section 3.

Before the signature holds nobody is asked and nothing is written. A refusal leaves its audit entry, its spent
nonce and, for the waiting page, its reason behind, and nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from msgspec import structs

from connectors.ports import LineageSource
from idp.errors import Reason, Refusal
from idp.jpki import proof as jpki_proof
from idp.jpki import verify as jpki_verify
from idp.jpki.revocation import Evidence
from idp.jpki.verify import VerifiedCertificate
from idp.login import combined, levels, person, proof_body
from idp.login.acceptance import AcceptanceStep, Finishing, Proven
from idp.login.attributes import wanted
from idp.login.counter import Counter, Shown
from idp.login.demand import Demand
from idp.login.handles import Handles, Reached
from idp.login.states import Channel
from idp.login.transaction import Attempt
from idp.login.transactions import Transactions
from idp.metering.record import Meters, Purpose
from idp.oversight.audit import Action, Auditor
from idp.revocation.check import RevocationCheck
from idp.revocation.deferral import Deferred, evidence_or_leave
from idp.revocation.tally import Tally
from idp.signature_status.named import Seen
from idp.signature_status.question import SignatureQuestion
from idp.signature_status.status import SCOPE, Status
from idp.sources.port import Basic4Source
from idp.sources.record import Read
from idp.store.engine import Store

_WITHOUT_CODE = (Channel.COUNTER, Channel.CLIENT_CERTIFICATE)
"""Channels in which the browser is at hand: no digits are given there."""
_log = structlog.get_logger("idp.login")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofStep:
    """The step and everything it needs."""

    store: Store
    transactions: Transactions
    handles: Handles
    counter: Counter
    revocation: RevocationCheck
    lineage: LineageSource
    signature: SignatureQuestion
    acceptance: AcceptanceStep
    card_files: Mapping[Channel, Basic4Source[bytes]]
    """Whose reading of a card's file it is, by the channel in which it is asked for."""
    auditor: Auditor
    meters: Meters
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def run(self, attempt: Attempt, reached: Reached, unverified_body: bytes) -> Finishing:
        """Accept a proof over a live handle of the attempt (step 1 is the caller's); how the login is finished.

        Raises Refusal:

        2. the body is not well-formed (TOO_LARGE, MALFORMED): not written down;
        3. no nonce is outstanding (ALREADY_USED): not written down;
        4. and 5. algorithm, issuer, signature over M (see `jpki.verify`);
        6. kind, profile, time (ibid.); the device or the level is not enough for this service
           (CERTIFICATE_TYPE_NOT_ACCEPTED, LEVEL_INSUFFICIENT); the attributes are not readable
           (ATTRIBUTES_INVALID); revoked, or nobody can tell (see `RevocationCheck`); whose it is cannot be told
           (CERTIFICATE_CONFLICT, LINEAGE_UNAVAILABLE).
        """
        # 2
        channel = reached.handle.nonce_channel
        parse = proof_body.parse_counter if channel is Channel.COUNTER else proof_body.parse
        asked = attempt.transaction.request.attributes.read_in(channel)
        unverified = parse(unverified_body, attributes=bool(asked))
        # 3
        nonce = self.handles.take_nonce(attempt.tenant, reached)
        return self.conclude(
            attempt,
            lambda: self._shown(attempt, reached, unverified, nonce),
            channel=channel,
            terminal=reached.handle.terminal,
        )

    def conclude(
        self, attempt: Attempt, show: Callable[[], Shown], *, channel: Channel, terminal: str = ""
    ) -> Finishing:
        """From what `show` finds shown to an accepted login, for a transaction that the caller has made PROVING.

        Raises Refusal, `show`'s own and as `run` in step 6: it is written down, and the transaction waits again.
        """
        tally = Tally.of_service(attempt.tenant.tenant_id, attempt.client.client_id)
        try:
            _require_login(attempt)
            proven = self._prove(attempt, show(), tally, channel=channel, terminal=terminal)
            return self.acceptance.run(attempt, proven)
        except Refusal as refusal:
            _log.info("login.refused", reason=refusal.reason, detail=refusal.detail)
            self._leave_audit_entry(attempt, terminal, refusal, tally)
            self.transactions.refuse(attempt.tenant, attempt.transaction, refusal)
            raise
        except Exception:
            self.transactions.refuse(attempt.tenant, attempt.transaction, None)
            raise

    def _shown(
        self,
        attempt: Attempt,
        reached: Reached,
        unverified: jpki_verify.UnverifiedProof | proof_body.UnverifiedCounterProof,
        nonce: bytes,
    ) -> Shown:
        """Steps 4 and 5, and of 6: kind, profile, time, level, attributes."""
        tenant, client, handle = attempt.tenant, attempt.client, reached.handle
        challenge = jpki_proof.Challenge(
            tenant.issuer, tenant.origin, handle.agent_transaction, nonce, unverified.attributes
        )
        if isinstance(unverified, proof_body.UnverifiedCounterProof):
            shown = self.counter.verify(attempt, unverified, challenge, asked=handle.terminal, now=self.now())
        else:
            certificate = jpki_verify.verify(
                unverified, challenge, anchors=tenant.anchors, profile=tenant.profile, now=self.now()
            )
            levels.require_type(client, certificate.device)
            level = attempt.demand.require(levels.earned(handle.channel, certificate.device))
            shown = Shown(certificate, level)
        read = self._read(attempt, handle.nonce_channel, unverified.attributes)
        return shown if read is None else structs.replace(shown, attributes=read)

    def _read(self, attempt: Attempt, channel: Channel, ef0002: bytes) -> Read | None:
        """What was asked for and stands in the card's file. Raises Refusal with ATTRIBUTES_INVALID."""
        items = attempt.transaction.request.attributes.told_in(channel)
        source = self.card_files.get(channel)
        if source is None or not items:
            return None
        return source.read(ef0002, wanted(attempt.tenant, items, self.now()))

    def _prove(self, attempt: Attempt, shown: Shown, tally: Tally, *, channel: Channel, terminal: str) -> Proven:
        """Of step 6: revocation, lineage."""
        demand, certificate, level = attempt.demand, shown.certificate, shown.level
        if combined.is_due(attempt):
            raise Refusal(Reason.LEVEL_INSUFFICIENT, "the first of two proofs is missing")
        beside = bool(attempt.transaction.beside)
        if beside and level == levels.HELD_OVER:
            raise Refusal(Reason.LEVEL_INSUFFICIENT, "a card that is held over proves nothing for another one")
        by_code = None if beside or channel in _WITHOUT_CODE else levels.CROSS_DEVICE[certificate.device]
        evidence = self._evidence(demand, shown, tally, strictly=beside)
        if isinstance(evidence, Deferred):
            level, by_code = demand.require(levels.lowered(level)), by_code and levels.lowered(by_code)
        level, by_code = combined.joined(attempt, level), by_code and combined.joined(attempt, by_code)
        who = self._whose(attempt, certificate)
        signature = self._signature(attempt, certificate, tally)
        return Proven(
            channel=channel,
            certificate=certificate,
            level=level,
            by_code=demand.if_met(by_code),
            evidence=evidence,
            asked=tally.asked,
            who=who,
            signature=signature,
            terminal=terminal,
            attributes=shown.attributes,
            brought=self.acceptance.newcomers.seek(attempt.tenant, attempt.client, certificate),
        )

    def _whose(self, attempt: Attempt, certificate: VerifiedCertificate) -> person.Whose:
        """By its row, or by J-LIS's word; a proof beside a login makes nobody, so that J-LIS is not asked."""
        if attempt.transaction.beside:
            return person.beside(self.store, attempt.tenant, certificate)
        return person.of(
            self.store, attempt.tenant, certificate, lineage=self.lineage, token_bytes=self.token_bytes
        )

    def _signature(self, attempt: Attempt, certificate: VerifiedCertificate, tally: Tally) -> Seen | None:
        """What is found of the signature certificate beside it, where the service asks for that.

        Raises Refusal with REVOCATION_UNAVAILABLE where nothing is found out and the service does not do without.
        """
        if attempt.transaction.beside or SCOPE not in attempt.transaction.request.scopes:
            return None
        seen = self.signature.about(attempt.tenant, certificate.name, attempt.demand.revocation, tally)
        if attempt.client.require_signature_status and seen.status.status is Status.UNKNOWN:
            raise Refusal(Reason.REVOCATION_UNAVAILABLE, "nobody can tell of the signature certificate")
        return seen

    def _evidence(self, demand: Demand, shown: Shown, tally: Tally, *, strictly: bool) -> Evidence | Deferred:
        def ask() -> Evidence:
            return self.revocation.evidence_for(shown.certificate, demand.revocation, tally)

        if strictly or shown.level == levels.HELD_OVER:  # no level is lower, so there is no leave
            return ask()
        return evidence_or_leave(ask, demand.revocation, self.now())

    def _leave_audit_entry(self, attempt: Attempt, terminal: str, refusal: Refusal, tally: Tally) -> None:
        with self.store.for_tenant(attempt.tenant.tenant_id).write() as tx:
            self.auditor.record(
                tx,
                attempt.tenant.keys,
                Action.LOGIN_REFUSED,
                "refused",
                client_id=attempt.client.client_id,
                reason=refusal.reason,
                **({"terminal": terminal} if terminal else {}),
            )
            self.meters.record(tx, attempt.client.client_id, Purpose.LOGIN, tally.asked)


def _require_login(attempt: Attempt) -> None:
    if attempt.transaction.signing:
        raise Refusal(Reason.CERTIFICATE_WRONG_KIND, "a login's proof where a statement is to be signed")
