"""At a counter: who may ask there, and what a terminal's proof shows (card login protocol, section 5).

A terminal vouches with its own key for the certificate on its reader. With the PIN the card signs as well; a card
that is merely held over (kazashi) proves nothing by being read, so terminal and staff are all there is: that is
the lowest level, and only for a certificate that has signed in with its PIN at this tenant before.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import Struct

from idp.errors import Reason, Refusal
from idp.jpki import proof as jpki_proof
from idp.jpki import verify as jpki_verify
from idp.jpki.counter_proof import CounterChallenge
from idp.jpki.profile import Device
from idp.jpki.verify import VerifiedCertificate
from idp.login import levels, person
from idp.login.demand import Demand
from idp.login.handles import Handles, Reached
from idp.login.proof_body import Mode, UnverifiedCounterProof
from idp.login.states import Channel
from idp.login.transaction import Attempt
from idp.sources.record import Read
from idp.store.engine import Store
from idp.tenants.tenancy import Client, Tenant
from idp.terminals.register import Register


class Shown(Struct, frozen=True):
    """What a proof has shown: the certificate, the level that it earns, and what else was read from the card."""

    certificate: VerifiedCertificate
    level: levels.Level
    attributes: Read | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """The counter's part of challenge and proof."""

    terminals: Register
    store: Store

    def challenge(
        self, handles: Handles, tenant: Tenant, client: Client, reached: Reached, unverified_terminal: str
    ) -> Reached:
        """A nonce for that terminal alone. Raises Refusal with TERMINAL_REFUSED, and as `Handles.challenge`."""
        if reached.handle.channel is not Channel.SAME_DEVICE:
            raise Refusal(Reason.TERMINAL_REFUSED, "a QR code is not a terminal's")
        terminal = self.terminals.serving(tenant, client, unverified_terminal)
        return handles.challenge(tenant, reached.handle.value, None, terminal=terminal.terminal_id)

    def verify(
        self,
        attempt: Attempt,
        unverified: UnverifiedCounterProof,
        challenge: jpki_proof.Challenge,
        *,
        asked: str,
        now: datetime,
    ) -> Shown:
        """Steps 4 to 6 of section 3 as far as nobody outside is asked. `asked`: the terminal of the nonce.

        Raises Refusal: TERMINAL_REFUSED, also for a terminal that was revoked since it asked; as `jpki.verify`
        does; CERTIFICATE_TYPE_NOT_ACCEPTED for a phone's certificate; LEVEL_INSUFFICIENT.
        """
        tenant, client = attempt.tenant, attempt.client
        if unverified.terminal != asked:
            raise Refusal(Reason.TERMINAL_REFUSED, "the nonce is another terminal's")
        terminal = self.terminals.serving(tenant, client, asked)
        signed = CounterChallenge(
            asked=challenge,
            terminal=terminal.terminal_id,
            certificate=unverified.certificate.certificate.public_bytes(Encoding.DER),
            mode=unverified.mode,
        ).message()

        def vouch() -> None:
            jpki_proof.require_signature(terminal.key, signed, unverified.terminal_signature)

        if unverified.by_card is not None:
            certificate = jpki_verify.verify(
                unverified.by_card,
                challenge,
                anchors=tenant.anchors,
                profile=tenant.profile,
                now=now,
                also=vouch,
            )
            _require_card(client, certificate)
            return Shown(certificate, attempt.demand.require(levels.earned(Channel.COUNTER, Device.CARD)))
        certificate = jpki_verify.vouched(
            unverified.certificate, vouch, anchors=tenant.anchors, profile=tenant.profile, now=now
        )
        _require_card(client, certificate)
        self._require_known(attempt, certificate)
        return Shown(certificate, levels.HELD_OVER)

    def _require_known(self, attempt: Attempt, certificate: VerifiedCertificate) -> None:
        """Kazashi is offered here, and this certificate has signed in before, for which it needed its PIN.

        A row whose key is known was written by a certificate that has signed.
        """
        if not attempt.demand.offers_kazashi:
            raise Refusal(Reason.LEVEL_INSUFFICIENT, "kazashi is not offered here")
        who = person.find(self.store, attempt.tenant, certificate)
        if who is None or not who.has_signed:
            raise Refusal(Reason.LEVEL_INSUFFICIENT, "kazashi with a certificate that never signed in by PIN")


def modes(tenant: Tenant, demand: Demand) -> list[Mode]:
    """How a person may be asked at a terminal in a login that must reach this."""
    return [Mode.PIN, Mode.KAZASHI] if demand.offers_kazashi else [Mode.PIN]


def _require_card(client: Client, certificate: VerifiedCertificate) -> None:
    """A phone signs in by itself: at a terminal there are cards alone (section 6)."""
    levels.require_type(client, certificate.device)
    if certificate.device is not Device.CARD:
        raise Refusal(Reason.CERTIFICATE_TYPE_NOT_ACCEPTED, "a phone's certificate at a counter terminal")
