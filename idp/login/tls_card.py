"""The card in the browser: a login by TLS client certificate (card login protocol, section 8). Off by default.

A host of its own asks the browser for the certificate on its card, and the handshake is the proof that the card is
there. Its proxy hands the certificate over (RFC 9440); here it is judged by the engine that judges proofs. What
comes out is the one-time secret of a return link: it goes to the browser that showed the card, and completes a
login only in the browser that holds the transaction's cookie, which the card host never sees.
"""

from dataclasses import dataclass

from idp.errors import Reason, Refusal
from idp.jpki import certificate as jpki_certificate
from idp.jpki import verify as jpki_verify
from idp.jpki.certificate import MAX_CERTIFICATE_BYTES, UnverifiedCertificate
from idp.jpki.profile import Device
from idp.login import levels
from idp.login.acceptance import Finishing
from idp.login.counter import Shown
from idp.login.handles import NONCES_PER_HANDLE, Handles, Reached
from idp.login.proof import ProofStep
from idp.login.states import Channel, State
from idp.login.transaction import Attempt, Transaction
from idp.store.shortlived import Change
from idp.tenants.tenancy import Client, Tenant
from idp.web.certificate_hop import HeaderRefused, HeaderTooLong, certificate_in


def read_header(unverified: str) -> UnverifiedCertificate:
    """The certificate of a Client-Cert field: one Byte Sequence, DER inside (RFC 9440 section 2.2, RFC 9651).

    Raises Refusal: TOO_LARGE; MALFORMED for anything else, two fields joined into one among them.
    """
    try:
        der = certificate_in(unverified, max_bytes=MAX_CERTIFICATE_BYTES)
    except HeaderTooLong as error:
        raise Refusal(Reason.TOO_LARGE, "Client-Cert") from error
    except HeaderRefused as error:
        raise Refusal(Reason.MALFORMED, str(error)) from error
    return jpki_certificate.parse(der)


def offered(tenant: Tenant, client: Client) -> bool:
    """Whether this way is offered: the tenant has a card host, and the service takes cards."""
    return bool(tenant.settings.card_host) and Device.CARD in client.certificate_types


def link(tenant: Tenant, transaction: Transaction) -> str:
    """Where the browser is asked for its certificate, at the tenant's card host."""
    return f"{tenant.settings.card_host}{tenant.path}/tls-card/{transaction.button.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsCardStep:
    """The step and everything it needs."""

    handles: Handles
    proof: ProofStep

    def run(self, attempt: Attempt, reached: Reached, unverified_header: str) -> Finishing:
        """Accept the certificate of a handshake at a live button handle: the way back for that browser.

        Raises Refusal: TOO_LARGE, MALFORMED, not written down; ALREADY_USED when the transaction waits no more;
        RATE_LIMITED for a sixth try at one handle; then as `ProofStep.run` from its step 4 on, without signature;
        CERTIFICATE_TYPE_NOT_ACCEPTED also for a phone's certificate.
        """
        unverified = read_header(unverified_header)
        self._begin(attempt.tenant, reached)
        return self.proof.conclude(
            attempt, lambda: self._shown(attempt, unverified), channel=Channel.CLIENT_CERTIFICATE
        )

    def _shown(self, attempt: Attempt, unverified: UnverifiedCertificate) -> Shown:
        """Chain, profile, time; device and level. That the key is there the handshake has shown."""
        tenant, client = attempt.tenant, attempt.client
        certificate = jpki_verify.vouched(
            unverified, _by_handshake, anchors=tenant.anchors, profile=tenant.profile, now=self.proof.now()
        )
        levels.require_type(client, certificate.device)
        if certificate.device is not Device.CARD:
            raise Refusal(Reason.CERTIFICATE_TYPE_NOT_ACCEPTED, "a phone's certificate in a handshake")
        level = levels.earned(Channel.CLIENT_CERTIFICATE, certificate.device)
        return Shown(certificate, attempt.demand.require(level))

    def _begin(self, tenant: Tenant, reached: Reached) -> None:
        """Take the transaction, as a proof does by its nonce; PROVING from then on.

        The handshake was made for this visit alone: the card host resumes no session and keeps no connection.
        """
        expect = {"state": State.WAITING, "button": reached.handle.value}
        put = {"button_nonce": "", "state": State.PROVING, "by": Channel.CLIENT_CERTIFICATE}
        step = Change(expect, put, {"button_nonces": NONCES_PER_HANDLE})
        changed = self.handles.records.change(tenant, reached.transaction.transaction_id, step)
        if changed is not None and changed.applied:
            return
        if changed is None or any(changed.before.get(name) != value for name, value in expect.items()):
            raise Refusal(Reason.ALREADY_USED, "the transaction does not wait")
        tell = Change({"state": State.WAITING}, {"refusal": Reason.RATE_LIMITED})
        self.handles.records.change(tenant, reached.transaction.transaction_id, tell)
        raise Refusal(Reason.RATE_LIMITED, "five tries at this handle")


def _by_handshake() -> None:
    """Nothing is left to prove: the proxy has seen CertificateVerify (RFC 5246 section 7.4.8)."""
